"""Arrays in, Plotly figures and picture arrays out.  No Streamlit here, and no torch."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int, UInt8
from PIL import Image

from sslcore.run.gallery import Gallery
from sslcore.run.maps import Map
from sslcore.view.colours import COLOURS

if TYPE_CHECKING:
    import plotly.graph_objects as go

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down", "pentagon", "hexagram")
RAMP = "Cividis"
CLEAR = "rgba(0,0,0,0)"


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def frame(height: int = 420, x: str = "", legend_rows: int = 1) -> dict[str, Any]:
    """What figures have in common: the legend is at the very bottom with room for its rows, below the title of x."""
    return {
        "height": height,
        "margin": {"l": 10, "r": 10, "t": 16, "b": 30 + 28 * bool(x) + 22 * legend_rows},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "font": {"size": 14},
        "uirevision": "keep",  # a rerun leaves zoom and hidden classes as they are
    }


def figure(
    traces: Sequence[dict[str, Any]],
    x: dict[str, Any] | str = "",
    y: dict[str, Any] | str = "",
    height: int = 420,
    legend_rows: int = 1,
    **more: Any,
) -> go.Figure:
    """A figure in one piece, from plain dicts; x and y are axes or their titles, `more` is layout beside `frame`.

    These follow sliders: each trace that is added and each update takes Plotly 3 to 12 ms, and so does validation,
    which is left to the tests.
    """
    import plotly.graph_objects as go  # half a second, for pages that draw with it

    plain: dict[str, Any] = {"automargin": True, "tickfont": {"size": 13}, "title": {"text": ""}}
    across, up = (plain | ({"title": {"text": axis}} if isinstance(axis, str) else axis) for axis in (x, y))
    common = frame(height, across["title"]["text"], legend_rows)
    return go.Figure(list(traces), common | {"xaxis": across, "yaxis": up} | more, _validate=False)


def solid(
    shown: Map,
    gallery: Gallery,
    values: Float[np.ndarray, " n"] | None = None,
    value_name: str = "",
    height: int = 620,
) -> go.Figure:
    """A map in three dimensions, to turn: one point an image, coloured by class or by `values`."""
    traces = []
    for rows, name, marker in _groups(gallery, values, value_name, len(shown.points)):
        style = marker | {"size": 3, "opacity": 0.8}
        dots: dict[str, Any] = {"type": "scatter3d", "mode": "markers", "marker": style, "name": name}
        dots |= dict(zip("xyz", shown.points[rows].T, strict=True)) | {"customdata": rows, "showlegend": bool(name)}
        hover = f"{name} #%{{customdata}}"
        if values is not None:
            dots["text"] = [gallery.name(i) for i in rows]
            hover = "%{text} #%{customdata}<br>" + value_name + " %{marker.color:.4g}"
        dots["hovertemplate"] = hover.strip() + "<extra></extra>"
        traces.append(dots)
    space = {axis: {"title": {"text": ""}} for axis in ("xaxis", "yaxis", "zaxis")}
    return figure(traces, height=height, legend_rows=2, scene=space)


def sheet(
    pixels: UInt8[np.ndarray, "n c h w"], columns: int, scale: int = 2, gap: int = 2
) -> UInt8[np.ndarray, "height width 4"]:
    """Images in rows of `columns` on one picture, each enlarged without blur; the gaps are transparent."""
    n, _, h, w = pixels.shape
    rows = -(-n // columns)
    tile = np.repeat(np.repeat(rgb(pixels), scale, axis=1), scale, axis=2)  # [n, h, w, 3]
    high, wide = h * scale + gap, w * scale + gap
    picture = np.zeros((rows * high - gap, columns * wide - gap, 4), np.uint8)
    for i, image in enumerate(tile):
        top, left = i // columns * high, i % columns * wide
        picture[top : top + h * scale, left : left + w * scale, :3] = image
        picture[top : top + h * scale, left : left + w * scale, 3] = 255
    return picture


def rgb(pixels: UInt8[np.ndarray, "n c h w"]) -> UInt8[np.ndarray, "n h w 3"]:
    """Grey images get three equal channels."""
    x = pixels.transpose(0, 2, 3, 1)
    return np.repeat(x[..., :1], 3, axis=3) if x.shape[3] < 3 else x[..., :3]


def coloured(pixels: UInt8[np.ndarray, "n c h w"]) -> UInt8[np.ndarray, "n 3 h w"]:
    """Grey images as RGB, so that they can stand beside coloured ones."""
    return rgb(pixels).transpose(0, 3, 1, 2)


def signed(errors: Float[np.ndarray, "n c h w"], limit: float = 1.0) -> UInt8[np.ndarray, "n 3 h w"]:
    """Errors in -limit..limit as colour: blue below, white none, orange above (mean over channels)."""
    e = np.clip(errors.mean(1) / limit, -1, 1)[:, None]  # [n, 1, h, w]
    low, high = (np.array(c, np.float32)[None, :, None, None] for c in ((0, 114, 178), (213, 94, 0)))
    picture = 255 + np.where(e < 0, -e * (low - 255), e * (high - 255))
    return picture.astype(np.uint8)


def splat(points: Float[np.ndarray, "n p"], labels: Int[np.ndarray, " n"] | None, side: int = 220) -> np.ndarray:
    """A small picture of a map, for cards: one 3x3 dot a point on a transparent ground.  uint8 [side, side, 4]."""
    xy = points[:, :2] - points[:, :2].min(0)
    xy = 4 + xy / max(float(xy.max()), 1e-9) * (side - 9)  # one scale for both axes
    xy += (side - 9 - (xy - 4).max(0)) / 2
    picture = np.zeros((side, side, 4), np.uint8)
    shades = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], np.uint8)
    chosen = shades[(labels if labels is not None else np.zeros(len(points), int)) % len(COLOURS)]
    column, row = xy[:, 0].astype(int), side - 1 - xy[:, 1].astype(int)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            picture[np.clip(row + dy, 0, side - 1), np.clip(column + dx, 0, side - 1), :3] = chosen
            picture[np.clip(row + dy, 0, side - 1), np.clip(column + dx, 0, side - 1), 3] = 255
    return picture


def picker(pixels: UInt8[np.ndarray, "n c h w"], names: Sequence[str], columns: int, chosen: int | None) -> go.Figure:
    """A contact sheet whose pictures can be clicked: point i of the one trace is image i."""
    n = len(pixels)
    rows, columns = -(-n // columns), min(columns, n)
    trace: dict[str, Any] = {
        "type": "scatter",
        "x": np.arange(n) % columns,
        "y": np.arange(n) // columns,
        "mode": "markers",
    }
    trace |= {"marker": {"symbol": "square", "size": 36, "opacity": 0}, "showlegend": False}
    trace |= {"text": list(names), "hovertemplate": "%{text}<extra></extra>"}
    frames = []
    if chosen is not None and 0 <= chosen < n:
        x, y = chosen % columns, chosen // columns
        corners = {"x0": x - 0.48, "x1": x + 0.44, "y0": y - 0.48, "y1": y + 0.44}  # the gap is on the right and below
        frames = [{"type": "rect", "line": {"width": 3, "color": COLOURS[5]}} | corners]
    across = {"visible": False, "range": [-0.5, columns - 0.5], "fixedrange": True}
    down = {"visible": False, "range": [rows - 0.5, -0.5], "fixedrange": True, "scaleanchor": "x"}
    behind = image(sheet(pixels, columns, 2, 4), -0.5, -0.5, columns, rows)
    look: dict[str, Any] = {"margin": {"l": 0, "r": 0, "t": 4, "b": 4}, "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR}
    look |= {"clickmode": "event+select", "dragmode": False}
    return figure([trace], across, down, 44 * rows + 12, images=[behind], shapes=frames, **look)


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray, shade: str) -> dict[str, Any]:
    """A trace that shades between two curves."""
    trace: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": [*x, *x[::-1]], "y": [*high, *low[::-1]]}
    trace |= {"fill": "toself", "fillcolor": translucent(shade), "line": {"width": 0}}
    return trace | {"hoverinfo": "skip", "showlegend": False}


def translucent(shade: str) -> str:
    return f"rgba({int(shade[1:3], 16)},{int(shade[3:5], 16)},{int(shade[5:7], 16)},0.2)"


def png(picture: UInt8[np.ndarray, "h w c"]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def uri(picture: np.ndarray) -> str:
    """A picture [h, w, 3 or 4] as text that a page can show."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode()


def _groups(gallery: Gallery, values: np.ndarray | None, value_name: str, n: int) -> list[tuple[np.ndarray, str, dict]]:
    """The traces of a map: rows, legend name and marker style of each."""
    if values is not None:
        bar = {"title": {"text": value_name}, "thickness": 14, "outlinewidth": 0}
        return [(np.arange(n), "", {"color": values, "colorscale": RAMP, "showscale": True, "colorbar": bar})]
    if gallery.labels is None:
        return [(np.arange(n), "", {"color": COLOURS[0]})]
    return [
        (np.flatnonzero(gallery.labels == k), name, {"color": colour(k), "symbol": SYMBOLS[k % len(SYMBOLS)]})
        for k, name in enumerate(gallery.classes)
        if (gallery.labels == k).any()
    ]


def image(picture: np.ndarray, x: float, y: float, width: float, height: float) -> dict:
    """A Plotly layout image that fills this box of data coordinates; (x, y) is its upper left, on an axis that points
    down."""
    return {
        "source": uri(picture),
        "xref": "x",
        "yref": "y",
        "x": x,
        "y": y,
        "sizex": width,
        "sizey": height,
        "sizing": "stretch",
        "layer": "below",
    }
