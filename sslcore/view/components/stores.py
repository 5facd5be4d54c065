"""What several components of a page look up: the gallery's images, a run's codes, its decoder."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from sslcore.browser.packed import pack
from sslcore.run import Run
from sslcore.view import cached, charts
from sslcore.view.components import Store, committed, store

MOST = 4000  # images that a page sends to a browser: 3 MB of Fashion-MNIST
ASKED = 64  # codes that Python decodes for one gesture


def gallery(run: Run, role: str = "gallery") -> Store:
    """The first MOST images of a run's gallery, with labels, and in its facts the names and colours of the classes."""
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
        return store(role, _decoder(str(run.path), cached.stamp(run))), ""
    except ValueError as error:
        return None, f"{run.name}: {error}. Its pictures follow when you let go."


def _store(role: str, made: Callable[[str, tuple[int, ...]], bytes], run: Run) -> Store:
    with cached.sentence():
        return store(role, made(str(run.path), cached.stamp(run)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _gallery(path: str, stamp: tuple[int, ...]) -> bytes:
    found = Run(Path(path)).gallery
    arrays = {"pixels": found.pixels[:MOST]}
    if found.labels is not None:
        arrays["labels"] = found.labels[:MOST].astype(np.int32)
    return pack({"classes": found.classes, "colours": charts.COLOURS, "of": len(found)}, arrays)


@st.cache_resource(max_entries=4, show_spinner=False)
def _code(path: str, stamp: tuple[int, ...]) -> bytes:
    run = Run(Path(path))
    vectors = run.embeddings().vectors[:MOST]
    broken = np.flatnonzero(~np.isfinite(vectors).all(1))
    if len(broken):
        raise ValueError(
            f"the codes of {len(broken)} of the {len(vectors)} images of {run.name} are not finite (the first is image "
            f"{broken[0]}): the training diverged; train it again at a lower rate"
        )
    mean, deviation = vectors.mean(0), vectors.std(0)
    prior = "log_var" in run.facts["spaces"]
    arrays = {"vectors": vectors, "mean": mean, "deviation": deviation}
    if prior:
        arrays["log_var"] = run.embeddings("log_var").vectors[:MOST]
        importance = 0.5 * (vectors**2 + np.exp(arrays["log_var"]) - 1 - arrays["log_var"]).mean(0)
        middle, reach = np.zeros_like(mean), np.full_like(mean, 3.0)
    else:
        importance, middle, reach = deviation**2, mean, 3 * np.maximum(deviation, 1e-6)
    arrays["low"], arrays["high"] = (
        np.minimum(middle - reach, vectors.min(0)),
        np.maximum(middle + reach, vectors.max(0)),
    )
    arrays["importance"] = importance
    arrays["order"] = np.argsort(-importance, kind="stable").astype(np.int32)
    _, _, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    arrays["principal"] = directions[:2]
    return pack(
        {"latent": vectors.shape[1], "prior": prior},
        {k: a.astype("i4" if k == "order" else "f4") for k, a in arrays.items()},
    )


@st.cache_resource(max_entries=8, show_spinner="Preparing the decoder ...")
def _decoder(path: str, stamp: tuple[int, ...]) -> bytes:
    from sslcore.browser.decoder import export

    return export(Run(Path(path)).objective())


def answers(runs: Mapping[str, Run], stores: Mapping[str, Store], key: str) -> dict[str, Store]:
    """For runs (by suffix) whose decoder the browser has not: what Python decodes of the codes a gesture ended on."""
    found = {}
    for suffix, run in runs.items():
        codes, latent = committed(key).get(f"_codes{suffix}", []), next(iter(run.facts["spaces"].values()))
        if f"decoder{suffix}" in stores or not codes or len(codes) % latent:
            continue
        rows = np.asarray(codes[: ASKED * latent], np.float32).reshape(-1, latent)
        pixels = np.ascontiguousarray(cached.decode(run, rows).transpose(0, 2, 3, 1))
        found[f"answer{suffix}"] = store(f"{key}-answer{suffix}", pack({}, {"codes": rows, "pixels": pixels}))
    return found
