"""What stands beside the maps: neighbours, a selection, where two runs disagree; and the maps in three dimensions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.run.gallery import Gallery
from sslcore.view import cached, charts, widgets
from sslcore.view.faces import noun
from sslcore.view.latent_space import words
from sslcore.view.latent_space.shown import NEIGHBOURS, Shown

MOST = 60  # thumbnails of a selection


def in_three_dimensions(maps: Sequence[Shown]) -> None:
    """Plotly's, to turn."""
    for column, shown in zip(st.columns(len(maps)), maps, strict=True):
        with column:
            st.markdown(f"**{shown.run.name}**")
            figure = charts.solid(shown.map, shown.gallery, shown.shades, shown.colour, height=560)
            alt = f"Map of {len(shown.gallery)} {noun(shown.run)}, {shown.label}, coloured by {shown.colour}"
            widgets.figure(figure, f"map-{shown.run.name}", alt, shown.numbers)
            widgets.provenance(shown.run, **shown.origin)
            st.caption(words.trust(shown.map, shown.map.dimensions))


def nearest(shown: Shown, image: int) -> None:
    """An image and its true neighbours, with the distance's formula."""
    gallery, space, (near, distances) = shown.gallery, shown.map.space, shown.neighbours(image)
    st.markdown(
        f"**{gallery.name(image) or 'image'}** #{image} and its {len(near)} nearest in **{space}**, not on the map"
    )
    widgets.items(gallery, [image, *near], 7, f"Image {image}, then its nearest neighbours in {space}", scale=3)
    if not len(near):
        return
    st.latex(words.distance(space, cached.read(shown.run, "embeddings", space).metric))
    st.latex(rf"d({image}, {near[0]}) = {distances[0]:.3f}")
    same = np.mean([gallery.name(j) == gallery.name(image) for j in near])
    about = f"{100 * same:.0f} % share its class; " if gallery.labels is not None else ""
    st.caption(about + f"the map keeps {100 * shown.map.recall[image]:.0f} % of its {shown.map.k} nearest near it.")
    table = pd.DataFrame({"image": near, "class": [gallery.name(j) for j in near], "distance": distances})
    widgets.save_table(table, f"neighbours-{shown.run.name}", "Neighbours as CSV")


def selection(gallery: Gallery, rows: np.ndarray) -> None:
    """What a lasso holds."""
    called = noun(gallery)
    st.markdown(f"**{len(rows)} {called}** selected")
    widgets.items(gallery, rows[:MOST], 12, f"{min(len(rows), MOST)} of the selected {called}")
    if len(rows) > MOST:
        st.caption(f"The first {MOST} of {len(rows)}.")
    table = pd.DataFrame({"image": rows, "index": gallery.indices[rows], "class": [gallery.name(i) for i in rows]})
    if gallery.labels is not None:
        counts = table["class"].value_counts()
        st.dataframe(counts.rename(called).to_frame().assign(share=counts / len(rows)), width="stretch")
    widgets.save_table(table, "selection", "Selection as CSV")


def changed(table: pd.DataFrame) -> None:
    """How much two runs agree on who is near whom, and the rows of it: `table` is `widgets.changed`'s."""
    share = 100 * table["shared"].mean()
    st.caption(f"On average {share:.0f} % of an image's {NEIGHBOURS} nearest are the same in both runs.")
    widgets.save_table(table, "changed", "Whose neighbourhood changed, as CSV")
