"""Training: start one and see it learn; go through what a run learned, epoch by epoch, from the snapshots it kept."""

import streamlit as st

from sslcore.run import Run, card
from sslcore.view import cached, widgets
from sslcore.view.components.scrubber import Training, scrubber, training
from sslcore.view.training.panel import panel, train

LOSSES = {
    "autoencoder": r"\mathcal L = \underbrace{\tfrac{1}{chw}\lVert g(f(x)) - x\rVert^2}_{\text{squared error}}",
    "vae": r"\mathcal L = \underbrace{\mathbb E_{q(z|x)}[-\log p(x|z)]}_{\text{distortion}} + "
    r"\underbrace{\beta\,\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}",
    "iwae": r"\mathcal L = \underbrace{-\mathbb E_{z_1 \dots z_k \sim q(z|x)}\Big[\log\tfrac1k\sum_{j=1}^k"
    r"\tfrac{p(x|z_j)\,p(z_j)}{q(z_j|x)}\Big]}_{\text{negative bound}}",
    "simclr": r"\mathcal L = -\frac{1}{2n}\sum_{i=1}^{2n}\log\frac{e^{s_{i\,p(i)}/\tau}}{\sum_{k\ne i}e^{s_{ik}/\tau}}"
    r"\qquad s_{ik} = \cos(z_i, z_k),\ p(i)\text{ the other view}",
}
CODE = {
    "autoencoder": "autoencoder.Autoencoder.forward",
    "vae": "vae.VAE.forward",
    "iwae": "iwae.IWAE.forward",
    "simclr": "simclr.SimCLR.forward",
}

widgets.page(
    "Training",
    "Train a model and see it learn. Then, how a run learned: drag the slider, or press play, and the map of its code, what it makes of the same images and "
    "its loss go through the training together.",
    tour=(
        (".st-key-folded-train", "A model of your own, on data of your own: it trains while you look, and goes on when you close "
         "the page."),
        (".controls", "Press **play**, or drag. At epoch 0 nothing has been learned yet: whatever order you see there, the "
         "untrained network makes it."),
        (".map", "The map of the same images at each epoch, each begun at its neighbour: watch which classes **part**, and which "
         "never do."),
        (".loss", "Click into the loss to go to that epoch. The curve flattens early; does the map stand still then?"),
    ),
)  # fmt: skip

train()
finished = panel()
run = widgets.choose_run(default=finished or "vae-fashion-2d")


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=cached.until())
def learned(run: Run) -> Training:
    return training(run)


with cached.sentence():
    facts, found = run.facts, learned(run)
config, made = facts["config"], facts["made"]
settings = {**config, **config["settings"]}
named = [f"{name} {settings[name]:g}" for name in ("beta", "temperature") if name in settings]
state = made["device"] if made["finished"] else f"{made['device']}, unfinished"
if "map" not in found.facts:
    st.info(f"{run.name} kept no snapshots, so there is its loss alone. This trains it again, with snapshots: "
            f"`{cached.read(run, 'config').command(run.name + '-again')}`")  # fmt: skip
scrubber(
    found,
    run.name,
    " · ".join([f"run {run.name}", f"{facts['data']['name']}, held-out images", f"training seed {config['seed']}",
                f"batch {config['batch']}", f"learning rate {config['rate']:g}", *named, state]),
)  # fmt: skip
if config["objective"] in LOSSES:
    st.latex(LOSSES[config["objective"]])
if warmup := settings.get("warmup"):
    st.caption(
        f"β rises from 0 to {settings['beta']:g} over the first {warmup:,} steps, and the sum of the terms with it."
    )
if "likelihood" in config["settings"]:
    st.caption(card.nats_of(config["settings"]))
widgets.code(
    "sslcore.train.recorder.Recorder",
    "sslcore.project.align",
    *[f"sslcore.objectives.{CODE[name]}" for name in [config["objective"]] if name in CODE],
)
