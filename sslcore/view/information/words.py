"""Words and formulas of the mutual-information page, with the numbers of a run in them."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from sslcore.view.information.figures import LIE

LEAD = (
    "A contrastive loss proves that two views share information: at least **B** nats. It can never prove more than "
    "**log N**, whatever the encoder. How far does the proof reach, and what should be believed?"
)
TOUR = (
    (
        ".st-key-figure-bound",
        "The most that N candidates can prove about what two views share. Look where the curve **leaves the dashed "
        "line log N**: only from there on it speaks of the images, and no longer of N.",
    ),
    (
        ".st-key-mi_n",
        "Read the bound at another N. Close to its ceiling the number is the ceiling's own, and a ≥ says so.",
    ),
    (
        ".st-key-mi_tau",
        "An evaluation τ of your own. Every τ gives a bound; but the one that reads highest *because you looked* was "
        "fitted to these very pairs.",
    ),
    (
        "Where the answer is known: correlated Gaussians",
        "Here the truth is the grey line, so every estimator can be judged: which stay below it, which cross it, and "
        "which **swing**, as their bands show.",
    ),
    (
        "A critic that has to be learned",
        "Train three critics to tell a pair from strangers. What they stay below the best critic is what **learning** "
        "has not found yet; the bound alone would never tell.",
    ),
)
BOUND = (
    r"\begin{aligned} B_N &= \log N - \mathcal L_N \\"
    r"\mathcal L_N &= \tfrac1N \textstyle\sum_i \big[\log \sum_j e^{F_{ij}} - F_{ii}\big] \\"
    r"F_{ij} &= a_i \cdot b_j / \tau \end{aligned}"
)
CHAIN = r"B_N \le I(z_1; z_2) \le I(v_1; v_2) \le H(X)"
SYMBOLS = (
    "aᵢ, bᵢ: codes of two views of image i, at unit length. z₁, z₂: the codes of the two views v₁, v₂ of an image X. "
    "**An open marker and ≥**: so near its ceiling that it says more about N or τ than about I. The slope dB/dlogN "
    "is **1 where saturated, 0 where converged**."
)
BELIEVE = """
- **Never rank encoders by this bound.** A copy of every pixel has the most information, and teaches nothing.
- If both views are *identical* and continuous, I is infinite and every N saturates: that is the sampling, not the
  encoder.
- The grey curve bounds nothing: the encoder was fitted to those images.
- A τ that *you* pick because it reads highest was fitted to these pairs. The blue curve chose on one half, and scored
  the other.
