"""Snapshots of a training: what the model makes of fixed held-out images, before the first step and at chosen epochs.

snapshots.npz holds k snapshots of m of the gallery's n images:

    rows                    int [m]                     the images, rows of the gallery
    epochs, steps           int [k]                     when each was taken; the first is at 0, before training
    codes                   float16 [k, m, d]           the space that is evaluated
    reconstructions         uint8 [k, r, c, h, w]       of the first r images, by an objective that decodes
    positives, negatives    uint32 [k, 80]              counts of cosines in equal bins of -1..1, for one that makes
                                                        views: of two views of one image, and of two images (all n)
    value.<name>            float32 [k]                 means over the gallery of what the objective says of each image

aligned.npz holds the codes drawn: points float16 [k, m, 2], trustworthiness float32 [k], and `facts`, JSON.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sslcore.files import read_arrays, write_arrays

BINS = 80


@dataclass(frozen=True)
class Snapshots:
    """A run at k moments: m fixed held-out images as it saw them then."""

    rows: np.ndarray  # int64 [m], rows of the gallery
    epochs: np.ndarray  # int64 [k]
    steps: np.ndarray  # int64 [k]
    codes: np.ndarray  # float32 [k, m, d]
    reconstructions: np.ndarray | None  # uint8 [k, r, c, h, w], of the first r images
    positives: np.ndarray | None  # uint32 [k, 80], counts of cosines in equal bins of -1..1
    negatives: np.ndarray | None  # uint32 [k, 80]
    values: dict[str, np.ndarray]  # float32 [k] by name, means over the gallery

    def __len__(self) -> int:
        return len(self.epochs)


def read_snapshots(path: Path, n: int, d: int, picture: tuple[int, ...] | None) -> Snapshots:
    """The snapshots in a file, of a gallery of n items whose pictures have this shape and a space of d dimensions."""
    arrays = read_arrays(path)
    missing = {"rows", "epochs", "steps", "codes"} - arrays.keys()
    if missing:
        raise ValueError(f"{path} has no snapshots: {', '.join(sorted(missing))} is missing")
    rows, epochs, steps, codes = (arrays[name] for name in ("rows", "epochs", "steps", "codes"))
    k, m = len(np.atleast_1d(epochs)), len(np.atleast_1d(rows))
    if codes.shape != (k, m, d) or not (k and m) or epochs.shape != (k,) or steps.shape != (k,) or rows.shape != (m,):
        raise ValueError(f"{path} is not of this run: codes must be [{k}, {m}, {d}] for its epochs, rows and space")
    if any(a.dtype.kind not in "iu" for a in (rows, epochs, steps)) or (np.diff(epochs) <= 0).any():
        raise ValueError(f"{path}: rows, epochs and steps must be whole numbers, the epochs increasing")
    if not ((rows >= 0) & (rows < n)).all():
        raise ValueError(f"{path} is of another gallery than the {n} images here")
    values = {key.removeprefix("value."): v for key, v in arrays.items() if key.startswith("value.")}
    if not all(np.isfinite(a).all() for a in (codes, *values.values())) or any(
        v.shape != (k,) for v in values.values()
    ):
        raise ValueError(f"{path}: codes must be finite, and every value too, one for each of {k} snapshots")
    made, positives, negatives = (arrays.get(name) for name in ("reconstructions", "positives", "negatives"))
    if made is not None and (
        made.dtype != np.uint8
        or made.ndim != 5
        or made.shape != (k, made.shape[1], *(picture or ()))
        or made.shape[1] > m
    ):
        raise ValueError(
            f"{path}: reconstructions must be uint8 [{k}, at most {m}, {', '.join(map(str, picture or ()))}]"
        )
    for counts in (positives, negatives):
        if counts is not None and (counts.shape != (k, BINS) or counts.dtype.kind != "u" or not counts.any(1).all()):
            raise ValueError(f"{path}: positives and negatives must be counts, [{k}, {BINS}]")
    if (positives is None) != (negatives is None):
        raise ValueError(f"{path} must hold positives and negatives, or neither")
    return Snapshots(rows, epochs, steps, codes.astype(np.float32), made, positives, negatives, values)


@dataclass(frozen=True)
class Aligned:
    """Snapshots drawn in two dimensions, each map as near to the next as its codes allow."""

    points: np.ndarray  # float32 [k, m, 2]
    method: str  # "raw", "pca" or "umap"
    parameters: dict[str, Any]
    trustworthiness: np.ndarray  # float32 [k]
    neighbours: int  # that trustworthiness looks at


def read_aligned(path: Path, k: int, m: int) -> Aligned:
    """The maps in a file, of k snapshots of m images."""
    arrays = read_arrays(path)
    try:
        points, trust, facts = arrays["points"].astype(np.float32), arrays["trustworthiness"], arrays["facts"]
        found = Aligned(points, trustworthiness=trust, **json.loads(str(facts)))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a file of aligned maps: {error}; bake it again with `project`") from error
    if points.shape != (k, m, 2) or trust.shape != (k,) or not (np.isfinite(points).all() and np.isfinite(trust).all()):
        raise ValueError(f"{path} is not of this run's {k} snapshots of {m} images; bake it again with `project`")
    return found


def write_aligned(path: Path, made: Aligned) -> None:
    facts = {"method": made.method, "parameters": made.parameters, "neighbours": made.neighbours}
    arrays = {"points": made.points.astype(np.float16), "trustworthiness": made.trustworthiness}
    write_arrays(path, arrays | {"facts": np.array(json.dumps(facts))})
