"""Temperature: what tau makes of a run's similarities, and what training at another tau makes of a run."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from sslcore import temperature as t
from sslcore.run import Run, checkpoints, runs
from sslcore.view import charts, temperatures, widgets

widgets.page(
    "Temperature",
    "A contrastive loss divides every cosine by a temperature τ before its softmax: "
    "at a small τ only the hardest negatives count, at a large τ all count alike.",
)
run = widgets.choose_run(lambda facts: "pair" in facts["abilities"], "contrastive run")
trained = run.facts["config"]["settings"].get("temperature", 0.1)


@st.cache_resource(max_entries=8, show_spinner=False)
def cosines(path: str, stamp: int) -> temperatures.Cosines:
    return temperatures.cosines(Run(Path(path)))


@st.cache_data(max_entries=512, show_spinner=False)
def pushed(path: str, stamp: int, tau: float) -> np.ndarray:
    return temperatures.pushed(cosines(path, stamp).negatives, tau)


@st.cache_data(max_entries=16, show_spinner=False)
def sweep(path: str, stamp: int) -> pd.DataFrame:
    return temperatures.sweep(cosines(path, stamp))


def files(of: Run) -> tuple[str, int]:
    path = of.path / "embeddings.npz"
    return str(of.path), path.stat().st_mtime_ns if path.exists() else 0


def random_anchor() -> None:
    st.session_state["anchor"] = int(np.random.default_rng().integers(n))


with widgets.sentence():
    found, gallery = cosines(*files(run)), widgets.read(run, "gallery")
n, m = len(gallery), len(gallery) - 1
if st.session_state.get("tau_is_of", run.name) != run.name:  # another run was chosen: begin at its own tau
    st.session_state["tau"] = trained
st.session_state["tau_is_of"] = run.name
options = sorted({*temperatures.TEMPERATURES, trained})


@st.fragment
def what_tau_makes() -> None:
    left, middle, right = st.columns([6, 2, 2], vertical_alignment="bottom")
    tau = left.select_slider(f"Temperature τ (this run was trained at {trained:g})", options, trained,
                             format_func="{:g}".format, key="tau", bind="query-params")  # fmt: skip
    i = middle.number_input(f"Anchor i (0 to {m})", 0, m, 0, key="anchor", bind="query-params")
    right.button("Random anchor", on_click=random_anchor, width="stretch")
    anchor = temperatures.Anchor.of(found, gallery, int(np.clip(i, 0, m)), tau, trained)
    for box, (name, value, meaning) in zip(st.columns(5), anchor.numbers(), strict=True):
        box.metric(name, value, help=meaning)
    left, right = st.columns(2)
    with left:
        weighed = pushed(*files(run), tau)
        widgets.figure(temperatures.histogram(found, weighed, anchor), "similarities",
                       "Densities of the cosines of positives and negatives",
                       temperatures.histogram_table(found, weighed))  # fmt: skip
    with right:
        widgets.figure(temperatures.weight_curve(anchor), "weights", "The anchor's weights on its negatives, sorted",
                       anchor.table(gallery))  # fmt: skip
    st.markdown(f"**The anchor and its {min(temperatures.SHOWN, m)} hardest negatives.** {anchor.about(gallery)}")
    st.html(temperatures.strip(anchor, gallery))
    hardest = gallery.pixels[temperatures.hardest_images(anchor)]
    widgets.save_picture(lambda: charts.sheet(hardest, 9, 4), "hardest")
    left, right = st.columns([6, 5])
    with left:
        curves = sweep(*files(run)).assign(anchor=[t.effective_negatives(t.weights(anchor.s[None], x))[0]
                                                   for x in temperatures.TEMPERATURES])  # fmt: skip
        widgets.figure(temperatures.effective(curves, anchor), "effective", "Effective negatives against tau", curves)
    with right:
        for formula in anchor.formulas(found.dimensions):
            st.latex(formula)
    widgets.provenance(run, n=n, anchor=anchor.i, tau=f"{tau:g}", dimensions=found.dimensions,
                       curves_over=f"{min(n, temperatures.ANCHORS)} anchors", null="64 draws, seed 0")  # fmt: skip
    st.caption(temperatures.NOTE.format(n=n, m=m))


what_tau_makes()
widgets.code(
    "sslcore.temperature.weights",
    "sslcore.temperature.effective_negatives",
    "sslcore.temperature.positive_probability",
    "sslcore.temperature.gradient",
    "sslcore.losses.nt_xent",
)

st.header("Runs trained at other temperatures", divider=True)
rows, ridges, missing = [], [], []
for tau, other in temperatures.comparable(run, runs(checkpoints())):
    try:
        ridges.append((tau, other.name + temperatures.state(other.facts), cosines(*files(other))))
        rows.append(temperatures.row(other.name, other.facts, other.metrics))
    except (ValueError, OSError) as error:
        missing.append(str(error))
if missing:
    st.warning("  \n".join(missing))
st.markdown(temperatures.compared(run.facts, [(tau, name) for tau, name, _ in ridges]))
if len({tau for tau, _, _ in ridges}) < 2:
    st.info(f"There is no other temperature to compare with yet. Train one: `{temperatures.command(run)}`")
elif len(rows) > 1:
    table = pd.DataFrame(rows)
    st.markdown("\n".join(f"- {sentence}" for sentence in temperatures.findings(table)))
    if table["knn_10"].notna().any():
        widgets.figure(temperatures.against(table, ["knn_10", "linear"]), "accuracy",
                       "kNN and linear accuracy against the temperature of training, with baselines", table)  # fmt: skip
    widgets.figure(temperatures.against(table, ["alignment", "excess", "tolerance"]), "geometry",
                   "Alignment, uniformity and tolerance against the temperature of training", table)  # fmt: skip
    st.latex(temperatures.MEASURED)
if ridges:
    widgets.figure(temperatures.ridges(ridges), "trained", "Cosines of positives and negatives, one row a run",
                   temperatures.ridges_table(ridges))  # fmt: skip
    st.caption("Cosines of the head's outputs for two views of each held-out image; accuracies are of the backbone, "
               "on the whole test set, by the protocol in each run's metrics.json.")  # fmt: skip
