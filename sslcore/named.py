"""A name is a file: objectives and networks are found by the file that defines them, and a new file is a new one."""

import difflib
import pkgutil
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


def names(package: str) -> list[str]:
    """The files of a package, but for those that begin with _: they are shared."""
    return sorted(m.name for m in pkgutil.iter_modules(import_module(package).__path__) if not m.name.startswith("_"))


def find(package: str, name: str, known: list[str], base: type[T]) -> type[T]:
    """The one class of this base that <name>.py of the package defines; ValueError for a name that is not known."""
    what = base.__name__.lower()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"no {what} {name!r}{hint}; there are {', '.join(known)}")
    module = import_module(f"{package}.{name}")
    classes: list[Any] = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, base) and item.__module__ == module.__name__
    ]
    if len(classes) != 1:
        folder = package.rpartition(".")[2]
        raise ValueError(f"{folder}/{name}.py must define exactly one {base.__name__}, not {len(classes)}")
    return classes[0]
