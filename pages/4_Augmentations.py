"""Augmentations: the views of an image, and how little an encoder minds them before and after training."""

import numpy as np
import streamlit as st

from sslcore.run.gallery import Embeddings
from sslcore.view import cached, charts, widgets
from sslcore.view.augmentations import figures as views
from sslcore.view.components import latent_map
from sslcore.view.tiles import tiles

PAIRS, SAMPLE, NEIGHBOURS = 6, 128, 12

widgets.page(
    "Augmentations",
    "A contrastive model is never told a label, only that two random **views** of one image belong together: what the "
    "views change is what it learns to ignore. Here are the views, drawn as in training, and what the encoder makes of "
    "them before and after.",
    tour=(
        (".st-key-crop", "These knobs say what a view may look like. Whatever they change, **the encoder learns to ignore**: here, and "
         "only here, you tell it what does not matter."),
        (".stHtml", "Two views, a above b, of one image, six times. Under each pair stands the cosine of its codes, before → after "
         "training. Alone it means little: compare it with what *different* images score, below."),
        ("Together, before and after", "Green are views of one image, grey are **different** images. Training has worked as far as "
         "the green has left the grey."),
        ("The pair's way on the map", "Each line leads from the image to one of its views, one augmentation at a time. Look for the "
         "step that **moves the point farthest**: that is what this encoder minds most."),
        ("Invariance profile: one augmentation at a time", "In the shaded range the encoder was asked to stay near 1. Then look at "
         "the panels that are **not in training**: what holds there, nobody taught it."),
    ),
)  # fmt: skip
run = widgets.choose_run(lambda facts: "pair" in facts["abilities"], "contrastive run")
gallery = cached.read(run, "gallery")
spaces = list(run.facts["spaces"])
kept = {"required": True, "bind": "query-params"}
with st.sidebar:
    about = "z: the head's output, which the loss compares. h: the encoder's, which is used afterwards."
    space = st.segmented_control("Compare in space", spaces, default=spaces[-1], key="space", help=about, **kept)

import torch  # noqa: E402  # a second or two at first, when the page's frame is already on the screen

from sslcore import project  # noqa: E402
from sslcore.augment import NEED_RGB, Policy  # noqa: E402
from sslcore.evaluate import before_training, invariance  # noqa: E402
from sslcore.view.augmentations.controls import controls  # noqa: E402

