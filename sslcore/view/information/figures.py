"""Figures of the mutual-information page: rows in, Plotly out.  No Streamlit, no torch."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sslcore.view import charts
from sslcore.view.colours import COLOURS, GREY

BEST, TRAINING, LIVE, FANO = (COLOURS[i] for i in (0, 1, 2, 8))
SHADES = tuple(COLOURS[i] for i in (0, 1, 2, 3, 4, 5, 8, 9))  # of ESTIMATORS: no grey, no yellow on white
SIGNS = {"lower bound": ("triangle-up", "solid"), "upper bound": ("triangle-down", "dash"), "none": ("x", "dot")}
LIE = 6.0  # nats from which the error bars of NWJ no longer mean anything


@dataclass(frozen=True)
class Line:
    """A curve against N; its censored points are drawn open."""

    name: str
    n: list[int]
    y: list[float]
    error: list[float]  # one standard error, nan where there is none
    shade: str
    symbol: str
    dash: str = "solid"
    censored: list[bool] = field(default_factory=list)
    note: list[str] = field(default_factory=list)  # what a hover adds

    @classmethod
    def of(cls, name: str, rows: Sequence[dict[str, Any]], shade: str, symbol: str) -> "Line":
        """From the rows of `information.curve`."""
        note = [f"τ = {r['temperature']:.3g}, {r['batches']} batches, dB/dlogN = {r['slope']:.2f}" for r in rows]
        n, y, error = ([row[key] for row in rows] for key in ("n", "bound", "standard_error"))
        return cls(name, n, y, error, shade, symbol, censored=[row["censored"] for row in rows], note=note)

    @property
    def marks(self) -> list[bool]:
        return self.censored or [False] * len(self.n)

    @property
    def traces(self) -> Iterator[dict[str, Any]]:
        """Its band of +-2 standard errors, where they are known, and itself."""
        y, error = np.array(self.y), 2 * np.array(self.error)
        known = np.isfinite(error)
        if known.any():
            x, up, down = np.array(self.n)[known], (y + error)[known], (y - error)[known]
            yield charts.band(x, down, up, self.shade) | {"legendgroup": self.name}
        marker = {
            "symbol": [self.symbol + "-open" * mark for mark in self.marks],
            "size": 9,
            "color": self.shade,
            "line": {"width": 1.5, "color": self.shade},
        }
        notes = self.note or [""] * len(y)
        hover = [f"± {e:.3f}<br>{note}" if e == e else note for e, note in zip(error, notes, strict=True)]
        shown = "N = %{x:,}: %{y:.3f} nats %{customdata}<extra>" + self.name + "</extra>"
        trace: dict[str, Any] = {
            "type": "scatter",
            "x": self.n,
            "y": self.y,
            "name": self.name,
            "legendgroup": self.name,
        }
        trace |= {"mode": "lines+markers", "line": {"color": self.shade, "dash": self.dash, "width": 2.5}}
        yield trace | {"marker": marker, "customdata": hover, "hovertemplate": shown}


def against(
    lines: Sequence[Line],
    references: Sequence[tuple[str, Sequence[int], Sequence[float], str, str]],
    limits: tuple[float, float],
    chosen: int | None = None,
) -> go.Figure:
    """Curves over a logarithmic N with bands of +-2 standard errors, and references (name, n, y, colour, dash).

    At `chosen` the curves that are not grey are read: a censored value with its >=.
    """
    traces: list[dict[str, Any]] = []
    for name, n, top, shade, dash in references:
        style = {"color": shade, "dash": dash, "width": 2}
        trace = {"type": "scatter", "x": list(n), "y": list(top), "mode": "lines", "line": style, "name": name}
        traces.append(trace | {"hoverinfo": "name+y"})
    traces += [trace for line in lines for trace in line.traces]
    sizes = sorted({n for line in lines for n in line.n})
    ticks = sizes[:: 1 if len(sizes) < 9 else 2]
    across = {"title": {"text": "N, candidates (one is right)"}, "type": "log", "showgrid": False}
    across |= {"tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks]}
    up = {"title": {"text": "nats"}, "range": list(limits), "zeroline": False}
    more: dict[str, Any] = {"hovermode": "closest"}
    if chosen is not None:
        here = {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper"}
        more["shapes"] = [here | {"line": {"color": GREY, "width": 1, "dash": "dot"}}]
        more["annotations"] = _read(lines, chosen, limits[1] - limits[0])
    return charts.figure(traces, across, up, 470, 4, **more)


def _read(lines: Sequence[Line], chosen: int, span: float) -> list[dict[str, Any]]:
    """Values at the chosen N, above their points and far enough apart to be read."""
    values = [
        (line.y[k], "≥ " * line.marks[k] + f"{line.y[k]:.2f}", line.shade)
        for line in lines
        if chosen in line.n and line.shade != GREY
        for k in [line.n.index(chosen)]
    ]
    last, texts = -math.inf, []
    for y, text, shade in sorted(values):
        last = max(y, last + 0.075 * span)
        place = {"x": math.log10(chosen), "y": last, "xanchor": "left", "xshift": 5, "yshift": 13}
        font = {"color": shade, "size": 15}
        texts.append(place | {"text": f"<b>{text}</b>", "showarrow": False, "font": font})
    return texts


def of_run(
    information: dict[str, Any],
    training_images: bool,
    live: Sequence[dict[str, Any]],
    fano: pd.DataFrame | None,
    chosen: int,
) -> tuple[go.Figure, pd.DataFrame]:
    """The bound of a run's pairs against N, and the numbers in it."""
    test, lines, references = information["test"], [], []
    if training_images and information.get("train"):
        rows = information["train"]["at_best"]
        lines.append(Line.of("best τ, training images", rows, GREY, "x"))
    lines.append(Line.of("best τ for each N", test["at_best"], BEST, "circle"))
    for rows, word, shade, symbol in (
        (test["at_training"], "τ of training", TRAINING, "square"),
        (live, "τ you try", LIVE, "diamond"),
    ):
        if rows:
            tau, n = f"{rows[0]['temperature']:.3g}", [row["n"] for row in rows]
            lines.append(Line.of(f"{word}, {tau}", rows, shade, symbol))
            references.append((f"most at {tau}", n, [row["temperature_ceiling"] for row in rows], shade, "dot"))
    if fano is not None:
        nothing = [math.nan] * len(fano)
        lines.append(Line("Fano", fano["n"].tolist(), fano["bound"].tolist(), nothing, FANO, "star", "dashdot"))
    sizes, pool = sorted({n for line in lines for n in line.n}), math.log(test["items"])
    references.append(("log N", sizes, [math.log(n) for n in sizes], GREY, "dash"))
    name = f"log n, pool of {test['items']:,}"
    references.append((name, sizes, [pool] * len(sizes), GREY, "longdashdot"))
    lowest = min(min(line.y) for line in lines)
    parts = [{"curve": li.name, "n": li.n, "bound": li.y, "standard_error": li.error} for li in lines]
    return against(lines, references, (min(-0.1, lowest - 0.1), pool * 1.06), chosen), pd.concat(
        [pd.DataFrame(part) for part in parts]
    )


