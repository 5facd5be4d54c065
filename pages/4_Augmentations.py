"""Augmentations: the views of an image, and how little an encoder minds them before and after training."""

import streamlit as st

from sslcore.view import cached, widgets
from sslcore.view.augmentations import measures, panels, words
from sslcore.view.augmentations.controls import as_in_training, controls
from sslcore.view.components import latent_map

widgets.page("Augmentations", words.LEAD, words.TOUR)
run = widgets.choose_run("pair", kind="images", what="contrastive run")
gallery, spaces = cached.read(run, "gallery"), list(run.facts["spaces"])
with st.sidebar:
    space = st.segmented_control(
        "Compare in space", spaces, default=spaces[-1], key="space", help=words.SPACE, **panels.KEPT
    )


@st.fragment
def one_image() -> None:
    own = measures.own_policy(run)
    left, right = st.columns([1, 3], gap="medium")
    with left:
        asked = controls(run, gallery, own)
    views = measures.views(run, space, *asked)
    policy = "as in training" if as_in_training(asked.policy, own, gallery) else "changed"
    facts = {"image": asked.image, "seed of the draws": asked.seed, "policy": policy, "space": space}
    with right:
        chosen = panels.pairs(run, views, asked, facts)
        panels.step_by_step(views, chosen)
    panels.together(run, space, views, chosen, asked, facts)
    panels.on_the_map(run, space, views, chosen, facts)


@st.fragment
def many_images() -> None:
    panels.profile(run, space)
    panels.two_together(run, space)


with cached.sentence():
    measures.encoders(run)
one_image()
latent_map.follow("way", gallery.first(widgets.COMPARED))
many_images()
