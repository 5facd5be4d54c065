"""How little an encoder minds an augmentation: the cosine of an image's embedding and of its transformed self's.

Always beside two references: the same encoder before training, and the cosine of *different* images, which is what an
encoder that tells nothing apart would reach without any invariance worth having.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Generator, Tensor
from torch.nn import functional as F

from sslcore.augment import NEED_RGB, SIGMA, STEPS, Policy, boxes
from sslcore.data.items import ready
from sslcore.objectives import Objective


class Sweep(NamedTuple):
    """The strengths at which one operation is tried."""

    unit: str
    strengths: tuple[float, ...]
    neutral: float  # the strength that changes nothing


SWEEPS = {
    "crop": Sweep("share of the area kept", (1.0, 0.8, 0.6, 0.45, 0.3, 0.2, 0.1), 1.0),
    "rotation": Sweep("degrees", (0.0, 10.0, 20.0, 30.0, 45.0, 70.0, 90.0, 135.0, 180.0), 0.0),
    "brightness": Sweep("factor", (0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0), 1.0),
    "contrast": Sweep("factor", (0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0), 1.0),
    "saturation": Sweep("factor", (0.0, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0), 1.0),
    "hue": Sweep("turns", (-0.5, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2, 0.35, 0.5), 0.0),
    "blur": Sweep("sigma, pixels", (0.0, 0.4, 0.6, 0.8, 1.2, 2.0), 0.0),
    "flip": Sweep("0 as it is, 1 flipped", (0.0, 1.0), 0.0),
    "grayscale": Sweep("0 as it is, 1 grey", (0.0, 1.0), 0.0),
}
# for the matrix: every operation happens, so that a cell says what two of them do together
STRONG = Policy(
    crop=(0.25, 0.6),
    flip=1,
    rotation=45,
    jitter=1,
    brightness=0.6,
    contrast=0.6,
    saturation=0.6,
    hue=0.25,
    grayscale=1,
    blur=1,
)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def operations(channels: int) -> list[str]:
    """The operations that images of so many channels can undergo, in the order in which a policy applies them."""
    return [name for name in STEPS if channels == 3 or name not in NEED_RGB]


def trained_range(policy: Policy, operation: str) -> tuple[float, float] | None:
    """The strengths of this operation (units as in SWEEPS) that the policy draws from; None where it never does it."""
    if operation == "crop":
        return policy.crop
    if operation == "blur":
        return SIGMA if policy.blur else None
    strength = getattr(policy, operation)
    if not strength or (operation in ("brightness", "contrast", "saturation", "hue") and not policy.jitter):
        return None
    if operation in ("flip", "grayscale"):
        return 0.0, 1.0
    neutral = SWEEPS[operation].neutral
    return neutral - strength, neutral + strength


def draws_at(
    operation: str, strength: float, shape: tuple[int, ...], generator: Generator | None = None
) -> dict[str, Tensor]:
    """Draws for `Policy.apply` that do one operation at one strength to images [b, c, h, w]; crops fall anywhere."""
    b, _, h, w = shape
    names = STEPS[operation][1]
    if operation == "crop":
        return dict(boxes(b, h, w, (strength, strength), torch.device("cpu"), generator))
    draw = bool(strength) if operation in ("flip", "grayscale") else strength
    return {names[0]: torch.full((b,), draw)}


@torch.no_grad()
def embed(objective: Objective, x: Float[Tensor, "b c h w"], space: str) -> Float[Tensor, "b d"]:
    """Views as they are -> their place in this space, batch norm in eval mode."""
    return torch.cat([objective.spaces(chunk)[space] for chunk in x.split(500)])


def pairs(
    policy: Policy, images: Tensor, seed: int, identical: bool = False
) -> tuple[tuple[dict[str, Tensor], Tensor], tuple[dict[str, Tensor], Tensor]]:
    """The draws and the views a and b of each image [n, c, h, w]; `identical` gives a twice, which asks for nothing."""
    generator = Generator().manual_seed(seed)
    draws = policy.draw(images.shape, "cpu", generator)
    a = draws, policy.apply(images, draws)
    if identical:
        return a, a
    draws = policy.draw(images.shape, "cpu", generator)
    return a, (draws, policy.apply(images, draws))


def strangers(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"]) -> Float[Tensor, " m"]:
    """The cosine of a[i] and b[j] for every i other than j: what different images have in common."""
    cosines = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
    return cosines[~torch.eye(len(a), dtype=torch.bool)]


def profile(
    encoders: Mapping[str, Objective], images: UInt8[Tensor, "n c h w"], space: str, operation: str, seed: int = 0
) -> dict[str, Float[Tensor, "k n"]]:
    """By encoder: the cosine of each image and of itself after one operation, at each of its k strengths."""
    generator, policy = Generator().manual_seed(seed), Policy()
    still = {name: embed(objective, ready(images), space) for name, objective in encoders.items()}
    rows: dict[str, list[Tensor]] = {name: [] for name in encoders}
    for strength in SWEEPS[operation].strengths:
        moved = policy.apply(images, draws_at(operation, strength, images.shape, generator))
        for name, objective in encoders.items():
            rows[name].append(F.cosine_similarity(still[name], embed(objective, moved, space)))
    return {name: torch.stack(cosines) for name, cosines in rows.items()}


def profiles(
    encoders: Mapping[str, Objective], images: UInt8[Tensor, "n c h w"], space: str
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """By operation and encoder: the `mean` of `profile` over the images, and its standard `error`, a strength each."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for operation in operations(images.shape[1]):
        found[operation] = {
            name: {"mean": cosines.mean(1).tolist(), "error": (cosines.std(1) / len(images) ** 0.5).tolist()}
            for name, cosines in profile(encoders, images, space, operation).items()
        }
    return found