def of_gaussians(
    rows: pd.DataFrame, names: Sequence[str], estimators: Sequence[Any], nats: float
) -> tuple[go.Figure, list[str]]:
    """The named ones of ESTIMATORS against N where I is known, and words for those that leave the picture."""
    sizes = sorted(rows["n"].unique().tolist())
    low, high = -max(0.5, nats / 4), max(1.7 * nats, math.log(sizes[-1])) + 1
    lines, off = [], []
    for estimator, shade in zip(estimators, SHADES, strict=True):
        if estimator.name not in names:
            continue
        mine, (symbol, dash) = rows[rows["estimator"] == estimator.name], SIGNS[estimator.guarantee]
        name, y, error = f"{estimator.name}: {estimator.guarantee}", mine["mean"], mine["standard_error"]
        if estimator.name == "NWJ" and nats >= LIE:
            name, y, error = "NWJ: medians", mine["median"], error * math.nan
        outside = [f"{v:,.1f} at N = {n:,}" for n, v in zip(mine["n"], y, strict=True) if not low <= v <= high]
        if outside:
            off.append(f"{estimator.name}: {outside[0]}" + f" to {outside[-1]}" * (len(outside) > 1))
        tops = mine["n"].map(math.log)
        censored = (y > np.maximum(tops - 1, tops / 2)).tolist() if "InfoNCE" in estimator.name else []
        note = [f"{k} batches" for k in mine["batches"]]
        curve = mine["n"].tolist(), y.tolist(), error.tolist()
        lines.append(Line(name.replace("none", "no guarantee"), *curve, shade, symbol, dash, censored, note))
    references = [
        (f"true I = {nats:.2f}", sizes, [nats] * len(sizes), GREY, "solid"),
        ("log N", sizes, [math.log(n) for n in sizes], GREY, "dash"),
    ]
    return against(lines, references, (low, high)), off


def learning(curves: dict[str, list[float]], optimal: float, nats: float, batch: int, block: int = 20) -> go.Figure:
    """The bound of critics as they learn: means over blocks of steps, each step on pairs never seen before."""
    longest = max([len(values) for values in curves.values()] + [block])
    traces: list[dict[str, Any]] = []
    for name, y, dash in (
        (f"true I = {nats:.2f}", nats, "solid"),
        (f"log {batch} = {math.log(batch):.2f}", math.log(batch), "dash"),
        (f"optimal critic, {optimal:.2f}", optimal, "dashdot"),
    ):
        style = {"color": BEST if dash == "dashdot" else GREY, "dash": dash, "width": 2}
        traces.append({"type": "scatter", "x": [0, longest], "y": [y, y], "mode": "lines", "name": name, "line": style})
    for i, (name, values) in enumerate(curves.items(), 1):
        if len(values) < block:
            continue
        parts = np.array(values[: len(values) // block * block]).reshape(-1, block)
        bars = {"array": 2 * parts.std(1, ddof=1) / block**0.5, "color": charts.colour(i), "thickness": 1}
        mark = {"symbol": charts.SYMBOLS[i], "size": 7}
        trace = {"type": "scatter", "x": (np.arange(len(parts)) + 0.5) * block, "y": parts.mean(1), "name": name}
        trace |= {"mode": "lines+markers", "line": {"color": charts.colour(i)}, "marker": mark}
        traces.append(trace | {"error_y": bars})
    up = {"title": {"text": "InfoNCE, nats"}, "range": [-0.3, max(nats, math.log(batch)) + 0.5], "zeroline": False}
    return charts.figure(traces, "step", up, 400)
