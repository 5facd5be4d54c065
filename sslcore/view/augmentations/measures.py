"""What the augmentations page computes, kept until a run's files change.  Torch is imported where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from sslcore.run import Run
from sslcore.view import cached, widgets
from sslcore.view.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from sslcore.augment import Policy
    from sslcore.project import Map

PAIRS = 6
SAMPLE = 128  # images that averages are over


@dataclass(frozen=True)
class Views:
    """Pairs of views (a, b) of one image, and the codes of both, before and after training."""

    x: Tensor  # [PAIRS, c, h, w]: the image, once a pair
    policy: Policy
    draws: tuple[dict[str, Tensor], dict[str, Tensor]]
    images: tuple[Tensor, Tensor]  # [PAIRS, c, h, w] each, in 0..1
    codes: Mapping[str, tuple[Tensor, Tensor]]  # by encoder, [PAIRS, d] each

    @property
    def cosines(self) -> dict[str, list[float]]:
        """Of each pair, by encoder."""
        import torch

        return {name: torch.cosine_similarity(a, b).tolist() for name, (a, b) in self.codes.items()}

    def steps(self, pair: int) -> tuple[list[str], list[list[Tensor]]]:
        """The names of a pair's augmentations, and the image after each, on its way to a and on its way to b."""
        ways = [list(self.policy.steps(self.x, draws)) for draws in self.draws]
        return [name for name, _ in ways[0]], [[images[pair] for _, images in way] for way in ways]


def own_policy(run: Run) -> Policy:
    """How the run's views were made; the usual way where its objective has no such setting."""
    from sslcore.augment import Policy

    return getattr(cached.read(run, "config").settings, "views", Policy())


@st.cache_resource(
    max_entries=8, show_spinner="Reading the encoder, before and after training ...", hash_funcs=cached.until()
)
def encoders(run: Run) -> dict[str, Any]:
    import torch

    from sslcore.evaluate.subject import before_training

    with one_thread():
        images = torch.from_numpy(cached.read(run, "gallery").pixels[:500])
        return {"untrained": before_training(run, cached.model(run), images), "trained": cached.model(run)}


def views(run: Run, space: str, image: int, seed: int, identical: bool, policy: Policy) -> Views:
    """PAIRS pairs of one image; where they are `identical`, b is a copy of a."""
    import torch

    from sslcore.evaluate import invariance

    with one_thread():
        x = torch.from_numpy(cached.read(run, "gallery").pixels[image : image + 1]).expand(PAIRS, -1, -1, -1)
        (draws_a, a), (draws_b, b) = invariance.pairs(policy, x, seed, identical)
        codes = {
            name: (invariance.embed(encoder, a, space), invariance.embed(encoder, b, space))
            for name, encoder in encoders(run).items()
        }
    return Views(x, policy, (draws_a, draws_b), (a, b), codes)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=cached.until())
def references(run: Run, space: str, policy: str, identical: bool) -> dict[str, dict[str, list[float]]]:
    """`invariance.references` of pairs of SAMPLE images that a policy (as JSON) draws."""
    from sslcore.augment import Policy
    from sslcore.evaluate import invariance

    with one_thread():
        (_, a), (_, b) = invariance.pairs(Policy.model_validate_json(policy), _sample(run), 0, identical)
        return invariance.references(encoders(run), a, b, space)


@st.cache_resource(max_entries=8, show_spinner="Drawing the map ...", hash_funcs=cached.until())
def plane(run: Run, space: str) -> tuple[Map, np.ndarray, np.ndarray]:
    """The gallery on its principal plane, and the plane's centre and axes."""
    from sslcore import project

    embeddings = cached.read(run, "embeddings", space).first(widgets.COMPARED)
    centre, axes, _ = project.principal_axes(embeddings.comparable, 2)
    return project.project(embeddings, "pca", 2), centre, axes


def places(run: Run, space: str, images: Tensor) -> np.ndarray:
    """Where views [n, c, h, w] fall on that plane, [n, 2]."""
    from sslcore.evaluate import invariance
    from sslcore.run.gallery import Embeddings

    _, centre, axes = plane(run, space)
    with one_thread():
        codes = invariance.embed(encoders(run)["trained"], images, space).numpy()
    embeddings = Embeddings(codes, None, np.arange(len(codes)), space, run.facts["metric"])
    return (embeddings.comparable - centre) @ axes.T


@st.cache_data(
    max_entries=16, show_spinner="Trying every augmentation at every strength ...", hash_funcs=cached.until()
)
def profiles(run: Run, space: str) -> tuple[dict[str, Any], dict[str, float]]:
    """`invariance.profiles`, and by encoder the mean cosine of different images as they are."""
    from sslcore.data.items import ready
    from sslcore.evaluate import invariance

    with one_thread():
        sample = _sample(run)
        strangers = invariance.references(encoders(run), ready(sample), ready(sample), space)["strangers"]
        means = {name: mean for name, (mean, *_) in strangers.items()}
        return invariance.profiles(encoders(run), sample, space), means


@st.cache_data(
    max_entries=16, show_spinner="Putting the augmentations together, two by two ...", hash_funcs=cached.until()
)
def composition(run: Run, space: str) -> dict[str, np.ndarray]:
    from sslcore.evaluate import invariance

    with one_thread():
        return invariance.composition(encoders(run), _sample(run), space)


def sampled(run: Run) -> int:
    """How many images averages are over."""
    return len(_sample(run))


def _sample(run: Run) -> Tensor:
    import torch

    pixels = cached.read(run, "gallery").pixels
    return torch.from_numpy(pixels[:: max(1, len(pixels) // SAMPLE)][:SAMPLE])
