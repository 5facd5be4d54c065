"""Temperature: what tau makes of a run's similarities, and what training at another tau makes of a run."""

import pandas as pd
import streamlit as st

from sslcore.run import checkpoints, runs
from sslcore.view import cached, widgets
from sslcore.view.components import latent_map, temperature
from sslcore.view.faces import noun
from sslcore.view.temperature import pairs, trained, words

widgets.page("Temperature", words.LEAD, words.TOUR)
run = widgets.choose_run("pair", what="contrastive run", default="simclr-fashion-tau0.2")
if st.session_state.get("tau_is_of", run.name) != run.name:  # another run was chosen: begin at its own tau
    st.query_params.pop("tau", None)
st.session_state["tau_is_of"] = run.name
with cached.sentence():
    loaded = temperature.load(run)
gallery, maps = cached.read(run, "gallery"), cached.read(run, "maps")


@st.fragment
def what_tau_makes() -> None:
    anchor = temperature.lab(loaded)["anchor"]
    if maps:
        widgets.folded("The hardest negatives on the map", "negatives", lambda: on_the_map(anchor))


def on_the_map(anchor: int) -> None:
    """Lines from the anchor to the negatives that its gradient pushes most."""
    shown = maps[min(maps, key=lambda key: (".umap." not in key, key))]
    points, hardest = shown.points[:, :2], pairs.hardest(loaded.cosines, anchor)
    ways = [
        latent_map.Way(points[[anchor, j]], names=("" if i else f"anchor #{anchor}", "")) for i, j in enumerate(hardest)
    ]
    about = f"{shown.method.upper()} of {shown.space}, trustworthiness {shown.trustworthiness:.3f}"
    key = f"negatives-{run.name}"
    figure = latent_map.load(key, [latent_map.Drawn("", points, about=about)], gallery, height=460, prefix="map-")
    alt = f"Map of {len(gallery)} {noun(run)}, with lines from image {anchor} to its hardest negatives"
    origin = widgets.origin(run, n=len(gallery), anchor=anchor, hardest=len(hardest))
    latent_map.show(figure, alt, origin, ways=[ways])
    latent_map.follow(key, gallery)
    st.caption(words.ON_THE_MAP)


def comparison() -> None:
    rows, ridges, missing = [], [], []
    for tau, other in trained.comparable(run, runs(checkpoints())):
        try:
            ridges.append((tau, other.name + trained.state(other.facts), temperature.cosines(other)))
            rows.append(trained.row(other.name, other.facts, other.metrics))
        except (ValueError, OSError) as error:
            missing.append(str(error))
    names = ", ".join(name for _, name, _ in ridges)
    about = f"runs {names} · {run.facts['data']['name']}, held-out {noun(run)}"
    if missing:
        st.warning("  \n".join(missing))
    st.markdown(trained.compared(run.facts, [(tau, name) for tau, name, _ in ridges]))
    if len({tau for tau, _, _ in ridges}) < 2:
        st.info(f"There is no other temperature to compare with yet. Train one: `{trained.command(run)}`")
    elif len(rows) > 1:
        measured(pd.DataFrame(rows), about)
    if ridges:
        alt = "Cosines of positives and negatives, one row a run"
        widgets.figure(trained.ridges(ridges), "trained", alt, trained.ridges_table(ridges), about=about)
        st.caption(words.COSINES)


def measured(table: pd.DataFrame, about: str) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in trained.findings(table)))
    if table["knn_10"].notna().any():
        alt = "kNN and linear accuracy against the temperature of training, with baselines"
        widgets.figure(trained.against(table, ["knn_10", "linear"]), "accuracy", alt, table, about=about)
    columns = ["alignment", "excess", "tolerance"]
    alt = "Alignment, uniformity and tolerance against the temperature of training"
    widgets.figure(trained.against(table, columns), "geometry", alt, table, about=about)
    st.latex(words.MEASURES)


if "temperature" not in run.facts["abilities"]:
    st.info(words.YOURS)
what_tau_makes()
st.caption(words.note(len(gallery)))
widgets.code(
    "sslcore.temperature.weights",
    "sslcore.temperature.effective_negatives",
    "sslcore.temperature.perplexity",
    "sslcore.temperature.positive_probability",
    "sslcore.temperature.gradient",
    "sslcore.losses.nt_xent",
)

if "temperature" in run.facts["abilities"]:
    st.header("Runs trained at other temperatures", divider=True)
    comparison()
