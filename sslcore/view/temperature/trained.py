"""Runs trained at other temperatures: which can be compared, what they score, and what can be said of it."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sslcore.run import Run
from sslcore.run.facts import Facts
from sslcore.run.metrics import Metrics, noise
from sslcore.view import charts
from sslcore.view.baselines import titles
from sslcore.view.colours import COLOURS
from sslcore.view.temperature.drawing import BASELINES, EDGES, MEASURES, NEGATIVE, POSITIVE, labels, steps
from sslcore.view.temperature.pairs import Cosines, left_edge

BESIDE = ("seed", "note", "precision", "graphs", "compile")  # of a config: they do not say what is learned


def ridges(compared: Sequence[tuple[float, str, Cosines]]) -> go.Figure:
    """One row a run, of its tau, name and cosines: the densities of its positives and negatives."""
    n, shades = len(compared), {"positives": POSITIVE, "negatives": NEGATIVE}
    titles = [f"trained at τ = {tau:g} ({name})" for tau, name, _ in compared]
    height = 110 + 124 * n
    figure = make_subplots(n, 1, shared_xaxes=True, vertical_spacing=44 / height, subplot_titles=titles)
    for row, (_, _, cosines) in enumerate(compared, 1):
        for (name, shade), heights in zip(shades.items(), cosines.densities, strict=True):
            figure.add_trace(steps(heights, name, shade) | {"showlegend": row == 1}, row, 1)
    figure.update_layout(charts.frame(height, "s") | {"margin": {"l": 10, "r": 10, "t": 30, "b": 80}})
    figure.update_annotations(font_size=14, x=0, xanchor="left")
    figure.update_yaxes(showticklabels=False, rangemode="tozero", automargin=True)
    figure.update_xaxes(range=[min(left_edge(cosines) for _, _, cosines in compared), 1.02])
    return figure.update_xaxes(title_text="cosine similarity s", row=n, col=1)


def ridges_table(compared: Sequence[tuple[float, str, Cosines]]) -> pd.DataFrame:
    columns = {"from": EDGES[:-1], "to": EDGES[1:]}
    for _, name, cosines in compared:
        columns |= {f"{name} {what}": y for what, y in zip(("positives", "negatives"), cosines.densities, strict=True)}
    return pd.DataFrame(columns)


def against(table: pd.DataFrame, columns: Sequence[str]) -> go.Figure:
    """Measures of runs against the tau they were trained at: a mark a run, a line through the mean at each tau.

    Accuracies get their baselines as dashed lines, from the columns "raw.knn_10" and so on.
    """
    figure = make_subplots(1, len(columns), subplot_titles=[MEASURES[c][0] for c in columns], horizontal_spacing=0.09)
    for i, column in enumerate(columns):
        for trace in _measure(table, column):
            figure.add_trace(trace | {"showlegend": i == 0 and "name" in trace}, 1, i + 1)
    low, high = _reach(table)
    figure.update_layout(charts.frame(350) | {"margin": {"l": 10, "r": 10, "t": 36, "b": 80}})
    figure.update_annotations(font_size=14)
    figure.update_xaxes(title_text="trained at τ (log)", automargin=True)
    figure.update_yaxes(ticksuffix=" %" if MEASURES[columns[0]][1] else "", automargin=True)
    ticks = sorted(set(table["tau"]))
    figure.update_xaxes(type="log", range=[math.log10(low), math.log10(high)], tickvals=ticks, ticktext=labels(ticks))
    return figure


def _measure(table: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    """The traces of one measure: its baselines, where it is an accuracy, the line and the marks."""
    accuracy = MEASURES[column][1]
    scale = 100 if accuracy else 1
    traces: list[dict[str, Any]] = []
    for (name, title), (shade, dash) in zip(titles().items(), BASELINES, strict=True):
        if accuracy and f"{name}.{column}" in table:
            level = [100 * table[f"{name}.{column}"].mean()] * 2
            line = {"color": shade, "dash": dash, "width": 2.5}
            traces.append({"x": list(_reach(table)), "y": level, "mode": "lines", "line": line, "name": title})
    means = table.groupby("tau", as_index=False).mean(numeric_only=True)
    through = {"mode": "lines", "line": {"color": COLOURS[0], "width": 2.5}, "hoverinfo": "skip"}
    traces.append(through | {"x": means["tau"], "y": means[column] * scale})
    marks = {"mode": "markers", "marker": {"color": COLOURS[0], "symbol": charts.SYMBOLS[0], "size": 11}}
    marks |= {"name": "trained runs", "hovertemplate": "%{text}<br>τ = %{x:g}: %{y:.4g}<extra></extra>"}
    traces.append(marks | {"x": table["tau"], "y": table[column] * scale, "text": table["run"]})
    return [{"type": "scatter"} | trace for trace in traces]


def _reach(table: pd.DataFrame) -> tuple[float, float]:
    """The ends of the axis of temperatures."""
    return table["tau"].min() / 1.25, table["tau"].max() * 1.25


def group(facts: Facts) -> str:
    """What runs must share to be compared: data, size and every setting that shapes what is learned but temperature."""
    config = {name: value for name, value in facts["config"].items() if name not in BESIDE}
    config["settings"] = {name: value for name, value in config["settings"].items() if name != "temperature"}
    return json.dumps([config, facts["form"], facts["data"]["digests"]], sort_keys=True)


def comparable(run: Run, others: Sequence[Run]) -> list[tuple[float, Run]]:
    """The runs of `run`'s group with their temperatures, coldest first; what cannot be read is not one."""
    with_temperatures = []
    for other in others:
        try:
            facts = other.facts
        except ValueError:
            continue
        if {"pair", "temperature"} <= {*facts["abilities"]} and group(facts) == group(run.facts):
            with_temperatures.append((float(facts["temperature"]), other))
    return sorted(with_temperatures, key=lambda each: (each[0], each[1].name))


