"""A run's card on the home page."""

import math

import streamlit as st

from sslcore.run import Run
from sslcore.view import charts
from sslcore.view.cached import read
from sslcore.view.widgets.frame import PAGES

HEADLINES = ("latent", "beta", "k", "temperature")  # settings that a card shows


def card(run: Run) -> None:
    """A run on the home page: its map, what it is, what it scores beside its baselines, and where to look at it."""
    facts, metrics, maps = run.facts, run.metrics, read(run, "maps")
    made, config = facts["made"], facts["config"]
    drawn = next((maps[key] for key in maps if ".umap." in key or ".raw." in key), None) or next(
        iter(maps.values()), None
    )
    if drawn is not None:
        picture = charts.splat(drawn.points, read(run, "gallery").labels)
        st.image(picture, alt=f"Map of {run.name}, coloured by class", output_format="PNG", width="stretch")
    st.markdown(f"**{run.name}**")
    settings = " · ".join(f"{name} {config['settings'][name]}" for name in HEADLINES if name in config["settings"])
    st.caption(f"{config['objective']} on {facts['data']['name']} · {settings}")
    if "knn_10" in metrics:
        for key, name in (("knn_10", "kNN"), ("linear", "linear")):
            known = {baseline: row[key] for baseline, row in metrics["baselines"].items()}
            st.markdown(
                f"{name} **{100 * metrics[key]:.1f} %**, {verdict(metrics[key], known, metrics['test_images'])}"
            )
            st.caption(" · ".join(f"{baseline} {100 * score:.1f}" for baseline, score in known.items()))
    day = (made["finished"] or "unfinished")[:10]
    st.caption(f"{config['epochs']} epochs · {day} · {made['device']}")
    st.page_link(PAGES[1][0], label="Look at it", icon=PAGES[1][2], query_params={"run": run.name})


def verdict(score: float, baselines: dict[str, float], n: int) -> str:
    """Words for an accuracy on n images beside its best baseline; less than two standard errors apart is no more."""
    name, best = max(baselines.items(), key=lambda item: item[1])
    name = {"pixels": "raw pixels", "pca": "a PCA", "random": "a random encoder"}.get(name, name)
    noise = 2 * math.sqrt((score * (1 - score) + best * (1 - best)) / n)
    if abs(score - best) < noise:
        return f"no more than {name}"
    return f"above {name}" if score > best else f"**below** {name}"