own = getattr(cached.read(run, "config").settings, "views", Policy())
rgb = gallery.pixels.shape[1] == 3
mapped = gallery.first(widgets.COMPARED)
sample = torch.from_numpy(gallery.pixels[:: max(1, len(gallery) // SAMPLE)][:SAMPLE])
version = (str(run.path), *cached.stamp(run))  # what caches hang on


@st.cache_resource(max_entries=8, show_spinner="Reading the encoder, before and after training ...")
def both_encoders(version):
    pixels = torch.from_numpy(gallery.pixels[:500])
    return {"untrained": before_training(run, cached.model(run), pixels), "trained": cached.model(run)}


@st.cache_data(max_entries=64, show_spinner=False)
def references(version, space, policy, identical):
    (_, a), (_, b) = invariance.pairs(Policy.model_validate_json(policy), sample, 0, identical)
    return invariance.references(encoders, a, b, space)


@st.cache_resource(max_entries=8, show_spinner="Drawing the map ...")
def plane(version, space):
    embeddings = cached.read(run, "embeddings", space).first(widgets.COMPARED)
    return project.project(embeddings, "pca", 2), *project.principal_axes(embeddings.comparable, 2)[:2]


@st.cache_data(max_entries=16, show_spinner="Trying every augmentation at every strength ...")
def profiles(version, space):
    strangers = invariance.references(encoders, sample / 255, sample / 255, space)["strangers"]
    return invariance.profiles(encoders, sample, space), {name: mean for name, (mean, *_) in strangers.items()}


@st.cache_data(max_entries=16, show_spinner="Putting the augmentations together, two by two ...")
def composition(version, space):
    return invariance.composition(encoders, sample, space)


@st.fragment
def one_image():
    left, right = st.columns([1, 3], gap="medium")
    with left:
        image, seed, identical, policy = controls(run.name, gallery, own)
    x = torch.from_numpy(gallery.pixels[image : image + 1]).expand(PAIRS, -1, -1, -1)
    (draws_a, a), (draws_b, b) = invariance.pairs(policy, x, seed, identical)
    z = {name: [invariance.embed(e, view, space) for view in (a, b)] for name, e in encoders.items()}
    cosines = {name: torch.cosine_similarity(*views_of).tolist() for name, views_of in z.items()}
    trained_on = (
        "as in training"
        if policy == Policy(**own.model_dump() | dict.fromkeys([] if rgb else NEED_RGB, 0))
        else "changed"
    )
    facts = {"image": image, "seed of the draws": seed, "policy": trained_on, "space": space}
    with right:
        st.latex(r"a = t(x),\quad b = t'(x),\qquad t, t' \sim \mathcal T,\qquad (a, b)\text{ is a positive pair}")
        chosen = st.segmented_control("Look closer at pair", range(1, PAIRS + 1), default=1, key="pair", **kept) - 1
        scores = [f"{u:.2f} → <b>{t:.2f}</b>" for u, t in zip(*cosines.values(), strict=True)]
        frames = dict.fromkeys((chosen + 1, PAIRS + chosen + 2), f"4px solid {charts.COLOURS[5]}")
        captions = [f"x, #{image}", *[""] * PAIRS, "cosine:", *scores]
        st.html(tiles([x[0], *a, None, *b], captions, PAIRS + 1, ("a", "b"), frames))
        st.caption("Under each pair: the cosine of its two views before → **after** training.")
        if identical:
            st.info("b is a copy of a, so their cosine is 1 for *any* encoder: the pair asks for nothing. A training on such "
                    "pairs still lowers its loss, by pushing different images apart, and little is learned.")  # fmt: skip
        widgets.provenance(run, **facts)

        st.markdown(f"**Pair {chosen + 1}, step by step**")
        names, way_a = zip(*[(name, made[chosen]) for name, made in policy.steps(x, draws_a)], strict=True)
        way_b = [made[chosen] for _, made in policy.steps(x, draws_b)]
        drawn = [{name: float(d[chosen]) for name, d in draws.items()} for draws in (draws_a, draws_b)]
        captions = [f"{name}<br>{views.said(name, values)}" for values in drawn for name in names]
        st.html(tiles([*way_a, *way_b], captions, len(names), ("a", "b")))

        def parameters() -> None:
            table = views.draws_table({"a": draws_a, "b": draws_b}, cosines)
            st.dataframe(table, hide_index=True)
            widgets.save_table(table, "draws")
            pixels = (torch.cat([a, b]) * 255).round().byte().numpy()
            widgets.save_picture(lambda: charts.sheet(pixels, PAIRS, 4), "views", "Views as PNG")

        widgets.folded("Every parameter that was drawn", "draws", parameters)
        widgets.code(
            "sslcore.augment.policy.Policy.draw",
            "sslcore.augment.policy.Policy.steps",
            "sslcore.augment.operations.crop",
        )

    st.header("Together, before and after")
    st.markdown("A high cosine means something only where *different* images are far apart: grey is what views of different images "
                "have in common. Training has worked where the pairs leave the grey.")  # fmt: skip
    found = references(version, space, policy.model_dump_json(), identical)
    for name, (za, zb) in z.items():
        st.latex(views.formula(space, name, za[chosen].numpy(), zb[chosen].numpy()))
    drawing = views.cosines(cosines, found["pairs"], found["strangers"], chosen)
    table = views.cosines_table(found)
    about = widgets.about(run, **facts, boxes=f"quartiles, whiskers 5 and 95 %, of {len(sample)} images")
    alt = "Cosines of the pairs before and after training, beside different images"
    widgets.figure(drawing, "cosines", alt, table, about=about)
    st.caption(" · ".join(f"{name}: mean {pair:.2f} for one image's views, {stranger:.2f} for different images"
                          for name, pair, stranger in table[["encoder", "pairs", "strangers"]].itertuples(index=False)))  # fmt: skip
    widgets.code("sslcore.evaluate.invariance.references", "sslcore.evaluate.subject.before_training")

    st.header("The pair's way on the map")
    if len(gallery) < 3 * project.K:
        st.info(f"A map needs at least {3 * project.K} images; this gallery has {len(gallery)}.")
        return
    shown, centre, axes = plane(version, space)
    spots = invariance.embed(encoders["trained"], torch.cat([a, b, torch.stack([*way_a, *way_b])]), space).numpy()
    embeddings = cached.read(run, "embeddings", space).first(widgets.COMPARED)
    spots = (Embeddings(spots, None, np.arange(len(spots)), space, run.facts["metric"]).comparable - centre) @ axes.T
    ways = spots[2 * PAIRS :].reshape(2, -1, 2)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        figure = latent_map.load("way", [latent_map.Drawn("", shown.points, axes=True)], mapped, 600, "way-")
        near = latent_map.chosen(figure).image
        links = [embeddings.neighbours(near, NEIGHBOURS)[0]] if near is not None else []
        alt = "The gallery on its principal plane, and the way from the image to each view"
        made = widgets.origin(run, **facts, n=len(mapped), pair=chosen + 1)
        latent_map.show(figure, alt, made, links, [views.paths(spots[:PAIRS], spots[PAIRS : 2 * PAIRS], *ways)])
    with right:
        st.latex(rf"p = W^\top\Big(\frac{{{space}}}{{\lVert {space}\rVert}} - \text{{mean}}\Big)")
        st.markdown("The projection is linear, so each view falls exactly where it belongs. Dashed: a joined to b of every "
                    "pair. The chosen pair's way from the image, step by step: **orange** to a, **blue** to b.")  # fmt: skip
        st.caption(
            f"The plane holds {sum(shown.parameters['variance']):.0%} of the variance: what meets here may be far apart. "
            f"Trustworthiness {shown.trustworthiness:.2f}, continuity {shown.continuity:.2f} (k = {shown.k})."
        )
    widgets.code("sslcore.project.principal_axes")


@st.fragment
def many_images():
    st.header("Invariance profile: one augmentation at a time")
    st.markdown("How fast an image stops resembling itself. The panels to compare are those **not in training**: nothing taught the "
                "encoder to ignore them. A cosine is invariance only as far as it stays above the dashes of its own colour.")  # fmt: skip
    st.latex(r"c_o(s) = \frac1n\sum_{i=1}^{n}\cos\big(f(x_i),\,f(o_s(x_i))\big)")
    measured, strangers = profiles(version, space)
    ranges = {name: invariance.trained_range(own, name) for name in measured}
    drawing, table = (
        views.profiles(invariance.SWEEPS, measured, strangers, ranges),
        views.profile_table(invariance.SWEEPS, measured),
    )
    alt = "Mean cosine against the strength of each augmentation, before and after training"
    about = widgets.about(run, space=space, n=len(sample), band="± 2 standard errors", seed_of_the_crops=0)
    widgets.figure(drawing, "profile", alt, table, about=about)
    widgets.code("sslcore.evaluate.invariance.profile", "sslcore.evaluate.invariance.draws_at")

    st.header("Two augmentations together")
    names = invariance.operations(gallery.pixels.shape[1])
    st.markdown("**How invariant this trained encoder is to two augmentations together**, each at full strength; alone on the diagonal. This "
                "is *not* Figure 5 of the SimCLR paper, the accuracy after *training* with each pair: that takes one training a cell.")  # fmt: skip
    st.latex(
        r"M_{jk} = c^{\text{trained}}_{jk} - c^{\text{untrained}}_{jk},\qquad c_{jk} = \frac1n\sum_i\cos\big(f(x_i),\,f(o_k(o_j(x_i)))\big)"
    )
    which = st.segmented_control(
        "Show", ["difference", "trained", "untrained"], default="difference", key="matrix", **kept
    )
    tables = composition(version, space)
    widgets.figure(
        views.matrix(names, tables, which),
        "composition",
        f"Cosine after two augmentations: {which}",
        views.matrix_table(names, tables),
        about=widgets.about(run, space=space, n=len(sample), strengths=str(invariance.STRONG), seed_of_the_draws=0),
    )
    widgets.code("sslcore.evaluate.invariance.composition")


with cached.sentence():
    encoders = both_encoders(version)
one_image()
latent_map.follow("way", mapped)
many_images()
