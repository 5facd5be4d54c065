"""Figures of views and of what an encoder makes of them.  Plotly only: no Streamlit, no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from annotated_types import Ge, Le
from jaxtyping import Float
from plotly.subplots import make_subplots
from pydantic.fields import FieldInfo

from sslcore.browser.grid import Way
from sslcore.view import charts
from sslcore.view.colours import COLOURS, GREY

if TYPE_CHECKING:
    from sslcore.evaluate.invariance import Sweep

ENCODERS = {"untrained": (COLOURS[1], "square"), "trained": (COLOURS[0], "circle")}
VIEWS = {"a": COLOURS[5], "b": COLOURS[0]}
SIGNED = ((0.0, COLOURS[5]), (0.5, "#F4F4F4"), (1.0, COLOURS[0]))  # orange below, blue above
Measured = Mapping[str, Mapping[str, Sequence[float]]]  # encoder -> mean and error -> a value each strength


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the largest value that a declared number may have; of a pair, 0.05 and 1."""
    limits = {type(m): m for m in field.metadata}
    if Ge not in limits or Le not in limits:
        return 0.05, 1.0
    return float(limits[Ge].ge), float(limits[Le].le)


def said(step: str, draws: Mapping[str, float]) -> str:
    """What a step did, in a few words, from its draws."""
    if step == "original":
        return "x"
    if step == "crop":
        return f"{draws['width']:.0f}×{draws['height']:.0f} px at ({draws['left']:.0f}, {draws['top']:.0f})"
    if step in ("flip", "grayscale"):
        return "yes" if draws[step] else "no"
    if step == "rotation":
        return f"{draws['angle']:+.0f}°"
    if step == "hue":
        return f"{draws['hue']:+.2f} turns"
    if step == "blur":
        return f"σ = {draws['blur_sigma']:.2f} px" if draws["blur_sigma"] else "no"
    return f"× {draws[step]:.2f}"


def formula(space: str, name: str, a: Float[np.ndarray, " d"], b: Float[np.ndarray, " d"]) -> str:
    """The cosine of two embeddings as TeX, with their numbers."""
    u, v = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    return (
        rf"\text{{{name}: }} \cos({space}_a, {space}_b) = "
        rf"\frac{{{space}_a^\top {space}_b}}{{\lVert {space}_a\rVert\,\lVert {space}_b\rVert}} = "
        rf"\frac{{{_plain(a @ b)}}}{{{_plain(u)} \cdot {_plain(v)}}} = {a @ b / max(u * v, 1e-12):.3f}"
    )


