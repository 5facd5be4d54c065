"""What one item of a data set is, and how it is shown: without torch, for pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

Kind = Literal["images", "clips", "tokens", "points"]
KINDS: tuple[Kind, ...] = get_args(Kind)
AXES: dict[Kind, str] = {"images": "c h w", "clips": "t c h w", "tokens": "t", "points": "d"}  # of one item
LARGEST = 2**24  # numbers of one item
LETTERS = 60  # of a text that stands for an item


@dataclass(frozen=True)
class Form:
    """The kind of an item, the shape of one, and of tokens what each number stands for."""

    kind: Kind
    shape: tuple[int, ...]
    symbols: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no items of the kind {self.kind!r}: there are {', '.join(KINDS)}")
        axes = AXES[self.kind].split()
        if len(self.shape) != len(axes) or min(self.shape) < 1 or math.prod(self.shape) > LARGEST:
            raise ValueError(
                f"{self.kind} have the shape [{', '.join(axes)}], at most {LARGEST:,} numbers, not {list(self.shape)}"
            )
        if bool(self.symbols) != (self.kind == "tokens"):
            raise ValueError(
                f"symbols are what tokens stand for: {self.kind} with {len(self.symbols)} symbols cannot be"
            )

    @property
    def size(self) -> int:
        """How many numbers one item has."""
        return math.prod(self.shape)

    @property
    def picture(self) -> tuple[int, int, int] | None:
        """The shape [c, h, w] of the picture that shows an item: a clip's frames stand side by side."""
        if self.kind == "images":
            return self.shape[0], self.shape[1], self.shape[2]
        if self.kind == "clips":
            return self.shape[1], self.shape[2], self.shape[0] * self.shape[3]
        return None

    def __str__(self) -> str:
        size = "x".join(map(str, self.shape))
        return {
            "images": f"images of {size}",
            "clips": f"clips of {size}",
            "tokens": f"texts of {size} tokens, {len(self.symbols)} symbols",
            "points": f"points in {size} dimensions",
        }[self.kind]

    def json(self) -> dict[str, Any]:
        return {"kind": self.kind, "shape": list(self.shape), "symbols": list(self.symbols)}

    @classmethod
    def read(cls, given: Any) -> Form:
        """What `json` gave; ValueError for anything else."""
        try:
            kind, shape, symbols = given["kind"], tuple(given["shape"]), tuple(given["symbols"])
            whole = all(type(side) is int for side in shape) and all(isinstance(symbol, str) for symbol in symbols)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a form has kind, shape and symbols, not {str(given)[:100]}") from error
        if not whole:
            raise ValueError(f"a form's shape is whole numbers and its symbols are strings, not {str(given)[:100]}")
        return cls(kind, shape, symbols)


def faces(items: np.ndarray, form: Form) -> np.ndarray | None:
    """Items as pictures, uint8 [n, c, h, w]; None where they are shown as `texts`."""
    if form.kind == "clips":
        items = np.moveaxis(items, 1, 3)  # [n, c, h, t, w]
        return np.ascontiguousarray(items).reshape(*items.shape[:3], -1)
    return items if form.kind == "images" else None


def texts(items: np.ndarray, form: Form) -> tuple[str, ...]:
    """Items as short texts; () where they are shown as `faces`."""
    if form.kind == "tokens":
        return tuple(_shortened("".join(form.symbols[token] for token in item[: 4 * LETTERS])) for item in items)
    if form.kind == "points":
        return tuple(_shortened(", ".join(f"{x:.3g}" for x in item[:LETTERS])) for item in items)
    return ()


def _shortened(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
