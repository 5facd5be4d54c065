"""metrics.json of a run: what `evaluate` measured, part by part, and how numbers are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from sslcore.data.form import Kind
from sslcore.files import read_json

# what features are compared with, and what they are called in a sentence
BASELINES = {"raw": "raw pixels", "pca": "a PCA", "random": "a random encoder"}
ACCURACIES = ("knn_10", "knn_200", "linear")
RANKS = ("dimensions", "rankme", "entropy_rank", "participation_ratio", "total_variance", "mean_cosine", "hubness")

Part = Mapping[str, Any] | None


@dataclass(frozen=True)
class Metrics:
    """What was measured; a part that was not, or that the run cannot have, is None."""

    space: str = ""  # of the features
    items: Part = None  # how many of each split
    device: str = ""
    protocol: Part = None
    terms: Part = None  # what the objective says of a held-out item, on average
    features: Part = None  # kNN and linear accuracy, 0..1, of "run" and BASELINES
    labels: Part = None  # accuracy from few labels, of the same
    geometry: Part = None  # ranks and hubness of spaces and BASELINES (`rows`), and `spectrum` of each space
    contrast: Part = None  # of two views: alignment, uniformity, tolerance, and the bounds (`information`)
    likelihood: Part = None  # nats: the ELBO, `bounds` by importance sampling, `units` of the code
    anomaly: Part = None  # AUROC against another data set, or why not (`missing`)
    finetune: Part = None  # accuracy trained on from here, and from scratch

    def __bool__(self) -> bool:
        return self.items is not None


def read_metrics(path: Path) -> Metrics:
    """The metrics in a file, empty where there is none; ValueError where a part is not what `evaluate` writes."""
    if not path.exists():
        return Metrics()
    written = path.stat()
    return _read(path, written.st_mtime_ns, written.st_size, written.st_ino)


@lru_cache(512)
def _read(path: Path, *written: int) -> Metrics:
    parts = {name: _known(value) for name, value in read_json(path).items()}
    if unknown := parts.keys() - {field.name for field in fields(Metrics)}:
        raise ValueError(f"{path} holds what `evaluate` does not write: {', '.join(sorted(unknown))}; evaluate again")
    wrong = [name for name, fits in CHECKS.items() if name in parts and not fits(parts[name])]
    if missing := [name for name in ("space", "items", "device") if name not in parts]:
        raise ValueError(f"{path} is not what `evaluate` writes: {', '.join(missing)} is missing; evaluate again")
    if wrong:
        raise ValueError(f"{path}: {', '.join(wrong)} is not as `evaluate` writes it; evaluate again")
    return Metrics(**parts)


def _known(value: Any) -> Any:
    """JSON has no nan: what could not be known is null there."""
    if isinstance(value, dict):
        return {name: _known(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_known(inner) for inner in value]
    return math.nan if value is None else value


def baseline(name: str, kind: Kind = "images") -> str:
    """What a baseline is called in a sentence, where the items are of this kind."""
    return "the raw items" if name == "raw" and kind in ("tokens", "points") else BASELINES.get(name, name)


def noise(p: float, q: float, n: float) -> float:
    """Two standard errors of the difference of two accuracies on n items each (more than of the same n items)."""
    return 2 * math.sqrt((p * (1 - p) + q * (1 - q)) / n)


def verdict(score: float, baselines: Mapping[str, float], n: int, kind: Kind = "images") -> str:
    """Words for an accuracy on n items beside its best baseline; less than `noise` apart is no more."""
    name, best = max(baselines.items(), key=lambda item: item[1])
    name = baseline(name, kind)
    if abs(score - best) <= noise(score, best, n):  # both may be perfect
        return f"no more than {name}"
    return f"above {name}" if score > best else f"**below** {name}"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_table(value: Any, fits: Callable[[Any], bool], *names: str) -> bool:
    """Whether a value is an object that has these names at least, and all whose values fit."""
    return isinstance(value, dict) and {*names} <= value.keys() and all(map(fits, value.values()))


def _numbers(*names: str) -> Callable[[Any], bool]:
    """Whether a value is an object with a number for each name, and perhaps other things."""
    return lambda value: isinstance(value, dict) and all(_number(value.get(name)) for name in names)


def _rows(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and bool(value) and all(map(_numbers(*names), value))


def _is_geometry(value: Any) -> bool:
    return (
        _numbers("items")(value)
        and _is_table(value.get("rows"), _numbers(*RANKS, "hubness_of_uniform"), *BASELINES)
        and _is_table(value.get("spectrum"), lambda row: isinstance(row, list) and all(map(_number, row)))
    )


def _is_curve(value: Any) -> bool:
    row = _numbers("n", "bound", "ceiling", "temperature")
    return isinstance(value, list) and all(map(row, value))


def _is_contrast(value: Any) -> bool:
    def of_split(split: Any) -> bool:
        return _numbers("items")(split) and all(_is_curve(split.get(name)) for name in ("at_best", "at_training"))

    names = ("items", "dimensions", "alignment", "uniformity", "uniformity_of_uniform")
    return _numbers(*names)(value) and _is_table(value.get("information"), of_split, "test", "train")


def _is_likelihood(value: Any) -> bool:
    if not (_numbers("items", "elbo", "elbo_error")(value) and isinstance(value.get("likelihood"), str)):
        return False
    units, bounds = value.get("units"), _rows("k", "bound", "bound_error", "effective", "largest")
    lists = isinstance(units, dict) and all(isinstance(units.get(name), list) for name in ("kl", "variance"))
    return bounds(value.get("bounds")) and lists and _numbers("items", "active")(units)


def _is_anomaly(value: Any) -> bool:
    if isinstance(value, dict) and "missing" in value:
        return isinstance(value["missing"], str)
    return (
        _numbers("items", "outsiders", "draws", "brightness")(value)
        and isinstance(value.get("outsider"), str)
        and _is_table(value.get("scores"), _number)
        and _is_table(value.get("distance"), _number, "run", *BASELINES)
    )


def _is_finetune(value: Any) -> bool:
    spread = _numbers("mean", "std")
    numbers = _numbers("labels", "seeds", "epochs", "batch", "rate")
    return numbers(value) and spread(value.get("trained")) and spread(value.get("scratch"))


CHECKS: dict[str, Callable[[Any], bool]] = {
    "space": lambda value: isinstance(value, str),
    "device": lambda value: isinstance(value, str),
    "items": _numbers("train", "test"),
    "protocol": lambda value: isinstance(value, dict),
    "terms": lambda value: _is_table(value, _number),
    "features": lambda value: _is_table(value, _numbers(*ACCURACIES), "run", *BASELINES),
    "labels": lambda value: _is_table(value, _rows("labels", "mean", "std", "draws"), "run", *BASELINES),
    "geometry": _is_geometry,
    "contrast": _is_contrast,
    "likelihood": _is_likelihood,
    "anomaly": _is_anomaly,
    "finetune": _is_finetune,
}
