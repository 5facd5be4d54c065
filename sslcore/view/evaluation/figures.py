"""Figures of the evaluation page, most with their table: what `evaluate` wrote in, Plotly out."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sslcore.view import charts
from sslcore.view.evaluation.tables import BASELINES, Named

SHADES = (charts.COLOURS[0], charts.COLOURS[5])  # of the run and of the one beside it
GREYS = dict(zip(BASELINES, (charts.COLOURS[1], charts.COLOURS[2], charts.COLOURS[3]), strict=True))
SYMBOLS = dict(zip(BASELINES, ("square", "diamond", "triangle-up"), strict=True))
SCORES = {
    "elbo": "−ELBO",
    "bound": "−L₅₀",
    "distortion": "distortion",
    "rate": "rate",
    "squared_error": "squared error",
}


def few_labels(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """Accuracy against the number of labels, with the deviation over draws."""
    table = []
    for name, found in named.items():
        table += [{"features": name, **row} for row in found.get("few_labels", {}).get("run", [])]
    for key, title in BASELINES.items():
        table += [{"features": title, **row} for row in next(iter(named.values()))["few_labels"][key]]
    frame = pd.DataFrame(table)
    traces = []
    for name, (shade, symbol, dash) in _styles(named).items():
        rows = frame[frame["features"] == name]
        trace = _line(name, rows["labels"], 100 * rows["mean"], shade, symbol, dash)
        traces.append(trace | {"error_y": _error(100 * rows["std"], shade)})
    ticks = sorted(set(frame["labels"]))
    across: dict[str, Any] = {"type": "log", "title": {"text": "labels in all (log)"}, "tickvals": ticks}
    across["ticktext"] = [f"{tick:,}" for tick in ticks]
    return charts.figure(traces, across, {"title": {"text": "accuracy"}, "ticksuffix": " %"}, 400, 2), frame


def spectra(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """Eigenvalues of the covariance of each space, as a share of the largest, on a log scale."""
    traces, table = [], []
    for (name, found), shade in zip(named.items(), SHADES, strict=False):
        for (space, values), dash in zip(
            found.get("geometry", {}).get("spectrum", {}).items(), ("solid", "dash"), strict=False
        ):
            ranks = list(range(1, len(values) + 1))
            line = {"color": shade, "dash": dash, "width": 2.5}
            label = f"{name}, {space}"
            mode = "lines+markers" if len(values) < 40 else "lines"
            traces.append({"type": "scatter", "mode": mode, "x": ranks, "y": values, "line": line, "name": label})
            table += [{"space": label, "k": k, "log10_share": y} for k, y in zip(ranks, values, strict=True)]
    return charts.figure(
        traces, "k, eigenvalues from the largest", "log₁₀ λₖ / λ₁", 380, 2, showlegend=True
    ), pd.DataFrame(table)


def hubness(table: pd.DataFrame, named: Named) -> go.Figure:
    """Each skew beside that of as many uniform points; `table` is `tables.geometry`'s."""
    shades = [_styles(named)[of][0] for of in table["of"]]
    names, across = list(table["features"]), [f"{h:.2f}" for h in table["hubness"]]
    bars = {"type": "bar", "orientation": "h", "x": table["hubness"], "y": names, "text": across, "name": "features"}
    bars |= {"marker": {"color": shades}, "textposition": "outside", "cliponaxis": False, "showlegend": False}
    null = {"type": "scatter", "mode": "markers", "x": table["hubness_of_uniform"], "y": names}
    null |= {"marker": {"symbol": "line-ns-open", "size": 26, "line": {"width": 3}, "color": charts.GREY}}
    null["name"] = "as many uniform points on the sphere"
    most = max(1.0, float(table["hubness"].max()) * 1.15)
    axis = {
        "title": {"text": "skew of the 10-occurrence"},
        "range": [min(0.0, float(table["hubness"].min()) * 1.2), most],
    }
    return charts.figure([bars, null], axis, {"autorange": "reversed"}, 150 + 34 * len(names))


