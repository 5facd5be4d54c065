"""A run's held-out cosines: their densities, what a temperature makes of them, and both as tables."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from sslcore import temperature as t
from sslcore.run import Run
from sslcore.run.gallery import Gallery
from sslcore.view.temperature.drawing import ANCHORS, EDGES, TEMPERATURES

MOST = 5000  # pairs: 200 MB of cosines


@dataclass(frozen=True)
class Cosines:
    """The cosines of a run's held-out pairs."""

    pairs: tuple[np.ndarray, np.ndarray]  # the head's outputs for two views of each image, [n, d] each
    negatives: Float[np.ndarray, "anchors m"]  # of the first ANCHORS anchors, m = n - 1
    densities: tuple[np.ndarray, np.ndarray]  # of all positives and of all negatives, in the bins of EDGES

    @property
    def dimensions(self) -> int:
        return int(self.pairs[0].shape[1])


def cosines(run: Run) -> Cosines:
    """ValueError where the run holds no pairs, or none that fit its gallery, or a single one."""
    pairs, n, file = run.pairs("test"), len(run.gallery), run.path / "embeddings.npz"
    if pairs is None:
        raise ValueError(f"{file} holds no pairs of views: choose another run")
    if len(pairs[0]) != n:
        raise ValueError(f"{file} has {len(pairs[0])} pairs for the {n} images of its gallery")
    if n > MOST:
        raise ValueError(f"{file} holds {n:,} pairs; this page compares each with every other, and at most {MOST:,}")
    if n < 2:
        raise ValueError(f"{file} holds one pair, so its anchor has no negative: train on data with 2 held-out images")
    try:
        positives, negatives = t.split(t.similarities(*pairs))
    except ValueError as error:
        raise ValueError(f"{run.name}: {error}") from error
    return Cosines(pairs, negatives[:ANCHORS].copy(), (density(positives), density(negatives)))


def density(x: np.ndarray, shares: np.ndarray | None = None) -> Float[np.ndarray, " bins"]:
    """The density of cosines in the bins of EDGES, each weighted by its share."""
    counts = t.counts(x, len(EDGES) - 1, shares)
    return counts / counts.sum() / (EDGES[1] - EDGES[0])


def pushed(of: Cosines, tau: float) -> Float[np.ndarray, " bins"]:
    """The density of the negatives as tau weighs them, each of the first ANCHORS anchors counting alike."""
    return density(of.negatives, t.weights(of.negatives, tau))


def sweep(of: Cosines) -> pd.DataFrame:
    """Effective negatives at each of TEMPERATURES: over the first ANCHORS anchors, and for uniform negatives.

    Columns tau, low, middle, high (10, 50, 90 %), uniform (drawn), formula (nan where it does not hold).
    """
    d, m = of.dimensions, of.negatives.shape[1]
    uniform, start = t.uniform_cosines(64, m, max(d, 2)), formula_from(of)
    rows = []
    for tau in TEMPERATURES:
        every = t.effective_negatives(t.weights(of.negatives, tau))
        null = t.effective_negatives(t.weights(uniform, tau)).mean()
        formula = m * t.uniform_effective(d, tau) if tau >= start else math.nan
        rows.append((tau, *np.quantile(every, (0.1, 0.5, 0.9)), null, formula))
    return pd.DataFrame(rows, columns=["tau", "low", "middle", "high", "uniform", "formula"])


def formula_from(of: Cosines) -> float:
    """The smallest temperature at which the formula for uniform negatives is shown as valid."""
    return 2 * t.uniform_from(of.dimensions, of.negatives.shape[1])


def histogram_table(of: Cosines, tau: float) -> pd.DataFrame:
    positives, negatives = of.densities
    columns = {"from": EDGES[:-1], "to": EDGES[1:], "positives": positives, "negatives": negatives}
    return pd.DataFrame(columns | {"weighed": pushed(of, tau)})


def anchor_table(of: Cosines, gallery: Gallery, i: int, tau: float) -> pd.DataFrame:
    """The negatives of anchor i, hardest first: cosine, weight, push and, with labels, whether it is a false one."""
    positives, negatives = t.split(t.similarities(*of.pairs))
    positive, s = positives[[i]], negatives[[i]]
    order = np.argsort(-s[0], kind="stable")
    j = np.delete(np.arange(len(gallery)), i)[order]
    columns = {"image": j, "class": [gallery.name(x) for x in j], "s_ij": s[0, order]}
    columns |= {"r_ij": t.weights(s, tau)[0, order], "push P_ij/tau": t.gradient(positive, s, tau)[1][0, order]}
    same = {} if gallery.labels is None else {"false_negative": gallery.labels[j] == gallery.labels[i]}
    return pd.DataFrame(columns | same)


def hardest(of: Cosines, i: int, k: int = 17) -> np.ndarray:
    """The k negatives of anchor i with the largest cosines, hardest first: rows of the gallery."""
    a, b = of.pairs[0][i].astype(float), of.pairs[1].astype(float)
    s = b @ a / np.linalg.norm(b, axis=1).clip(1e-12)  # the anchor's own length changes no order
    s[i] = -np.inf
    return np.argsort(-s, kind="stable")[: min(k, len(s) - 1)]


def left_edge(of: Cosines) -> float:
    """Where a histogram's axis begins: at the smallest cosine, and no further right than zero."""
    return min(-0.03, float(EDGES[np.flatnonzero(of.densities[0] + of.densities[1])[0]]))