def references(
    encoders: Mapping[str, Objective], a: Float[Tensor, "n c h w"], b: Float[Tensor, "n c h w"], space: str
) -> dict[str, dict[str, list[float]]]:
    """By encoder: the mean cosine and its quantiles (QUANTILES), for views a[i], b[i] of one image ("pairs") and for
    views a[i], b[j] of different ones ("strangers")."""
    found: dict[str, dict[str, list[float]]] = {"pairs": {}, "strangers": {}}
    for name, objective in encoders.items():
        za, zb = embed(objective, a, space), embed(objective, b, space)
        for what, cosines in (("pairs", F.cosine_similarity(za, zb)), ("strangers", strangers(za, zb))):
            found[what][name] = [float(cosines.mean()), *cosines.quantile(torch.tensor(QUANTILES)).tolist()]
    return found


def composition(
    encoders: Mapping[str, Objective], images: UInt8[Tensor, "n c h w"], space: str, seed: int = 0
) -> dict[str, Float[np.ndarray, "k k"]]:
    """By encoder: the mean cosine of an image and of itself after operations i and j of STRONG together.

    On the diagonal an operation is alone.  All cells and encoders share one set of draws, so cells differ by what is
    done and not by luck; operations come in the order of `operations`.
    """
    names = operations(images.shape[1])
    draws = STRONG.draw(images.shape, "cpu", Generator().manual_seed(seed))
    still = {name: embed(objective, ready(images), space) for name, objective in encoders.items()}
    tables = {name: np.ones((len(names), len(names)), np.float32) for name in encoders}
    for i, first in enumerate(names):
        for j, second in enumerate(names[: i + 1]):
            moved = STRONG.apply(images, {name: draws[name] for step in {first, second} for name in STEPS[step][1]})
            for name, objective in encoders.items():
                cosine = F.cosine_similarity(still[name], embed(objective, moved, space)).mean()
                tables[name][i, j] = tables[name][j, i] = float(cosine)
    return tables
