"""What a temperature makes of similarities: softmax weights, effective negatives, gradients, and the null.

s[i, j] = cos(a_i, b_j) of two views a_i, b_i of image i; row i's loss is -log P_ii with P_ij = softmax_j(s_ij / tau)
(InfoNCE, van den Oord et al. 2018, arXiv:1807.03748).  Its gradients, and tau as what sets how hard the hardest
negatives are pushed: Wang & Liu 2021 (arXiv:2012.09740).  NumPy alone, in float64.
"""

import math

import numpy as np
from jaxtyping import Bool, Float


def similarities(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    """s[i, j] = cos(a_i, b_j); ValueError for fewer than two pairs, other shapes, or values that are not finite."""
    if a.shape != b.shape or a.ndim != 2 or len(a) < 2:
        raise ValueError(f"two views of at least 2 images, [n, d] each, are needed; got {a.shape} and {b.shape}")
    bad = np.flatnonzero(~(np.isfinite(a) & np.isfinite(b)).all(1))
    if len(bad):
        raise ValueError(
            f"the embeddings of {len(bad)} of {len(a)} images are not finite (the first is image {bad[0]}): "
            "the training diverged; train it again at a lower rate"
        )
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-12) for x in (a.astype(float), b.astype(float)))
    return a @ b.T


def split(s: Float[np.ndarray, "n n"]) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n m"]]:
    """The positives s_ii, [n], and each row's m = n - 1 negatives s_ij, j != i in order of j."""
    return np.diag(s), s[~np.eye(len(s), dtype=bool)].reshape(len(s), -1)


def counts(cosines: Float[np.ndarray, "..."], bins: int, shares: np.ndarray | None = None) -> np.ndarray:
    """How many cosines fall into each of so many equal bins of -1..1, [bins]; with `shares`, how much of them does."""
    places = ((cosines.ravel() + 1) * (bins / 2)).astype(np.intp).clip(0, bins - 1)
    return np.bincount(places, None if shares is None else shares.ravel(), bins)


def weights(negatives: Float[np.ndarray, "n m"], tau: float) -> Float[np.ndarray, "n m"]:
    """r_ij = e^(s_ij / tau) / sum_{k != i} e^(s_ik / tau): each row sums to one."""
    _check(tau)
    s = negatives.astype(float)
    e = np.exp((s - s.max(1, keepdims=True)) / tau)  # the largest is e^0, whatever tau
    return e / e.sum(1, keepdims=True)


def effective_negatives(r: Float[np.ndarray, "n m"]) -> Float[np.ndarray, " n"]:
    """Effective sample size 1 / sum_j r_ij^2: m where all weigh the same, 1 where one has it all."""
    return 1 / np.square(r).sum(1)


def perplexity(r: Float[np.ndarray, "n m"]) -> Float[np.ndarray, " n"]:
    """e^H of the weights, H = -sum_j r_ij log r_ij: 1 to m, never below `effective_negatives`."""
    return np.exp(-(r * np.log(np.where(r > 0, r, 1))).sum(1))


def top(m: int, share: float = 0.01) -> int:
    """How many of m negatives are the hardest `share`: rounded up, at least one."""
    return max(1, math.ceil(share * m))


def top_share(r: Float[np.ndarray, "n m"], share: float = 0.01) -> Float[np.ndarray, " n"]:
    """The weight on the hardest `share` of a row's negatives, 0..1: also their share of the push on all negatives."""
    return np.sort(r, axis=1)[:, -top(r.shape[1], share) :].sum(1)


def positive_probability(
    positives: Float[np.ndarray, " n"], negatives: Float[np.ndarray, "n m"], tau: float
) -> Float[np.ndarray, " n"]:
    """P_ii = e^(s_ii / tau) / (e^(s_ii / tau) + sum_{k != i} e^(s_ik / tau)); the row's loss is -log P_ii nats."""
    return np.exp(-np.logaddexp(0, _log_odds_against(positives, negatives, tau)))


def gradient(
    positives: Float[np.ndarray, " n"], negatives: Float[np.ndarray, "n m"], tau: float
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n m"]]:
    """d(-log P_ii)/ds_ii = -(1/tau) sum_{k != i} P_ik, [n], and d(-log P_ii)/ds_ij = P_ij / tau, [n, m]: sum 0."""
    missed = np.exp(-np.logaddexp(0, -_log_odds_against(positives, negatives, tau)))  # 1 - P_ii without cancellation
    return -missed / tau, missed[:, None] * weights(negatives, tau) / tau


def false_negatives(negatives: Float[np.ndarray, "n m"], same: Bool[np.ndarray, "n m"], k: int) -> np.ndarray:
    """The share of each row's k hardest negatives that are of the anchor's class, float [n]."""
    if not 1 <= k <= negatives.shape[1]:
        raise ValueError(f"k is how many of the {negatives.shape[1]} negatives to look at, got {k}")
    hardest = np.argsort(-negatives, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(same, hardest, 1).mean(1)


def uniform_effective(d: int, tau: float) -> float:
    """Effective negatives / m for negatives uniform on the sphere in d dimensions: about e^(-1 / (d tau^2)).

    There s is nearly normal with variance 1/d, and ESS/m -> (E e^(s/tau))^2 / E e^(2s/tau).  It holds for m -> infinity
    and tau well above `uniform_from`; below, few negatives hold the weight and the true share is larger.
    """
    _check(tau)
    return math.exp(-1 / (d * tau) / tau)


def uniform_perplexity(d: int, tau: float) -> float:
    """Perplexity / m for the same law, and under the same conditions: about e^(-1 / (2 d tau^2))."""
    _check(tau)
    return math.exp(-1 / (2 * d * tau) / tau)


def uniform_from(d: int, m: int) -> float:
    """1 / sqrt(2 d log m): well above this temperature the two formulas hold for m negatives, below it they do not."""
    return 1 / math.sqrt(2 * d * math.log(max(m, 2)))


def uniform_cosines(n: int, m: int, d: int, seed: int = 0) -> Float[np.ndarray, "n m"]:
    """Draws of the cosine of two vectors uniform on the sphere in d >= 2 dimensions: the null without a formula."""
    if d < 2:
        raise ValueError(f"a sphere needs at least 2 dimensions, got {d}")
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, m))
    return z / np.sqrt(z * z + rng.chisquare(d - 1, (n, m)))


def _log_odds_against(positives: np.ndarray, negatives: np.ndarray, tau: float) -> np.ndarray:
    """log((1 - P_ii) / P_ii), [n]."""
    _check(tau)
    s, hardest = negatives.astype(float), negatives.astype(float).max(1)
    return (hardest - positives) / tau + np.log(np.exp((s - hardest[:, None]) / tau).sum(1))


def _check(tau: float) -> None:
    if not (tau > 0 and math.isfinite(tau)):
        raise ValueError(f"the temperature must be positive, got {tau}")
