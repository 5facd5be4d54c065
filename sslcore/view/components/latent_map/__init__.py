"""The latent map: one map of a gallery, or two side by side that share what is chosen, hovered and lassoed.

    figure = load("map", [Drawn("", points)], gallery)      # outside of fragments: fetched once by the page
    image = chosen(figure)                                  # before it is shown, for links that depend on it
    picked = show(figure, alt="...", links=...)
    follow("map", gallery)                                  # the pictures, outside of fragments too

On the wire a point is 4 bytes, its class one more (two beyond 256 classes) and its value two more.  Pictures follow
after the points; where they would be more than PICTURES bytes, smaller ones, and `reduced` says by how much.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.browser.grid import NOWHERE, TOP, Grid, Way, quantise
from sslcore.browser.packed import pack
from sslcore.run.gallery import Gallery
from sslcore.view import components
from sslcore.view.colours import COLOURS
from sslcore.view.components import State, Store

COMPONENT = components.register("latent_map")
PICTURES = 8_000_000
SMALLEST = 4  # pixels along a side, below which a picture shows nothing
STATE: State = {"image": -1, "lasso": [], "side": 0, "classes": [], "thumbnails": False, "view": []}


@dataclass(frozen=True)
class Drawn:
    """One map to draw: a place for each image, in two dimensions, and what colours it (None: its class)."""

    title: str
    points: np.ndarray  # [n, 2]
    values: np.ndarray | None = None  # [n]
    label: str = ""  # of the values
    about: str = ""  # the line below the map
    axes: bool = False  # whether the coordinates mean something


@dataclass(frozen=True)
class Figure:
    """A map that the browser has been given."""

    key: str
    drawn: Sequence[Drawn]
    planes: Sequence[Grid]
    labels: np.ndarray | None
    stores: Mapping[str, Store]
    pictures: Store | None
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Picked:
    """What the visitor has chosen: an image or none, and the rows of a lasso in order (of the soloed classes only)."""

    image: int | None
    rows: np.ndarray


def load(key: str, drawn: Sequence[Drawn], gallery: Gallery, height: int = 540, prefix: str = "") -> Figure:
    """Hand one or two maps of a gallery to the browser; its pictures `follow`.

    `prefix` goes before its settings in the address ("image", "lasso", "view", ...), where a page has others so named.
    """
    planes = [quantise(each.points) for each in drawn]
    packed = {f"points-{i}": pack({}, {"xy": plane.cells}) for i, plane in enumerate(planes)}
    for i, each in enumerate(drawn):
        if each.values is not None:
            packed[f"values-{i}"] = _values(each.values, each.label)
    if gallery.labels is not None:
        few = len(gallery.classes) <= 256
        packed["labels"] = pack({}, {"labels": gallery.labels.astype(np.uint8 if few else np.uint16)})
    _, pictures, factor = _pictures(gallery)
    stores = {part: components.store(f"{key}-{part}", content) for part, content in packed.items()}
    maps = [
        {
            "title": each.title,
            "about": each.about,
            "axes": each.axes,
            "n": len(each.points),
            "low": components.rounded(plane.low.tolist()),
            "span": plane.span,
        }
        for each, plane in zip(drawn, planes, strict=True)
    ]
    facts = {
        "maps": maps,
        "classes": list(gallery.classes),
        "colours": list(COLOURS),
        "height": height,
        "prefix": prefix,
        "pictures": pictures.name if pictures else None,
        "reduced": factor if factor > 1 else 0,
    }
    return Figure(key, drawn, planes, gallery.labels, stores, pictures, facts)


def follow(key: str, gallery: Gallery) -> None:
    """Hand the gallery's pictures to the browser, after the points have been drawn."""
    if pictures := _pictures(gallery)[1]:
        components.mount(f"{key}-pictures", pictures)


def chosen(figure: Figure) -> int | None:
    """The image that is chosen now, or none: what `show` will return in the same rerun."""
    return _image(figure, components.current(figure.key, _settings(figure)))