"""
CRITIC = (
    r"\begin{aligned} f^*(x, c) &= \log \frac{p(x|c)}{p(x)} + \text{const}(c) \\"
    r"I &\ge \log N - \mathcal L_N \end{aligned}"
)
SYMBOLS_TABLE = (
    "F: the scores, F_ij = f(x_i, y_j). Overline: the mean over pairs. off: the mean over i ≠ j. r: the density ratio "
    "p(x, y) / p(x) p(y). m_i: the mean of e^F over candidates."
)
CRITICS = (
    "**Separable**: g(x) · h(y), as in contrastive learning. **Bilinear**: x W y, which lacks the |y|² of the true "
    "ratio, so even its best stays below. **Joint**: any function of both, for N² evaluations."
)
BIT = (
    "SimCLR picks among 2N − 1 candidates, so it is tempting to add log(2N − 1) to its loss. Take images that are one "
    "fair bit, and two views that are that bit: I = H(X) = log 2. The critic sees exact matches. Here are the exact "
    "expectations, over every outcome, of this package's own functions:"
)
BLOCK = (
    "The candidates are not independent: they come in pairs. The N × N block, one view against the other, keeps the "
    "guarantee, and is what this page scores."
)
TAU_CEILING = "**A ceiling of τ.** At the τ of training, even a perfect encoder reads no more than"
TRIED_CEILING = "**A ceiling of τ.** At the τ that you try, even a perfect encoder reads no more than"
NO_CEILING = "**A ceiling of τ.** This run was trained without a temperature: try an evaluation τ to see its ceiling."


def origin(gallery: int) -> dict[str, Any]:
    """What the line under the figure of a run says of its curves, where its gallery holds so many pairs."""
    return {
        "seed": 0,
        "band": "± 2 s.e. over disjoint batches",
        "gallery": f"{gallery:,} pairs for a τ you try and for retrieval",
        "best_τ": "chosen on one half of the pairs, scored on the other",
    }


def learned(nats: float, d: int, batch: int) -> str:
    """The line under the figure of critics that learn."""
    return (
        f"Gaussians, d = {d} · I = {nats:g} · n = {batch} pairs a step · Adam, rate 0.001 · seed 0 · means and ± 2 "
        f"s.e. "
        "of 20 steps; each step is scored on fresh pairs before it learns from them"
    )


def retrieval(row: "pd.Series[Any]") -> str:
    """How often the second view is found first."""
    return (
        f"**Without any τ.** Among {row['n']:,.0f} images the second view is found first {100 * row['accuracy']:.1f} % "
        "of the time. The error e alone proves (Fano)"
    )


def too_large(n: int, largest: int, images: int) -> str:
    """Why this run cannot be read at this N."""
    reason = "more than there are" if n > images else "too many for disjoint batches"
    return (
        f"N = {n:,} images a batch are {reason}: this run has {images:,} held-out images. Choose N up to {largest:,}, "
        "which is shown here."
    )


def reading(rows: dict[str, Sequence[dict[str, Any]]], n: int) -> pd.DataFrame:
    """Each curve at this N, in words that cannot be misread."""
    at_n = [(name, row) for name, each in rows.items() for row in each if row["n"] == n]
    return pd.DataFrame(
        {
            "curve": [name for name, _ in at_n],
            "τ": [f"{row['temperature']:.3g}" for _, row in at_n],
            "B_N, nats": [f"{'≥ ' if row['censored'] else ''}{row['bound']:.2f}" for _, row in at_n],
            "± 2 s.e. (batches)": [f"{2 * row['standard_error']:.2f} ({row['batches']})" for _, row in at_n],
            "log N": [f"{row['ceiling']:.2f}" for _, row in at_n],
            "most at this τ": [f"{row['temperature_ceiling']:.2f}" for _, row in at_n],
            "dB/dlogN": [f"{row['slope']:.2f}" for _, row in at_n],
            "which means": [meaning(row) for _, row in at_n],
        }
    )


def meaning(row: dict[str, Any]) -> str:
    if row["censored"]:
        return "censored: near its ceiling, so N or τ limits it"
    if abs(row["slope"]) < 0.1:
        return "converged: more candidates add little"
    return "still rising: a larger N would prove more"


def substituted(row: dict[str, Any]) -> str:
    """LaTeX: the bound with the numbers of one row in it."""
    n, loss, error = row["n"], row["ceiling"] - row["bound"], row["standard_error"]
    band = rf" \pm {2 * error:.2f}" if error == error else ""
    return rf"B_{{{n}}} = {row['ceiling']:.2f} - {loss:.2f} = {row['bound']:.2f}{band}"


def tau_ceiling(row: dict[str, Any]) -> str:
    """LaTeX: the most that unit vectors can read at the temperature of one row."""
    n, tau = row["n"], row["temperature"]
    return (
        r"\begin{aligned} B_N &\le \log N - \log\left(1 + (N{-}1)\, e^{-\frac{N}{N-1} / \tau}\right) \\"
        rf"&= {row['temperature_ceiling']:.2f}\quad (N = {n},\ \tau = {tau:.3g}) \end{{aligned}}"
    )


def provenance(task: Any, rows: pd.DataFrame, pairs: int) -> str:
    """The line under the figure of Gaussians."""
    k = rows["batches"]
    return (
        f"Gaussians, d = {task.dimensions} · I = {task.mutual_information:g} · ρ = {task.rho:.3f} · the best critic · "
        f"n = {k.max() * rows['n'].min():,} to {max(pairs, 2 * rows['n'].max()):,} pairs for each N, in {k.max()} to "
        f"{k.min()} batches · band ± 2 s.e. · seed 0"
    )


def fano(row: "pd.Series[Any]") -> str:
    """LaTeX: Fano's bound from the error of retrieval."""
    e = 1 - row["accuracy"]
    return (
        r"\begin{aligned} I(z_1; z_2) &\ge \log N - h(e) - e \log(N - 1) \\"
        rf"&= {row['bound']:.2f}\quad (N = {row['n']:.0f},\ e = {e:.3f}) \end{{aligned}}"
    )


def gaussian(nats: float, d: int, rho: float) -> str:
    """LaTeX: the mutual information of correlated Gaussians."""
    return (
        r"\begin{aligned} I &= -\tfrac d2 \log(1 - \rho^2) \\"
        rf"&= -\tfrac{{{d}}}2 \log(1 - {rho:.3f}^2) = {nats:.2f} \end{{aligned}}"
    )


def notes(nats: float, names: Sequence[str], off: Sequence[str], n: int, share: float) -> str:
    """What to see in the figure of Gaussians."""
    missing = f"Even so about one nat is missing at N ≈ eᴵ = {math.exp(nats):,.0f}."
    lines = [f"The best critic is that density ratio, known here. {missing}"]
    if "NWJ" in names:
        lines.append(f"NWJ at N = {n:,}: the largest of N(N − 1) weights e^F carries {100 * share:.0f} % of the sum.")
        if nats >= LIE:
            lines[-1] += f" **From I = {LIE:g} on its error bars lie**, so medians are drawn, without a band."
    if off:
        lines.append("Off the picture: " + "; ".join(off) + ".")
    return "\n\n".join(lines)


def bit(table: pd.DataFrame) -> str:
    """LaTeX: the worst case of the counter-example."""
    n, doubled, block, true = max(table.itertuples(index=False, name=None), key=lambda row: row[1])
    return rf"N = {n:.0f}:\quad \log(2N - 1) - \mathcal L = {doubled:.4f} > I = {true:.4f} \ge {block:.4f}"


def guarantees(estimators: Sequence[Any]) -> str:
    """A Markdown table: formula, best critic, what may be believed."""
    believe = {"none": "**nothing**, on finite samples"}

    def tex(formula: str) -> str:
        return f"${formula}$".replace("|", r"\mid ")  # a bar would end the cell

    rows = [(e.name, tex(e.formula), tex(e.optimum), believe.get(e.guarantee, e.guarantee)) for e in estimators]
    return "\n".join(
        [
            "| estimator | formula | best critic | guarantees |",
            "|---|---|---|---|",
            *("| " + " | ".join(row) + " |" for row in rows),
        ]
    )
