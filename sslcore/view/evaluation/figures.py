"""Figures of the evaluation page, most with their table: what `evaluate` wrote in, Plotly out."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sslcore.data.form import Kind
from sslcore.run.metrics import BASELINES
from sslcore.view import charts
from sslcore.view.baselines import titles
from sslcore.view.colours import COLOURS, GREY
from sslcore.view.evaluation.tables import Named

SHADES = (COLOURS[0], COLOURS[5])  # of the run and of the one beside it
GREYS = dict(zip(BASELINES, (COLOURS[1], COLOURS[2], COLOURS[3]), strict=True))
SYMBOLS = dict(zip(BASELINES, ("square", "diamond", "triangle-up"), strict=True))
SCORES = {  # what scores are called, in their order; others come last, by their own name
    "elbo": "−ELBO",
    "bound": "−L₅₀",
    "distortion": "distortion",
    "rate": "rate",
    "squared_error": "squared error",
    "distance": "distance",
    "brightness": "brightness",
}
ALONE = "mean brightness alone"
ACCURACY: dict[str, Any] = {"title": {"text": "accuracy"}, "ticksuffix": " %"}
Drawn = tuple[go.Figure, pd.DataFrame]


def few_labels(named: Named, kind: Kind = "images") -> Drawn:
    """Accuracy against the number of labels, with the deviation over draws."""
    first = next(iter(named.values())).labels or {}
    curves = {name: metrics.labels["run"] for name, metrics in named.items() if metrics.labels}
    curves |= {title: first[key] for key, title in titles(kind).items() if key in first}
    frame = pd.DataFrame([{"features": name, **row} for name, rows in curves.items() for row in rows])
    traces = []
    for name, (shade, symbol, dash) in _styles(named, kind).items():
        rows = frame[frame["features"] == name]
        if len(rows):
            trace = _line(name, rows["labels"], 100 * rows["mean"], shade, symbol, dash)
            traces.append(trace | {"error_y": _error(100 * rows["std"], shade)})
    across = _logarithmic("labels in all (log)", frame["labels"])
    return charts.figure(traces, across, ACCURACY, 400, 2), frame


def spectra(named: Named) -> Drawn:
    """Eigenvalues of the covariance of each space, as a share of the largest, on a log scale."""
    traces, table = [], []
    for (name, metrics), shade in zip(named.items(), SHADES, strict=False):
        spectrum = metrics.geometry["spectrum"] if metrics.geometry else {}
        for (space, values), dash in zip(spectrum.items(), ("solid", "dash"), strict=False):
            label, ranks = f"{name}, {space}", list(range(1, len(values) + 1))
            line = {"color": shade, "dash": dash, "width": 2.5}
            mode = "lines+markers" if len(values) < 40 else "lines"
            traces.append({"type": "scatter", "mode": mode, "x": ranks, "y": values, "line": line, "name": label})
            table += [{"space": label, "k": k, "log10_share": y} for k, y in zip(ranks, values, strict=True)]
    figure = charts.figure(traces, "k, eigenvalues from the largest", "log₁₀ λₖ / λ₁", 380, 2, showlegend=True)
    return figure, pd.DataFrame(table)


def hubness(table: pd.DataFrame, named: Named, kind: Kind = "images") -> go.Figure:
    """Each skew beside that of as many uniform points; `table` is `tables.geometry`'s."""
    styles, names = _styles(named, kind), list(table["features"])
    bars = {"type": "bar", "orientation": "h", "x": table["hubness"], "y": names, "name": "features"}
    bars |= {"text": [f"{h:.2f}" for h in table["hubness"]], "textposition": "outside", "cliponaxis": False}
    bars |= {"marker": {"color": [styles[of][0] for of in table["of"]]}, "showlegend": False}
    null = {"type": "scatter", "mode": "markers", "x": table["hubness_of_uniform"], "y": names}
    null |= {"marker": {"symbol": "line-ns-open", "size": 26, "line": {"width": 3}, "color": GREY}}
    null["name"] = "as many uniform points on the sphere"
    low, high = min(0.0, float(table["hubness"].min()) * 1.2), max(1.0, float(table["hubness"].max()) * 1.15)
    across = {"title": {"text": "skew of the 10-occurrence"}, "range": [low, high]}
    return charts.figure([bars, null], across, {"autorange": "reversed"}, 150 + 34 * len(names))