def show(
    figure: Figure,
    alt: str,
    provenance: str = "",
    links: Sequence[np.ndarray] = (),
    ways: Sequence[Sequence[Way]] = (),
    strip: Mapping[str, Any] | None = None,
    tables: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType({}),
) -> Picked:
    """Show it, and return what is chosen.

    `links`: in each map, the rows that lines lead to from the chosen image.  `ways`: in each map, ways across it.
    `strip`: images worth a look, below the maps: {"title": ..., "rows": [...], "notes": [...]}.  `tables` by name.
    """
    facts = _facts(figure, links, ways, strip) | {"provenance": provenance}
    later = [figure.pictures] if figure.pictures else []
    state = components.show(COMPONENT, figure.key, facts, _settings(figure), figure.stores, alt, tables, later)
    return Picked(_image(figure, state), _lassoed(figure, state))


def reduced(pixels: np.ndarray) -> tuple[np.ndarray | None, int]:
    """Pictures [n, c, h, w] that are at most PICTURES bytes in all, and how many pixels of a side became one.

    None where nothing would be left to see.
    """
    n, c, h, w = pixels.shape
    factor = next(f for f in range(1, max(h, w) + 1) if n * c * -(-h // f) * -(-w // f) <= PICTURES or f == max(h, w))
    if factor == 1:
        return pixels, 1
    if min(h, w) // factor < SMALLEST:
        return None, 1
    high, wide = h // factor, w // factor
    blocks = pixels[:, :, : high * factor, : wide * factor].reshape(n, c, high, factor, wide, factor)
    return blocks.mean((3, 5)).round().astype(np.uint8), factor


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Gallery: id})
def _pictures(gallery: Gallery) -> tuple[Gallery, Store | None, int]:
    """The faces packed, once for each gallery, which is kept with them: its id stays its own."""
    if gallery.pictures is None:
        return gallery, components.named(pack({"texts": gallery.texts}, {})), 1
    pixels, factor = reduced(gallery.pictures)
    return gallery, None if pixels is None else components.named(pack({}, {"pixels": pixels})), factor


def _values(values: np.ndarray, label: str) -> bytes:
    """Values in 65,535 steps from the lowest to the highest; what is nan or infinite has none."""
    finite = np.isfinite(values)
    low, high = (float(f(values[finite])) for f in (np.min, np.max)) if finite.any() else (0.0, 0.0)
    steps = np.full(len(values), NOWHERE, np.uint16)
    steps[finite] = np.rint((values[finite].astype(np.float64) - low) / (high - low or 1.0) * TOP)
    return pack({"label": label, "low": low, "high": high}, {"value": steps})


def _settings(figure: Figure) -> State:
    return {f"{figure.facts['prefix']}{name}": value for name, value in STATE.items()}


def _image(figure: Figure, state: State) -> int | None:
    image = state[f"{figure.facts['prefix']}image"]
    return image if 0 <= image < len(figure.planes[0].cells) else None


def _lassoed(figure: Figure, state: State) -> np.ndarray:
    """The rows within the lasso: in a large gallery some milliseconds."""
    polygon, side, soloed = (state[f"{figure.facts['prefix']}{name}"] for name in ("lasso", "side", "classes"))
    if len(polygon) < 6 or len(polygon) % 2 or not 0 <= side < len(figure.planes):
        return np.zeros(0, np.int64)
    rows = figure.planes[side].inside(np.array(polygon, np.float64).reshape(-1, 2))
    classes = [k for k in soloed if k in range(len(figure.facts["classes"]))]  # another run may have fewer
    if classes and figure.labels is not None:
        rows = rows[np.isin(figure.labels[rows], classes)]
    return rows


def _facts(
    figure: Figure, links: Sequence[np.ndarray], ways: Sequence[Sequence[Way]], strip: Mapping[str, Any] | None
) -> dict[str, Any]:
    facts = dict(figure.facts)
    image = chosen(figure)
    if image is not None and len(links):
        facts["links"] = {"image": image, "near": [[int(row) for row in near] for near in links]}
    if ways:
        facts["maps"] = [
            facts_of | {"paths": [_way(plane, way) for way in across]}
            for facts_of, plane, across in zip(figure.facts["maps"], figure.planes, ways, strict=True)
        ]
    if strip:
        facts["strip"] = dict(strip)
    return facts


def _way(plane: Grid, way: Way) -> dict[str, Any]:
    points = plane.cell(np.asarray(way.points, np.float64)).round(1).tolist()
    return {"points": points, "colour": way.colour, "names": list(way.names), "dashed": way.dashed}
