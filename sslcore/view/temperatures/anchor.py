"""One anchor of a run: its similarities, what tau makes of them, and the figures that follow the slider."""

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jaxtyping import Bool, Float, Int

from sslcore import temperature as t
from sslcore.run import Gallery, Run
from sslcore.view import charts
from sslcore.view.temperatures.drawing import (
    ANCHORS,
    EDGES,
    FALSE,
    NEGATIVE,
    POSITIVE,
    PUSHED,
    SHOWN,
    TEMPERATURES,
    labels,
    line,
    mark,
    percent,
    short,
    steps,
    tex,
)
from sslcore.view.tiles import tiles

NOTE = (
    "b_j stands for the second view of image j, drawn when the run was saved; its pixels are not kept, so each image "
    "is shown as it is. The negatives here are the other {m:,} held-out images; in training a view meets 2 × batch − 2 "
    "views of others, so P_ii and the pull are those of a softmax over {n:,} candidates, not of a training batch."
)


@dataclass(frozen=True)
class Cosines:
    """A run's held-out pairs as cosines."""

    positives: Float[np.ndarray, " n"]
    negatives: Float[np.ndarray, "n m"]  # float32, m = n - 1, in order of j without i
    dimensions: int  # of the head's output
    densities: tuple[np.ndarray, np.ndarray]  # of positives and negatives, in the bins of EDGES


def cosines(run: Run) -> Cosines:
    """ValueError where the run holds no pairs, or none that fit its gallery."""
    pairs, n = run.pairs("test"), len(run.gallery)
    if pairs is None:
        raise ValueError(f"{run.path / 'embeddings.npz'} holds no pairs of views: choose another run")
    if len(pairs[0]) != n:
        raise ValueError(f"{run.path / 'embeddings.npz'} has {len(pairs[0])} pairs for the {n} images of its gallery")
    try:
        positives, negatives = t.split(t.similarities(*pairs))
    except ValueError as error:
        raise ValueError(f"{run.name}: {error}") from error
    densities = density(positives), density(negatives)
    return Cosines(positives, negatives.astype(np.float32), pairs[0].shape[1], densities)


def density(x: np.ndarray, shares: np.ndarray | None = None) -> Float[np.ndarray, " bins"]:
    """The density of cosines in the bins of EDGES, each weighted by its share."""
    bins = np.clip(((x.ravel() + 1) * (len(EDGES) - 1) / 2).astype(np.intp), 0, len(EDGES) - 2)
    counts = np.bincount(bins, None if shares is None else shares.ravel(), len(EDGES) - 1)
    return counts / counts.sum() / (EDGES[1] - EDGES[0])


def pushed(negatives: Float[np.ndarray, "n m"], tau: float) -> Float[np.ndarray, " bins"]:
    """The density of the negatives as tau weighs them, each of the first ANCHORS anchors counting alike."""
    return density(negatives[:ANCHORS], t.weights(negatives[:ANCHORS], tau))


def sweep(found: Cosines) -> pd.DataFrame:
    """Effective negatives at each of TEMPERATURES: over the first ANCHORS anchors, and for uniform negatives.

    Columns tau, low, middle, high (10, 50, 90 %), uniform (drawn), formula (nan where it does not hold).
    """
    d, m = found.dimensions, found.negatives.shape[1]
    uniform, start = t.uniform_cosines(64, m, max(d, 2)), 2 * t.uniform_from(d, m)
    rows = []
    for tau in TEMPERATURES:
        every = t.effective_negatives(t.weights(found.negatives[:ANCHORS], tau))
        null = t.effective_negatives(t.weights(uniform, tau)).mean()
        formula = m * t.uniform_effective(d, tau) if tau >= start else math.nan
        rows.append((tau, *np.quantile(every, (0.1, 0.5, 0.9)), null, formula))
    return pd.DataFrame(rows, columns=["tau", "low", "middle", "high", "uniform", "formula"])