def kl(named: Named) -> Drawn:
    """Mean KL of each dimension, largest first; those not in use are open."""
    traces, table = [], []
    for (name, metrics), shade in zip(named.items(), SHADES, strict=False):
        if not metrics.likelihood:
            continue
        nats, variance = metrics.likelihood["units"]["kl"], metrics.likelihood["units"]["variance"]
        order = sorted(range(len(nats)), key=lambda k: -nats[k])
        used = [variance[k] > 0.01 for k in order]
        label = f"{name}: {sum(used)} of {len(used)} in use"
        trace = _line(label, range(1, len(nats) + 1), [nats[k] for k in order], shade, "circle", "solid")
        fill = [shade if use else "rgba(0,0,0,0)" for use in used]
        trace |= {"marker": {"color": fill, "size": 9, "line": {"width": 2, "color": shade}}}
        trace |= {"line": {"color": shade, "width": 1}}
        trace["text"] = [f"dimension {k}, variance of μ {variance[k]:.3g}" for k in order]
        traces.append(trace | {"hovertemplate": "%{text}<br>%{y:.3g} nats<extra></extra>"})
        table += [{"run": name, "dimension": k, "kl": nats[k], "variance_of_mean": variance[k]} for k in order]
    figure = charts.figure(traces, "dimensions, by their KL", "mean KL, nats", 380, 2, showlegend=True)
    return figure, pd.DataFrame(table)


def bounds(named: Named) -> Drawn:
    """What L_k gains on the ELBO, against k, each point with its effective sample size.

    The gains of two runs can stand on one axis, where nats of different kinds cannot.
    """
    traces, table, styles = [], [], _styles(named)
    measured = {name: metrics.likelihood for name, metrics in named.items() if metrics.likelihood}
    highest = sorted(measured, key=lambda name: measured[name]["elbo"] - measured[name]["bounds"][-1]["bound"])
    for name, place in zip(highest, ("top left", "bottom right"), strict=False):  # so that labels of curves do not meet
        rows, elbo = measured[name]["bounds"], measured[name]["elbo"]
        gains = [row["bound"] - elbo for row in rows]
        table += [{"run": name, "elbo": elbo, "gain": gain, **row} for gain, row in zip(gains, rows, strict=True)]
        trace = _line(f"{name}: ELBO {elbo:.2f}", [row["k"] for row in rows], gains, *styles[name])
        trace |= {"mode": "lines+markers+text", "textposition": place, "cliponaxis": False}
        trace["text"] = [f"ESS {row['effective']:.2g}" for row in rows]
        trace["hovertext"] = [f"L = {row['bound']:.2f}, ESS {row['effective']:.3g} of {row['k']:,}" for row in rows]
        traces.append(trace | {"hovertemplate": "%{hovertext}<extra></extra>"})
    across = _logarithmic("k, draws of z (log)", [row["k"] for row in table])
    first, last = across["tickvals"][0], across["tickvals"][-1]
    across["range"] = [math.log10(first) - 0.5, math.log10(last) + 0.6]
    most = max(row["gain"] for row in table) + 0.01
    up = {"title": {"text": "Lₖ − ELBO, nats"}, "range": [-0.15 * most, 1.2 * most]}
    return charts.figure(traces, across, up, 380, 2, showlegend=True), pd.DataFrame(table)


def anomaly(named: Named, kind: Kind = "images") -> Drawn:
    """AUROC of every score, beside chance; the distance also in the baselines' features, and brightness alone."""
    styles = _styles(named, kind) | {ALONE: (GREY, "x", "solid")}
    table: list[dict[str, Any]] = []
    scored = {name: m.anomaly for name, m in named.items() if m.anomaly and "scores" in m.anomaly}
    for name, measured in scored.items():
        law = named[name].likelihood
        of = f"{name}, {law['likelihood']} decoder" if law else name
        styles[of] = styles[name]
        table += [{"score": SCORES.get(key, key), "of": of, "auroc": v} for key, v in measured["scores"].items()]
        table.append({"score": "distance", "of": of, "auroc": measured["distance"]["run"]})
    first = next(iter(scored.values()))
    table += [{"score": "distance", "of": t, "auroc": first["distance"][key]} for key, t in titles(kind).items()]
    table.append({"score": "brightness", "of": ALONE, "auroc": first["brightness"]})
    frame = pd.DataFrame(table)
    traces = [
        _dots(str(of), rows["auroc"], rows["score"], *styles[str(of)][:2])
        for of, rows in frame.groupby("of", sort=False)
    ]
    chance: dict[str, Any] = {"type": "line", "x0": 0.5, "x1": 0.5, "yref": "paper", "y0": 0, "y1": 1}
    chance["line"] = {"color": GREY, "dash": "dash", "width": 2}
    across = {"title": {"text": "AUROC; 0.5 is chance"}, "range": [-0.02, 1.02]}
    there = [score for score in SCORES.values() if (frame["score"] == score).any()]
    order = {"autorange": "reversed", "categoryorder": "array", "categoryarray": there}
    height = 170 + 36 * frame["score"].nunique()
    return charts.figure(traces, across, order, height, 3, shapes=[chance]), frame


