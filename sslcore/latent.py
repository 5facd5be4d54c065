"""The geometry of a code: paths, planes, and the prior that a VAE's code is held to."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

ACTIVE = 0.01  # variance of a posterior mean above which its dimension is in use


def straight(a: Float[Tensor, " d"], b: Float[Tensor, " d"], t: Float[Tensor, " n"]) -> Float[Tensor, "n d"]:
    """The line from a (t = 0) to b (t = 1)."""
    return a + t[:, None] * (b - a)


def spherical(a: Float[Tensor, " d"], b: Float[Tensor, " d"], t: Float[Tensor, " n"]) -> Float[Tensor, "n d"]:
    """From a to b along the arc between their directions, the length changing evenly (slerp, Shoemake 1985; White 2016,
    arXiv:1609.04468).  Gaussian codes in many dimensions lie near a shell, which a straight line leaves.

    Falls back to the straight line where the arc is not defined: a code of length 0, or opposite directions.
    """
    length_a, length_b = a.norm(), b.norm()
    if min(length_a, length_b) < 1e-6:
        return straight(a, b, t)
    u, v = a / length_a, b / length_b
    angle = torch.acos((u @ v).clamp(-1, 1))
    if torch.sin(angle) < 1e-4:
        return straight(a, b, t)
    direction = (torch.sin((1 - t) * angle)[:, None] * u + torch.sin(t * angle)[:, None] * v) / torch.sin(angle)
    return direction * straight(length_a[None], length_b[None], t)


def plane(
    origin: Float[Tensor, " d"],
    u: Float[Tensor, " d"],
    v: Float[Tensor, " d"],
    x: Float[Tensor, " n"],
    y: Float[Tensor, " m"],
) -> Float[Tensor, "n*m d"]:
    """origin + x u + y v for every x and y: rows from the largest y down, as a picture is read."""
    return (origin + y.flip(0)[:, None, None] * v + x[None, :, None] * u).flatten(0, 1)


def axes(
    codes: Float[Tensor, "n d"], kind: str, chosen: tuple[int, ...]
) -> tuple[Float[Tensor, " d"], Float[Tensor, " d"], Float[Tensor, " d"]]:
    """An origin and two orthonormal directions: "dimensions" (two of them, through the mean), "principal" (the two of
    largest variance) or "images" (through three codes, the first at the origin)."""
    mean, d = codes.mean(0), codes.shape[1]
    if kind == "dimensions":
        unit = torch.eye(d)
        return mean, unit[chosen[0]], unit[chosen[1]]
    if kind == "principal":
        _, _, directions = torch.linalg.svd(codes - mean, full_matrices=False)
        return mean, directions[0], directions[1]
    a, b, c = codes[list(chosen)]
    u = torch.nn.functional.normalize(b - a, dim=0)
    v = c - a
    v = torch.nn.functional.normalize(v - (v @ u) * u, dim=0)
    if min(u.norm(), v.norm()) < 0.5:
        raise ValueError("a plane needs three different images whose codes are not on one line: choose another")
    return a, u, v


def sample_prior(n: int, latent: int, temperature: float, generator: Generator) -> Float[Tensor, "n d"]:
    """Codes from N(0, temperature^2): below 1, typical images; above, rarer ones."""
    return temperature * torch.randn(n, latent, generator=generator)


def sample_fitted(
    codes: Float[Tensor, "m d"], n: int, temperature: float, generator: Generator
) -> Float[Tensor, "n d"]:
    """Codes from a Gaussian with the mean and covariance of these ones, its deviations times temperature."""
    centred = codes - codes.mean(0)
    _, s, directions = torch.linalg.svd(centred, full_matrices=False)
    noise = torch.randn(n, len(s), generator=generator)
    return codes.mean(0) + temperature * (noise * s / math.sqrt(len(codes) - 1)) @ directions


def quantiles(n: int) -> Float[Tensor, " n"]:
    """n values that cut N(0, 1) into equal shares: even steps in probability, so the grid shows what is likely."""
    return torch.special.ndtri((torch.arange(n) + 0.5) / n)


def active(mu: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " d"]:
    """The variance of each posterior mean over images (Burda et al. 2016): above ACTIVE the dimension is in use."""
    return mu.var(0)
