"""Maps, easy and hard, and the page that shows one: the tests compute what it must show."""

import numpy as np
from conftest import ROOT

PAGE = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import numpy as np, pandas as pd, streamlit as st
from latent_map.cases import case
from sslcore.browser.grid import Way
from sslcore.view.components import latent_map

name = st.query_params["case"]
drawn, gallery, near = case(name)
figure = latent_map.load("map", drawn, gallery)

@st.fragment
def explore():
    image = latent_map.chosen(figure)
    links = [] if image is None else [near(plane, image) for plane in figure.planes]
    ways = [[Way(np.array([[-1.0, -1.0], [1.0, 1.0]]), "#D55E00", ("x", "a"))] for _ in drawn] if name == "ways" else []
    strip = {{"title": "Changed", "rows": [5, 7], "notes": ["a", "b"]}} if name == "two" else None
    tables = {{"Numbers": lambda: pd.DataFrame(drawn[0].points, columns=["x", "y"])}}
    picked = latent_map.show(figure, "A map of noise", "made of noise", links, ways, strip, tables)
    st.markdown(f"image {{picked.image}} rows {{len(picked.rows)}}")

explore()
latent_map.follow("map", gallery)
"""


def case(name):
    """Maps, a gallery of noise in which no two pictures are alike, and who is near whom."""
    from sslcore.data.form import Form
    from sslcore.run.gallery import Gallery
    from sslcore.view.components.latent_map import Drawn

    rng = np.random.default_rng(7)
    n = {"one": 1, "big": 12_000}.get(name, 300)
    classes = 14 if name == "classes" else 3
    points = rng.normal(size=(n, 2)) * [1.5, 1]
    if name == "nan":
        points[[3, 8, 9]] = [[np.nan, 0], [np.inf, 1], [0, -np.inf]]
    if name == "line":
        points[:, 1] = 0
    if name == "same":
        points[:] = 2
    labels = None if name == "unlabelled" else rng.integers(0, classes, n)
    size = (3, 6, 5) if name == "unlabelled" else (1, 28, 28) if name == "big" else (1, 8, 8)
    gallery = Gallery(
        rng.integers(0, 256, (n, *size), dtype=np.uint8),
        Form("images", size),
        labels,
        tuple(f"kind {k}" for k in range(classes)) if labels is not None else (),
        np.arange(n),
        {},
    )
    values = None
    if name == "valued":
        values = rng.normal(size=n)
        values[4] = np.nan
    drawn = [Drawn("", points, values, "loss", axes=True)]
    if name == "two":
        drawn = [Drawn("one", points), Drawn("other", rng.normal(size=(n, 2)))]
    return drawn, gallery, lambda plane, i: np.argsort(np.abs(plane.cells.astype(int) - plane.cells[i]).sum(1))[1:6]
