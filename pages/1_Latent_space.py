"""The map of a run, or of two side by side: what is near what, and how far the map can be trusted."""

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.run import Map, Run
from sslcore.view import charts, widgets

NEIGHBOURS = 12
SHOWN = 60  # thumbnails of a selection

widgets.page(
    "Latent space",
    "Every point is one held-out image, placed by what the model makes of it. **Click** a point for its nearest "
    "neighbours in the code; switch the **lasso** on and drag it around all that lie somewhere.",
)
run = widgets.choose_run()
other = widgets.choose_run(
    lambda facts: facts["data"]["digest"] == run.facts["data"]["digest"] and facts != run.facts,
    key="other", label="Beside it", optional=True,
)  # fmt: skip
gallery, maps = widgets.read(run, "gallery"), widgets.read(run, "maps")
if not maps:
    st.info(f"{run.name} has no map yet. Bake its maps: `python -m sslcore project {run.name}`")
    st.stop()


def label(key: str) -> str:
    """ "UMAP of h, 2-D" from a map's key."""
    space, method, dimensions = key.split(".")
    name = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA", "raw": "raw code"}[method]
    return f"{name} of {space}, {dimensions}-D"


def flat(drawn: Map) -> Map:
    """PCA is baked in three dimensions; its first two are the plane."""
    return Map(**{**vars(drawn), "points": drawn.points[:, :2]})


with st.sidebar:
    order = sorted(maps, key=lambda key: ("raw" not in key, "umap" not in key, key))
    key = st.selectbox("Map", order, format_func=label, key="map", bind="query-params")
    factors = [f"true {name}" for name in gallery.factors]
    values = widgets.read(run, "values")
    colours = ["class", "neighbour recall", "density", *values, *factors]
    colour = st.selectbox(
        "Colour by", colours, key="colour", bind="query-params", format_func=lambda s: s.replace("_", " ")
    )
    solid = maps[key].dimensions == 3 and st.toggle("In 3-D", key="solid", bind="query-params")
    lasso = st.toggle(
        "Lasso", key="lasso", bind="query-params", disabled=solid, help="Off: click a point, drag the map"
    )
    thumbnails = st.toggle("Thumbnails", key="thumbnails", bind="query-params", disabled=solid)


def colouring(of: Run, drawn: Map) -> np.ndarray | None:
    """The value of each image, or None for its class."""
    if colour == "class":
        return None
    if colour == "neighbour recall":
        return drawn.recall
    if colour == "density":
        return widgets.density(drawn.points)
    if colour in values:
        return widgets.read(of, "values").get(colour)
    return gallery.factors[colour.removeprefix("true ")]


def show(of: Run, drawn: Map, chosen: list[int], links: dict, select: bool) -> list[int]:
    """One map with its quality and provenance; returns the rows that were clicked or lassoed."""
    drawn = drawn if solid or drawn.dimensions == 2 else flat(drawn)
    figure = charts.scatter(
        drawn, gallery, colouring(of, drawn), colour, chosen, links, thumbnails, lasso and select, 560
    )
    table = pd.DataFrame(drawn.points, columns=list("xyz")[: drawn.dimensions])
    table.insert(0, "index", gallery.indices)
    table.insert(1, "class", [gallery.name(i) for i in range(len(gallery))])
    alt = f"Map of {len(gallery)} images, {label(drawn.key)}, coloured by {colour}"
    picking = ("points", "box", "lasso") if select and not solid else ()
    state = widgets.figure(figure, f"map-{of.name}", alt, table, picking)
    parameters = {name: value for name, value in drawn.parameters.items() if name != "variance"}
    widgets.provenance(of, n=len(gallery), map=label(drawn.key), **parameters)
    measured = [
        f"trustworthiness {drawn.trustworthiness:.3f}",
        f"continuity {drawn.continuity:.3f}",
        f"neighbours kept {100 * drawn.recall.mean():.0f} % (k = {drawn.k})",
    ]
    if "variance" in drawn.parameters:
        measured.append(f"variance shown {100 * sum(drawn.parameters['variance'][: drawn.dimensions]):.0f} %")
    st.caption("How far to trust it: " + " · ".join(measured))
    points = state.selection.points if picking else []
    return [point["customdata"] for point in points if "customdata" in point]