def compared(facts: Facts, names: Sequence[tuple[float, str]]) -> str:
    """Which runs are compared, of (tau, name), and what they share."""
    listed = ", ".join(f"{name} (τ = {tau:g})" for tau, name in names)
    config = facts["config"]
    shared = f"{config['epochs']} epochs, batch {config['batch']}, {config['network']['encoder']} encoder"
    return (
        f"Compared: **{listed}**. They share the data ({facts['data']['name']}), its size and every setting "
        f"({shared}, ...) but temperature and seed."
    )


def command(run: Run) -> str:
    """How to train this run again at another temperature: its card's command, changed."""
    config, card = run.facts["config"], run.path / "README.md"
    other = 0.5 if run.facts["temperature"] < 0.3 else 0.1
    words = f"python -m sslcore train {config['objective']} --data {config['data']}"
    trained = re.search(r"^ {4}(python -m sslcore train .+)$", card.read_text() if card.exists() else "", re.MULTILINE)
    if trained:
        words = re.sub(r" --(temperature|name) \S+", "", trained[1])
    return f"{words} --temperature {other} --name {run.name}-tau{other}"


def state(facts: Facts) -> str:
    """Words for a run that is not finished, or ""."""
    made = facts["made"]
    return "" if made.get("finished") else f" at epoch {made.get('epochs', 0):g} of {facts['config']['epochs']}"


def row(name: str, facts: Facts, metrics: Metrics) -> dict[str, Any]:
    """A run's line of the table that `against` draws; ValueError where its views have not been measured."""
    if not metrics.contrast or not metrics.items:
        raise ValueError(f"**{name}** has no metrics yet: `python -m sslcore evaluate {name}` makes them")
    contrast, features = metrics.contrast, metrics.features or {}
    line = {"run": name, "tau": facts["temperature"], "seed": facts["config"]["seed"]}
    line |= {key: features.get("run", {}).get(key, math.nan) for key in ("knn_10", "linear")}
    line["test_items"] = metrics.items["test"]
    line |= {key: contrast.get(key, math.nan) for key in ("alignment", "uniformity", "tolerance")}
    line["excess"] = contrast["uniformity"] - contrast["uniformity_of_uniform"]
    of_baselines = {name: accuracies for name, accuracies in features.items() if name != "run"}
    return line | {f"{name}.{key}": of[key] for name, of in of_baselines.items() for key in ("knn_10", "linear")}


def findings(table: pd.DataFrame) -> list[str]:
    """What these runs show, in words: nothing that the numbers do not."""
    mean, n = table.groupby("tau").mean(numeric_only=True).sort_index(), float(table["test_items"].mean())
    said = [
        _best(table, mean[column].dropna(), column, what, n)
        for column, what in (("knn_10", "kNN accuracy (k = 10)"), ("linear", "linear accuracy"))
        if mean[column].notna().sum() > 1
    ]
    for column, what in (
        ("excess", "distance from the uniform law"),
        ("tolerance", "tolerance (classes kept together)"),
    ):
        y = mean[column].dropna()
        if len(y) > 1:
            steps = np.diff(y)
            way = "rises" if (steps > 0).all() else "falls" if (steps < 0).all() else "does not move one way"
            ends = f"{y.iloc[0]:.3g} at τ = {y.index[0]:g}, {y.iloc[-1]:.3g} at τ = {y.index[-1]:g}"
            said.append(f"As τ grows, the {what} {way}: {ends}.")
    both = mean[["knn_10", "excess", "tolerance"]].dropna()
    return [*said, _trade_off(both, n)] if len(both) > 2 else said


def _best(table: pd.DataFrame, y: "pd.Series[float]", column: str, what: str, n: float) -> str:
    """At which tau an accuracy is highest, how surely, and where a baseline does better."""
    best, second = y.sort_values(ascending=False, kind="stable").iloc[:2]
    within = noise(best, second, n)
    text = f"Highest {what} at **τ = {y.idxmax():g}** ({best:.1%}); lowest at τ = {y.idxmin():g} ({y.min():.1%})."
    if best - second < within:
        close = [f"{tau:g}" for tau in y.index if tau != y.idxmax() and best - y[tau] < within]
        text += (
            f" {n:,.0f} test images cannot tell it from τ = {', '.join(close)} "
            f"(differences below two standard errors, {100 * within:.1f} points)."
        )
    base = [table[f"{name}.{column}"].mean() for name in titles() if f"{name}.{column}" in table]
    losing = [f"{tau:g}" for tau in y.index if base and y[tau] < max(base)]
    if losing:
        text += f" At τ = {', '.join(losing)} a baseline does better ({max(base):.1%})."
    return text


def _trade_off(both: pd.DataFrame, n: float) -> str:
    """Whether a run between the most uniform and the most tolerant one beats both."""
    at = both["excess"].idxmin(), both["tolerance"].idxmax(), both["knn_10"].idxmax()
    uniform, tolerant, best = (float(str(tau)) for tau in at)
    ends = both["knn_10"].loc[[uniform, tolerant]].max()
    beaten = both["knn_10"].max() - ends >= noise(both["knn_10"].max(), ends, n)
    if min(uniform, tolerant) < best < max(uniform, tolerant) and beaten:
        return (
            f"A trade-off: the most uniform run (τ = {uniform:g}) and the most tolerant one (τ = {tolerant:g}) "
            f"are both beaten by one between them in kNN accuracy (τ = {best:g})."
        )
    between = "no run between the most uniform and the most tolerant one"
    return f"No trade-off shows: {between} clearly beats both in kNN accuracy."
