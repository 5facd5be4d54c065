"""Who is near whom, counted exactly, with numpy alone."""

import numpy as np
from jaxtyping import Float, Int


def nearest(x: Float[np.ndarray, "n d"], k: int) -> Int[np.ndarray, "n k"]:
    """The k nearest rows of every row, itself left out, in no order."""
    x = x.astype(np.float64)  # the difference of large squares is a small distance
    squares = np.square(x).sum(1)
    distance = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(distance, np.inf)
    return np.argpartition(distance, k - 1, axis=1)[:, :k]


def shared(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n e"], k: int) -> Float[np.ndarray, " n"]:
    """The share of each row's k nearest in x that are among its k nearest in y too."""
    pairs = zip(nearest(x, k), nearest(y, k), strict=True)
    return np.array([len(np.intersect1d(a, b)) for a, b in pairs]) / k


def density(points: Float[np.ndarray, "n p"], radius: float = 0.05) -> Float[np.ndarray, " n"]:
    """The share of all points that lie within `radius` of each, itself too; in units of the longest side of all."""
    reach = radius * float(np.ptp(points, axis=0).max())
    return np.array([(np.square(points - p).sum(1) <= reach**2).mean() for p in points], np.float32)
