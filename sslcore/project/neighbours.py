"""Who is near whom, counted exactly."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

ROWS = 1000  # that are compared with all others at once: 70,000 points would need 37 GiB for all pairs


def nearest(x: Float[np.ndarray, "n d"], k: int) -> Int[np.ndarray, "n k"]:
    """The k nearest rows of every row, itself left out, in no order."""
    return np.concatenate([np.argpartition(distance, k - 1, axis=1)[:, :k] for _, distance in _squares(x)])


def shared(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"], k: int) -> Float[np.ndarray, " n"]:
    """The share of each row's k nearest in x that are among its k nearest in y too."""
    pairs = zip(nearest(x, k), nearest(y, k), strict=True)
    return np.array([len(np.intersect1d(a, b)) for a, b in pairs]) / k


def trustworthiness(x: Float[np.ndarray, "n d"], points: Float[np.ndarray, "n e"], k: int) -> float:
    """Venna & Kaski 2001: 1 where the k nearest in `points` are among the k nearest in x, less by how far down the
    ranks of x each other one comes; about 1/2 for points at random."""
    n, drawn, late = len(x), nearest(points, k), 0.0
    for rows, distance in _squares(x):
        for column in drawn[rows].T:
            nearer = (distance < np.take_along_axis(distance, column[:, None], 1)).sum(1)
            late += float((nearer - (k - 1)).clip(0).sum())
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * late


def density(points: Float[np.ndarray, "n p"], radius: float = 0.05) -> Float[np.ndarray, " n"]:
    """The share of all points that lie within `radius` of each, itself too; in units of the longest side of all."""
    from scipy.spatial import cKDTree  # takes a moment to import, and only this needs it

    reach = radius * float(np.ptp(points, axis=0).max())
    counts = cKDTree(points).query_ball_point(points, reach, return_length=True)
    return (counts / len(points)).astype(np.float32)


def _squares(x: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared distances from ROWS rows at a time to all, infinite from a row to itself: which rows, and [rows, n]."""
    x = x.astype(np.float64)  # the difference of large squares is a small distance
    squares = np.square(x).sum(1)
    for first in range(0, len(x), ROWS):
        rows = slice(first, min(len(x), first + ROWS))
        distance = squares[rows, None] + squares - 2 * x[rows] @ x.T
        distance[np.arange(rows.stop - first), np.arange(first, rows.stop)] = np.inf
        yield rows, distance