@dataclass(frozen=True)
class Anchor:
    """One image's row of cosines, and what tau makes of it."""

    i: int
    tau: float
    trained: float
    positive: float  # s_ii
    s: Float[np.ndarray, " m"]  # s_ij, j != i
    r: Float[np.ndarray, " m"]
    r_trained: Float[np.ndarray, " m"]  # at the temperature of training
    p: float  # P_ii
    pull: float  # (1 - P_ii) / tau
    push: Float[np.ndarray, " m"]  # P_ij / tau
    others: Int[np.ndarray, " m"]  # j, rows of the gallery
    same: Bool[np.ndarray, " m"] | None  # of the anchor's class; none without labels
    order: Int[np.ndarray, " m"]  # hardest first

    @classmethod
    def of(cls, found: Cosines, gallery: Gallery, i: int, tau: float, trained: float) -> "Anchor":
        s, positive = found.negatives[[i]], found.positives[[i]]
        r, p = t.weights(s, tau)[0], t.positive_probability(positive, s, tau)[0]
        on_positive, on_negatives = t.gradient(positive, s, tau)
        others = np.delete(np.arange(len(gallery)), i)
        same = None if gallery.labels is None else gallery.labels[others] == gallery.labels[i]
        order = np.argsort(-s[0], kind="stable")
        return cls(i, tau, trained, float(positive[0]), s[0], r, t.weights(s, trained)[0], float(p),
                   -float(on_positive[0]), on_negatives[0], others, same, order)  # fmt: skip

    @property
    def effective(self) -> float:
        return float(t.effective_negatives(self.r[None])[0])

    def numbers(self) -> list[tuple[str, str, str]]:
        """Name, value and meaning of five figures."""
        m, k = len(self.r), min(SHOWN, len(self.r))
        false, base = "no labels", "This gallery has no labels, so false negatives cannot be told."
        if self.same is not None:
            false = f"{t.false_negatives(self.s[None], self.same[None], k)[0]:.0%}"
            base = f"Share of the {k} hardest negatives that are of the anchor's class; of all: {self.same.mean():.0%}."
        return [
            ("Effective negatives", f"{self.effective:,.1f}",
             f"1/Σr², of {m:,}. Perplexity e^H: {t.perplexity(self.r[None])[0]:,.1f}."),
            ("Hardest 1 % get", f"{t.top_share(self.r[None])[0]:.1%}",
             f"Share of the push on all negatives that the hardest {t.top(m)} of {m:,} get."),
            ("Positive's $P_{ii}$", f"{self.p:.3g}", "Softmax probability of the positive; the anchor's loss is −log P_ii."),
            (r"Pull $(1-P_{ii})/\tau$", f"{self.pull:.3g}",
             "Size of the loss's gradient at s_ii; the pushes on all negatives add up to the same."),
            ("False among hardest", false, base),
        ]  # fmt: skip

    def about(self, gallery: Gallery) -> str:
        text = "Below each: its class, cosine and weight r."
        if self.same is None:
            return text + " This gallery has no labels, so false negatives cannot be told."
        return text + f" A dotted frame marks a **false negative**: a {gallery.name(self.i)!r} too, pushed away."

    def table(self, gallery: Gallery) -> pd.DataFrame:
        j = self.others[self.order]
        columns = {"image": j, "class": [gallery.name(x) for x in j], "s_ij": self.s[self.order]}
        columns |= {"r_ij": self.r[self.order], "push P_ij/tau": self.push[self.order]}
        return pd.DataFrame(columns | ({} if self.same is None else {"false_negative": self.same[self.order]}))

    def formulas(self, d: int) -> list[str]:
        """The definitions in KaTeX, each with this anchor's numbers; h is the hardest negative."""
        h, m, tau = self.order[0], len(self.r), f"{self.tau:g}"
        null, valid = t.uniform_effective(d, self.tau), self.tau >= 2 * t.uniform_from(d, m)
        return [
            rf"r_{{ih}}=\frac{{e^{{s_{{ih}}/\tau}}}}{{\sum_{{k\ne i}}e^{{s_{{ik}}/\tau}}}}"
            rf"=\frac{{e^{{{self.s[h]:.3f}/{tau}}}}}{{\sum_{{k\ne {self.i}}}e^{{s_{{{self.i},k}}/{tau}}}}}={tex(self.r[h])}",
            rf"\text{{effective}}=\frac1{{\sum_{{j\ne i}}r_{{ij}}^2}}={self.effective:.1f}\;\text{{of}}\;{m}",
            rf"P_{{ii}}=\frac{{e^{{s_{{ii}}/\tau}}}}{{\sum_k e^{{s_{{ik}}/\tau}}}}"
            rf"=\frac{{e^{{{self.positive:.3f}/{tau}}}}}{{\sum_k e^{{s_{{{self.i},k}}/{tau}}}}}={tex(self.p)}",
            rf"\frac{{\partial(-\log P_{{ii}})}}{{\partial s_{{ii}}}}=-\frac{{1-P_{{ii}}}}\tau=-{tex(self.pull)}",
            rf"\frac{{\partial(-\log P_{{ii}})}}{{\partial s_{{ih}}}}=\frac{{P_{{ih}}}}\tau={tex(self.push[h])}",
            r"\begin{gathered}\text{were the negatives uniform (large } m\text{):}\\"
            rf"m\,e^{{-1/(d\tau^2)}}={m}\,e^{{-1/({d}\cdot{tau}^2)}}={m * null:.1f}"
            + (r"\end{gathered}" if valid else r"\\ \text{(not valid at so small a }\tau)\end{gathered}"),
        ]


