"""What a run shows: a sample of held-out images, and their codes in a space.  `sslcore.run.Run` reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Gallery:
    """A fixed sample of held-out images: what the pages show."""

    pixels: np.ndarray  # uint8 [n, c, h, w]
    labels: np.ndarray | None  # int64 [n]
    classes: tuple[str, ...]
    indices: np.ndarray  # int64 [n], rows of the data set's split
    factors: dict[str, np.ndarray]  # the true factors by name, each [n]; empty where they are not known

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, n: int) -> Gallery:
        """Only the first n images."""
        labels = None if self.labels is None else self.labels[:n]
        factors = {name: values[:n] for name, values in self.factors.items()}
        return replace(self, pixels=self.pixels[:n], labels=labels, indices=self.indices[:n], factors=factors)

    def name(self, i: int | np.integer) -> str:
        """The class of image i, or '' where there are no labels."""
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
        """Only the first n images'."""
        labels = None if self.labels is None else self.labels[:n]
        return replace(self, vectors=self.vectors[:n], labels=labels, indices=self.indices[:n])

    @property
    def comparable(self) -> np.ndarray:
        """The vectors scaled so that Euclidean distance ranks as the metric does, [n, d]."""
        if self.metric == "euclidean":
            return self.vectors
        return self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True).clip(1e-12)

    def neighbours(self, i: int | np.integer, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k images nearest to image i in this space, nearest first, and their distances (1 - cosine, or length)."""
        x = self.comparable
        distance = np.square(x - x[i]).sum(1)
        order = np.argsort(distance, kind="stable")
        order = order[order != i][:k]
        return order, distance[order] / 2 if self.metric == "cosine" else np.sqrt(distance[order])
