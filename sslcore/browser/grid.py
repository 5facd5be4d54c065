"""Maps on the grid that a browser draws: quantised once, so that both count exactly the same points in a lasso."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt16

TOP = 65534  # the largest coordinate
NOWHERE = 65535  # both coordinates of a point that has none


@dataclass(frozen=True)
class Grid:
    """Points on a grid of TOP + 1 steps along both axes, at one scale: x = low + span * cell / TOP."""

    cells: UInt16[np.ndarray, "n 2"]
    low: Float[np.ndarray, "2"]
    span: float

    @property
    def present(self) -> Bool[np.ndarray, " n"]:
        """Which points have a place: those that were neither nan nor infinite."""
        return self.cells[:, 0] != NOWHERE

    def cell(self, points: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
        """Where further points fall, in steps of this grid, not rounded."""
        return (points - self.low) / self.span * TOP

    def inside(self, polygon: Float[np.ndarray, "k 2"]) -> Int[np.ndarray, " m"]:
        """The rows of the points within a polygon (in steps of the grid) by the even-odd rule, in order."""
        order = np.argsort(self.cells[:, 1], kind="stable")
        order = order[self.present[order]]
        x, y = self.cells[order].T.astype(float)
        odd = np.zeros(len(order), bool)
        for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, 1, 0), strict=True):
            # an edge crosses the rays of the points whose y it spans, a run of those sorted by y
            run = slice(*np.searchsorted(y, [min(y1, y2), max(y1, y2)]))
            if y1 != y2:
                odd[run] ^= x[run] < (x2 - x1) * (y[run] - y1) / (y2 - y1) + x1
        return np.sort(order[odd])


@dataclass(frozen=True)
class Way:
    """A way across a map, in the coordinates of its points: each stop has a name or ''."""

    points: Float[np.ndarray, "k 2"]
    colour: str
    names: Sequence[str] = ()
    dashed: bool = False


def quantise(points: Float[np.ndarray, "n 2"]) -> Grid:
    """Points on the grid, each side filled by the longer axis alone; nan and infinity are nowhere."""
    points = points.astype(np.float64)
    finite = np.isfinite(points[:, 0]) & np.isfinite(points[:, 1])
    there = points if finite.all() else points[finite] if finite.any() else np.zeros((1, 2))
    low, high = there.min(0), there.max(0)
    span = float((high - low).max()) or 1.0
    low = (low + high - span) / 2  # the shorter axis lies in the middle
    cells = np.full(points.shape, NOWHERE, np.uint16)
    cells[finite] = np.clip(np.rint((points[finite] - low) / span * TOP), 0, TOP)
    return Grid(cells, low, span)