def draws_table(draws: Mapping[str, Mapping[str, Any]], cosines: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """A row a view: its pair, every parameter that was drawn (`draws`: view -> name -> [n]), its pair's cosines."""
    n = len(next(iter(cosines.values())))
    return pd.DataFrame(
        {"pair": i + 1, "view": view, **{name: values[i].item() for name, values in named.items()}}
        | {f"cosine, {name}": values[i] for name, values in cosines.items()}
        for i in range(n)
        for view, named in draws.items()
    )


def cosines_table(spread: Mapping[str, Mapping[str, Sequence[float]]], quantiles: Sequence[float]) -> pd.DataFrame:
    """A row an encoder, from `invariance.references`: mean and quantiles for pairs and for strangers."""
    return pd.DataFrame(
        {"encoder": name}
        | {what: of[name][0] for what, of in spread.items()}
        | {f"{what}, {q:.0%}": v for what, of in spread.items() for q, v in zip(quantiles, of[name][1:], strict=True)}
        for name in spread["pairs"]
    )


def profile_table(sweeps: Mapping[str, Sweep], measured: Mapping[str, Measured]) -> pd.DataFrame:
    """A row an operation, encoder and strength."""
    return pd.DataFrame(
        {"operation": o, "encoder": e, "strength": s, "unit": sweeps[o].unit, "mean cosine": m, "standard error": d}
        for o, encoders in measured.items()
        for e, v in encoders.items()
        for s, m, d in zip(sweeps[o].strengths, v["mean"], v["error"], strict=True)
    )


def matrix_table(names: Sequence[str], tables: Mapping[str, Float[np.ndarray, "k k"]]) -> pd.DataFrame:
    """A row a cell of the composition matrix."""
    return pd.DataFrame(
        {"first": first, "second": second, **{e: float(table[i, j]) for e, table in tables.items()}}
        for i, first in enumerate(names)
        for j, second in enumerate(names)
    )


def cosines(
    pairs: Mapping[str, Sequence[float]],
    others: Mapping[str, Sequence[float]],
    strangers: Mapping[str, Sequence[float]],
    chosen: int,
) -> go.Figure:
    """One row an encoder: the chosen image's pairs by number, above the spread of other images' pairs and of strangers.

    A spread is a mean and the quantiles at 5, 25, 50, 75 and 95 %.
    """
    traces: list[dict[str, Any]] = []
    spreads = (("different images", strangers, GREY), ("one image's views, over many images", others, COLOURS[2]))
    for name, quantiles, shade in spreads:
        _, low, q1, median, q3, high = np.array(list(quantiles.values())).T
        box = {"type": "box", "y": [f"{k} " for k in quantiles], "orientation": "h", "name": name, "offsetgroup": name}
        box |= {"lowerfence": low, "q1": q1, "median": median, "q3": q3, "upperfence": high}
        traces.append(box | {"marker": {"color": shade}})
    for k, values in pairs.items():
        ring = {"width": [3 if i == chosen else 1 for i in range(len(values))], "color": "white"}
        sizes = [25 if i == chosen else 19 for i in range(len(values))]
        marks: dict[str, Any] = {"type": "scatter", "x": list(values), "y": [f"{k} "] * len(values)}
        marks |= {"mode": "markers+text", "textfont": {"color": "white", "size": 11}}
        marks["text"] = [str(i + 1) for i in range(len(values))]
        marks["marker"] = {"size": sizes, "color": COLOURS[5], "symbol": "square", "line": ring, "opacity": 1}
        marks |= {"name": "this image's pairs, by number", "legendgroup": "pairs", "showlegend": k == "trained"}
        traces.append(marks | {"offsetgroup": "pairs", "hovertemplate": "pair %{text}: %{x:.3f}<extra></extra>"})
    low = min(-0.2, *(v[1] for v in strangers.values()), *(min(v) for v in pairs.values()))
    across, up = {"title": {"text": "cosine"}, "range": [low - 0.05, 1.04]}, {"autorange": "reversed"}
    return charts.figure(traces, across, up, 360, boxmode="group", scattermode="group")


def paths(
    a: Float[np.ndarray, "p 2"],
    b: Float[np.ndarray, "p 2"],
    way_a: Float[np.ndarray, "k 2"],
    way_b: Float[np.ndarray, "k 2"],
) -> list[Way]:
    """Ways across a map: every pair joined by a line, and the chosen pair's from the image, step by step."""
    joined = [Way(np.stack(ends), GREY, dashed=True) for ends in zip(a, b, strict=True)]
    chosen = [
        Way(way, shade, ["x", *[""] * (len(way) - 2), view])
        for (view, shade), way in zip(VIEWS.items(), (way_a, way_b), strict=True)
    ]
    return joined + chosen


def profiles(
    sweeps: Mapping[str, Sweep],
    measured: Mapping[str, Measured],
    strangers: Mapping[str, float],
    trained: Mapping[str, tuple[float, float] | None],
) -> go.Figure:
    """A panel an operation: mean cosine against strength, a line an encoder, a band of two standard errors.

    Dashes are the cosine of different images; the shaded range is what the encoder was trained on.
    """
    deep = -(-len(measured) // 3)
    titles = [name if trained[name] else f"{name} · not in training" for name in measured]
    gap = 0.24 / (deep - 1) if deep > 1 else 0
    figure = make_subplots(
        deep, 3, subplot_titles=titles, shared_yaxes="all", horizontal_spacing=0.04, vertical_spacing=gap
    )
    for i, (operation, encoders) in enumerate(measured.items()):
        sweep, place = sweeps[operation], {"row": i // 3 + 1, "col": i % 3 + 1}
        for trace in _profile(sweep, encoders, strangers):
            figure.add_trace({"showlegend": i == 0} | trace, **place)
        _axis(figure, place, sweep, trained[operation])
    if any(trained.values()):
        mark = {"symbol": "square", "size": 14, "color": GREY, "opacity": 0.4}
        figure.add_scatter(x=[None], y=[None], mode="markers", name="drawn in training", marker=mark)
    figure.update_layout(charts.frame(235 * deep + 90) | {"margin": {"l": 10, "r": 10, "t": 40, "b": 10}})
    figure.update_yaxes(automargin=True)
    figure.update_yaxes(title="mean cosine", col=1)
    return figure


def _profile(sweep: Sweep, encoders: Measured, strangers: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """The traces of one operation: for each encoder its band, its line, and the dashes of different images."""
    x = np.array(sweep.strengths)
    order = np.argsort(x)
    x = x[order]
    for name, values in encoders.items():
        shade, symbol = ENCODERS[name]
        mean, error = np.array(values["mean"])[order], np.array(values["error"])[order]
        yield charts.band(x, mean - 2 * error, mean + 2 * error, shade)
        line: dict[str, Any] = {
            "type": "scatter",
            "x": x,
            "y": mean,
            "line": {"color": shade, "width": 2.5},
            "name": name,
        }
        line |= {"marker": {"symbol": symbol, "size": 7}, "legendgroup": name}
        yield line | {"hovertemplate": f"{name}: %{{y:.3f}} at %{{x:.2f}}<extra></extra>"}
        dashes: dict[str, Any] = {"type": "scatter", "x": [x[0], x[-1]], "y": [strangers[name]] * 2, "mode": "lines"}
        dashes |= {"line": {"color": shade, "width": 1.5, "dash": "dash"}, "name": f"{name}, different images"}
        yield dashes | {"hoverinfo": "skip"}


def _axis(figure: go.Figure, place: dict[str, Any], sweep: Sweep, trained: tuple[float, float] | None) -> None:
    """The strengths of one panel, and the range that was drawn from in training."""
    low, high = min(sweep.strengths), max(sweep.strengths)
    if trained is not None:  # after the lines: Plotly leaves empty panels unshaded
        ends = max(trained[0], low), min(trained[1], high)
        figure.add_vrect(*ends, fillcolor=GREY, opacity=0.18, line_width=0, layer="below", **place)
    figure.update_xaxes(title=sweep.unit, title_font_size=13, title_standoff=4, **place)
    if len(sweep.strengths) == 2:
        figure.update_xaxes(tickvals=[low, high], **place)
    if sweep.neutral == high:
        figure.update_xaxes(autorange="reversed", **place)  # stronger to the right


def matrix(names: Sequence[str], tables: Mapping[str, Float[np.ndarray, "k k"]], shown: str) -> go.Figure:
    """The composition matrix: `shown` is "difference" (trained minus untrained), diverging at 0, or an encoder."""
    untrained, trained = tables["untrained"], tables["trained"]
    values = trained - untrained if shown == "difference" else tables[shown]
    limit = float(np.abs(values).max()) or 1.0
    scale: dict[str, Any] = {"colorscale": charts.RAMP, "zmin": min(0.0, float(values.min())), "zmax": 1}
    if shown == "difference":
        scale = {"colorscale": SIGNED, "zmin": -limit, "zmax": limit}
    both = "untrained %{customdata[0]:.3f}, trained %{customdata[1]:.3f}"
    cells = {"type": "heatmap", "z": values, "x": list(names), "y": list(names), "xgap": 2, "ygap": 2}
    cells |= {"customdata": np.stack([untrained, trained], -1), "colorbar": {"thickness": 14, "outlinewidth": 0}}
    cells["hovertemplate"] = "%{y} with %{x}<br>" + both + "<br>shown %{z:.3f}<extra></extra>"
    cells["texttemplate"] = "%{z:+.2f}" if shown == "difference" else "%{z:.2f}"
    across, down = {"side": "top", "showgrid": False}, {"autorange": "reversed", "showgrid": False}
    return charts.figure([cells | scale], across, down, 110 + 44 * len(names), 0)


def _plain(number: float) -> str:
    return f"{number:.3g}" if 1e-3 <= abs(number) < 1000 else f"{number:.0f}"  # TeX would read 1e+03 as a sum
