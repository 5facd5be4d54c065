"""The map of a run, or of two side by side: what is near what, and how far the map can be trusted."""

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.run import Run, card
from sslcore.run.maps import Map
from sslcore.view import cached, charts, widgets
from sslcore.view.components import latent_map

NEIGHBOURS = 12
SHOWN = 60  # thumbnails of a selection

widgets.page(
    "Latent space",
    "Every point is one held-out image, placed by what the model makes of it. **Point** at one to see it, **click** it for "
    "its nearest neighbours in the code, draw a **lasso** around all that lie somewhere.",
    tour=(
        (".st-key-run", "A run is a model, its data and its seed. Choose another, and the same images are placed anew."),
        (".component, .js-plotly-plot", "One point an image, near what the model takes for **similar**. On a UMAP or t-SNE map trust "
         "who is whose neighbour, not how far apart two islands lie."),
        (".st-key-colour", "Colour by **neighbour recall** to see where the map lies: where it is low, points were torn from their "
         "true neighbours."),
        (".st-key-other", "Put a second run beside this one: the images whose neighbourhood changed most are where the two disagree."),
    ),
)  # fmt: skip
run = widgets.choose_run()
other = widgets.choose_run(
    lambda facts: facts["data"]["digest"] == run.facts["data"]["digest"] and facts != run.facts,
    key="other", label="Beside it", optional=True,
)  # fmt: skip
gallery, maps = cached.read(run, "gallery"), cached.read(run, "maps")
if not maps:
    st.info(f"{run.name} has no map yet. Bake its maps: `python -m sslcore project {run.name}`")
    st.stop()
theirs = cached.read(other, "maps") if other else {}
if other and not theirs:
    st.info(f"{other.name} has no map yet: `python -m sslcore project {other.name}`")
    other = None


def label(key: str) -> str:
    """ "UMAP of h, 2-D" from a map's key."""
    space, method, dimensions = key.split(".")
    name = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA", "raw": "raw code"}[method]
    return f"{name} of {space}, {dimensions}-D"


with st.sidebar:
    order = sorted(maps, key=lambda key: ("raw" not in key, "umap" not in key, key))
    key = st.selectbox("Map", order, format_func=label, key="map", bind="query-params")
    factors = [f"true {name}" for name in gallery.factors]
    values = cached.read(run, "values")
    colours = ["class", "neighbour recall", "density", *values, *factors]
    colour = st.selectbox(
        "Colour by", colours, key="colour", bind="query-params", format_func=lambda s: s.replace("_", " ")
    )
    solid = maps[key].dimensions == 3 and st.toggle("In 3-D", key="solid", bind="query-params")

shown = {run: maps[key]}
if other:
    twin = min(theirs, key=lambda k: (k.split(".")[1] != key.split(".")[1], "raw" not in k))
    shown[other] = theirs[twin]


def colouring(of: Run, drawn: Map) -> np.ndarray | None:
    """The value of each image, or None for its class."""
    if colour == "class":
        return None
    if colour == "neighbour recall":
        return drawn.recall
    if colour == "density":
        return widgets.density(drawn.points)
    if colour in values:
        return cached.read(of, "values").get(colour)
    return gallery.factors[colour.removeprefix("true ")]


def trust(drawn: Map, dimensions: int) -> str:
    """How far a map can be trusted, in numbers."""
    measured = [
        f"trustworthiness {drawn.trustworthiness:.3f}",
        f"continuity {drawn.continuity:.3f}",
        f"neighbours kept {100 * drawn.recall.mean():.0f} % (k = {drawn.k})",
    ]
    if "variance" in drawn.parameters:
        measured.append(f"variance shown {100 * sum(drawn.parameters['variance'][:dimensions]):.0f} %")
    return "How far to trust it: " + " · ".join(measured)


def numbers(drawn: Map) -> pd.DataFrame:
    """A map's rows, for a file."""
    table = pd.DataFrame(drawn.points, columns=list("xyz")[: drawn.dimensions])
    table.insert(0, "index", gallery.indices)
    table.insert(1, "class", [gallery.name(i) for i in range(len(gallery))])
    return table


def parameters(drawn: Map) -> dict:
    """Every setting that made it; PCA is baked in three dimensions, and its first two are the plane."""
    return {name: value for name, value in drawn.parameters.items() if name != "variance"}


def in_three_dimensions() -> None:
    """Plotly's, to turn."""
    for column, (of, drawn) in zip(st.columns(len(shown)), shown.items(), strict=True):
        with column:
            st.markdown(f"**{of.name}**")
            figure = charts.solid(drawn, gallery, colouring(of, drawn), colour, height=560)
            alt = f"Map of {len(gallery)} images, {label(drawn.key)}, coloured by {colour}"
            widgets.figure(figure, f"map-{of.name}", alt, numbers(drawn))
            widgets.provenance(of, n=len(gallery), map=label(drawn.key), **parameters(drawn))
            st.caption(trust(drawn, drawn.dimensions))