def fine_tuning(named: Named) -> Drawn:
    """Accuracy of the encoder trained on, beside the same from scratch and the frozen features on as many labels."""
    table = []
    for name, metrics in named.items():
        if not (tuned := metrics.finetune):
            continue
        starts = {"from scratch": tuned["scratch"], "fine-tuned": tuned["trained"]}
        table += [{"run": name, "start": title, **row} for title, row in starts.items()]
        few = metrics.labels["run"] if metrics.labels else []
        table += [
            {"run": name, "start": "frozen, linear", "mean": row["mean"], "std": row["std"]}
            for row in few
            if row["labels"] == tuned["labels"]
        ]
    frame, traces, styles = pd.DataFrame(table), [], _styles(named)
    for name, rows in frame.groupby("run", sort=False):
        shade, symbol, _ = styles[str(name)]
        dots = _dots(str(name), 100 * rows["mean"], rows["start"], shade, symbol)
        traces.append(dots | {"error_x": _error(100 * rows["std"], shade)})
    up = {"autorange": "reversed", "type": "category"}
    return charts.figure(traces, ACCURACY, up, 250, 1, showlegend=True), frame


def views(named: Named) -> Drawn:
    """Alignment against uniformity of contrastive runs, and the uniformity of the uniform law."""
    columns = ("items", "dimensions", "alignment", "uniformity", "uniformity_of_uniform", "tolerance")
    measured = {name: metrics.contrast for name, metrics in named.items() if metrics.contrast}
    table = pd.DataFrame([{"run": n, **{c: of[c] for c in columns if c in of}} for n, of in measured.items()])
    styles = _styles(named)
    traces = [_dots(name, [of["alignment"]], [of["uniformity"]], *styles[name][:2]) for name, of in measured.items()]
    shapes, notes = [], []
    for d, value in sorted(set(zip(table["dimensions"], table["uniformity_of_uniform"], strict=True))):
        line = {"color": GREY, "dash": "dash", "width": 2}
        shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line})
        place = {"xref": "paper", "x": 1, "y": value, "xanchor": "right", "yanchor": "bottom"}
        notes.append(place | {"text": f"uniform law on the sphere, d = {d}", "showarrow": False})
    low = min(table["uniformity"].min(), table["uniformity_of_uniform"].min())
    high = table["uniformity"].max()
    room = 0.12 * (high - low) + 0.02
    up = {"title": {"text": "uniformity (lower is more even)"}, "range": [low - room, high + room]}
    across = {"title": {"text": "alignment: mean |a − b|² (0 is perfect)"}, "rangemode": "tozero"}
    return charts.figure(traces, across, up, 400, 2, showlegend=True, shapes=shapes, annotations=notes), table


def _styles(named: Named, kind: Kind = "images") -> dict[str, tuple[str, str, str]]:
    """Colour, symbol and dash of each run and baseline, by title."""
    runs = {
        name: (shade, symbol, "solid") for name, shade, symbol in zip(named, SHADES, ("circle", "star"), strict=False)
    }
    return runs | {title: (GREYS[key], SYMBOLS[key], "dot") for key, title in titles(kind).items()}


def _logarithmic(title: str, values: Iterable[int]) -> dict[str, Any]:
    """An axis with a tick at each of these values."""
    ticks = sorted(set(values))
    return {"type": "log", "title": {"text": title}, "tickvals": ticks, "ticktext": [f"{tick:,}" for tick in ticks]}


def _line(name: str, x: Iterable, y: Iterable, shade: str, symbol: str, dash: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"type": "scatter", "mode": "lines+markers", "x": list(x), "y": list(y), "name": name}
    trace["line"] = {"color": shade, "dash": dash, "width": 2.5}
    return trace | {"marker": {"color": shade, "symbol": symbol, "size": 10}}


def _dots(name: str, x: Iterable, y: Iterable, shade: str, symbol: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return trace | {"marker": {"color": shade, "symbol": symbol, "size": 13}}


def _error(values: Iterable, shade: str) -> dict[str, Any]:
    return {"type": "data", "array": list(values), "color": shade, "thickness": 1.5, "width": 5}
