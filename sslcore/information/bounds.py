"""Bounds on and estimates of mutual information from a score matrix F[i, j] = f(x_i, y_j), in nats.

Pairs (x_i, y_i) are independent draws from p(x, y): the diagonal is drawn from p, the rest from q = p(x) p(y), and
r = p / q. A guarantee is one in expectation, for a critic f that was fixed before these pairs were drawn. Everything
is computed and returned in float64, where the difference between a bound and its ceiling log n survives; gradients
flow back in the critic's own precision. All raise ValueError unless the scores are square, finite and n >= 2.

van den Oord et al. 2018 (1807.03748); Poole et al. 2019 (1905.06922); Nguyen, Wainwright & Jordan 2010 (0809.0853);
Belghazi et al. 2018 (MINE, 1801.04062); Song & Ermon 2020 (1910.06222); Cheng et al. 2020 (CLUB, 2006.12013);
Yeh et al. 2022 (DCL, 2110.06848); McAllester & Stratos 2020 (1811.04251) for what no lower bound can do.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

Scores = Float[Tensor, "n n"]
Nats = Float64[Tensor, ""]


def infonce(scores: Scores) -> Nats:
    """Lower bound (van den Oord 2018): each x_i picks its y_i out of n. Never above log n; best critic log r + c(x)."""
    scores = checked(scores)
    return math.log(len(scores)) + (scores.diagonal() - scores.logsumexp(1)).mean()


def symmetric(scores: Scores) -> Nats:
    """Lower bound, never above log n: the mean of InfoNCE from x to y and from y to x. Best critic log r."""
    return (infonce(scores) + infonce(scores.T)) / 2


def infonce_without_positive(scores: Scores) -> Nats:
    """NO lower bound (DCL, Yeh 2022): InfoNCE whose denominator leaves the positive out; at log r it lies above I."""
    return leave_one_out(scores)


def tuba(scores: Scores, log_baseline: Float[Tensor, " n"] | float) -> Nats:
    """Lower bound (Poole 2019) for any log a(y_j), an [n] or one number. Best critic log r + log a(y)."""
    scores = checked(scores) - log_baseline
    return 1 + scores.diagonal().mean() - log_mean_exp(off_diagonal(scores).flatten()).exp()


def nwj(scores: Scores) -> Nats:
    """Lower bound (Nguyen 2010) of huge variance, e^(2I) and more. TUBA at a = e, so the best critic is 1 + log r."""
    scores = checked(scores)
    return scores.diagonal().mean() - (log_mean_exp(off_diagonal(scores).flatten()) - 1).exp()


def donsker_varadhan(scores: Scores) -> Nats:
    """NO bound on finite samples, where the log of a mean is too small: biased up (MINE). Best critic log r + const."""
    scores = checked(scores)
    return scores.diagonal().mean() - log_mean_exp(off_diagonal(scores).flatten())


def smile(scores: Scores, clip: float) -> Nats:
    """NO bound (Song & Ermon 2020): the Donsker-Varadhan estimate with the scores clipped to +-clip (> 0) in its
    second term only; less variance for more bias. Best critic log r."""
    if not clip > 0:
        raise ValueError(f"clip is {clip}, must be above 0")
    scores = checked(scores)
    return scores.diagonal().mean() - log_mean_exp(off_diagonal(scores).clamp(-clip, clip).flatten())


def interpolated(scores: Scores, alpha: float) -> Nats:
    """Lower bound I_alpha (Poole 2019) for 0 <= alpha <= 1, with the baseline alpha m(x_i) + (1 - alpha) e, where m is
    the mean of e^f over candidates: alpha 0 is NWJ, alpha 1 is InfoNCE of n - 1 candidates. Best critic 1 + log r."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is {alpha}, must lie in 0..1")
    scores = checked(scores)
    positive, negatives = scores.diagonal(), off_diagonal(scores)

    # Both terms must use a baseline of the same number of candidates, and only n - 1 are independent of x_i; with the
    # n-th in the first term alone, nothing would make the sum a bound for 0 < alpha < 1.
    log_count = math.log(len(scores) - 1)
    with_positive = torch.logaddexp(positive, negatives[:, 1:].logsumexp(1)) - log_count
    without = negatives.logsumexp(1) - log_count
    weight = torch.tensor(alpha, dtype=torch.float64, device=scores.device)
    log_m = torch.stack([with_positive, without])
    joint, product = torch.logaddexp(weight.log() + log_m, (1 - weight).log() + 1)
    return 1 + (positive - joint).mean() - (without - product).exp().mean()


