"""Temperature: what tau makes of a run's similarities, and what training at another tau makes of a run."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sslcore.run import Run, checkpoints, runs
from sslcore.view import cached, widgets
from sslcore.view import temperature as temperatures
from sslcore.view.components import latent_map, temperature

NOTE = (
    "b_j stands for the second view of image j, drawn when the run was saved; its pixels are not kept, so each image "
    "is shown as it is. The negatives here are the other {m:,} held-out images; in training a view meets 2 × batch − 2 "
    "views of others, so P_ii and the pull are those of a softmax over {n:,} candidates, not of a training batch."
)

widgets.page(
    "Temperature",
    "A contrastive loss divides every cosine by a temperature τ before its softmax: "
    "at a small τ only the hardest negatives count, at a large τ all count alike.",
    tour=(
        (".component, .st-key-tau", "Make τ smaller: the softmax sharpens until only the **hardest negatives** push the anchor away. "
         "Make it larger: all push alike, near or far."),
        (".st-key-figure-accuracy", "The same model, trained at each τ, beside its baselines. Where is it best, and is the difference "
         "larger than the noise?"),
        (".st-key-figure-geometry", "What τ trades: a small one spreads the images **evenly**, a large one tolerates neighbours of "
         "the same class."),
        (".st-key-figure-trained", "Positives against negatives, one row a run. What counts is how far the two lie **apart**, not "
         "where on the axis."),
    ),
)  # fmt: skip
run = widgets.choose_run(lambda facts: "pair" in facts["abilities"], "contrastive run", default="simclr-fashion-tau0.2")
trained = run.facts["config"]["settings"].get("temperature", 0.1)


@st.cache_resource(max_entries=8, show_spinner=False)
def cosines(path: str, stamp: int) -> temperatures.Cosines:
    return temperatures.cosines(Run(Path(path)))


@st.cache_resource(max_entries=8, show_spinner=False)
def packed(path: str, stamp: int) -> dict[str, bytes]:
    return temperature.packed(cosines(path, stamp), Run(Path(path)).gallery)


@st.cache_data(max_entries=16, show_spinner=False)
def facts(path: str, stamp: int, trained: float) -> dict[str, Any]:
    found = cosines(path, stamp)
    return temperature.facts(Run(Path(path)), found, temperatures.sweep(found), trained)


def files(of: Run) -> tuple[str, int]:
    path = of.path / "embeddings.npz"
    return str(of.path), path.stat().st_mtime_ns if path.exists() else 0


if st.session_state.get("tau_is_of", run.name) != run.name:  # another run was chosen: begin at its own tau
    st.query_params.pop("tau", None)
st.session_state["tau_is_of"] = run.name
with cached.sentence():
    found, gallery, maps = cosines(*files(run)), cached.read(run, "gallery"), cached.read(run, "maps")
    stores = temperature.mount(packed(*files(run)))


@st.fragment
def what_tau_makes() -> None:
    anchor = temperature.lab(run, found, gallery, facts(*files(run), trained), stores)["anchor"]
    if maps:
        widgets.folded("The hardest negatives on the map", "negatives", lambda: on_the_map(anchor))


def on_the_map(anchor: int) -> None:
    """Lines from the anchor to the negatives that its gradient pushes most."""
    drawn = maps[min(maps, key=lambda key: (".umap." not in key, key))]
    points, hardest = drawn.points[:, :2], temperatures.hardest(found, anchor)
    ways = [
        latent_map.Way(points[[anchor, j]], names=(f"anchor #{anchor}" if i == 0 else "", ""))
        for i, j in enumerate(hardest)
    ]
    kind = f"{drawn.method.upper()} of {drawn.space}, trustworthiness {drawn.trustworthiness:.3f}"
    key = f"negatives-{run.name}"
    figure = latent_map.load(key, [latent_map.Drawn("", points, about=kind)], gallery, height=460, prefix="map-")
    latent_map.show(figure, f"Map of {len(gallery)} images, with lines from image {anchor} to its hardest negatives",
                    widgets.origin(run, n=len(gallery), anchor=anchor, hardest=len(hardest)), ways=[ways])  # fmt: skip
    latent_map.follow(key, gallery)
    st.caption("Hard negatives in the head's output are near in the encoder's space too where a line is short. A long line: "
               "the head has folded away what tells the two apart, or the map has torn them.")  # fmt: skip


what_tau_makes()
st.caption(NOTE.format(n=len(gallery), m=len(gallery) - 1))
widgets.code(
    "sslcore.temperature.weights",
    "sslcore.temperature.effective_negatives",
    "sslcore.temperature.perplexity",
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
trained_by = f"runs {', '.join(name for _, name, _ in ridges)} · {run.facts['data']['name']}, held-out images"
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
                       "kNN and linear accuracy against the temperature of training, with baselines", table,
                       about=trained_by)  # fmt: skip
    widgets.figure(temperatures.against(table, ["alignment", "excess", "tolerance"]), "geometry",
                   "Alignment, uniformity and tolerance against the temperature of training", table,
                   about=trained_by)  # fmt: skip
    st.latex(temperatures.MEASURED)
if ridges:
    widgets.figure(temperatures.ridges(ridges), "trained", "Cosines of positives and negatives, one row a run",
                   temperatures.ridges_table(ridges), about=trained_by)  # fmt: skip
    st.caption("Cosines of the head's outputs for two views of each held-out image; accuracies are of the backbone, "
               "on the whole test set, by the protocol in each run's metrics.json.")  # fmt: skip
