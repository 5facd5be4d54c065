"""What goes through the bottleneck, and what comes out when nothing went in."""

import numpy as np
import streamlit as st

from sslcore.view import cached, charts, widgets
from sslcore.view.reconstructions import codes, words
from sslcore.view.reconstructions.nats import load, one_image

SHOWN, SAMPLES, SIDE = 12, 60, 20

widgets.page("Reconstructions and samples", words.LEAD, words.TOUR)
run = widgets.choose_run("decode", kind="images", what="autoencoder or VAE", default="vae-fashion")
other = widgets.choose_beside(run, "decode", default="ae-fashion" if run.name == "vae-fashion" else None)
both = [run] if other is None else [run, other]
gallery, abilities = cached.read(run, "gallery"), run.facts["abilities"]
prior = "prior" in abilities


@st.fragment
def reconstructions() -> None:
    st.header("Reconstructions")
    first = st.slider("First image", 0, max(1, len(gallery) - SHOWN), 0, SHOWN, key="first", bind="query-params")
    rows = np.arange(first, min(first + SHOWN, len(gallery)))
    x = gallery.pixels[rows]
    for of, column in zip(both, st.columns(len(both)), strict=True):
        with column:
            z = codes.of_gallery(of)
            decoded = cached.decode(of, z[rows])
            error = (decoded.astype(np.float32) - x) / 255
            st.markdown(f"**{of.name}**, {z.shape[1]}-d code")
            sheet = np.concatenate([charts.coloured(x), charts.coloured(decoded), charts.signed(error, 0.5)])
            alt = f"Rows: {len(rows)} inputs, their reconstructions by {of.name}, their signed errors"
            widgets.pictures(sheet, len(rows), alt, words.ROWS)
            st.caption(f"mean squared error {np.square(error).mean():.4f} a pixel on these {len(rows)}")
            widgets.provenance(of, n=len(rows))


@st.fragment
def samples() -> None:
    st.header("Samples")
    left, middle, right = st.columns(3)
    temperature = left.slider("Temperature", 0.0, 2.0, 1.0, 0.05, key="temperature", bind="query-params")
    seed = middle.number_input("Seed", 0, 9999, 0, key="seed", bind="query-params")
    law = right.selectbox("Codes drawn from", [*words.LAWS], key="law", bind="query-params")
    st.latex(words.LAWS[law])
    for of, column in zip(both, st.columns(len(both)), strict=True):
        with column:
            st.markdown(f"**{of.name}**" + ("" if "prior" in of.facts["abilities"] else words.NEVER_ASKED))
            alt = f"{SAMPLES} images decoded by {of.name} from random codes"
            images = cached.decode(of, codes.at_random(of, SAMPLES, law, temperature, seed))
            widgets.pictures(images, 10, alt, key=f"samples-{of.name}")
            widgets.provenance(of, codes=law, temperature=temperature, seed=seed)


@st.fragment
def aggregate() -> None:
    """Do the codes of all images together fill the prior?"""
    st.header("All codes together, against the prior")
    z = codes.aggregate(run, prior)
    if prior:
        st.latex(words.AGGREGATE)
    last = z.shape[1] - 1
    k = st.slider("Dimension", 0, last, 0, key="dimension", bind="query-params") if last else 0
    figure, table = codes.against_prior(z, k)
    alt = f"Histogram of dimension {k} of the codes of {run.name} against N(0, 1)"
    about = widgets.about(run, n=len(z), dimension=k, noise_seed=0)
    widgets.figure(figure, "aggregate", alt, table, about=about)
    st.caption(words.spread(z))


@st.fragment
def plane() -> None:
    st.header("The plane of two dimensions, decoded")
    grid, first, second = codes.on_a_plane(run, SIDE, prior)
    picture, beside = st.columns([3, 2])
    with picture:
        alt = f"{SIDE} by {SIDE} codes on a grid over dimensions {first} and {second}, decoded"
        widgets.pictures(cached.decode(run, grid), SIDE, alt, scale=1, key="manifold")
    with beside:
        st.markdown(words.axes(first, second, prior))
        if not prior:
            st.markdown(words.HOLES)
        widgets.provenance(run, grid=f"{SIDE} × {SIDE}")


reconstructions()
if "likelihood" in abilities:
    one_image(run, load(run))
samples()
aggregate()
if codes.of_gallery(run).shape[1] > 1:
    plane()
widgets.code(
    "sslcore.objectives.vae.VAE.forward",
    "sslcore.objectives.iwae.IWAE.forward",
    "sslcore.objectives.vae.sample",
    "sslcore.objectives.vae.kl_to_prior",
    "sslcore.objectives.autoencoder.Autoencoder.forward",
)
