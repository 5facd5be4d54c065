"""The gallery of a run: which held-out images it keeps, and what the model makes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from sslcore.data import Images, portions
from sslcore.objectives import Objective

MOST = 2000  # held-out images that a run carries with it
BYTES = 2**26


@torch.no_grad()
def embed_gallery(
    objective: Objective, held_out: np.ndarray, train_pixels: Tensor | None = None
) -> dict[str, np.ndarray]:
    """What embeddings.npz holds: `space.*`, `value.*` and, for an objective of views, `pair.<split>.<a|b>`.

    held_out is uint8 [n, c, h, w]; the pairs of the train split are of the first n training images.
    """
    where = device_of(objective)
    generator = torch.Generator(where).manual_seed(0)  # of views and noise: the same for every run and epoch
    found: dict[str, list[Tensor]] = {}
    splits = {"test": torch.from_numpy(held_out)}
    if train_pixels is not None:
        splits["train"] = train_pixels[: len(held_out)]
    with evaluating(objective):
        for split, pixels in splits.items():
            for x in portions(pixels, where, 500):
                rows: dict[str, Tensor] = {}
                if split == "test":
                    rows |= {f"space.{name}": v for name, v in objective.spaces(x).items()}
                    rows |= {f"value.{name}": v for name, v in objective.values(x, generator).items()}
                if hasattr(objective, "pair"):
                    views = zip("ab", objective.pair(x, generator), strict=True)
                    rows |= {f"pair.{split}.{view}": v for view, v in views}
                for name, v in rows.items():
                    found.setdefault(name, []).append(v.cpu())
    arrays = {name: torch.cat(parts).float().numpy() for name, parts in found.items()}
    # half precision keeps three digits, enough for distances; codes that are drawn as they are, and values, stay whole
    return {name: v.astype(np.float16) if v.ndim == 2 and v.shape[1] > 3 else v for name, v in arrays.items()}


@torch.no_grad()
def embed(objective: Objective, pixels: np.ndarray) -> np.ndarray:
    """Images uint8 [n, c, h, w] -> their codes in the space that is evaluated, float32 [n, d]."""
    with evaluating(objective):
        return over(objective.embed, torch.from_numpy(pixels), device_of(objective)).float().cpu().numpy()


@torch.no_grad()
def reconstruct(objective: Objective, pixels: np.ndarray) -> np.ndarray:
    """Images uint8 [n, c, h, w] through the code and back, as uint8 of the same shape."""
    x = torch.from_numpy(pixels).to(device_of(objective)).float() / 255
    with evaluating(objective):
        return objective.decode(objective.embed(x)).mul(255).round().byte().cpu().numpy()


@torch.no_grad()
def average_batch_norm(objective: Objective, pixels: Tensor, seed: int, batch: int) -> Objective:
    """The untrained objective, in eval mode, with batch norm's statistics averaged over `pixels`, uint8 [n, c, h, w].

    They are seen as in training, at most a batch at once, so it is what a training at rate 0 would leave: with the
    statistics of initialisation it would be judged unfairly.
    """
    norms = [module for module in objective.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    for module in norms:
        module.momentum = None  # the plain average: after few batches a running one would still remember its start
    if norms:
        where = device_of(objective)
        generator = torch.Generator(where).manual_seed(seed)
        objective.train()
        for x in portions(pixels, where, min(500, batch)):
            if len(x) > 1:  # batch norm cannot take the deviation of one
                objective(x, generator)
    return objective.eval()


@torch.no_grad()
def over(compute: Callable[[Tensor], Tensor], pixels: Tensor, where: torch.device) -> Tensor:
    """What `compute` makes of all images, uint8 [n, c, h, w], in batches on the device."""
    return torch.cat([compute(x) for x in portions(pixels, where)])


@contextmanager
def evaluating(objective: Objective) -> Iterator[None]:
    """In eval mode for a moment."""
    training = objective.training
    objective.eval()
    try:
        yield
    finally:
        objective.train(training)


def device_of(objective: Objective) -> torch.device:
    return next(objective.parameters()).device


def gallery(images: Images) -> dict[str, np.ndarray]:
    """The same sample for every run on a data set, so that runs can be compared image by image."""
    n = min(MOST, len(images), max(1, BYTES // images.pixels[0].numel()))
    indices = np.sort(np.random.default_rng(0).permutation(len(images))[:n])
    chosen = images.take(torch.from_numpy(indices))
    arrays = {"pixels": chosen.pixels.numpy(), "indices": indices}
    if chosen.labels is not None:
        arrays |= {"labels": chosen.labels.numpy(), "classes": np.array(chosen.classes)}
    return arrays | {f"factor.{name}": values.numpy() for name, values in (chosen.factors or {}).items()}


def device(name: str) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; ValueError for one that is not there."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"no device {name!r}: choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("the device cuda was asked for, but torch finds no GPU here: use --device cpu or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
