"""`Data`: a data set as one tensor of items."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from sslcore.data.form import Form, Kind

Split = Literal["train", "test"]
PORTION = 3 * 32 * 32  # numbers of an item of which `portions` takes as many at once as it may
KINDS: dict[tuple[torch.dtype, int], Kind] = {
    (torch.uint8, 4): "images",
    (torch.uint8, 5): "clips",
    (torch.int64, 2): "tokens",
    (torch.float32, 2): "points",
}


@dataclass(frozen=True, eq=False)  # tensors have no single truth value to compare by
class Data:
    """Items, with labels and true factors where they are known.

    Their type tells what they are: images uint8 [n, c, h, w], clips uint8 [n, t, c, h, w], tokens int64 [n, t], each
    below the number of `symbols`, points float32 [n, d].
    """

    items: Tensor
    labels: Tensor | None  # int64 [n]
    classes: tuple[str, ...]  # () when unlabelled
    name: str
    split: str
    factors: dict[str, Tensor] | None = None  # float32 or int64 [n] each
    source: str = ""  # where it is from: a data set's name, or a path
    symbols: tuple[str, ...] = ()  # what tokens stand for

    def __post_init__(self) -> None:
        if (self.items.dtype, self.items.ndim) not in KINDS:
            raise ValueError(
                "items must be images uint8 [n, c, h, w], clips uint8 [n, t, c, h, w], tokens int64 [n, t] or points "
                f"float32 [n, d], not {describe(self.items)}"
            )
        n, form = len(self.items), self.form
        if form.kind == "tokens" and n and not 0 <= int(self.items.min()) <= int(self.items.max()) < len(self.symbols):
            raise ValueError(f"tokens must lie in 0..{len(self.symbols) - 1}, for there are so many symbols")
        if self.labels is not None and (self.labels.dtype != torch.int64 or self.labels.shape != (n,)):
            raise ValueError(f"labels must be int64 [{n}], one for each item, not {describe(self.labels)}")
        if (self.labels is None) != (self.classes == ()):
            raise ValueError(f"labels and classes go together; labels: {self.labels is not None}, {self.classes=}")
        for name, factor in (self.factors or {}).items():
            if factor.dtype not in (torch.float32, torch.int64) or factor.shape != (n,):
                raise ValueError(f"factor {name!r} must be float32 or int64 [{n}], not {describe(factor)}")

    def __len__(self) -> int:
        return len(self.items)

    @property
    def form(self) -> Form:
        """What one item is."""
        return Form(KINDS[self.items.dtype, self.items.ndim], tuple(self.items.shape[1:]), self.symbols)

    @property
    def digest(self) -> str:
        """16 hex digits of the SHA-256 of shape, items and labels."""
        sha = hashlib.sha256(str(tuple(self.items.shape)).encode())
        sha.update(self.items.cpu().contiguous().numpy().data)
        if self.labels is not None:
            sha.update(self.labels.cpu().contiguous().numpy().data)
        return sha.hexdigest()[:16]

    def to(self, device: torch.device | str) -> "Data":
        """The same with every tensor on `device`."""
        labels = None if self.labels is None else self.labels.to(device)
        factors = None if self.factors is None else {name: f.to(device) for name, f in self.factors.items()}
        return replace(self, items=self.items.to(device), labels=labels, factors=factors)

    def take(self, indices: Tensor) -> "Data":
        """The items at `indices` (int64 [m] or bool [n]), with their labels and factors."""
        labels = None if self.labels is None else self.labels[indices]
        factors = None if self.factors is None else {name: f[indices] for name, f in self.factors.items()}
        return replace(self, items=self.items[indices], labels=labels, factors=factors)


def ready(items: Tensor, out: Tensor | None = None) -> Tensor:
    """Items as networks take them: bytes as floats in 0..1, written into `out` if it is given; others as they are."""
    if items.dtype != torch.uint8:
        return items
    return (items.float() if out is None else out.copy_(items)).div_(255)


def portions(items: Tensor, where: torch.device, most: int = 1000) -> Iterator[Tensor]:
    """Items at most so many at once and fewer the larger they are, `ready` and on the device."""
    at_once = max(1, min(most, most * PORTION // items.shape[1:].numel()))
    for some in items.split(at_once):
        yield ready(some.to(where))


def describe(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"
