"""One image of a VAE in nats: ELBO = -distortion - rate, dimension by dimension, and what each number measures."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.browser.packed import pack
from sslcore.run import Run
from sslcore.view import cached
from sslcore.view.components import State, Store, register, show, store
from sslcore.view.components.stores import MOST, answers

ELBO = register("elbo", "choose", "decode")


def elbo(
    key: str,
    run: Run,
    stores: Mapping[str, Store],
    picks: Sequence[int],
    active: float,
    provenance: str,
    tables: Mapping[str, Callable[[], pd.DataFrame]],
) -> State:
    """State: image.  Stores: gallery, code, nats (see there), decoder (where the browser has one).

    A dimension is in use where the variance of its posterior mean is above `active`.
    """
    facts = {"picks": list(picks), "provenance": provenance, "active": active}
    settings = run.facts["config"]["settings"]
    facts |= {"bernoulli": settings["likelihood"] == "bernoulli", "static": settings.get("binarise") == "static"}
    alt = "One image's evidence lower bound in nats: distortion, rate, and the KL of each dimension"
    every = {**stores, **answers({"": run}, stores, key)}
    return show(ELBO, key, facts, {"image": 0, "_codes": []}, every, alt, tables)


def nats(run: Run) -> Store:
    """What the run says of each image: elbo, distortion (one sample of z, seed 0) and rate, [n] each."""
    return store("nats", _nats(run))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=cached.until())
def _nats(run: Run) -> bytes:
    values = run.values
    return pack({}, {name: values[name][:MOST].astype(np.float32) for name in ("elbo", "distortion", "rate")})
