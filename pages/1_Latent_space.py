"""The map of a run, or of two side by side: what is near what, and how far the map can be trusted."""

import streamlit as st

from sslcore.view import cached, widgets
from sslcore.view.components import latent_map
from sslcore.view.faces import noun
from sslcore.view.latent_space import panels, words
from sslcore.view.latent_space.shown import NEIGHBOURS, Shown

widgets.page("Latent space", words.LEAD, words.TOUR)
run = widgets.choose_run()
other = widgets.choose_beside(run)
gallery, maps = cached.read(run, "gallery"), cached.read(run, "maps")
if not maps:
    st.info(f"{run.name} has no map yet. Bake its maps: `python -m sslcore project {run.name}`")
    st.stop()
theirs = cached.read(other, "maps") if other else {}
if other and not theirs:
    st.info(f"{other.name} has no map yet: `python -m sslcore project {other.name}`")
    other = None

with st.sidebar:
    key = st.selectbox("Map", words.in_order(maps), format_func=words.label, key="map", bind="query-params")
    factors = [f"true {name}" for name in gallery.factors]
    colours = ["class", "neighbour recall", "density", *cached.read(run, "values"), *factors]
    colour = st.selectbox(
        "Colour by", colours, key="colour", bind="query-params", format_func=lambda name: name.replace("_", " ")
    )
    solid = maps[key].dimensions == 3 and st.toggle("In 3-D", key="solid", bind="query-params")

shown = [Shown(run, maps[key], colour)]
if other:
    twin = min(theirs, key=lambda k: (k.split(".")[1] != key.split(".")[1], "raw" not in k))
    shown.append(Shown(other, theirs[twin], colour))


@st.fragment
def explore() -> None:
    """The maps, and beside or below them what is chosen."""
    left, right = st.columns([1, 1] if other else [5, 3], gap="medium")
    image = latent_map.chosen(figure)
    links = [] if image is None else [each.neighbours(image)[0] for each in shown]
    strip, alt = None, f"Map of {len(gallery)} {noun(run)}, {words.label(key)}, coloured by {colour}"
    if other:
        alt += f", of {run.name} and {other.name}"
        changed = widgets.changed(run, other, NEIGHBOURS)
        most = changed.head(8)
        notes = [f"{100 * share:.0f} % shared" for share in most["shared"]]
        strip = {"title": "Whose neighbourhood changed most", "rows": most["image"].tolist(), "notes": notes}
    origin = " | ".join(widgets.origin(each.run, **each.origin) for each in shown)
    tables = {"Numbers": lambda: shown[0].numbers}
    with st.container() if other else left:
        picked = latent_map.show(figure, alt, origin, links, strip=strip, tables=tables)
    if other:
        left, right = st.columns(2, gap="medium")
    if len(picked.rows):
        with left if other else right:
            panels.selection(gallery, picked.rows)
    elif picked.image is None:
        with left if other else right:
            st.markdown(words.hints(NEIGHBOURS))
    else:
        for place, each in zip((left, right) if other else (right,), shown, strict=True):
            with place:
                panels.nearest(each, picked.image)
    if other:
        panels.changed(changed)


if solid:
    panels.in_three_dimensions(shown)
else:
    figure = latent_map.load("latent", [each.plane(titled=other is not None) for each in shown], gallery)
    explore()
    latent_map.follow("latent", gallery)
widgets.code("sslcore.run.gallery.Embeddings.neighbours", "sslcore.project.project", "sslcore.project.quality")
