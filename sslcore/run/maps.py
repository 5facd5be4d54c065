"""Baked maps of a run's gallery, and their file, projections.npz."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sslcore.files import read_arrays, write_arrays


@dataclass(frozen=True)
class Map:
    """A picture of a space in two or three dimensions, and how far it can be trusted."""

    points: np.ndarray  # float32 [n, 2 or 3]
    recall: np.ndarray  # float32 [n], share of each point's k neighbours that are still its neighbours on the map
    space: str
    method: str  # "pca", "umap", "tsne" or "raw"
    parameters: dict[str, Any]
    trustworthiness: float
    continuity: float
    k: int  # neighbours that the three measures look at

    @property
    def dimensions(self) -> int:
        return self.points.shape[1]

    @property
    def key(self) -> str:
        return f"{self.space}.{self.method}.{self.dimensions}"


def read_maps(path: Path, n: int) -> dict[str, Map]:
    """The maps of a gallery of n images by `Map.key`; ValueError where the file is not one of them."""
    arrays = read_arrays(path)
    try:
        facts = json.loads(str(arrays["facts"]))
        maps = [
            Map(arrays[key].astype(np.float32), arrays[f"{key}.recall"].astype(np.float32), **facts[key])
            for key in facts
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a file of maps: {error}; bake it again with `project`") from error
    if any(m.points.ndim != 2 or len(m.points) != n or m.recall.shape != (n,) for m in maps):
        raise ValueError(f"{path} is of another gallery than the {n} images here; bake it again with `project`")
    return {m.key: m for m in maps}


def write_maps(path: Path, maps: Iterable[Map]) -> None:
    """Write these maps, each under its key."""
    facts: dict[str, dict[str, Any]] = {}
    arrays: dict[str, np.ndarray] = {}
    for m in maps:
        facts[m.key] = {name: getattr(m, name) for name in Map.__dataclass_fields__ if name not in ("points", "recall")}
        arrays |= {m.key: m.points.astype(np.float32), f"{m.key}.recall": m.recall.astype(np.float16)}
    write_arrays(path, arrays | {"facts": np.array(json.dumps(facts))})
