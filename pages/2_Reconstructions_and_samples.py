"""What goes through the bottleneck, and what comes out when nothing went in."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from sslcore import latent
from sslcore.objectives.vae import kl_to_prior
from sslcore.run import Run, card
from sslcore.view import cached, charts, components, widgets
from sslcore.view.components import stores
from sslcore.view.components.elbo import elbo, nats

SHOWN = 12
SAMPLES = 60
PICKS = 22  # thumbnails to choose from

widgets.page(
    "Reconstructions and samples",
    "An autoencoder copies an image through a narrow code. A VAE does it so that **codes drawn at random are images "
    "too**: compare what both make of a code that no image has.",
    tour=(
        ("Reconstructions", "The second row is what came back through the code: what is **lost** there, the code had no room for. "
         "The third row paints the error, blue where too dark, orange where too bright."),
        ("One image, in nats", "Each bar is what one dimension of the code says about this image, in nats. A **dead** dimension says "
         "nothing about any image: the model has found that silence is cheaper."),
        ("Samples", "Codes drawn at random, decoded. A VAE makes garments of them, **an autoencoder does not**: nothing ever asked "
         "its codes to fill the space that random ones come from."),
        ("All codes together, against the prior", "Where the histogram follows the curve, a random code lands among those of real "
         "images. Where it does not, the decoder is asked about places that it has never seen."),
        ("The plane of two dimensions, decoded", "Let your eye walk from corner to corner: in a good code one garment turns into "
         "the next **gradually**, and there is no place where nothing recognisable lies."),
    ),
)  # fmt: skip
run = widgets.choose_run(lambda facts: "decode" in facts["abilities"], "autoencoder or VAE", default="vae-fashion")
other = widgets.choose_run(
    lambda facts: (
        "decode" in facts["abilities"] and facts["data"]["digest"] == run.facts["data"]["digest"] and facts != run.facts
    ),
    key="other",
    label="Beside it",
    optional=True,
    default="ae-fashion" if run.name == "vae-fashion" else None,
)
both = [of for of in (run, other) if of is not None]
gallery = cached.read(run, "gallery")
space = cached.read(run, "spaces")[0]


def is_vae(of: Run) -> bool:
    return "log_var" in of.facts["spaces"]


@st.fragment
def reconstructions() -> None:
    st.header("Reconstructions")
    first = st.slider("First image", 0, max(1, len(gallery) - SHOWN), 0, SHOWN, key="first", bind="query-params")
    rows = np.arange(first, min(first + SHOWN, len(gallery)))
    x = gallery.pixels[rows]
    for of, column in zip(both, st.columns(len(both)), strict=True):
        with column:
            made = cached.decode(of, cached.read(of, "embeddings").vectors[rows])
            error = (made.astype(np.float32) - x) / 255
            st.markdown(f"**{of.name}**, {cached.read(of, 'embeddings').vectors.shape[1]}-d code")
            sheet = np.concatenate([charts.coloured(x), charts.coloured(made), charts.signed(error, 0.5)])
            alt = f"Rows: {len(rows)} inputs, their reconstructions by {of.name}, their signed errors"
            widgets.pictures(sheet, len(rows), alt, "input · reconstruction · error (blue too dark, orange too bright)")
            st.caption(f"mean squared error {np.square(error).mean():.4f} a pixel on these {len(rows)}")
            widgets.provenance(of, n=len(rows))


@st.fragment
def one_image(of: Run) -> None:
    """The ELBO of one image, in its two parts, and dimension by dimension."""
    st.header("One image, in nats")
    st.latex(r"\log p(x) \ge \mathrm{ELBO} = -\underbrace{\mathbb{E}_{q(z|x)}[-\log p(x|z)]}_{\text{distortion}}"
             r" - \underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}")  # fmt: skip
    mu, log_var = (cached.read(of, "embeddings", name).vectors for name in ("mu", "log_var"))
    kl = kl_to_prior(torch.from_numpy(mu), torch.from_numpy(log_var)).numpy()
    used = latent.active(mu) > latent.ACTIVE

    def table() -> pd.DataFrame:
        image = min(max(0, components.current(key, {"image": 0})["image"]), n - 1)  # as the figure does
        columns = {"dimension": np.arange(len(used)), "kl": kl[image], "mean_kl": kl.mean(0), "in_use": used}
        return pd.DataFrame(columns).sort_values("mean_kl", ascending=False)

    key, n = f"elbo-{of.name}", min(len(gallery), stores.MOST)
    about = widgets.origin(
        of, n=n, dimensions_in_use=f"{int(used.sum())} of {len(used)} (variance of μ > {latent.ACTIVE})"
    )
    elbo(key, of, in_nats, range(min(PICKS, n)), latent.ACTIVE, about, {"dimensions": table})
    text = "Point at a number to see what it measures, at a bar for its dimension. Distortion: one sample of z, seed 0; the picture is at the mean."
    st.caption(f"{text} {card.nats_of(of.facts['config']['settings'])}")


@st.fragment
def samples() -> None:
    st.header("Samples")
    left, middle, right = st.columns(3)
    temperature = left.slider("Temperature", 0.0, 2.0, 1.0, 0.05, key="temperature", bind="query-params")
    seed = middle.number_input("Seed", 0, 9999, 0, key="seed", bind="query-params")
    laws = ["N(0, 1), the VAE's prior", "Gaussian fitted to the codes"]
    law = right.selectbox("Codes drawn from", laws, key="law", bind="query-params")
    st.latex(r"z \sim \mathcal N(0, T^2),\quad x = g(z)" if law == laws[0] else
             r"z \sim \mathcal N(\bar z, T^2\,\mathrm{Cov}(z)),\quad x = g(z)")  # fmt: skip
    for of, column in zip(both, st.columns(len(both)), strict=True):
        with column:
            vectors = torch.from_numpy(cached.read(of, "embeddings").vectors)
            generator = torch.Generator().manual_seed(seed)
            if law == laws[0]:
                codes = latent.sample_prior(SAMPLES, vectors.shape[1], temperature, generator)
            else:
                codes = latent.sample_fitted(vectors, SAMPLES, temperature, generator)
            st.markdown(f"**{of.name}**" + ("" if is_vae(of) else ": nothing ever asked its codes to be Gaussian"))
            alt = f"{SAMPLES} images decoded by {of.name} from random codes"
            widgets.pictures(cached.decode(of, codes), 10, alt, key=f"samples-{of.name}")
            widgets.provenance(of, codes=law, temperature=temperature, seed=seed)


@st.fragment
def aggregate(of: Run) -> None:
    """Do the codes of all images together fill the prior?"""
    st.header("All codes together, against the prior")
    vectors = cached.read(of, "embeddings").vectors
    rng = np.random.default_rng(0)
    if is_vae(of):
        noise = rng.standard_normal(vectors.shape)
        vectors = vectors + noise * np.exp(0.5 * cached.read(of, "embeddings", "log_var").vectors)
        st.latex(r"q(z) = \tfrac1n \textstyle\sum_i q(z|x_i) \quad\text{against}\quad p(z) = \mathcal N(0, 1)")
    last = vectors.shape[1] - 1
    k = st.slider("Dimension", 0, last, 0, key="dimension", bind="query-params") if last else 0
    edges = np.linspace(min(-4, vectors[:, k].min()), max(4, vectors[:, k].max()), 61)
    centre = (edges[1:] + edges[:-1]) / 2
    found = np.histogram(vectors[:, k], edges, density=True)[0]
    prior = np.exp(-(centre**2) / 2) / np.sqrt(2 * np.pi)
    bars = {"type": "bar", "name": "codes of the gallery", "marker": {"color": charts.COLOURS[0]}, "y": found}
    curve = {"type": "scatter", "name": "N(0, 1)", "line": {"color": charts.COLOURS[5], "width": 3}, "y": prior}
    figure = charts.figure([bars | {"x": centre}, curve | {"x": centre}], f"z, dimension {k}", "density", 320, bargap=0)
    table = pd.DataFrame({"z": centre, "codes": found, "prior": prior})
    alt = f"Histogram of dimension {k} of the codes of {of.name} against N(0, 1)"
    about = widgets.about(of, n=len(vectors), dimension=k, noise_seed=0)
    widgets.figure(figure, "aggregate", alt, table, about=about)
    spread = vectors.std(0)
    st.caption(f"Deviations of the {len(spread)} dimensions: {spread.min():.2f} to {spread.max():.2f}; "
               f"means {vectors.mean(0).min():.2f} to {vectors.mean(0).max():.2f}.")  # fmt: skip


@st.fragment
def manifold(of: Run) -> None:
    st.header("The plane of two dimensions, decoded")
    vectors = torch.from_numpy(cached.read(of, "embeddings").vectors)
    side = 20
    first, second = vectors.var(0).topk(2).indices.sort().values.tolist()
    origin, u, v = latent.axes(vectors, "dimensions", (first, second))
    if is_vae(of):
        x = y = latent.quantiles(side)
    else:
        ends = torch.quantile(vectors[:, [first, second]], torch.tensor([0.01, 0.99]), dim=0)
        x, y = (torch.linspace(*ends[:, k].tolist(), side) for k in range(2))
    origin[[first, second]] = 0
    codes = latent.plane(origin, u, v, x, y)
    picture, beside = st.columns([3, 2])
    with picture:
        alt = f"{side} by {side} codes on a grid over dimensions {first} and {second}, decoded"
        widgets.pictures(cached.decode(of, codes), side, alt, scale=1, key="manifold")
    with beside:
        text = (
            "even steps in probability of N(0, 1)"
            if is_vae(of)
            else "even steps between the codes' 1 % and 99 % points"
        )
        st.markdown(f"Dimension {first} runs right and {second} up, in {text}; the others stay at their mean.")
        if not is_vae(of):
            st.markdown(
                "Between the codes of an autoencoder there are **holes**: places that no image was ever put in."
            )
        widgets.provenance(of, grid=f"{side} × {side}")


reconstructions()
if is_vae(run):
    in_nats = {"gallery": stores.gallery(run), "code": stores.code(run), "nats": nats(run)}
    decoder, why = stores.decoder(run)
    if decoder is None:
        st.info(why)
    else:
        in_nats["decoder"] = decoder
    one_image(run)
samples()
aggregate(run)
if run.facts["spaces"][space] > 1:
    manifold(run)
widgets.code(
    "sslcore.objectives.vae.VAE.forward",
    "sslcore.objectives.iwae.IWAE.forward",
    "sslcore.objectives.vae.sample",
    "sslcore.objectives.vae.kl_to_prior",
    "sslcore.objectives.autoencoder.Autoencoder.forward",
)