def plane(of: Run, drawn: Map) -> latent_map.Drawn:
    """A map as the component draws it."""
    shade, name = colouring(of, drawn), colour.replace("_", " ")
    about = trust(drawn, 2)
    if shade is None and colour != "class":
        about += f" · grey: {of.name} has no {name}"
    settings = of.facts["config"]["settings"]
    if colour in ("elbo", "distortion", "rate") and "likelihood" in settings:
        about += f" · {card.nats_of(settings)}"
    title = f"{of.name} · {label(drawn.key)}" if other else ""
    return latent_map.Drawn(title, drawn.points[:, :2], shade, name, about, drawn.method in ("raw", "pca"))


def neighbours(of: Run, drawn: Map, image: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and distances of the nearest in the code that the map is of."""
    return cached.read(of, "embeddings", drawn.space).neighbours(image, NEIGHBOURS)


@st.fragment
def explore() -> None:
    """The maps, and beside or below them what is chosen."""
    left, right = st.columns([1, 1] if other else [5, 3], gap="medium")
    image = latent_map.chosen(figure).image
    links = [neighbours(of, drawn, image)[0] for of, drawn in shown.items()] if image is not None else []
    strip, alt = None, f"Map of {len(gallery)} images, {label(key)}, coloured by {colour}"
    if other:
        alt += f", of {run.name} and {other.name}"
        table = widgets.changed(run, other, NEIGHBOURS).head(8)
        notes = [f"{100 * share:.0f} % shared" for share in table["shared"]]
        strip = {"title": "Whose neighbourhood changed most", "rows": table["image"].tolist(), "notes": notes}
    made = " | ".join(
        widgets.origin(of, n=len(gallery), map=label(drawn.key), **parameters(drawn)) for of, drawn in shown.items()
    )
    tables = {"Numbers": lambda: numbers(maps[key])}
    with left if other is None else st.container():
        picked = latent_map.show(figure, alt, made, links, strip=strip, tables=tables)
    if other:
        left, right = st.columns(2, gap="medium")
    if len(picked.rows):
        with right if other is None else left:
            selection(picked.rows)
    elif picked.image is None:
        with right if other is None else left:
            st.markdown(
                "- What lies **together** is alike to the model; *far apart* on a map means little, save on raw codes and PCA.\n"
                f"- A click draws lines to the {NEIGHBOURS} nearest **in the code**. Long lines: the map has torn them apart.\n"
                "- Arrow keys walk from point to point; a class in the legend shows it alone."
            )
    else:
        for place, (of, drawn) in zip((left, right) if other else (right,), shown.items(), strict=True):
            with place:
                nearest(of, drawn, picked.image)
    if other:
        changed()


def nearest(of: Run, drawn: Map, i: int) -> None:
    """An image and its true neighbours, with the distance's formula."""
    space, (near, distances) = drawn.space, neighbours(of, drawn, i)
    st.markdown(f"**{gallery.name(i) or 'image'}** #{i} and its {len(near)} nearest in **{space}**, not on the map")
    widgets.pictures(gallery.pixels[[i, *near]], 7, f"Image {i}, then its nearest neighbours in {space}", scale=3)
    if not len(near):
        return
    if cached.read(of, "embeddings", space).metric == "cosine":
        formula = rf"d(i, j) = 1 - \frac{{{space}_i \cdot {space}_j}}{{\|{space}_i\| \|{space}_j\|}}"
    else:
        symbol = r"\mu" if space == "mu" else space
        formula = rf"d(i, j) = \|{symbol}_i - {symbol}_j\|"
    st.latex(formula)
    st.latex(rf"d({i}, {near[0]}) = {distances[0]:.3f}")
    same = np.mean([gallery.name(j) == gallery.name(i) for j in near])
    about = f"{100 * same:.0f} % share its class; " if gallery.labels is not None else ""
    st.caption(about + f"the map keeps {100 * drawn.recall[i]:.0f} % of its {drawn.k} nearest near it.")
    table = pd.DataFrame({"image": near, "class": [gallery.name(j) for j in near], "distance": distances})
    widgets.save_table(table, f"neighbours-{of.name}", "Neighbours as CSV")


def selection(rows: np.ndarray) -> None:
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
    """How much the two runs agree on who is near whom, and the rows of it."""
    table = widgets.changed(run, other, NEIGHBOURS)
    st.caption(
        f"On average {100 * table['shared'].mean():.0f} % of an image's {NEIGHBOURS} nearest are the same in both runs."
    )
    widgets.save_table(table, "changed", "Whose neighbourhood changed, as CSV")


if solid:
    in_three_dimensions()
else:
    figure = latent_map.load("latent", [plane(of, drawn) for of, drawn in shown.items()], gallery)
    explore()
    latent_map.follow("latent", gallery)
widgets.code("sslcore.run.gallery.Embeddings.neighbours", "sslcore.project.project", "sslcore.project.quality")
