"""What a contrastive model makes of two views of an item."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from sslcore import information
from sslcore.data.items import Data, portions
from sslcore.evaluate.geometry import alignment, tolerance, uniform_uniformity, uniformity
from sslcore.objectives import Objective


def of_views(objective: Objective, train: Data, test: Data, where: torch.device) -> dict[str, Any]:
    """Alignment, uniformity, tolerance and the bound against N, of the head's outputs for up to 10,000 items a split.

    The bound is scored on pairs that neither the encoder nor the temperature was fitted to ("test"), and for contrast
    on pairs of training items ("train"); each at the best temperature and, where there is one, at that of training.
    """
    a, b = pairs(objective, test.items[:10_000], where)
    part = {
        "items": len(a),
        "dimensions": a.shape[1],
        "alignment": alignment(a, b),
        "uniformity": uniformity(a),
        "uniformity_of_uniform": uniform_uniformity(a.shape[1]),
    }
    if test.labels is not None:
        part["tolerance"] = tolerance(a, test.labels[: len(a)].to(where))
    trained = [objective.temperature] if "temperature" in objective.abilities else []
    of_train = pairs(objective, train.items[:10_000], where)
    return part | {"information": {"test": _curves(a, b, trained), "train": _curves(*of_train, trained)}}


def _curves(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"], trained: list[float]) -> dict[str, Any]:
    """The bound against N, at the best temperature and at the one of training (none: no rows)."""
    sizes = [2**i for i in range(1, 20) if 2**i <= len(a) // 4]  # at least two batches, even of half the pairs

    def curve(temperatures: Sequence[float]) -> list[dict[str, Any]]:
        return information.curve(a, b, temperatures, sizes, torch.Generator().manual_seed(0)) if temperatures else []

    return {"items": len(a), "at_training": curve(trained), "at_best": curve(information.TEMPERATURES)}


@torch.no_grad()
def pairs(
    objective: Objective, items: Tensor, where: torch.device
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Unit-length outputs of the head for two views of each item, batch norm in eval mode."""
    generator = torch.Generator(where).manual_seed(0)
    both = [objective.pair(x, generator) for x in portions(items, where)]
    a, b = (F.normalize(torch.cat(view), dim=1) for view in zip(*both, strict=True))
    return a, b
