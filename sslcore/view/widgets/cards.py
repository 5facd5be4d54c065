"""A run's card on the home page."""

from collections.abc import Mapping

import streamlit as st

from sslcore.run import Run
from sslcore.run.maps import Map
from sslcore.run.metrics import verdict
from sslcore.view import charts, listing
from sslcore.view.baselines import titles
from sslcore.view.cached import read
from sslcore.view.widgets.frame import PAGES


def card(run: Run) -> None:
    """A run on the home page: its map, what it is, what it scores beside its baselines, and where to look at it."""
    facts, shown = run.facts, _shown(read(run, "maps"))
    made, config = facts["made"], facts["config"]
    if shown is not None:
        picture = charts.splat(shown.points, read(run, "gallery").labels)
        st.image(picture, alt=f"Map of {run.name}, coloured by class", output_format="PNG", width="stretch")
    st.markdown(f"**{run.name}**")
    objective = listing.objective(config["objective"])
    headline = objective.headline if objective else ()
    settings = " · ".join(f"{name} {config['settings'][name]}" for name in headline if name in config["settings"])
    st.caption(f"{config['objective']} on {facts['data']['name']} · {settings}")
    _scores(run)
    day = (made["finished"] or "unfinished")[:10]
    st.caption(f"{config['epochs']} epochs · {day} · {made['device']}")
    st.page_link(PAGES[1][0], label="Look at it", icon=PAGES[1][2], query_params={"run": run.name})


def _shown(maps: Mapping[str, Map]) -> Map | None:
    """The map that a card shows: a UMAP or the code itself, or else the first there is."""
    best = next((maps[key] for key in maps if ".umap." in key or ".raw." in key), None)
    return best or next(iter(maps.values()), None)


def _scores(run: Run) -> None:
    """Accuracies beside their baselines, where they were measured."""
    metrics = run.metrics
    if not metrics.features or not metrics.items:
        return
    called = titles(run.form.kind)
    for key, what in (("knn_10", "kNN"), ("linear", "linear")):
        score, known = metrics.features["run"][key], {name: metrics.features[name][key] for name in called}
        beside = verdict(score, known, metrics.items["test"], run.form.kind)
        st.markdown(f"{what} **{100 * score:.1f} %**, {beside}")
        st.caption(" · ".join(f"{title} {100 * known[baseline]:.1f}" for baseline, title in called.items()))