def kl(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """Mean KL of each dimension, largest first; those not in use are open."""
    traces, table = [], []
    for (name, found), shade in zip(named.items(), SHADES, strict=False):
        if "likelihood" not in found:
            continue
        units = found["likelihood"]["units"]
        order = sorted(range(len(units["kl"])), key=lambda k: -units["kl"][k])
        used = [units["variance"][k] > 0.01 for k in order]
        y = [units["kl"][k] for k in order]
        marker = {
            "color": [shade if use else "rgba(0,0,0,0)" for use in used],
            "size": 9,
            "line": {"width": 2, "color": shade},
        }
        label = f"{name}: {sum(used)} of {len(used)} in use"
        hover = [f"dimension {k}, variance of μ {units['variance'][k]:.3g}" for k in order]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": list(range(1, len(y) + 1)),
                "y": y,
                "marker": marker,
                "name": label,
            }
            | {
                "line": {"color": shade, "width": 1},
                "text": hover,
                "hovertemplate": "%{text}<br>%{y:.3g} nats<extra></extra>",
            }
        )
        table += [
            {"run": name, "dimension": k, "kl": units["kl"][k], "variance_of_mean": units["variance"][k]} for k in order
        ]
    return charts.figure(traces, "dimensions, by their KL", "mean KL, nats", 380, 2, showlegend=True), pd.DataFrame(
        table
    )


