"""config.json of a run: what the pages know of it without its model.  Format 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sslcore.data.form import Form
from sslcore.files import read_json

FORMAT = 2
Facts = Mapping[str, Any]

SPLITS = ("train", "test")


def read_facts(path: Path) -> Facts:
    """A run's config.json, checked; it is read again once it is written anew, and must not be changed."""
    try:
        written = path.stat()
    except OSError as error:
        raise ValueError(f"{path.parent} has no {path.name}: is it a run, and was its training begun?") from error
    return _read(path, written.st_mtime_ns, written.st_size, written.st_ino)


@lru_cache(512)
def _read(path: Path, *written: int) -> Facts:
    facts = read_json(path)
    if facts.get("format") != FORMAT:
        raise ValueError(
            f"{path} has format {facts.get('format')!r}; this version reads {FORMAT}: train the run again, or open it "
            "with the version that made it"
        )
    for name, fits in CHECKS.items():
        if not fits(facts.get(name)):
            raise ValueError(f"{path} is not a run's: `{name}` is missing or of another kind")
    try:
        Form.read(facts["form"])
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if ("temperature" in facts["abilities"]) != (type(facts.get("temperature")) in (int, float)):
        raise ValueError(f"{path}: a run has a temperature, a number, and is able to say it, or neither")
    return MappingProxyType(facts)


def _has(**kinds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(fits(value.get(name)) for name, fits in kinds.items())


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in types


def _is_split(*types: type) -> Callable[[Any], bool]:
    """Whether a value is an object with one such value for each of SPLITS."""
    return _has(**{split: _is(*types) for split in SPLITS})


def _names_dimensions(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(type(d) is int and d > 0 for d in value.values())


CHECKS: dict[str, Callable[[Any], bool]] = {
    "config": _has(
        objective=_is(str),
        settings=_is(dict),
        network=_has(encoder=_is(str)),
        data=_is(str),
        epochs=_is(int),
        batch=_is(int),
        rate=_is(int, float),
        seed=_is(int),
    ),
    "form": _is(dict),
    "spaces": _names_dimensions,
    "metric": lambda value: value in ("euclidean", "cosine"),
    "abilities": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "data": _has(name=_is(str), source=_is(str), items=_is_split(int), digests=_is_split(str)),
    "made": _has(device=_is(str), finished=_is(str, type(None))),
}