def histogram(found: Cosines, weighed: Float[np.ndarray, " bins"], anchor: Anchor) -> go.Figure:
    """Densities of positives and negatives, and of the negatives as tau weighs them; a line at the anchor's s_ii."""
    positives, negatives = found.densities
    traces = [
        steps(positives, "positives", POSITIVE, fill=True),
        steps(negatives, "negatives", NEGATIVE, fill=True),
        steps(weighed, f"negatives, weighed at τ = {anchor.tau:g}", PUSHED, width=3),
    ]
    highest = 1.7 * max(float(positives.max()), float(negatives.max()))
    x = {"title": {"text": "cosine similarity s"}, "range": [left_edge(found), 1.02]}
    marked = mark(anchor.positive, anchor.positive, "anchor's s_ii", "right")
    return charts.figure(traces, x, {"title": {"text": "density"}, "range": [0, highest]}, 345, 3, **marked)


def histogram_table(found: Cosines, weighed: Float[np.ndarray, " bins"]) -> pd.DataFrame:
    positives, negatives = found.densities
    columns = {"from": EDGES[:-1], "to": EDGES[1:], "positives": positives, "negatives": negatives, "weighed": weighed}
    return pd.DataFrame(columns)


def weight_curve(anchor: Anchor) -> go.Figure:
    """The anchor's weights, hardest negative first, at the chosen tau and at training's; the hardest 1 % shaded."""
    m = len(anchor.r)
    ranks = np.unique(np.geomspace(1, m, 200).round().astype(int))
    lines = (
        (f"τ = {anchor.trained:g} (training)", anchor.r_trained, {"color": POSITIVE, "width": 2.5, "dash": "dot"}),
        (f"τ = {anchor.tau:g}", anchor.r, {"color": PUSHED, "width": 3}),
    )
    traces = [line(ranks, values[anchor.order][ranks - 1], name, style) for name, values, style in lines]
    traces.append(line([1, m], [1 / m] * 2, "all alike", {"color": charts.GREY, "dash": "dash"}))
    if anchor.same is not None:
        ranked = np.flatnonzero(anchor.same[anchor.order])[:100]
        marker = {"color": FALSE, "symbol": "diamond", "size": 9}
        points = line(ranked + 1, anchor.r[anchor.order][ranked], "false negatives", {})
        traces.append(points | {"mode": "markers", "marker": marker})
    band = {"type": "rect", "x0": 0.9, "x1": t.top(m) + 0.5, "y0": 0, "y1": 1, "yref": "paper"}
    band |= {"fillcolor": charts.GREY, "opacity": 0.18, "line": {"width": 0}}
    x: dict[str, Any] = {"title": {"text": "its negatives, hardest first (rank)"}}
    x["range"] = [math.log10(0.9), math.log10(m) + 0.03]
    y = {"title": {"text": "weight r_ij"}, "range": [-6, 0.15], "exponentformat": "power"}
    log = {"type": "log", "dtick": 1}
    return charts.figure(traces, x | log, y | log, 345, 3, shapes=[band])


