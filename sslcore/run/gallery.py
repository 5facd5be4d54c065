"""What a run shows: a sample of held-out items, and their codes in a space.  `sslcore.run.Run` reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sslcore.data.form import Form, faces, texts
from sslcore.files import read_arrays

ARRAYS = {"images": "pixels", "clips": "pixels", "tokens": "tokens", "points": "points"}  # in gallery.npz, by kind


@dataclass(frozen=True)
class Gallery:
    """A fixed sample of held-out items: what the pages show."""

    items: np.ndarray  # uint8 [n, c, h, w] or [n, t, c, h, w], int64 [n, t], float32 [n, d]
    form: Form
    labels: np.ndarray | None  # int64 [n]
    classes: tuple[str, ...]
    indices: np.ndarray  # int64 [n], rows of the data set's split
    factors: dict[str, np.ndarray]  # the true factors by name, each [n]; empty where they are not known

    def __len__(self) -> int:
        return len(self.items)

    @property
    def pictures(self) -> np.ndarray | None:
        """The items as pictures, uint8 [n, c, h, w], of a clip its frames side by side; None where they are texts."""
        return faces(self.items, self.form)

    @property
    def texts(self) -> tuple[str, ...]:
        """The items as short texts; () where they are pictures."""
        return texts(self.items, self.form)

    @property
    def pixels(self) -> np.ndarray:
        """Images, uint8 [n, c, h, w]; ValueError for items of another kind."""
        if self.form.kind != "images":
            raise ValueError(f"this needs images, and the run is of {self.form.kind}: choose another run")
        return self.items

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What gallery.npz holds."""
        arrays = {ARRAYS[self.form.kind]: self.items, "indices": self.indices}
        if self.labels is not None:
            arrays |= {"labels": self.labels, "classes": np.array(self.classes)}
        return arrays | {f"factor.{name}": values for name, values in self.factors.items()}

    def first(self, n: int) -> Gallery:
        """Only the first n items."""
        labels = None if self.labels is None else self.labels[:n]
        factors = {name: values[:n] for name, values in self.factors.items()}
        return replace(self, items=self.items[:n], labels=labels, indices=self.indices[:n], factors=factors)

    def name(self, i: int | np.integer) -> str:
        """The class of item i, or '' where there are no labels."""
        return "" if self.labels is None else self.classes[self.labels[i]]


@dataclass(frozen=True)
class Embeddings:
    """The gallery in one of the objective's spaces."""

    vectors: np.ndarray  # float32 [n, d]
    labels: np.ndarray | None  # int64 [n]
    indices: np.ndarray  # int64 [n], rows of the data set's split
    space: str
    metric: str = "euclidean"  # or "cosine": how this space was trained to be compared

    def first(self, n: int) -> Embeddings:
        """Only the first n items'."""
        labels = None if self.labels is None else self.labels[:n]
        return replace(self, vectors=self.vectors[:n], labels=labels, indices=self.indices[:n])

    @property
    def comparable(self) -> np.ndarray:
        """The vectors scaled so that Euclidean distance ranks as the metric does, [n, d]."""
        if self.metric == "euclidean":
            return self.vectors
        return self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True).clip(1e-12)

    def neighbours(self, i: int | np.integer, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k items nearest to item i in this space, nearest first, and their distances (1 - cosine, or length)."""
        x = self.comparable
        distance = np.square(x - x[i]).sum(1)
        order = np.argsort(distance, kind="stable")
        order = order[order != i][:k]
        return order, distance[order] / 2 if self.metric == "cosine" else np.sqrt(distance[order])


def read_gallery(path: Path, form: Form) -> Gallery:
    """The items in a file, of this form; ValueError where they are not, or labels, indices or factors do not fit."""
    arrays, key = read_arrays(path), ARRAYS[form.kind]
    items, indices, labels = (arrays.get(name) for name in (key, "indices", "labels"))
    kinds = {"pixels": "u", "tokens": "i", "points": "f"}
    if items is None or items.dtype.kind != kinds[key] or items.shape[1:] != form.shape or not len(items):
        raise ValueError(f"{path} has no {form.kind}: `{key}` must be [n, {', '.join(map(str, form.shape))}]")
    if form.kind == "tokens" and not 0 <= items.min() <= items.max() < len(form.symbols):
        raise ValueError(f"{path}: tokens must lie in 0..{len(form.symbols) - 1}")
    if indices is None or indices.shape != items.shape[:1]:
        raise ValueError(f"{path} must hold one index for each of its {len(items)} items")
    classes = tuple(str(name) for name in arrays.get("classes", []))
    if labels is not None and (labels.shape != items.shape[:1] or not ((labels >= 0) & (labels < len(classes))).all()):
        raise ValueError(f"{path}: every item needs a label that names one of its {len(classes)} classes")
    factors = {name.removeprefix("factor."): v for name, v in arrays.items() if name.startswith("factor.")}
    if any(v.shape != items.shape[:1] for v in factors.values()):
        raise ValueError(f"{path}: every factor needs a value for each of the {len(items)} items")
    return Gallery(items, form, labels, classes, indices, factors)
