"""Arrays in, Plotly figures and picture arrays out.  No Streamlit here, and no torch."""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int, UInt8
from PIL import Image

from sslcore.run import Gallery, Map

# Okabe & Ito's colour-blind-safe eight, without black (lost on a dark page), and three more; shapes help
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8C8C8C", "#7B4FA3", "#8B5A2B")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down", "pentagon", "hexagram")
GREY = "#8C8C8C"  # readable on white and on black
RAMP = "Cividis"


def colour(i: int) -> str:
    return COLOURS[i % len(COLOURS)]


def layout(figure: go.Figure, x: str = "", y: str = "", height: int = 420, legend_rows: int = 1) -> go.Figure:
    """Axis titles, and the legend at the very bottom with room for its rows, so that nothing is clipped or overlaps."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 16, "b": 30 + 28 * bool(x) + 22 * legend_rows},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        font_size=14,
        uirevision="keep",  # a rerun leaves zoom and hidden classes as they are
    )
    figure.update_xaxes(title=x or None, automargin=True)
    figure.update_yaxes(title=y or None, automargin=True)
    return figure


def scatter(
    drawn: Map,
    gallery: Gallery,
    values: Float[np.ndarray, " n"] | None = None,
    value_name: str = "",
    chosen: Sequence[int] = (),
    links: Mapping[int, Sequence[int]] | None = None,
    thumbnails: bool = False,
    lasso: bool = False,
    height: int = 620,
) -> go.Figure:
    """A map with one point an image; `customdata` of every point is its row in the gallery.

    Coloured by class, or by `values`.  Where `chosen` is not empty the other points turn grey.  `links` draws lines
    from an image to others.  `thumbnails` puts pictures where they do not overlap.  A drag draws a `lasso` or moves the map.
    """
    points, figure = drawn.points, go.Figure()
    flat = drawn.dimensions == 2
    if thumbnails and flat:
        figure.add_layout_image(_thumbnails(points, gallery))
    faded = 0.0 if thumbnails and flat else 0.25
    for start, ends in (links or {}).items():
        for end in ends:
            figure.add_trace(_trace(points[[start, end]], mode="lines", line={"color": GREY, "width": 1.5}))
    for rows, name, marker in _groups(gallery, values, value_name, len(points)):
        marker = marker | {"size": 6 if flat else 3, "opacity": 0.0 if thumbnails and flat else 0.8}
        trace = _trace(points[rows], mode="markers", marker=marker, name=name, showlegend=bool(name))
        trace.customdata = [[i] for i in rows.tolist()]  # an array would be packed, and missing from selections
        trace.text = [f"{gallery.name(i)} #{i}".strip() for i in rows]
        trace.hovertemplate = "%{text}<extra></extra>"
        if values is not None:
            trace.hovertemplate = "%{text}<br>" + value_name + " %{marker.color:.4g}<extra></extra>"
        if flat:
            trace.selected = {"marker": {"opacity": 1}}
            trace.unselected = {"marker": {"opacity": faded, "color": GREY}}
            if len(chosen):
                trace.selectedpoints = np.flatnonzero(np.isin(rows, list(chosen)))
        figure.add_trace(trace)
    layout(figure, height=height, legend_rows=2)
    if flat:
        figure.update_xaxes(showgrid=False, zeroline=False, showticklabels=drawn.method in ("raw", "pca"))
        figure.update_yaxes(showgrid=False, zeroline=False, showticklabels=drawn.method in ("raw", "pca"))
        # Streamlit hears of a click only where a drag selects nothing
        figure.update_layout(dragmode="lasso" if lasso else "pan", clickmode="event+select", uirevision=lasso)
        figure.update_yaxes(scaleanchor="x", scaleratio=1)
    else:
        figure.update_layout(scene={axis: {"title": ""} for axis in ("xaxis", "yaxis", "zaxis")})
    return figure


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
    x, y = np.arange(n) % columns, np.arange(n) // columns
    figure = go.Figure()
    figure.add_layout_image(image(sheet(pixels, columns, 2, 4), -0.5, -0.5, columns, rows, top_is_small=True))
    outline = [3 if i == chosen else 0 for i in range(n)]
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="markers",
            text=names,
            hovertemplate="%{text}<extra></extra>",
            marker={
                "symbol": "square-open",
                "size": 46,
                "color": COLOURS[5],
                "line": {"width": outline},
                "opacity": [1 if i == chosen else 0.01 for i in range(n)],
            },
            showlegend=False,
        )
    )
    layout(figure, height=56 * rows + 12, legend_rows=0)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 4, "b": 4}, clickmode="event+select", dragmode=False)
    figure.update_xaxes(visible=False, range=[-0.5, columns - 0.5], fixedrange=True)
    figure.update_yaxes(visible=False, range=[rows - 0.5, -0.5], fixedrange=True, scaleanchor="x")
    return figure


def lines(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    bands: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
    dashed: Sequence[str] = (),
) -> go.Figure:
    """One line a name over a shared x; `bands` shades between a lower and an upper curve; `dashed` are references."""
    figure = go.Figure()
    for i, (name, y) in enumerate(series.items()):
        shade = GREY if name in dashed else colour(i)
        if bands and name in bands:
            low, high = bands[name]
            figure.add_trace(
                go.Scatter(
                    x=[*x, *list(x)[::-1]],
                    y=[*high, *list(low)[::-1]],
                    fill="toself",
                    fillcolor=translucent(shade),
                    line={"width": 0},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        style = {"color": shade, "dash": "dash" if name in dashed else "solid", "width": 2.5}
        markers = {"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 8}
        mode = "lines" if name in dashed or len(x) > 40 else "lines+markers"
        figure.add_trace(go.Scatter(x=list(x), y=list(y), name=name, mode=mode, line=style, marker=markers))
    return layout(figure)


def translucent(shade: str) -> str:
    return f"rgba({int(shade[1:3], 16)},{int(shade[3:5], 16)},{int(shade[5:7], 16)},0.2)"


def png(picture: UInt8[np.ndarray, "h w c"]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def _trace(points: np.ndarray, **style: object) -> go.Scatter | go.Scatter3d:
    style = {"hoverinfo": "skip", "showlegend": False} | style
    if points.shape[1] == 3:
        return go.Scatter3d(x=points[:, 0], y=points[:, 1], z=points[:, 2], **style)
    # scattergl costs a second to draw without a GPU and pays only beyond some thousands of points
    kind = go.Scattergl if len(points) > 5000 else go.Scatter
    return kind(x=points[:, 0], y=points[:, 1], **style)


def _groups(gallery: Gallery, values: np.ndarray | None, value_name: str, n: int) -> list[tuple[np.ndarray, str, dict]]:
    """The traces of a map: rows, legend name and marker style of each."""
    if values is not None:
        bar = {"title": value_name, "thickness": 14, "outlinewidth": 0}
        return [(np.arange(n), "", {"color": values, "colorscale": RAMP, "showscale": True, "colorbar": bar})]
    if gallery.labels is None:
        return [(np.arange(n), "", {"color": COLOURS[0]})]
    return [
        (np.flatnonzero(gallery.labels == k), name, {"color": colour(k), "symbol": SYMBOLS[k % len(SYMBOLS)]})
        for k, name in enumerate(gallery.classes)
        if (gallery.labels == k).any()
    ]


def _thumbnails(points: np.ndarray, gallery: Gallery, cells: int = 34) -> dict:
    """One picture as large as the map: in each cell of a grid, the image nearest to its centre."""
    low, high = points.min(0), points.max(0)
    span = float((high - low).max()) * 1.02 + 1e-9
    low = (low + high) / 2 - span / 2
    cell = np.clip(((points - low) / span * cells).astype(int), 0, cells - 1)  # [n, 2]
    offset = np.square((points - low) / span * cells - cell - 0.5).sum(1)
    _, _, h, w = gallery.pixels.shape
    tiles = rgb(gallery.pixels)
    picture = np.zeros((cells * h, cells * w, 4), np.uint8)
    for i in np.argsort(-offset):  # the nearest is drawn last
        column, row = cell[i, 0], cells - 1 - cell[i, 1]
        where = slice(row * h, row * h + h), slice(column * w, column * w + w)
        picture[where][..., :3], picture[where][..., 3] = tiles[i], 255
    return image(picture, low[0], low[1], span, span)


def image(picture: np.ndarray, x: float, y: float, width: float, height: float, top_is_small: bool = False) -> dict:
    """A Plotly layout image that fills this box of data coordinates; (x, y) is its corner of smallest values."""
    source = "data:image/png;base64," + base64.b64encode(png(picture)).decode()
    return {
        "source": source,
        "xref": "x",
        "yref": "y",
        "x": x,
        "y": y if top_is_small else y + height,
        "sizex": width,
        "sizey": height,
        "sizing": "stretch",
        "layer": "below",
    }
