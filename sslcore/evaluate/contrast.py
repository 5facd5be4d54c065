"""What a contrastive model makes of two views of an image."""

from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from sslcore import information
from sslcore.data import Images, portions
from sslcore.evaluate.geometry import alignment, tolerance, uniform_uniformity, uniformity
from sslcore.objectives import Objective


def of_views(objective: Objective, train: Images, test: Images, where: torch.device) -> dict[str, Any]:
    """Alignment, uniformity, tolerance and the bound against N, of the head's outputs for up to 10,000 images a split.

    The bound is scored on pairs that neither the encoder nor the temperature was fitted to ("test"), and for contrast
    on pairs of training images ("train"); each at the temperature of training and at the best one.
    """
    found: dict[str, Any] = {"information": {}}
    temperature = objective.config.temperature
    for split, images in (("test", test), ("train", train)):
        a, b = pairs(objective, images.pixels[:10_000], where)
        sizes = [2**i for i in range(1, 20) if 2**i <= len(a) // 4]  # at least two batches, even of half the pairs
        found["information"][split] = {
            "images": len(a),
            "at_training": information.curve(a, b, [temperature], sizes, torch.Generator().manual_seed(0)),
            "at_best": information.curve(a, b, information.TEMPERATURES, sizes, torch.Generator().manual_seed(0)),
        }
        if split == "test":
            labels = None if images.labels is None else images.labels[: len(a)].to(where)
            found["contrast"] = {
                "images": len(a),
                "dimensions": a.shape[1],
                "alignment": alignment(a, b),
                "uniformity": uniformity(a),
                "uniformity_of_uniform": uniform_uniformity(a.shape[1]),
                **({"tolerance": tolerance(a, labels)} if labels is not None else {}),
            }
    return found


@torch.no_grad()
def pairs(
    objective: Objective, pixels: UInt8[Tensor, "n c h w"], where: torch.device
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Unit-length outputs of the head for two views of each image, batch norm in eval mode."""
    generator = torch.Generator(where).manual_seed(0)
    both = [objective.pair(x, generator) for x in portions(pixels, where)]
    a, b = (F.normalize(torch.cat(view), dim=1) for view in zip(*both, strict=True))
    return a, b
