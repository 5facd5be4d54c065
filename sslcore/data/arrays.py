"""Items of any kind as arrays: an .npz file with `train.items` and `test.items`.

Images are uint8 [n, c, h, w], clips uint8 [n, t, c, h, w], tokens whole numbers [n, t] with `symbols`, what each stands
for, points floats [n, d].  `train.labels` and `test.labels` are whole numbers, named by `classes` if it is there.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from sslcore.data.items import Data, Split
from sslcore.files import read_arrays

TYPES = {"i": np.int64, "f": np.float32}  # that whole numbers and floats of any length become


def load_arrays(path: Path, split: Split) -> Data:
    """A split of the items in an .npz file; ValueError for what is not there or cannot be."""
    arrays = read_arrays(path)
    if missing := [name for name in ("train.items", "test.items") if not len(arrays.get(name, ()))]:
        raise ValueError(f"{path} has no {' and no '.join(missing)}: it must hold both, with one item at least")
    items = arrays[f"{split}.items"]
    if items.shape[1:] != arrays["train.items"].shape[1:]:
        raise ValueError(f"{path}: items of train and test must have one shape, not {_shapes(arrays)}")
    labels, classes = _labels(path, arrays, split)
    symbols = tuple(str(symbol) for symbol in arrays.get("symbols", ()))
    items = items if items.dtype == np.uint8 and items.ndim > 2 else items.astype(_type(path, items))
    if items.dtype.kind == "f" and not np.isfinite(items).all():
        raise ValueError(f"{path}: {split}.items holds nan or infinity, so nothing can be learned of it")
    try:
        return Data(torch.from_numpy(items), labels, classes, path.stem, split, source=str(path), symbols=symbols)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _labels(path: Path, arrays: dict[str, np.ndarray], split: Split) -> tuple[torch.Tensor | None, tuple[str, ...]]:
    """The labels of a split and the names of all classes; none where either split has none."""
    if not {"train.labels", "test.labels"} <= arrays.keys():
        return None, ()
    both = [arrays["train.labels"], arrays["test.labels"]]
    if any(labels.dtype.kind not in "iu" or labels.ndim != 1 or labels.min(initial=0) < 0 for labels in both):
        raise ValueError(f"{path}: labels must be whole numbers from 0, one for each item")
    count = int(max(labels.max(initial=0) for labels in both)) + 1
    classes = tuple(str(name) for name in arrays.get("classes", range(count)))
    if count > len(classes):
        raise ValueError(f"{path}: label {count - 1} has no name among the {len(classes)} classes")
    return torch.from_numpy(arrays[f"{split}.labels"].astype(np.int64)), classes


def _type(path: Path, items: np.ndarray) -> Any:
    kind = "i" if items.dtype.kind in "iu" else items.dtype.kind
    if kind not in TYPES:
        raise ValueError(f"{path}: items must be numbers, not {items.dtype}")
    return TYPES[kind]


def _shapes(arrays: dict[str, np.ndarray]) -> str:
    return " and ".join(str(list(arrays[f"{split}.items"].shape[1:])) for split in ("train", "test"))
