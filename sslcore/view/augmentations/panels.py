"""The parts of the augmentations page, one under a heading each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from sslcore.run import Run
from sslcore.view import cached, charts, widgets
from sslcore.view.augmentations import figures, measures, words
from sslcore.view.augmentations.controls import Asked
from sslcore.view.augmentations.measures import PAIRS, Views
from sslcore.view.colours import COLOURS
from sslcore.view.components import latent_map
from sslcore.view.tiles import tiles

NEIGHBOURS = 12
KEPT: dict[str, Any] = {"required": True, "bind": "query-params"}  # of a choice that is in the address


def pairs(run: Run, views: Views, asked: Asked, facts: dict[str, Any]) -> int:
    """The views, and the pair to look closer at."""
    st.latex(words.PAIR)
    chosen = st.segmented_control("Look closer at pair", range(1, PAIRS + 1), default=1, key="pair", **KEPT) - 1
    scores = [f"{u:.2f} → <b>{t:.2f}</b>" for u, t in zip(*views.cosines.values(), strict=True)]
    frames = dict.fromkeys((chosen + 1, PAIRS + chosen + 2), f"4px solid {COLOURS[5]}")
    captions = [f"x, #{asked.image}", *[""] * PAIRS, "cosine:", *scores]
    a, b = views.images
    st.html(tiles([views.x[0], *a, None, *b], captions, PAIRS + 1, ("a", "b"), frames))
    st.caption(words.UNDER)
    if asked.identical:
        st.info(words.IDENTICAL)
    widgets.provenance(run, **facts)
    return chosen


def step_by_step(views: Views, chosen: int) -> None:
    """How a pair came about."""
    st.markdown(f"**Pair {chosen + 1}, step by step**")
    names, ways = views.steps(chosen)
    values = [{name: float(of_pairs[chosen]) for name, of_pairs in draws.items()} for draws in views.draws]
    captions = [f"{name}<br>{figures.said(name, of_view)}" for of_view in values for name in names]
    st.html(tiles([image for way in ways for image in way], captions, len(names), ("a", "b")))

    def parameters() -> None:
        import torch

        table = figures.draws_table(dict(zip("ab", views.draws, strict=True)), views.cosines)
        st.dataframe(table, hide_index=True)
        widgets.save_table(table, "draws")
        pixels = (torch.cat(views.images) * 255).round().byte().numpy()
        widgets.save_picture(lambda: charts.sheet(pixels, PAIRS, 4), "views", "Views as PNG")

    widgets.folded("Every parameter that was drawn", "draws", parameters)
    widgets.code(
        "sslcore.augment.policy.Policy.draw",
        "sslcore.augment.policy.Policy.steps",
        "sslcore.augment.operations.crop",
    )


def together(run: Run, space: str, views: Views, chosen: int, asked: Asked, facts: dict[str, Any]) -> None:
    """The pairs' cosines, beside those of other images' pairs and of different images."""
    from sslcore.evaluate.invariance import QUANTILES

    st.header("Together, before and after")
    st.markdown(words.TOGETHER)
    spread = measures.references(run, space, asked.policy.model_dump_json(), asked.identical)
    for name, (a, b) in views.codes.items():
        st.latex(figures.formula(space, name, a[chosen].numpy(), b[chosen].numpy()))
    figure = figures.cosines(views.cosines, spread["pairs"], spread["strangers"], chosen)
    table = figures.cosines_table(spread, QUANTILES)
    boxes = f"quartiles, whiskers 5 and 95 %, of {measures.sampled(run)} images"
    alt = "Cosines of the pairs before and after training, beside different images"
    widgets.figure(figure, "cosines", alt, table, about=widgets.about(run, **facts, boxes=boxes))
    means = table[["encoder", "pairs", "strangers"]].itertuples(index=False)
    st.caption(" · ".join(words.means(*row) for row in means))
    widgets.code("sslcore.evaluate.invariance.references", "sslcore.evaluate.subject.before_training")


def on_the_map(run: Run, space: str, views: Views, chosen: int, facts: dict[str, Any]) -> None:
    """The ways from the image to the chosen pair's views, on the principal plane of the gallery."""
    import torch

    from sslcore.project import K

    st.header("The pair's way on the map")
    gallery = cached.read(run, "gallery")
    if len(gallery) < 3 * K:
        st.info(f"A map needs at least {3 * K} images; this gallery has {len(gallery)}.")
        return
    shown, _, _ = measures.plane(run, space)
    _, (way_a, way_b) = views.steps(chosen)
    spots = measures.places(run, space, torch.cat([*views.images, torch.stack([*way_a, *way_b])]))
    ways = figures.paths(spots[:PAIRS], spots[PAIRS : 2 * PAIRS], *spots[2 * PAIRS :].reshape(2, -1, 2))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        mapped = gallery.first(widgets.COMPARED)
        figure = latent_map.load("way", [latent_map.Drawn("", shown.points, axes=True)], mapped, 600, "way-")
        near, embeddings = latent_map.chosen(figure), cached.read(run, "embeddings", space).first(widgets.COMPARED)
        links = [] if near is None else [embeddings.neighbours(near, NEIGHBOURS)[0]]
        alt = "The gallery on its principal plane, and the way from the image to each view"
        latent_map.show(figure, alt, widgets.origin(run, **facts, n=len(mapped), pair=chosen + 1), links, [ways])
    with right:
        st.latex(words.projection(space))
        st.markdown(words.WAY)
        st.caption(
            f"The plane holds {sum(shown.parameters['variance']):.0%} of the variance: what meets here may be far "
            f"apart. Trustworthiness {shown.trustworthiness:.2f}, continuity {shown.continuity:.2f} (k = {shown.k})."
        )
    widgets.code("sslcore.project.principal_axes")


def profile(run: Run, space: str) -> None:
    """One augmentation at a time, at every strength."""
    from sslcore.evaluate.invariance import SWEEPS, trained_range

    st.header("Invariance profile: one augmentation at a time")
    st.markdown(words.PROFILE)
    st.latex(words.COSINE)
    measured, strangers = measures.profiles(run, space)
    ranges = {name: trained_range(measures.own_policy(run), name) for name in measured}
    figure, table = figures.profiles(SWEEPS, measured, strangers, ranges), figures.profile_table(SWEEPS, measured)
    alt = "Mean cosine against the strength of each augmentation, before and after training"
    n = measures.sampled(run)
    about = widgets.about(run, space=space, n=n, band="± 2 standard errors", seed_of_the_crops=0)
    widgets.figure(figure, "profile", alt, table, about=about)
    widgets.code("sslcore.evaluate.invariance.profile", "sslcore.evaluate.invariance.draws_at")


def two_together(run: Run, space: str) -> None:
    """Every two augmentations, at full strength."""
    from sslcore.evaluate.invariance import STRONG, operations

    st.header("Two augmentations together")
    names = operations(cached.read(run, "gallery").pixels.shape[1])
    st.markdown(words.TWO)
    st.latex(words.MATRIX)
    every = ["difference", "trained", "untrained"]
    which = st.segmented_control("Show", every, default="difference", key="matrix", **KEPT)
    tables = measures.composition(run, space)
    n = measures.sampled(run)
    about = widgets.about(run, space=space, n=n, strengths=str(STRONG), seed_of_the_draws=0)
    figure, table = figures.matrix(names, tables, which), figures.matrix_table(names, tables)
    widgets.figure(figure, "composition", f"Cosine after two augmentations: {which}", table, about=about)
    widgets.code("sslcore.evaluate.invariance.composition")
