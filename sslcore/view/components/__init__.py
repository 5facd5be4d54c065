"""Figures that follow the pointer: small browser components, each a folder with its .py, .js and .css side by side.

What a component needs to draw stays in the browser, so a drag never waits for the server.  Python hears of a gesture
once it has ended, and writes its result into the address.

    stores   large, unchanging arrays (a decoder, the gallery, a map), each fetched once by a page and shared by name
    facts    small JSON that says what to draw; may change with every rerun
    state    what the visitor sets by hand; every setting is in the address

Every component is kit/*.js and its own file in one module: `live(args, build)` in kit/data.js is where it begins.
"""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

HERE = Path(__file__).parent
KIT = [HERE / "kit" / f"{name}.js" for name in ("data", "draw", "faces", "gestures", "formula", "chart", "picture")]
State = dict[str, Any]


@dataclass(frozen=True)
class Component:
    """A component's files, registered with Streamlit when its module is imported."""

    name: str
    js: str
    css: str
    render: Callable[..., Any]
    scripts: Sequence[Path] = ()  # what `js` is joined of


def register(name: str, *more: str) -> Component:
    """The component of a folder beside this file: its files after the kit's and those of `more` parts of the kit.

    A part is a file of its name or, as a component is, a folder: all its .js, name.js last, and name.css.  All are one
    module: functions are known everywhere in it, what a class extends must stand before, and no two have one name.
    """
    places = [*(HERE / "kit" / part for part in more), HERE / name]
    scripts = [*KIT, *(script for place in places for script in _scripts(place))]
    styles = [HERE / "kit" / "kit.css", *(place / f"{place.name}.css" for place in places)]
    js, css = ("\n".join(path.read_text() for path in paths if path.exists()) for paths in (scripts, styles))
    return Component(name, js, css, st.components.v2.component(f"sslscope-{name}", js=js, css=css), scripts)


def _scripts(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place.with_suffix(".js")]
    return sorted(place.glob("*.js"), key=lambda path: (path.stem == place.name, path.stem))


@dataclass(frozen=True)
class Store:
    """Packed arrays that components of this page look up by name."""

    name: str  # a digest of the content
    content: bytes


_STORE = st.components.v2.component("sslscope-store", js=KIT[0].read_text() + "\nexport default keep;")


def store(role: str, content: bytes) -> Store:
    """Hand `sslcore.browser.packed` bytes to the browser, once; `role` is unique on the page ("decoder-a").

    Mount it outside of fragments: what is the same in the next rerun is not sent again.
    """
    item = named(content)
    mount(role, item)
    return item


def named(content: bytes) -> Store:
    """A store that is not handed over yet: `mount` it after the figure that need not wait for it."""
    return Store(hashlib.blake2b(content, digest_size=12).hexdigest(), content)


def mount(role: str, item: Store) -> None:
    _STORE(key=f"store-{role}", data=item.name.encode() + item.content)


def show(
    component: Component,
    key: str,
    facts: Mapping[str, Any],
    state: State,
    stores: Mapping[str, Store],
    alt: str,
    tables: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType({}),
    later: Sequence[Store] = (),
) -> State:
    """Show a component and return its state: what the address says, then what the visitor has set since.

    `state` holds every setting with its default; its names are those in the address, but for those that begin with _.
    `stores` are what the component looks up, by the part that each plays.  `alt` describes the figure to those who
    cannot see it; `facts["provenance"]` is the line under it, with what can be taken away: the figure itself, frozen,
    and the `tables` by name.  Stores that come `later` are not waited for: the component asks for them by the names in
    its facts.  A setting of another type than its default is taken for the default: whoever calls checks bounds.
    """
    now = current(key, state)
    begin = st.session_state[f"{key}-begin"]
    data = {"facts": {**facts, "alt": alt, "name": key}, "state": begin}
    data["stores"] = {part: item.name for part, item in stores.items()}

    def heard() -> None:
        for name, value in _checked(committed(key), state).items():
            _to_address(name, value, state[name])

    component.render(key=key, data=data, on_state_change=heard)
    every = {**stores, **{item.name: item for item in later}}
    with st.popover("Export", help="Take this figure or its numbers with you"):
        label, page = "Freeze: one interactive HTML file", lambda: frozen(component, data | {"state": now}, every)
        st.download_button(label, page, f"{key}.html", "text/html", key=f"{key}-freeze", on_click="ignore")
        for name, table in tables.items():
            file = f"{key}-{name}"
            label, content = f"{name} as CSV", partial(_csv, table)
            st.download_button(label, content, f"{file}.csv", "text/csv", key=file, on_click="ignore")
    return now


def current(key: str, state: State) -> State:
    """What `show` will return in this rerun, for facts that depend on it."""
    if key not in st.session_state:  # the first time on this page
        st.session_state[f"{key}-begin"] = {name: _from_address(name, value) for name, value in state.items()}
    return {**st.session_state[f"{key}-begin"], **_checked(committed(key), state)}


def committed(key: str) -> State:
    """What a component's visitor has set so far, before it is shown again."""
    return st.session_state.get(key, {}).get("state") or {}


def frozen(component: Component, data: Mapping[str, Any], stores: Mapping[str, Store]) -> bytes:
    """The figure as ONE interactive HTML file that opens from disk, without a server and without a network.

    `data` is what the component was given: facts, state, and its stores by name.
    """
    contents = {item.name: base64.b64encode(item.content).decode() for item in stores.values()}
    page = (HERE / "kit" / "frozen.html").read_text()
    parts = {
        "TITLE": escape(data["facts"]["alt"]),
        "CSS": component.css,
        "DATA": _script(data),
        "STORES": _script(contents),
        "JS": component.js.replace("export default ", "const component = "),
    }
    return re.sub(r"%([A-Z]+)%", lambda placeholder: parts[placeholder[1]], page).encode()


def _csv(table: Callable[[], pd.DataFrame]) -> bytes:
    return table().to_csv(index=False).encode()


def _script(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


def _checked(given: Any, state: State) -> State:
    """Of what a browser sent, the settings that are of the right type."""
    given = given if isinstance(given, dict) else {}
    return {name: given[name] for name, default in state.items() if name in given and _alike(given[name], default)}


def _alike(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, int):
        return isinstance(value, int)
    if isinstance(default, float):
        return isinstance(value, (int, float)) and abs(value) <= sys.float_info.max  # NaN is not; an int may be huge
    if isinstance(default, list):
        return isinstance(value, list) and all(_alike(v, 0.0) for v in value)
    return isinstance(value, type(default))


def _from_address(name: str, default: Any) -> Any:
    text = st.query_params.get(name)
    if text is None or name.startswith("_"):
        return default
    if isinstance(default, str):
        return text
    try:
        value = json.loads(f"[{text}]" if isinstance(default, list) else text)
    except (ValueError, RecursionError):
        return default
    return value if _alike(value, default) else default


def _to_address(name: str, value: Any, default: Any) -> None:
    if name.startswith("_"):
        return
    if value == default:
        st.query_params.pop(name, None)
    elif isinstance(value, list):
        st.query_params[name] = ",".join(f"{v:.5g}" for v in value)
    else:
        st.query_params[name] = value if isinstance(value, str) else json.dumps(value)


def rounded(values: Sequence[float]) -> list[float]:
    """Numbers for JSON, to seven digits: all that float32 holds."""
    return [float(f"{v:.7g}") for v in values]
