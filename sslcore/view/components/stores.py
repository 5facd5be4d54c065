"""What several components of a page look up: the gallery's items, a run's codes, its decoder."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from sslcore.browser.packed import pack
from sslcore.run import Run
from sslcore.view import cached
from sslcore.view.colours import COLOURS
from sslcore.view.components import Store, committed, store
from sslcore.view.faces import faces

MOST = 4000  # items that a page sends to a browser: 3 MB of Fashion-MNIST
ASKED = 64  # codes that Python decodes for one gesture


def gallery(run: Run, role: str = "gallery") -> Store:
    """The first MOST items of a run's gallery, with labels, and in its facts the names and colours of the classes."""
    return _store(role, _gallery, run)


def code(run: Run, role: str = "code") -> Store:
    """The codes of those images, [n, d] in `vectors`, and what is known of each dimension.

    `importance` [d] is the mean KL of a VAE (nats), the variance of an autoencoder; `order` sorts by it, most first;
    `low` and `high` are how far it is worth travelling.  ValueError for codes that are not finite.
    """
    return _store(role, _code, run)


def decoder(run: Run, role: str = "decoder") -> tuple[Store | None, str]:
    """The run's decoder; none, and a sentence that says why, where a browser cannot run it."""
    try:
        return store(role, _decoder(run)), ""
    except ValueError as error:
        return None, f"{run.name}: {error}. Its pictures follow when you let go."


def code_and_decoder(run: Run, suffix: str = "") -> dict[str, Store]:
    """Both, under these names and a suffix; a sentence on the page instead of a decoder that no browser can run."""
    stores = {f"code{suffix}": code(run, f"code{suffix}")}
    runnable, why = decoder(run, f"decoder{suffix}")
    if runnable is None:
        st.info(why)
        return stores
    return stores | {f"decoder{suffix}": runnable}


def kl_to_prior(mu: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL(N(mu, e^log_var) || N(0, 1)) of each dimension, in nats, as `sslcore.objectives.vae` has it: without torch."""
    return 0.5 * (mu**2 + np.exp(log_var) - 1 - log_var)


def _store(role: str, packed: Callable[[Run], bytes], run: Run) -> Store:
    with cached.sentence():
        return store(role, packed(run))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=cached.until())
def _gallery(run: Run) -> bytes:
    items = run.gallery
    texts, arrays = faces(items, slice(MOST))
    return pack({"classes": items.classes, "colours": COLOURS, "of": len(items), **texts}, arrays)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=cached.until())
def _code(run: Run) -> bytes:
    vectors = run.embeddings().vectors[:MOST]
    broken = np.flatnonzero(~np.isfinite(vectors).all(1))
    if len(broken):
        raise ValueError(
            f"the codes of {len(broken)} of the {len(vectors)} images of {run.name} are not finite (the first is image "
            f"{broken[0]}): the training diverged; train it again at a lower rate"
        )
    mean, deviation = vectors.mean(0), vectors.std(0)
    prior = "prior" in run.facts["abilities"]
    arrays = {"vectors": vectors, "mean": mean, "deviation": deviation}
    if prior:
        arrays["log_var"] = run.embeddings("log_var").vectors[:MOST]
        importance = kl_to_prior(vectors, arrays["log_var"]).mean(0)
        middle, reach = np.zeros_like(mean), np.full_like(mean, 3.0)
    else:
        importance, middle, reach = deviation**2, mean, 3 * np.maximum(deviation, 1e-6)
    arrays["low"] = np.minimum(middle - reach, vectors.min(0))
    arrays["high"] = np.maximum(middle + reach, vectors.max(0))
    arrays["importance"] = importance
    _, _, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    order = np.argsort(-importance, kind="stable").astype(np.int32)
    packed = {name: array.astype(np.float32) for name, array in arrays.items()}
    packed |= {"order": order, "principal": directions[:2].astype(np.float32)}
    return pack({"latent": vectors.shape[1], "prior": prior}, packed)


@st.cache_resource(max_entries=8, show_spinner="Preparing the decoder ...", hash_funcs=cached.until())
def _decoder(run: Run) -> bytes:
    from sslcore.browser.decoder import export

    return export(run.objective())


def answers(runs: Mapping[str, Run], stores: Mapping[str, Store], key: str) -> dict[str, Store]:
    """For runs (by suffix) whose decoder the browser has not: what Python decodes of the codes a gesture ended on."""
    answered = {}
    for suffix, run in runs.items():
        codes, latent = committed(key).get(f"_codes{suffix}", []), next(iter(run.facts["spaces"].values()))
        if f"decoder{suffix}" in stores or not codes or len(codes) % latent:
            continue
        rows = np.asarray(codes[: ASKED * latent], np.float32).reshape(-1, latent)
        pixels = np.ascontiguousarray(cached.decode(run, rows).transpose(0, 2, 3, 1))
        answered[f"answer{suffix}"] = store(f"{key}-answer{suffix}", pack({}, {"codes": rows, "pixels": pixels}))
    return answered
