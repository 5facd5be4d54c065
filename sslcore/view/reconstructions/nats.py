"""The ELBO of one image, in its two parts, and dimension by dimension."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.run import Run
from sslcore.run.card import nats_of
from sslcore.view import cached, widgets
from sslcore.view.components import Store, current, stores
from sslcore.view.components.elbo import elbo, nats
from sslcore.view.reconstructions import words

PICKS = 22  # thumbnails to choose from


def load(run: Run) -> dict[str, Store]:
    """What the figure looks up, handed to the browser: outside of fragments."""
    return {"gallery": stores.gallery(run), "nats": nats(run), **stores.code_and_decoder(run)}


@st.fragment
def one_image(run: Run, given: Mapping[str, Store]) -> None:
    from sslcore.latent import ACTIVE, active

    st.header("One image, in nats")
    st.latex(words.ELBO)
    key, n = f"elbo-{run.name}", min(len(cached.read(run, "gallery")), stores.MOST)
    used = active(cached.read(run, "embeddings", "mu").vectors) > ACTIVE

    def table() -> pd.DataFrame:
        image = min(max(0, current(key, {"image": 0})["image"]), n - 1)  # as the figure does
        return _table(run, image, used)

    in_use = f"{used.sum()} of {len(used)} (variance of μ > {ACTIVE})"
    origin = widgets.origin(run, n=n, dimensions_in_use=in_use)
    elbo(key, run, given, range(min(PICKS, n)), ACTIVE, origin, {"dimensions": table})
    st.caption(f"{words.POINT} {nats_of(run.facts['config']['settings'])}")


def _table(run: Run, image: int, used: np.ndarray) -> pd.DataFrame:
    """The KL to the prior of each dimension, for an image and on average, largest first."""
    mu, log_var = (cached.read(run, "embeddings", name).vectors for name in ("mu", "log_var"))
    kl = stores.kl_to_prior(mu, log_var)
    columns = {"dimension": np.arange(len(used)), "kl": kl[image], "mean_kl": kl.mean(0), "in_use": used}
    return pd.DataFrame(columns).sort_values("mean_kl", ascending=False)
