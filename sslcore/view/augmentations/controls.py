"""What the augmentations page is asked: the image, the draws, and the policy, knob by knob."""

import random

import streamlit as st
from pydantic import ValidationError

from sslcore.augment import NEED_RGB, Policy
from sslcore.run.config import complaint
from sslcore.run.gallery import Gallery
from sslcore.view import charts
from sslcore.view.augmentations import figures as views

SHEET = 24  # images to choose from at once


def controls(run: str, gallery: Gallery, own: Policy) -> tuple[int, int, bool, Policy]:
    """The image, the seed, whether the second view is a copy of the first, and the policy, `own` being the run's."""
    rgb, state = gallery.pixels.shape[1] == 3, st.session_state
    knobs = {name: field for name, field in Policy.model_fields.items() if rgb or name not in NEED_RGB}
    starts = {name: getattr(own, name) if name != "crop" else own.crop or (1.0, 1.0) for name in knobs}
    if state.setdefault("policy_of", run) != run:  # another run was chosen: its own policy
        state.update(policy_of=run, **starts)
    last = len(gallery) - 1
    image = st.number_input(f"Image, 0 to {last}", 0, last, key="image", bind="query-params")
    with st.container(horizontal=True):
        st.button("Random", on_click=lambda: state.update(image=random.randint(0, last)))
        popover = st.popover("Choose", on_change="rerun")
    if popover.open:
        with popover:
            _choose(gallery, image)
    seed = st.number_input("Seed of the draws", 0, 2**31 - 2, key="seed", bind="query-params")
    st.button("Draw again", on_click=lambda: state.update(seed=seed + 1), width="stretch", type="primary")
    identical = st.toggle("Identical views", key="identical", bind="query-params", help="b is a copy of a")
    st.markdown(r"**The policy $\mathcal T$**")
    values = {}
    for name, field in knobs.items():
        limits, about = views.bounds(field), field.description
        values[name] = st.slider(name, *limits, starts[name], key=name, bind="query-params", help=about)
    st.button("As in training", on_click=lambda: state.update(**starts), width="stretch")
    if values["crop"] == (1, 1):
        values["crop"] = None
    try:
        return image, seed, identical, Policy(**dict.fromkeys(NEED_RGB, 0) | values)
    except ValidationError as error:
        st.error(complaint(error))
        st.stop()


def _choose(gallery: Gallery, image: int) -> None:
    """A sheet of the images around this one, to click on."""
    first = image // SHEET * SHEET
    names = [f"{gallery.name(i)} #{i}" for i in range(first, min(len(gallery), first + SHEET))]
    sheet = charts.picker(gallery.pixels[first : first + SHEET], names, 6, image - first)

    def clicked() -> None:
        if points := st.session_state.sheet.selection.points:
            st.session_state.image = first + points[0]["point_index"]

    alt = f"Images {first} and on: click one"
    st.plotly_chart(sheet, key="sheet", width=340, alt=alt, on_select=clicked, selection_mode="points")
