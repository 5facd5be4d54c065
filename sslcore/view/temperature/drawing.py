"""What the figures of the temperature page share: colours, bins, axes, traces as plain dicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sslcore.view import charts
from sslcore.view.colours import COLOURS

POSITIVE, NEGATIVE, PUSHED, FALSE = (COLOURS[k] for k in (0, 1, 5, 3))
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
BASELINES = ((COLOURS[1], "dash"), (COLOURS[3], "dot"), (COLOURS[7], "dashdot"))  # colour and dash of each


def steps(heights: np.ndarray, name: str, shade: str) -> dict[str, Any]:
    """A density in the bins of EDGES, filled."""
    line = {"color": shade, "width": 2, "shape": "hvh"}
    trace = {"type": "scatter", "mode": "lines", "name": name, "line": line}
    trace |= {"x": list((EDGES[1:] + EDGES[:-1]) / 2), "y": list(heights)}
    return trace | {"fill": "tozeroy", "fillcolor": charts.translucent(shade)}


def labels(ticks: Sequence[float]) -> list[str]:
    return [f"{tau:g}" for tau in ticks]
