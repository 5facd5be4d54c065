"""The memory that a training needs, counted before it starts."""

import os

import torch

from sslcore.data.form import Form
from sslcore.networks.layers import channels_last
from sslcore.objectives import Objective
from sslcore.run.config import Config

COPIES = {"adamw": 4, "sgd": 3, "lars": 3}  # of each weight: itself, its gradient, and the optimiser's moments
BYTES = {"images": 1, "clips": 1, "tokens": 8, "points": 4}  # of a number of an item
UNKNOWN = 2**33  # bytes that are taken to be there where no system says it
SHARE = 0.5  # of the memory that the items may fill: where they are more, they are read ahead from their file


def needed(config: Config, form: Form, n: int) -> int:
    """Bytes of n training items of this form, weights, gradients, the optimiser, and what one step keeps.

    A step keeps what autograd saves for the backward pass: layers' inputs, which grow with the batch, and NT-Xent's
    scores, which grow with its square.  It is one forward pass on torch's meta device: shapes without numbers.
    """
    with torch.device("meta"):
        objective = channels_last(config.build(form))
        dtype = torch.int64 if form.kind == "tokens" else torch.float32
        x = torch.empty(config.batch, *form.shape, dtype=dtype)
    weights = sum(p.numel() * p.element_size() for p in objective.parameters())
    copies = COPIES[config.optimiser] + (config.average > 0)
    items = n * form.size * BYTES[form.kind]
    return (items if fits(items, available()) else 0) + copies * weights + saved(objective, x)


def fits(items: int, there: int | None) -> bool:
    """Whether so many bytes of items stay in memory of which `there` bytes are free, as `available` says."""
    return items < SHARE * (UNKNOWN if there is None else there)


def saved(objective: Objective, x: torch.Tensor) -> int:
    """Bytes that autograd saves in one step on items, `ready`, beside the weights."""
    weights = {id(p.untyped_storage()) for p in (*objective.parameters(), *objective.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}  # held, so that no two have the same id

    def pack(saved: torch.Tensor) -> torch.Tensor:
        kept[id(saved.untyped_storage())] = saved.untyped_storage()
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        objective(x)
    return sum(storage.nbytes() for key, storage in kept.items() if key not in weights)


def available(on: str = "cuda") -> int | None:
    """Bytes free on the GPU, where there is one and it is trained on, else this machine's memory; None where no system
    says it."""
    if on == "cuda" and torch.cuda.is_available():
        return torch.cuda.mem_get_info()[0]
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not a POSIX system
        return None
