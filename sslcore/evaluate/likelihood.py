"""How well a model with a Gaussian posterior explains images: bounds on log p(x), and what its code is used for.

ELBO: Kingma & Welling 2014 (arXiv:1312.6114).  The importance-sampled L_k, which rises with k to log p(x), and active
units: Burda et al. 2016 (arXiv:1509.00519).  All in nats of the images that the likelihood is of (`VAE.observe`).
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Float64, UInt8
from torch import Tensor

from sslcore.data.items import portions, ready
from sslcore.latent import ACTIVE
from sslcore.objectives import Objective
from sslcore.objectives.vae import kl_to_prior

DRAWS = (1, 10, 100, 1000)
DECODED = 1000  # codes at a time: a few megabytes of pixels
IMAGES = 50  # at a time: the weights of all their draws are kept


def bounds(
    model: Objective, pixels: UInt8[Tensor, "n c h w"], draws: Sequence[int] = DRAWS, seed: int = 0
) -> dict[str, Any]:
    """The ELBO and L_k for each k of `draws`: means over images with their standard errors.

    Each k uses all the draws there are, cut into groups of k: so L_k cannot fall where one k divides the next, and L_1
    is the ELBO.  `effective` is the effective sample size (sum w)^2 / sum w^2 of k weights, `largest` the share of the
    largest one; both are medians over images.  Raises ValueError for a k outside 1..5,000.
    """
    if not draws or not 1 <= min(draws) <= max(draws) <= 5000:
        raise ValueError(f"numbers of draws are {list(draws)}, must each lie in 1..5000: leave the others out")
    where = next(model.parameters()).device
    generator = torch.Generator(where).manual_seed(seed)
    bounds_of: dict[int, list[Float64[Tensor, "3 b"]]] = {k: [] for k in draws}
    elbo = []
    for chunk in pixels.split(IMAGES):
        log_w = log_weights(model, chunk.to(where), max(draws), generator)
        elbo.append(log_w.mean(0))
        for k in draws:
            bounds_of[k].append(of_groups(log_w, k))
    rows = []
    for k, parts in bounds_of.items():
        bound, effective, largest = torch.cat(parts, dim=1)
        rows.append({"k": k, **mean_and_error(bound, "bound")})
        rows[-1] |= {"effective": float(effective.median()), "largest": float(largest.median())}
    return {"items": len(pixels), **mean_and_error(torch.cat(elbo), "elbo"), "bounds": rows}


def bound_of_each(model: Objective, pixels: UInt8[Tensor, "n c h w"], k: int, seed: int = 0) -> Float64[Tensor, " n"]:
    """L_k of each image from k draws, on the model's device."""
    where = next(model.parameters()).device
    generator = torch.Generator(where).manual_seed(seed)
    parts = [of_groups(log_weights(model, chunk.to(where), k, generator), k)[0] for chunk in pixels.split(IMAGES)]
    return torch.cat(parts)


@torch.no_grad()
def log_weights(
    model: Objective, pixels: UInt8[Tensor, "b c h w"], k: int, generator: torch.Generator
) -> Float64[Tensor, "k b"]:
    """`VAE.log_weights` of images on the model's device, DECODED codes at a time."""
    x = model.observe(ready(pixels), generator)
    most = max(1, DECODED // len(x))
    parts = [model.log_weights(x, min(most, k - done), generator).double() for done in range(0, k, most)]
    return torch.cat(parts)


def of_groups(log_w: Float64[Tensor, "draws b"], k: int) -> Float64[Tensor, "3 b"]:
    """L_k, effective sample size and share of the largest weight of each image: means over groups of k draws."""
    groups = log_w[: len(log_w) // k * k].unflatten(0, (-1, k))  # [groups, k, b]
    total = groups.logsumexp(1)
    effective = (2 * total - (2 * groups).logsumexp(1)).exp()
    largest = (groups.amax(1) - total).exp()
    return torch.stack([total - math.log(k), effective, largest]).mean(1)


@torch.no_grad()
def units(model: Objective, pixels: UInt8[Tensor, "n c h w"]) -> dict[str, Any]:
    """Per dimension of the code: the variance over images of its posterior mean, and its mean KL to the prior (nats).

    `active` counts the variances above `latent.ACTIVE`.
    """
    where = next(model.parameters()).device
    generator = torch.Generator(where).manual_seed(0)
    parts = []
    for x in portions(pixels, where):
        mu, log_var = model.posterior(model.observe(x, generator))
        parts.append(torch.stack([mu, kl_to_prior(mu, log_var)]).double())
    mu, kl = torch.cat(parts, dim=1)
    variance = mu.var(0, unbiased=False)
    return {
        "items": len(pixels),
        "active": int((variance > ACTIVE).sum()),
        "variance": variance.tolist(),
        "kl": kl.mean(0).tolist(),
    }


def mean_and_error(values: Float[Tensor, " n"], name: str) -> dict[str, float]:
    """The mean as `name`, and its standard error over images."""
    error = values.std() / math.sqrt(len(values)) if len(values) > 1 else math.inf
    return {name: float(values.mean()), f"{name}_error": float(error)}