@st.fragment
def explore() -> None:
    rows = []
    if other is None:
        left, right = st.columns([3, 2])
        with left:
            rows = show(run, maps[key], [], {}, select=True)
    else:
        theirs = widgets.read(other, "maps")
        if not theirs:
            st.info(f"{other.name} has no map yet: `python -m sslcore project {other.name}`")
            return
        left, right = st.columns(2)
        with left:
            st.markdown(f"**{run.name}**")
            rows = show(run, maps[key], [], {}, select=True)
        with right:
            st.markdown(f"**{other.name}**, the same images marked")
            twin = min(theirs, key=lambda k: (k.split(".")[1] != key.split(".")[1], "raw" not in k))
            show(other, theirs[twin], rows, {}, select=False)
        left, right = st.columns(2)
    with right if other is None else left:
        if len(rows) > 1:
            selection(rows)
        else:
            image = chosen_image(rows)
    if len(rows) <= 1:
        with right:
            where_they_fell(image)
    if other is not None:
        changed()


def chosen_image(clicked: list[int]) -> int:
    """The image whose neighbours are shown: by number, or by a click, which moves the number."""
    if clicked and clicked[0] != st.session_state.get("clicked"):
        st.session_state["image"] = st.session_state["clicked"] = clicked[0]
    i = st.number_input("Image (or click a point)", 0, len(gallery) - 1, 0, key="image", bind="query-params", width=220)
    space = key.split(".")[0]
    embeddings = widgets.read(run, "embeddings", space)
    near, distances = embeddings.neighbours(i, NEIGHBOURS)
    st.markdown(f"**{gallery.name(i) or 'image'}** #{i} and its {len(near)} nearest in **{space}**, not on the map")
    widgets.pictures(gallery.pixels[[i, *near]], 7, f"Image {i}, then its nearest neighbours in {space}", scale=3)
    if embeddings.metric == "cosine":
        formula = rf"d(i, j) = 1 - \frac{{{space}_i \cdot {space}_j}}{{\|{space}_i\| \|{space}_j\|}}"
    else:
        symbol = r"\mu" if space == "mu" else space
        formula = rf"d(i, j) = \|{symbol}_i - {symbol}_j\|"
    st.latex(formula)
    st.latex(rf"d({i}, {near[0]}) = {distances[0]:.3f}")
    return i


def where_they_fell(i: int) -> None:
    """Lines on the map from an image to its true neighbours."""
    near, distances = widgets.read(run, "embeddings", key.split(".")[0]).neighbours(i, NEIGHBOURS)
    drawn = flat(maps[key])
    figure = charts.scatter(drawn, gallery, None, "", [i, *near], {i: list(near)}, height=300)
    figure.update_layout(showlegend=False, margin_b=16)
    table = pd.DataFrame({"image": near, "class": [gallery.name(j) for j in near], "distance": distances})
    widgets.figure(figure, "neighbours", f"Where the map put the neighbours of image {i}", table)
    same = np.mean([gallery.name(j) == gallery.name(i) for j in near])
    about = f"{100 * same:.0f} % share its class; " if gallery.labels is not None else ""
    st.caption(about + f"the map keeps {100 * drawn.recall[i]:.0f} % of its {drawn.k} nearest near it.")


def selection(rows: list[int]) -> None:
    """What a lasso holds."""
    st.markdown(f"**{len(rows)} images** selected")
    widgets.pictures(gallery.pixels[rows[:SHOWN]], 12, f"{min(len(rows), SHOWN)} of the selected images")
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(rows)}.")
    table = pd.DataFrame({"image": rows, "index": gallery.indices[rows], "class": [gallery.name(i) for i in rows]})
    if gallery.labels is not None:
        counts = table["class"].value_counts()
        st.dataframe(counts.rename("images").to_frame().assign(share=counts / len(rows)), width="stretch")
    widgets.save_table(table, "selection", "Selection as CSV")


def changed() -> None:
    """The images whose neighbours in the code differ most between the two runs."""
    st.subheader("Whose neighbourhood changed most")
    table = widgets.changed(run, other, NEIGHBOURS)
    for i in table["image"][:3]:
        columns = st.columns(2)
        for column, of in zip(columns, (run, other), strict=True):
            near, _ = widgets.read(of, "embeddings").neighbours(int(i), NEIGHBOURS)
            with column:
                alt = f"Image {i} and its nearest in {of.name}"
                widgets.pictures(gallery.pixels[[i, *near]], 13, alt, f"{of.name}: image {i}, then its nearest")
    st.caption(
        f"On average {100 * table['shared'].mean():.0f} % of an image's {NEIGHBOURS} nearest are the same in both runs."
    )
    widgets.save_table(table, "changed")


explore()
widgets.code("sslcore.run.Embeddings.neighbours", "sslcore.project.project", "sslcore.project.quality")
