"""A form from a declaration: one widget a pydantic field, with its bounds, its choices and its description."""

import math
import re
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from sslcore.settings import Settings


def field(settings: Settings, name: str, key: str) -> Any:
    """A widget for one field, which begins at its value in `settings`; -> what stands in it, for pydantic to judge."""
    info, value = type(settings).model_fields[name], getattr(settings, name)
    label, about = name.replace("_", " "), info.description
    key = f"{key}.{name}"
    st.session_state.setdefault(key, text(value) if isinstance(value, tuple | NoneType) else value)
    more: dict[str, Any] = {"key": key, "help": about, "persist_state": "page"}
    kind: Any = info.annotation
    if get_origin(kind) is Literal:
        return st.selectbox(label, get_args(kind), **more)
    if kind is bool:
        return st.checkbox(label, **more)
    if kind in (int, float):
        return st.number_input(label, **bounds(info, kind), **more)
    typed = st.text_input(label, **more)
    return typed if kind is str else listed(typed, kind)


def fields(settings: Settings, key: str, leave_out: tuple[str, ...] = (), columns: int = 4) -> dict[str, Any]:
    """Widgets for all fields of `settings` but those named, in their order, with nested settings under their names."""
    given: dict[str, Any] = {}
    names = [name for name in type(settings).model_fields if name not in leave_out]
    plain = [name for name in names if not isinstance(getattr(settings, name), Settings)]
    for start in range(0, len(plain), columns):
        for column, name in zip(st.columns(columns), plain[start : start + columns], strict=False):
            with column:
                given[name] = field(settings, name, key)
    for name in names:
        inner = getattr(settings, name)
        if isinstance(inner, Settings):
            st.markdown(f"**{name.replace('_', ' ').capitalize()}**: {type(settings).model_fields[name].description}")
            given[name] = fields(inner, f"{key}.{name}", columns=columns)
    return given


def begin(settings: Settings, key: str) -> None:
    """Set all fields of a form to these values: before it is made, as in a button's callback."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Settings):
            begin(value, f"{key}.{name}")
        else:
            st.session_state[f"{key}.{name}"] = text(value) if isinstance(value, tuple | NoneType) else value


def bounds(info: FieldInfo, kind: type) -> dict[str, Any]:
    """What a number may be, as a number field wants it; a bound that is itself excluded is left to pydantic."""
    limits: dict[str, Any] = {"step": 1} if kind is int else {"step": 0.01, "format": "%g"}
    for rule in info.metadata:
        if isinstance(rule, Ge | Gt):
            limits["min_value"] = kind(rule.ge if isinstance(rule, Ge) else rule.gt)
        elif isinstance(rule, Le | Lt):
            limits["max_value"] = kind(rule.le) if isinstance(rule, Le) else kind(rule.lt) - (kind is int)
    if kind is float and limits.get("max_value", math.inf) > 1:
        limits["step"] = 0.1
    return limits


def text(value: tuple | None) -> str:
    """(512, 256) as "512, 256"; nothing as "none"."""
    return "none" if value is None else ", ".join(map(str, value))


def listed(typed: str, kind: Any) -> list[str] | None:
    """ "512, 256" as its parts, for pydantic to read; "none" or nothing as None where that is allowed."""
    optional = get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)
    if optional and typed.strip().lower() in ("", "none"):
        return None
    return re.findall(r"[^,\s]+", typed)
