"""The one way to declare an option: a pydantic field with bounds and a description.

The command line, the forms of the dashboard, a run's config.json and the validation of any JSON that is read all come
from that one declaration.
"""

import argparse
import difflib
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

KINDS = {bool: "True|False", int: "INT", float: "NUMBER", str: "TEXT", Path: "PATH", NoneType: "none"}
WIDEST = 110  # characters of a line of help


class Settings(BaseModel):
    """Frozen settings; an unknown name or a value out of bounds raises pydantic's ValidationError (a ValueError)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def from_words(
    words: Sequence[str], plain: Sequence[Settings], prog: str, about: str = "", leading: str = ""
) -> dict[str, Any]:
    """What the words of a command line set of these settings: {"epochs": "3", "settings": {"beta": "2"}}.

    Every field is an option whose default is what `plain` has, one of nested settings without a prefix; the values of
    the field `leading` stand there without its name.  Values are checked where settings are made of them.  --help
    prints every option and ends.  ValueError for what is no option, or lacks its value.
    """
    width = min(WIDEST, shutil.get_terminal_size().columns)
    layout: Any = partial(argparse.HelpFormatter, max_help_position=6, width=width)
    parser = argparse.ArgumentParser(
        prog, description=about, formatter_class=layout, allow_abbrev=False, exit_on_error=False
    )
    fields = {".".join(path): (field, default) for settings in plain for path, field, default in _fields(settings)}
    for place, (field, default) in fields.items():
        name = place.split(".")[-1]
        more: dict[str, Any] = {"metavar": name} if name == leading else {"dest": place, "metavar": _kind(field)}
        more |= {"nargs": "*"} if _several(field.annotation) else {}
        parser.add_argument(
            name if name == leading else option(name), default=argparse.SUPPRESS, help=_help(field, default), **more
        )
    try:
        given, unknown = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        name, lacks = str(error.argument_name), "expected" in error.message
        what = f"needs a value; one that begins with - is written {name}=-..." if lacks else "takes no value"
        raise ValueError(f"{name} {what}") from error
    if unknown:
        names = [option(place.split(".")[-1]) for place in fields]
        close = difflib.get_close_matches(unknown[0].partition("=")[0], names, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ValueError(f"there is no option {unknown[0]!r}: {hint}`{prog} --help` lists all")
    return _nested({place: _given(fields[place][0], value) for place, value in vars(given).items()})


def option(name: str) -> str:
    """A setting's name as the command line has it."""
    return "--" + name.replace("_", "-")


def _fields(settings: Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo, Any]]:
    """Where each field stands that is no settings itself, the field, and its value."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, Settings):
            yield from _fields(value, (*path, name))
        else:
            yield (*path, name), field, value


def _several(annotation: Any) -> bool:
    """Whether it takes several values."""
    return get_origin(annotation) is tuple or any(map(_several, get_args(annotation)))


def _kind(field: FieldInfo) -> str:
    """What its values are, in a word."""

    def kinds(annotation: Any) -> list[str]:
        inner = get_args(annotation)
        if get_origin(annotation) is Literal:
            return [str(value) for value in inner]
        if get_origin(annotation) is Annotated:
            return kinds(inner[0])
        return [kind for one in inner if one is not ... for kind in kinds(one)] or [KINDS[annotation]]

    return "|".join(dict.fromkeys(kinds(field.annotation)))


def _help(field: FieldInfo, default: Any) -> str:
    shown = " ".join(map(str, default)) if isinstance(default, tuple) else str(default)
    return f"{field.description}{f' (default: {shown})' if shown else ''}".replace("%", "%%")


def _given(field: FieldInfo, value: Any) -> Any:
    """A value, or several, as they stand there; the word none where the field may be None."""
    nothing = NoneType in get_args(field.annotation)
    return None if nothing and [*value] in (["none"], ["None"]) else value


def _nested(given: dict[str, Any]) -> dict[str, Any]:
    """{"settings.beta": "2"} -> {"settings": {"beta": "2"}}"""
    nested: dict[str, Any] = {}
    for place, value in given.items():
        *outer, last = place.split(".")
        inner = nested
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return nested