def effective(table: pd.DataFrame, anchor: Anchor) -> go.Figure:
    """Effective negatives against tau: `sweep` and a column `anchor`."""
    x, m = table["tau"].to_numpy(), len(anchor.r)
    middle = line(x, table["middle"], "median of anchors (band 10–90 %)", {"color": POSITIVE, "width": 2.5})
    now = line([anchor.tau], [anchor.effective], f"τ = {anchor.tau:g}", {})
    traces = [
        charts.band(x, table["low"].to_numpy(), table["high"].to_numpy(), POSITIVE),
        middle,
        line(x, table["anchor"], f"anchor {anchor.i}", {"color": PUSHED, "width": 3}),
        line(x, table["uniform"], "uniform, drawn", {"color": charts.GREY, "dash": "dash", "width": 2.5}),
        line(x, table["formula"], "uniform, formula", {"color": charts.COLOURS[2], "dash": "dot", "width": 3}),
        now | {"mode": "markers", "marker": {"color": PUSHED, "size": 14}, "showlegend": False},
    ]
    ticks = [tau for tau in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2) if x.min() <= tau <= x.max()]
    across = {"title": {"text": "temperature τ"}, "tickvals": ticks, "ticktext": labels(ticks)}
    across |= {"type": "log", "range": [math.log10(x.min()), math.log10(x.max())]}
    up: dict[str, Any] = {"title": {"text": f"effective negatives (of {m:,})"}, "type": "log", "dtick": 1}
    up["range"] = [-0.05, math.log10(m) + 0.08]
    marked = mark(anchor.trained, math.log10(anchor.trained), "trained at", "left", top=False)
    return charts.figure(traces, across, up, 440, 4, **marked)


def strip(anchor: Anchor, gallery: Gallery) -> str:
    """The anchor and its SHOWN hardest negatives as HTML, each over its caption; false negatives are framed."""
    hardest = anchor.order[:SHOWN]
    images = hardest_images(anchor)
    names = [escape(short(gallery.name(j))) if gallery.labels is not None else f"#{j}" for j in images]
    captions = [f"<b>anchor</b> {names[0]}<br>s_ii = {anchor.positive:.2f}"]
    captions += [
        f"{name}<br>s {anchor.s[h]:.2f} · r {percent(anchor.r[h])}" for name, h in zip(names[1:], hardest, strict=True)
    ]
    frames = {0: f"4px solid {POSITIVE}"}
    if anchor.same is not None:
        frames |= {place: f"4px dotted {FALSE}" for place, h in enumerate(hardest, 1) if anchor.same[h]}
    return tiles(list(gallery.pixels[images]), captions, 9, frames=frames)


def hardest_images(anchor: Anchor) -> list[int]:
    """The anchor, then its SHOWN hardest negatives: rows of the gallery."""
    return [anchor.i, *anchor.others[anchor.order[:SHOWN]].tolist()]


def left_edge(found: Cosines) -> float:
    """Where a histogram's axis begins: at the smallest cosine, and no further right than zero."""
    return min(-0.03, float(EDGES[np.flatnonzero(found.densities[0] + found.densities[1])[0]]))