def leave_one_out(scores: Scores) -> Nats:
    """Upper bound (Poole 2019) from scores[i, j] = log p(y_i | x_j), the TRUE conditional: the x_j of the others stand
    in for the marginal of y_i. With a learned conditional or critic it bounds nothing."""
    scores = checked(scores)
    return (scores.diagonal() - log_mean_exp(off_diagonal(scores))).mean()


def club(scores: Scores) -> Nats:
    """Upper bound (Cheng 2020) from the TRUE log p(y|x), either way round; looser than leave-one-out on average."""
    scores = checked(scores)
    return scores.diagonal().mean() - off_diagonal(scores).mean()


def checked(scores: Tensor) -> Tensor:
    """The scores in float64, or ValueError."""
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise ValueError(f"scores have shape {tuple(scores.shape)}, must be square: one row and one column a pair")
    if len(scores) < 2:
        raise ValueError(f"scores hold {len(scores)} pair, must hold at least 2: a bound needs pairs to tell apart")
    if not scores.sum(dtype=torch.float64).isfinite():  # ten times as fast as a look at each
        raise ValueError("scores hold nan or infinity, must be finite: lower the learning rate or scale the critic")
    return scores.double()


def off_diagonal(scores: Float[Tensor, "n n"]) -> Float[Tensor, "n m"]:
    """Row i without its entry i, [n, n - 1]: left out, for a large diagonal subtracted from a sum would swallow it."""
    n = len(scores)
    return scores.flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1)


def log_mean_exp(values: Float[Tensor, "*b n"]) -> Float[Tensor, "*b"]:
    """log of the mean of e^values over the last axis."""
    return values.logsumexp(-1) - math.log(values.shape[-1])


@dataclass(frozen=True)
class Estimator:
    """An estimator, and what may be believed of it: `at_optimum` takes the matrix of log r, [n, n]."""

    name: str
    at_optimum: Callable[[Tensor], Tensor]
    formula: str  # LaTeX, with F the scores and "off" the mean over i != j
    optimum: str  # LaTeX, the critic that makes it tightest
    guarantee: Literal["lower bound", "upper bound", "none"]


# `leave_one_out` wants log p(y_i | x_j): it differs from log r(x_j, y_i) by log p(y_i), which cancels within a row.
ESTIMATORS = (
    Estimator(
        "InfoNCE",
        infonce,
        r"\log N - \frac1N \sum_i \left[\log \sum_j e^{F_{ij}} - F_{ii}\right]",
        r"\log r + c(x)",
        "lower bound",
    ),
    Estimator(
        "InfoNCE, symmetric",
        symmetric,
        r"\tfrac12 \left[\mathrm{InfoNCE}(F) + \mathrm{InfoNCE}(F^\top)\right]",
        r"\log r",
        "lower bound",
    ),
    Estimator(
        "NWJ",
        lambda log_r: nwj(1 + log_r),
        r"\overline{F_{ii}} - e^{-1}\, \mathrm{off}(e^F)",
        r"1 + \log r",
        "lower bound",
    ),
    Estimator(
        "Interpolated, α = 0.5",
        lambda log_r: interpolated(1 + log_r, 0.5),
        r"1 + \overline{\log \frac{e^{F_{ii}}}{b_i}} - \mathrm{off}\left(\frac{e^F}{b_i}\right),\quad"
        r" b_i = \alpha\, m_i + (1 - \alpha)\, e",
        r"1 + \log r",
        "lower bound",
    ),
    Estimator(
        "Donsker–Varadhan",
        donsker_varadhan,
        r"\overline{F_{ii}} - \log \mathrm{off}(e^F)",
        r"\log r + \mathrm{const}",
        "none",
    ),
    Estimator(
        "SMILE, τ = 5",
        lambda log_r: smile(log_r, 5.0),
        r"\overline{F_{ii}} - \log \mathrm{off}\left(\mathrm{clip}(e^F, e^{-\tau}, e^{\tau})\right)",
        r"\log r",
        "none",
    ),
    Estimator(
        "Leave-one-out",
        lambda log_r: leave_one_out(log_r.T),
        r"\frac1N \sum_i \left[\log p(y_i|x_i) - \log \frac1{N-1} \sum_{j \ne i} p(y_i|x_j)\right]",
        r"\log p(y|x)",
        "upper bound",
    ),
    Estimator(
        "CLUB",
        club,
        r"\overline{\log p(y_i|x_i)} - \mathrm{off}\left(\log p(y_j|x_i)\right)",
        r"\log p(y|x)",
        "upper bound",
    ),
)