def bounds(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """What L_k gains on the ELBO, against k, each point with its effective sample size.

    The gains of two runs can stand on one axis, where nats of different kinds cannot.
    """
    traces, table = [], []
    known = {name: found["likelihood"] for name, found in named.items() if "likelihood" in found}
    highest = sorted(known, key=lambda name: known[name]["elbo"] - known[name]["bounds"][-1]["bound"])
    for name, place in zip(highest, ("top left", "bottom right"), strict=False):  # so that labels of curves do not meet
        shade, symbol, dash = _styles(named)[name]
        rows, elbo = known[name]["bounds"], known[name]["elbo"]
        table += [{"run": name, "elbo": elbo, "gain": row["bound"] - elbo, **row} for row in rows]
        gains = [row["bound"] - elbo for row in rows]
        trace = _line(f"{name}: ELBO {elbo:.2f}", [row["k"] for row in rows], gains, shade, symbol, dash)
        trace |= {"mode": "lines+markers+text", "textposition": place, "cliponaxis": False}
        trace["text"] = [f"ESS {row['effective']:.2g}" for row in rows]
        trace["hovertext"] = [f"L = {row['bound']:.2f}, ESS {row['effective']:.3g} of {row['k']:,}" for row in rows]
        traces.append(trace | {"hovertemplate": "%{hovertext}<extra></extra>"})
    ticks = sorted({row["k"] for row in table})
    across: dict[str, Any] = {"type": "log", "title": {"text": "k, draws of z (log)"}, "tickvals": ticks}
    across["ticktext"] = [f"{tick:,}" for tick in ticks]
    across["range"] = [math.log10(ticks[0]) - 0.5, math.log10(ticks[-1]) + 0.6]
    most = max(row["gain"] for row in table) + 0.01
    up = {"title": {"text": "Lₖ − ELBO, nats"}, "range": [-0.15 * most, 1.2 * most]}
    return charts.figure(traces, across, up, 380, 2, showlegend=True), pd.DataFrame(table)


def anomaly(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """AUROC of every score, beside chance; the distance also in the baselines' features, and brightness alone."""
    table, styles = [], _styles(named) | {"mean brightness alone": (charts.GREY, "x", "solid")}
    for name, found in named.items():
        if "scores" in (known := found.get("anomaly", {})):
            of = f"{name}, {found['likelihood']['likelihood']} decoder" if "likelihood" in found else name
            styles[of] = styles[name]
            table += [{"score": SCORES[key], "of": of, "auroc": v} for key, v in known["scores"].items()]
            table.append({"score": "distance", "of": of, "auroc": known["distance"]["run"]})
    known = next(found["anomaly"] for found in named.values() if "scores" in found.get("anomaly", {}))
    table += [{"score": "distance", "of": title, "auroc": known["distance"][key]} for key, title in BASELINES.items()]
    table.append({"score": "brightness", "of": "mean brightness alone", "auroc": known["brightness"]})
    frame, traces = pd.DataFrame(table), []
    for of, rows in frame.groupby("of", sort=False):
        traces.append(_dots(str(of), rows["auroc"], rows["score"], *styles[str(of)][:2]))
    chance = {"type": "line", "x0": 0.5, "x1": 0.5, "yref": "paper", "y0": 0, "y1": 1}
    chance["line"] = {"color": charts.GREY, "dash": "dash", "width": 2}
    across = {"title": {"text": "AUROC; 0.5 is chance"}, "range": [-0.02, 1.02]}
    there = [score for score in (*SCORES.values(), "distance", "brightness") if (frame["score"] == score).any()]
    order = {"autorange": "reversed", "categoryorder": "array", "categoryarray": there}
    height = 170 + 36 * frame["score"].nunique()
    return charts.figure(traces, across, order, height, 3, shapes=[chance]), frame


def fine_tuning(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """Accuracy of the encoder trained on, beside the same from scratch and the frozen features on as many labels."""
    table = []
    for name, found in named.items():
        if known := found.get("finetune"):
            table += [
                {"run": name, "start": title, **known[key]}
                for key, title in (("scratch", "from scratch"), ("trained", "fine-tuned"))
            ]
            frozen = [row for row in found.get("few_labels", {}).get("run", []) if row["labels"] == known["labels"]]
            table += [
                {"run": name, "start": "frozen, linear", "mean": row["mean"], "std": row["std"]} for row in frozen
            ]
    frame, traces = pd.DataFrame(table), []
    for name, rows in frame.groupby("run", sort=False):
        shade, symbol, _ = _styles(named)[str(name)]
        dots = _dots(str(name), 100 * rows["mean"], rows["start"], shade, symbol)
        traces.append(dots | {"error_x": _error(100 * rows["std"], shade)})
    across = {"title": {"text": "accuracy"}, "ticksuffix": " %"}
    return charts.figure(traces, across, {"autorange": "reversed", "type": "category"}, 250, 1, showlegend=True), frame


def views(named: Named) -> tuple[go.Figure, pd.DataFrame]:
    """Alignment against uniformity of contrastive runs, and the uniformity of the uniform law."""
    table = pd.DataFrame([{"run": name, **found["contrast"]} for name, found in named.items() if "contrast" in found])
    traces = [
        _dots(row["run"], [row["alignment"]], [row["uniformity"]], *_styles(named)[row["run"]][:2])
        for row in table.to_dict("records")
    ]
    shapes, notes = [], []
    for d, value in sorted(set(zip(table["dimensions"], table["uniformity_of_uniform"], strict=True))):
        shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value,
                       "line": {"color": charts.GREY, "dash": "dash", "width": 2}})  # fmt: skip
        notes.append({"xref": "paper", "x": 1, "y": value, "text": f"uniform law on the sphere, d = {d}", "showarrow": False,
                      "xanchor": "right", "yanchor": "bottom"})  # fmt: skip
    low = min(table["uniformity"].min(), table["uniformity_of_uniform"].min())
    high = table["uniformity"].max()
    room = 0.12 * (high - low) + 0.02
    up = {"title": {"text": "uniformity (lower is more even)"}, "range": [low - room, high + room]}
    across = {"title": {"text": "alignment: mean |a − b|² (0 is perfect)"}, "rangemode": "tozero"}
    return charts.figure(traces, across, up, 400, 2, showlegend=True, shapes=shapes, annotations=notes), table


def _styles(named: Named) -> dict[str, tuple[str, str, str]]:
    """Colour, symbol and dash of each run and baseline, by title."""
    styles = {
        name: (shade, symbol, "solid") for name, shade, symbol in zip(named, SHADES, ("circle", "star"), strict=False)
    }
    return styles | {title: (GREYS[key], SYMBOLS[key], "dot") for key, title in BASELINES.items()}


def _line(name: str, x: Iterable, y: Iterable, shade: str, symbol: str, dash: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"type": "scatter", "mode": "lines+markers", "x": list(x), "y": list(y), "name": name}
    return trace | {
        "line": {"color": shade, "dash": dash, "width": 2.5},
        "marker": {"color": shade, "symbol": symbol, "size": 10},
    }


def _dots(name: str, x: Iterable, y: Iterable, shade: str, symbol: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "name": name}
    return trace | {"marker": {"color": shade, "symbol": symbol, "size": 13}}


def _error(values: Iterable, shade: str) -> dict[str, Any]:
    return {"type": "data", "array": list(values), "color": shade, "thickness": 1.5, "width": 5}
