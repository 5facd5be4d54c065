"""The temperature lab: tau and an anchor by hand, over a run's held-out pairs.

The browser gets the pairs and computes each number as `sslcore.temperature` does, in float64; tests compare them.
Python sends what does not follow the hand: the densities of all cosines and the curves over many anchors.
"""

from typing import Any

import numpy as np
import pandas as pd

from sslcore.browser.packed import pack
from sslcore.run import Run
from sslcore.run.gallery import Gallery
from sslcore.view import charts
from sslcore.view import temperature as temperatures
from sslcore.view.colours import GREY
from sslcore.view.components import State, Store, current, register, show, store

LAB = register("temperature")
LOWEST, HIGHEST = temperatures.TEMPERATURES[0], temperatures.TEMPERATURES[-1]
COLDEST = 1e-3  # the browser divides its bins for what lies below LOWEST
COLOURS = {
    "positive": temperatures.POSITIVE,
    "negative": temperatures.NEGATIVE,
    "pushed": temperatures.PUSHED,
    "false": temperatures.FALSE,
    "uniform": charts.COLOURS[2],
    "grey": GREY,
}


def packed(found: temperatures.Cosines, gallery: Gallery) -> dict[str, bytes]:
    """What the browser needs, by store: the pairs, and the images with their classes."""
    with np.errstate(over="ignore"):
        half = [x.astype(np.float16) for x in found.pairs]  # as the run's file holds them, unless d is below four
    exact = all((h == x).all() for h, x in zip(half, found.pairs, strict=True))
    a, b = half if exact else found.pairs
    images = {"pixels": gallery.pixels}
    if gallery.labels is not None:
        images["labels"] = gallery.labels.astype(np.int32)
    return {"pairs": pack({}, {"a": a, "b": b}), "gallery": pack({"classes": gallery.classes}, images)}


def facts(run: Run, found: temperatures.Cosines, curves: pd.DataFrame, trained: float) -> dict[str, Any]:
    """What the figures show beside what the browser computes; curves is `temperatures.sweep`."""
    made, (n, d), (anchors, m) = run.facts, found.pairs[0].shape, found.negatives.shape
    where = f"run {run.name} · {made['data']['name']}, {n} held-out images · training seed {made['config']['seed']}"
    return {
        "trained": trained,
        "domain": [min(LOWEST, max(COLDEST, trained)), max(HIGHEST, trained)],
        "anchors": anchors,
        "edges": temperatures.EDGES.tolist(),
        "densities": dict(zip(("positives", "negatives"), (y.tolist() for y in found.densities), strict=True)),
        "left": temperatures.left_edge(found),
        "curves": curves.astype(object).where(curves.notna(), None).to_dict("list"),
        "formula_from": temperatures.formula_from(found),
        "colours": COLOURS,
        "provenance": f"{where} · {d} dimensions · curves over {anchors} anchors · uniform: 64 draws of {m}, seed 0",
    }


def lab(
    run: Run,
    found: temperatures.Cosines,
    gallery: Gallery,
    about: dict[str, Any],
    stores: dict[str, Store],
) -> State:
    """Show the lab of a run, with `facts` and mounted stores; its state is tau and anchor, within their bounds."""
    title = f"What a temperature makes of {run.name}"
    trained, (low, high) = about["trained"], about["domain"]
    key = f"temperature-{run.name}-{trained:g}"
    start: State = {"tau": float(trained), "anchor": 0}

    def bounded(state: State) -> State:
        return {
            "tau": float(np.clip(state["tau"], low, high)),
            "anchor": int(np.clip(state["anchor"], 0, len(gallery) - 1)),
        }

    now = bounded(current(key, start))
    tables = {
        "histogram": lambda: temperatures.histogram_table(found, now["tau"]),
        "anchor": lambda: temperatures.anchor_table(found, gallery, now["anchor"], now["tau"]),
    }
    alt = f"{title}: its held-out similarities, one anchor's weights, hardest negatives and formula"
    return bounded(show(LAB, key, about, start, stores, alt, tables))


def mount(content: dict[str, bytes]) -> dict[str, Store]:
    """Hand `packed` to the browser; outside of fragments."""
    return {role: store(role, each) for role, each in content.items()}
