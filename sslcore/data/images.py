"""`Images`: a data set as one tensor."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

Split = Literal["train", "test"]
PORTION = 3 * 32 * 32  # numbers of an image of which `portions` takes as many at once as it may


@dataclass(frozen=True, eq=False)  # tensors have no single truth value to compare by
class Images:
    """Pixels 0..255, with labels and true factors where they are known."""

    pixels: Tensor  # uint8 [n, c, h, w]
    labels: Tensor | None  # int64 [n]
    classes: tuple[str, ...]  # () when unlabelled
    name: str
    split: str
    factors: dict[str, Tensor] | None = None  # float32 or int64 [n] each

    def __post_init__(self) -> None:
        if self.pixels.dtype != torch.uint8 or self.pixels.ndim != 4:
            raise ValueError(f"pixels must be uint8 [n, c, h, w], not {describe(self.pixels)}")
        n = len(self.pixels)
        if self.labels is not None and (self.labels.dtype != torch.int64 or self.labels.shape != (n,)):
            raise ValueError(f"labels must be int64 [{n}], one for each image, not {describe(self.labels)}")
        if (self.labels is None) != (self.classes == ()):
            raise ValueError(f"labels and classes go together; labels: {self.labels is not None}, {self.classes=}")
        for name, factor in (self.factors or {}).items():
            if factor.dtype not in (torch.float32, torch.int64) or factor.shape != (n,):
                raise ValueError(f"factor {name!r} must be float32 or int64 [{n}], not {describe(factor)}")

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        _, c, h, w = self.pixels.shape
        return c, h, w

    @property
    def digest(self) -> str:
        """16 hex digits of the SHA-256 of shape, pixels and labels."""
        sha = hashlib.sha256(str(tuple(self.pixels.shape)).encode())
        sha.update(self.pixels.cpu().contiguous().numpy().data)
        if self.labels is not None:
            sha.update(self.labels.cpu().contiguous().numpy().data)
        return sha.hexdigest()[:16]

    def to(self, device: torch.device | str) -> "Images":
        """The same images with every tensor on `device`."""
        labels = None if self.labels is None else self.labels.to(device)
        factors = None if self.factors is None else {name: f.to(device) for name, f in self.factors.items()}
        return replace(self, pixels=self.pixels.to(device), labels=labels, factors=factors)

    def take(self, indices: Tensor) -> "Images":
        """The images at `indices` (int64 [m] or bool [n]), with their labels and factors."""
        labels = None if self.labels is None else self.labels[indices]
        factors = None if self.factors is None else {name: f[indices] for name, f in self.factors.items()}
        return replace(self, pixels=self.pixels[indices], labels=labels, factors=factors)


def describe(x: Tensor) -> str:
    return f"{str(x.dtype).removeprefix('torch.')} {list(x.shape)}"


def portions(pixels: Tensor, where: torch.device, most: int = 1000) -> Iterator[Tensor]:
    """Images, uint8 [n, c, h, w], at most so many at once and fewer the larger they are, as floats in 0..1 on the device."""
    at_once = max(1, min(most, most * PORTION // pixels.shape[1:].numel()))
    for some in pixels.split(at_once):
        yield some.to(where).float() / 255
