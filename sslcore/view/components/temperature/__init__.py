"""The temperature lab: tau and an anchor by hand, over a run's held-out pairs.

The browser gets the pairs and computes each number as `sslcore.temperature` does, in float64; tests compare them.
Python sends what does not follow the hand: the densities of all cosines and the curves over many anchors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from sslcore.browser.packed import pack
from sslcore.run import Run
from sslcore.view import cached
from sslcore.view.colours import COLOURS, GREY
from sslcore.view.components import State, Store, current, register, show, store
from sslcore.view.faces import faces, noun
from sslcore.view.temperature import drawing, pairs
from sslcore.view.temperature.pairs import Cosines

LAB = register("temperature")
LOWEST, HIGHEST = drawing.TEMPERATURES[0], drawing.TEMPERATURES[-1]
YOURS = 0.1  # where the slider of a run begins that has no temperature
COLDEST = 1e-3  # the browser divides its bins for what lies below LOWEST
SHADES = {
    "positive": drawing.POSITIVE,
    "negative": drawing.NEGATIVE,
    "pushed": drawing.PUSHED,
    "false": drawing.FALSE,
    "uniform": COLOURS[2],
    "grey": GREY,
}


@dataclass(frozen=True)
class Lab:
    """A run's pairs, handed to the browser."""

    run: Run
    cosines: Cosines
    facts: Mapping[str, Any]
    stores: Mapping[str, Store]


def load(run: Run) -> Lab:
    """Hand a run's pairs and items to the browser; outside of fragments.  ValueError as `pairs.cosines`."""
    stores = {role: store(role, content) for role, content in _packed(run).items()}
    return Lab(run, cosines(run), _facts(run), stores)


def lab(of: Lab) -> State:
    """Show it; its state is tau and anchor, within their bounds."""
    trained, (low, high) = of.facts["trained"], of.facts["domain"]
    tau, gallery = (YOURS if trained is None else trained), cached.read(of.run, "gallery")
    key = f"temperature-{of.run.name}" + ("" if trained is None else f"-{trained:g}")
    start: State = {"tau": float(tau), "anchor": 0}

    def bounded(state: State) -> State:
        tau, anchor = np.clip(state["tau"], low, high), np.clip(state["anchor"], 0, len(gallery) - 1)
        return {"tau": float(tau), "anchor": int(anchor)}

    now = bounded(current(key, start))
    tables = {
        "histogram": lambda: pairs.histogram_table(of.cosines, now["tau"]),
        "anchor": lambda: pairs.anchor_table(of.cosines, gallery, now["anchor"], now["tau"]),
    }
    alt = (
        f"What a temperature makes of {of.run.name}: its held-out similarities, one anchor's weights, hardest "
        f"negatives "
        "and formula"
    )
    return bounded(show(LAB, key, of.facts, start, of.stores, alt, tables))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=cached.until("embeddings.npz"))
def cosines(run: Run) -> Cosines:
    """`pairs.cosines`, kept until the run's pairs change."""
    return pairs.cosines(run)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=cached.until("embeddings.npz", "gallery.npz"))
def _packed(run: Run) -> dict[str, bytes]:
    """What the browser needs, by store: the pairs, and the items with their classes."""
    views, gallery = cosines(run).pairs, run.gallery
    with np.errstate(over="ignore"):
        half = [x.astype(np.float16) for x in views]  # as the run's file holds them, unless d is below four
    exact = all((h == x).all() for h, x in zip(half, views, strict=True))
    a, b = half if exact else views
    texts, items = faces(gallery)
    return {"pairs": pack({}, {"a": a, "b": b}), "gallery": pack({"classes": gallery.classes, **texts}, items)}


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=cached.until("embeddings.npz", "config.json"))
def _facts(run: Run) -> dict[str, Any]:
    """What the figures show beside what the browser computes; `trained` is None for a run without a temperature."""
    of, data, seed = cosines(run), run.facts["data"]["name"], run.facts["config"]["seed"]
    trained = run.facts.get("temperature")
    (n, d), (anchors, m), curves = of.pairs[0].shape, of.negatives.shape, pairs.sweep(of)
    where = f"run {run.name} · {data}, {n} held-out {noun(run)} · training seed {seed}"
    return {
        "trained": trained,
        "domain": [min(LOWEST, max(COLDEST, trained or LOWEST)), max(HIGHEST, trained or HIGHEST)],
        "anchors": anchors,
        "edges": drawing.EDGES.tolist(),
        "densities": dict(zip(("positives", "negatives"), (y.tolist() for y in of.densities), strict=True)),
        "left": pairs.left_edge(of),
        "curves": curves.astype(object).where(curves.notna(), None).to_dict("list"),
        "formula_from": pairs.formula_from(of),
        "colours": SHADES,
        "provenance": f"{where} · {d} dimensions · curves over {anchors} anchors · uniform: 64 draws of {m}, seed 0",
    }
