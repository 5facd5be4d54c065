"""What the augmentations page is asked: the image, the draws, and the policy, knob by knob."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st
from pydantic import ValidationError

from sslcore.run import Run
from sslcore.run.gallery import Gallery
from sslcore.view import charts
from sslcore.view.augmentations import figures

if TYPE_CHECKING:
    from sslcore.augment import Policy

SHEET = 24  # images to choose from at once


class Asked(NamedTuple):
    """Which views of which image are asked for."""

    image: int
    seed: int
    identical: bool  # whether the second view is a copy of the first
    policy: Policy


def controls(run: Run, gallery: Gallery, own: Policy) -> Asked:
    """The widgets and what stands in them; `own` is the run's policy, at which they begin."""
    state, last = st.session_state, len(gallery) - 1
    starts = _starts(gallery, own)
    if state.setdefault("policy_of", run.name) != run.name:  # another run was chosen: its own policy
        state.update(policy_of=run.name, **starts)
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
    return Asked(image, seed, identical, _policy(starts))


def as_in_training(policy: Policy, own: Policy, gallery: Gallery) -> bool:
    """Whether views are drawn as the run's own were, but for what grey images cannot undergo."""
    return policy.model_dump() == own.model_dump() | dict.fromkeys(_impossible(gallery), 0)


def _impossible(gallery: Gallery) -> tuple[str, ...]:
    from sslcore.augment import NEED_RGB

    return () if gallery.pixels.shape[1] == 3 else tuple(NEED_RGB)


def _starts(gallery: Gallery, own: Policy) -> dict[str, Any]:
    """Where each knob begins."""
    values = {name: getattr(own, name) for name in type(own).model_fields if name not in _impossible(gallery)}
    return values | {"crop": own.crop or (1.0, 1.0)}


def _policy(starts: dict[str, Any]) -> Policy:
    from sslcore.augment import NEED_RGB, Policy
    from sslcore.run.config import complaint

    st.markdown(r"**The policy $\mathcal T$**")
    values = {}
    for name, start in starts.items():
        field = Policy.model_fields[name]
        limits, about = figures.bounds(field), field.description
        values[name] = st.slider(name, *limits, start, key=name, bind="query-params", help=about)
    st.button("As in training", on_click=lambda: st.session_state.update(**starts), width="stretch")
    if values["crop"] == (1, 1):
        values["crop"] = None
    try:
        return Policy(**dict.fromkeys(NEED_RGB, 0) | values)
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
