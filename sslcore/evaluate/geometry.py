"""The shape of a cloud of features: how much of its space it fills, how evenly, and who is everyone's neighbour.

RankMe: Garrido et al. 2023 (arXiv:2210.02885).  Spectrum and collapse: Jing et al. 2022 (arXiv:2110.09348).  Hubness:
Radovanović et al. 2010.  Alignment and uniformity: Wang & Isola 2020 (arXiv:2005.10242); tolerance: Wang & Liu 2021
(arXiv:2012.09740).
"""

import math
from typing import Any

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor
from torch.nn import functional as F

K = 10  # neighbours that hubness counts


def describe(x: Float[Tensor, "n d"]) -> dict[str, Any]:
    """Ranks, spread and hubness of features as they are, neither centred nor normalised before."""
    n, d = x.shape
    found = {"dimensions": d, **ranks(x), "total_variance": float(x.double().var(0).sum())}
    return found | {"mean_cosine": mean_cosine(x), "hubness": hubness(x), "hubness_of_uniform": uniform_hubness(n, d)}


def ranks(x: Float[Tensor, "n d"]) -> dict[str, float]:
    """Three counts of the dimensions in use, each 1..d (0 where all features are the same).

    `rankme`: exp of the entropy of the singular values, uncentred; `entropy_rank`: exp of that of the covariance's
    eigenvalues; `participation_ratio`: (sum lambda)^2 / sum lambda^2 of these.
    """
    singular = _squares(x.double()).sqrt()
    p = singular / singular.sum().clamp(min=1e-300) + 1e-7
    eigenvalues = covariance_eigenvalues(x)
    share = eigenvalues / eigenvalues.sum().clamp(min=1e-300)
    spread = bool(share.any())
    return {
        "rankme": float(torch.special.entr(p).sum().exp()),
        "entropy_rank": float(torch.special.entr(share).sum().exp()) if spread else 0.0,
        "participation_ratio": float(1 / share.square().sum()) if spread else 0.0,
    }


def spectrum(x: Float[Tensor, "n d"]) -> list[float]:
    """log10(lambda_k / lambda_1) of the covariance, largest first; -12 stands for all that is less."""
    eigenvalues = covariance_eigenvalues(x)
    return (eigenvalues / eigenvalues[0].clamp(min=1e-300)).clamp(min=1e-12).log10().tolist()


def covariance_eigenvalues(x: Float[Tensor, "n d"]) -> Float64[Tensor, " k"]:
    """Largest first; in float64, for the small ones would drown in the rounding of the large."""
    return _squares(x.double() - x.double().mean(0)).flip(0) / len(x)


def _squares(x: Float64[Tensor, "n d"]) -> Float64[Tensor, " k"]:
    """The squared singular values, smallest first; k is the smaller of n and d, for large images have many pixels."""
    return torch.linalg.eigvalsh(x @ x.T if len(x) < x.shape[1] else x.T @ x).clamp(min=0)


def mean_cosine(x: Float[Tensor, "n d"]) -> float:
    """Mean cosine of distinct pairs: near 1 where all features share one direction."""
    unit = F.normalize(x.double(), dim=1)
    return float((unit.sum(0).square().sum() - unit.square().sum()) / (len(x) * (len(x) - 1)))


def hubness(x: Float[Tensor, "n d"]) -> float:
    """Skew of the number of images that count each one among their K nearest by cosine: far above 0 there are hubs."""
    unit, n = F.normalize(x, dim=1), len(x)
    counts = torch.zeros(n, device=x.device)
    for start in range(0, n, 1000):
        similarity = unit[start : start + 1000] @ unit.T
        rows = torch.arange(len(similarity), device=x.device)
        similarity[rows, rows + start] = -torch.inf  # nobody is a neighbour of their own
        counts += similarity.topk(min(K, n - 1), dim=1).indices.flatten().bincount(minlength=n)
    centred = (counts - counts.mean()).double()
    return float(centred.pow(3).mean() / centred.square().mean().clamp(min=1e-12).pow(1.5))


def uniform_hubness(n: int, d: int) -> float:
    """The hubness of n points drawn evenly on the sphere in d dimensions: what chance alone would give."""
    return hubness(torch.randn(n, d, generator=torch.Generator().manual_seed(0)))


def alignment(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"]) -> float:
    """Mean squared distance of two views on the unit sphere, 0..4; 0 is perfect, 2 is chance."""
    return float((a - b).square().sum(1).mean())


def uniformity(z: Float[Tensor, "n d"]) -> float:
    """log of the mean of exp(-2 |z - z'|^2) over distinct pairs of unit vectors; lower is more uniform."""
    n = len(z)
    total = sum(float((-4 * (1 - rows.double() @ z.double().T)).exp().sum()) for rows in z.split(1000))
    return math.log((total - n) / (n * (n - 1)))  # each vector's pair with itself is exp(0) = 1


def uniform_uniformity(d: int) -> float:
    """The uniformity of the uniform law on the sphere in d dimensions: -4 + log 0F1(; d/2; 4)."""
    term, total = 1.0, 1.0
    for k in range(100):
        term *= 4 / ((d / 2 + k) * (k + 1))
        total += term
    return math.log(total) - 4


def tolerance(z: Float[Tensor, "n d"], labels: Int64[Tensor, " n"]) -> float:
    """Mean cosine of distinct images of the same class: high where a class is kept together."""
    total = count = 0.0
    for k in labels.unique():
        same = z[labels == k].double()
        total += float(same.sum(0).square().sum()) - len(same)
        count += len(same) * (len(same) - 1)
    return total / max(count, 1)
