"""What a model makes of items: the arrays of embeddings.npz, codes and reconstructions; and which items a run keeps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from sslcore.data.form import Form, faces
from sslcore.data.items import Data, portions, ready
from sslcore.objectives import Objective
from sslcore.run.gallery import Gallery

MOST = 2000  # held-out items that a run carries with it
BYTES = 2**26
PORTION = 500  # items at once: views are drawn portion by portion


def sample_gallery(data: Data) -> Gallery:
    """The same sample for every run on a data set, so that runs can be compared item by item."""
    n = min(MOST, len(data), max(1, BYTES // data.form.size))
    indices = np.sort(np.random.default_rng(0).permutation(len(data))[:n])
    chosen = data.take(torch.from_numpy(indices))
    labels = None if chosen.labels is None else chosen.labels.numpy()
    factors = {name: values.numpy() for name, values in (chosen.factors or {}).items()}
    return Gallery(chosen.items.numpy(), data.form, labels, chosen.classes, indices, factors)


@torch.no_grad()
def embed_gallery(objective: Objective, held_out: Tensor, train_items: Tensor | None = None) -> dict[str, np.ndarray]:
    """What embeddings.npz holds: `space.*` of the held-out items, and what `judge` gives."""
    with evaluating(objective):
        spaces = [objective.spaces(x) for x in portions(held_out, device_of(objective), PORTION)]
    return _joined("space.", spaces) | judge(objective, held_out, train_items)


@torch.no_grad()
def judge(objective: Objective, held_out: Tensor, train_items: Tensor | None = None) -> dict[str, np.ndarray]:
    """What an objective says of items: `value.*` and, where it makes views, `pair.<split>.<a|b>`.

    The pairs of the train split are of as many training items as there are held out.
    """
    where = device_of(objective)
    generator = torch.Generator(where).manual_seed(0)  # of views and noise: the same for every run and epoch
    splits = {"test": held_out} | ({} if train_items is None else {"train": train_items[: len(held_out)]})
    values: list[dict[str, Tensor]] = []
    pairs: dict[str, list[dict[str, Tensor]]] = {split: [] for split in splits}
    with evaluating(objective):
        for split, items in splits.items():
            for x in portions(items, where, PORTION):
                if split == "test":
                    values.append(objective.values(x, generator))
                if hasattr(objective, "pair"):
                    pairs[split].append(dict(zip("ab", objective.pair(x, generator), strict=True)))
    arrays = _joined("value.", values)
    for split, parts in pairs.items():
        arrays |= _joined(f"pair.{split}.", parts)
    return arrays


def _joined(prefix: str, parts: list[dict[str, Tensor]]) -> dict[str, np.ndarray]:
    """The rows of all portions by name, codes in half precision.

    It keeps three digits, enough for distances; codes that are drawn as they are, and values, stay whole.
    """
    arrays = {f"{prefix}{name}": torch.cat([part[name] for part in parts]) for name in (parts[0] if parts else ())}
    return {n: (v.half() if v.ndim == 2 and v.shape[1] > 3 else v.float()).cpu().numpy() for n, v in arrays.items()}


@torch.no_grad()
def embed(objective: Objective, items: Tensor) -> np.ndarray:
    """Items -> their codes in the space that is evaluated, float32 [n, d]."""
    with evaluating(objective):
        return over(objective.embed, items, device_of(objective)).float().cpu().numpy()


@torch.no_grad()
def reconstruct(objective: Objective, items: Tensor, form: Form) -> np.ndarray | None:
    """Items through the code and back, as pictures uint8 [n, c, h, w]; None where they have none."""
    x = ready(items.to(device_of(objective)))
    with evaluating(objective):
        decoded = objective.decode(objective.embed(x))
    return faces(decoded.mul(255).round().byte().cpu().numpy(), form) if form.picture else None


@torch.no_grad()
def average_batch_norm(objective: Objective, items: Tensor, seed: int, batch: int) -> Objective:
    """The untrained objective, in eval mode, with batch norm's statistics averaged over these items.

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
        for x in portions(items, where, min(500, batch)):
            if len(x) > 1:  # batch norm cannot take the deviation of one
                objective(x, generator)
    return objective.eval()


@torch.no_grad()
def over(compute: Callable[[Tensor], Tensor], items: Tensor, where: torch.device) -> Tensor:
    """What `compute` makes of all items, in batches on the device."""
    return torch.cat([compute(x) for x in portions(items, where)])


@contextmanager
def evaluating(objective: Objective) -> Iterator[None]:
    """In eval mode for a moment."""
    training = objective.training
    objective.eval()
    try:
        yield
    finally:
        objective.train(training)


def device(name: str) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; ValueError for one that is not there."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"no device {name!r}: choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("the device cuda was asked for, but torch finds no GPU here: use --device cpu or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def device_of(objective: Objective) -> torch.device:
    return next(objective.parameters()).device
