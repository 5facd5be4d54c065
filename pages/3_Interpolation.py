"""What lies between two images: paths, every dimension by hand, and a plane of the code, all under the pointer."""

import numpy as np
import streamlit as st

from sslcore.view import cached, widgets
from sslcore.view.components import stores
from sslcore.view.components.dimensions import dimensions
from sslcore.view.components.pad import pad
from sslcore.view.components.walk import walk
from sslcore.view.interpolation import words

PICKS = 22  # thumbnails to choose from

widgets.page("Interpolation", words.LEAD, words.TOUR)
run = widgets.choose_run("decode", kind="images", what="autoencoder or VAE", default="vae-fashion")
other = widgets.choose_beside(run, "decode", default="ae-fashion" if run.name == "vae-fashion" else None)
gallery = cached.read(run, "gallery")
if other is not None and not np.array_equal(gallery.indices, cached.read(other, "gallery").indices):
    st.warning(f"{other.name} keeps other images in its gallery than {run.name}, so it cannot stand beside it.")
    other = None
n, latent = min(len(gallery), stores.MOST), next(iter(run.facts["spaces"].values()))
importance = "mean KL in nats" if "prior" in run.facts["abilities"] else "variance over the images"

given = {"gallery": stores.gallery(run)} | stores.code_and_decoder(
    run
)  # in the browser once for all figures of the page
if n < len(gallery):
    st.caption(f"Of the {len(gallery):,} images of the gallery, the first {n:,} are here.")


@st.fragment
def path() -> None:
    st.header("From A to B")
    walk(f"walk-{run.name}", run, given, range(min(PICKS, n)), widgets.origin(run, n=n))


@st.fragment
def by_hand() -> None:
    st.header("Every dimension, by hand")
    st.latex(words.BY_HAND)
    dimensions(f"dimensions-{run.name}", run, given, widgets.origin(run, n=n, number=importance))
    st.caption(words.strips(importance))


@st.fragment
def plane() -> None:
    st.header("A plane of the code")
    st.latex(words.PLANE)
    both = [run] if other is None else [run, other]
    every = given if other is None else given | stores.code_and_decoder(other, "2")
    pad("-".join(["pad", *(of.name for of in both)]), both, every, " | ".join(widgets.origin(of, n=n) for of in both))
    st.caption(words.PAD)


path()
by_hand()
if latent > 1:
    plane()
else:
    st.caption("A code of one dimension has no plane.")
widgets.code(
    "walk/walk.js straight",
    "walk/walk.js spherical",
    "pad/pad.js planeOf",
    "kit/decode.js Decoder",
    "sslcore.browser.decoder.export",
)
