"""Training: start one and see it learn; go through what a run learned, epoch by epoch, from the snapshots it kept."""

import streamlit as st

from sslcore.run import Run
from sslcore.run.card import nats_of
from sslcore.view import cached, listing, widgets
from sslcore.view.components.scrubber import Training, scrubber, training
from sslcore.view.training import words
from sslcore.view.training.panel import panel, train

widgets.page("Training", words.LEAD, words.TOUR)
train()
finished = panel()
run = widgets.choose_run(default=finished or "vae-fashion-2d")


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=cached.until())
def learned(run: Run) -> Training:
    return training(run)


with cached.sentence():
    config, shown = run.facts["config"], learned(run)
settings, objective = config["settings"], listing.objective(config["objective"])
if "map" not in shown.facts:
    again = cached.read(run, "config").command(f"{run.name}-again")
    st.info(
        f"{run.name} kept no snapshots, so there is its loss alone. This trains it again, with snapshots: `{again}`"
    )
scrubber(shown, run.name, words.origin(run, objective.headline if objective else ()))
if objective is not None:
    st.latex(objective.formula)
if settings.get("warmup") and "beta" in settings:
    st.caption(words.warmup(settings["beta"], settings["warmup"]))
if "likelihood" in run.facts["abilities"]:
    st.caption(nats_of(settings))
code = ["sslcore.train.recorder.Recorder", "sslcore.project.align"]
widgets.code(*code, *([objective.forward] if objective else []))
