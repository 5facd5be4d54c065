"""What the figures of the temperature page share: colours, bins, axes, traces as plain dicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sslcore.view import charts

POSITIVE, NEGATIVE, PUSHED, FALSE = (charts.COLOURS[k] for k in (0, 1, 5, 3))
SHOWN = 17  # hardest negatives: with the anchor, two rows of nine
ANCHORS = 256  # that curves over all anchors look at
EDGES = np.linspace(-1, 1, 81)  # of the histograms of cosines
GRID = tuple(float(f"{lead}e{power}") for power in (-2, -1) for lead in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8))
TEMPERATURES = (*GRID, 1.0, 1.5, 2.0)
MEASURES = {  # column of the table: its title, whether it is an accuracy
    "knn_10": ("kNN accuracy, k = 10", True),
    "linear": ("linear probe accuracy", True),
    "alignment": ("alignment: mean |a − b|² (0 is perfect)", False),
    "excess": ("uniformity − that of a uniform law", False),
    "tolerance": ("tolerance: mean cosine within a class", False),
}
BASELINES = {"pixels": ("raw pixels", "dash"), "pca": ("PCA", "dot"), "random": ("random encoder", "dashdot")}


def line(x: Sequence[float] | np.ndarray, y: Any, name: str, line: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "x": list(x), "y": list(y), "name": name, "mode": "lines", "line": line}


def steps(heights: np.ndarray, name: str, shade: str, fill: bool = False, width: float = 2) -> dict[str, Any]:
    trace = line((EDGES[1:] + EDGES[:-1]) / 2, heights, name, {"color": shade, "width": width, "shape": "hvh"})
    return trace | ({"fill": "tozeroy", "fillcolor": charts.translucent(shade)} if fill else {})


def mark(x: float, text_x: float, text: str, side: str, top: bool = True) -> dict[str, Any]:
    """A dotted vertical line with its name on this side of it; on a log axis `text_x` is log10 of x."""
    line = {"color": charts.GREY, "width": 2, "dash": "dot"}
    shape = {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    place = {"x": text_x, "y": 1 if top else 0.02, "yref": "paper", "yanchor": "top" if top else "bottom"}
    place |= {"xanchor": side, "xshift": -4 if side == "right" else 4, "text": text, "showarrow": False}
    return {"shapes": [shape], "annotations": [place]}


def labels(ticks: Sequence[float]) -> list[str]:
    return [f"{tau:g}" for tau in ticks]


def short(name: str) -> str:
    return name if len(name) <= 12 else name[:11] + "…"


def percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "<0.1%"


def tex(value: float) -> str:
    """Three digits, with a power of ten that KaTeX sets."""
    digits, _, power = f"{value:.3g}".partition("e")
    return digits + (rf"\cdot10^{{{int(power)}}}" if power else "")
