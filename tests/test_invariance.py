"""Invariance: an encoder whose answer is known, and the places where a wrong draw would hide."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sslcore.augment import STEPS, Policy
from sslcore.data.form import Form
from sslcore.evaluate import invariance
from sslcore.evaluate.subject import before_training
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.config import Config

COLOUR, GREY = 3, 1


class Pixels(Objective):
    """The image itself as its representation; `mean` sees its mean colour alone, which no flip can change."""

    def __init__(self) -> None:
        super().__init__(nn.Identity(), Objective.Config())

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        return {"h": x.flatten(1), "mean": x.mean((2, 3))}


@pytest.fixture(params=[GREY, COLOUR])
def images(request: pytest.FixtureRequest) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (20, request.param, 16, 16), generator=generator, dtype=torch.uint8)


def test_nothing_done_leaves_a_cosine_of_one(images: Tensor):
    for operation in invariance.operations(images.shape[1]):
        sweep = invariance.SWEEPS[operation]
        cosines = invariance.profile({"pixels": Pixels()}, images, "h", operation)["pixels"]
        neutral = sweep.strengths.index(sweep.neutral)
        torch.testing.assert_close(cosines[neutral], torch.ones(len(images)), atol=1e-5, rtol=0, msg=operation)
        assert (cosines[[k for k in range(len(cosines)) if k != neutral]].mean(1) < 0.9999).all() or (
            operation in ("brightness", "contrast")  # darker pixels point the same way until something clips
        )


def test_an_encoder_that_cannot_see_a_flip_is_invariant_to_it():
    images = torch.randint(0, 256, (20, 3, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert invariance.profile({"pixels": Pixels()}, images, "mean", "flip")["pixels"][1].min() > 0.99999
    assert invariance.profile({"pixels": Pixels()}, images, "h", "flip")["pixels"][1].max() < 0.9


def test_draws_do_one_operation_and_only_it(images: Tensor):
    for operation in invariance.operations(images.shape[1]):
        for strength in invariance.SWEEPS[operation].strengths:
            draws = invariance.draws_at(operation, strength, images.shape, torch.Generator().manual_seed(0))
            assert set(draws) == set(STEPS[operation][1])
            assert [name for name, _ in Policy().steps(images, draws)] == ["original", operation]


def test_crops_have_the_share_they_claim():
    draws = invariance.draws_at("crop", 0.3, (500, 1, 64, 64), torch.Generator().manual_seed(0))
    share = draws["height"] * draws["width"] / 64**2
    assert (share - 0.3).abs().max() < 0.02


def test_every_operation_is_swept_and_can_be_drawn_by_the_strong_policy():
    assert set(invariance.SWEEPS) == set(STEPS)
    draws = invariance.STRONG.draw((4, 3, 16, 16), "cpu", torch.Generator().manual_seed(0))
    assert set(draws) == {name for _, names in STEPS.values() for name in names}
    assert draws["flip"].all()
    assert draws["grayscale"].all()
    assert (draws["blur_sigma"] > 0).all()


def test_composition_is_symmetric_with_each_operation_alone_on_the_diagonal(images: Tensor):
    table = torch.from_numpy(invariance.composition({"pixels": Pixels()}, images, "h")["pixels"])
    names = invariance.operations(images.shape[1])
    torch.testing.assert_close(table, table.T)
    flipped = nn.functional.cosine_similarity(images.float().flatten(1), images.flip(3).float().flatten(1)).mean()
    torch.testing.assert_close(table[names.index("flip"), names.index("flip")], flipped)
    assert table[names.index("flip"), names.index("rotation")] != table[names.index("flip"), names.index("flip")]


def test_strangers_leaves_out_each_vector_and_itself():
    a = torch.eye(4)
    assert invariance.strangers(a, a).tolist() == [0.0] * 12


def test_identical_views_have_cosine_one_and_strangers_do_not(images: Tensor):
    (_, a), (_, b) = invariance.pairs(Policy(), images, 5, identical=True)
    found = invariance.references({"pixels": Pixels()}, a, b, "h")
    assert found["pairs"]["pixels"] == pytest.approx([1.0] * 6, abs=1e-6)
    assert found["strangers"]["pixels"][-1] < 0.999


def test_pairs_are_those_of_training(images: Tensor):
    (draws, a), (_, b) = invariance.pairs(Policy(), images, 5)
    generator = torch.Generator().manual_seed(5)
    assert torch.equal(a, Policy()(images, generator))
    assert torch.equal(b, Policy()(images, generator))
    assert torch.equal(a, Policy().apply(images, draws))
    assert not torch.equal(a, b)


def test_profiles_give_the_mean_and_its_error(images: Tensor):
    found = invariance.profiles({"pixels": Pixels()}, images, "h")
    cosines = invariance.profile({"pixels": Pixels()}, images, "h", "rotation")["pixels"].numpy()
    assert list(found) == invariance.operations(images.shape[1])
    np.testing.assert_allclose(found["rotation"]["pixels"]["mean"], cosines.mean(1), rtol=1e-5)
    np.testing.assert_allclose(found["rotation"]["pixels"]["error"], cosines.std(1, ddof=1) / 20**0.5, atol=1e-6)


@pytest.mark.parametrize(
    ("policy", "operation", "expected"),
    [
        (Policy(crop=None), "crop", None),
        (Policy(crop=(0.3, 0.9)), "crop", (0.3, 0.9)),
        (Policy(), "rotation", None),
        (Policy(rotation=20), "rotation", (-20, 20)),
        (Policy(brightness=0.25), "brightness", (0.75, 1.25)),
        (Policy(jitter=0), "brightness", None),
        (Policy(hue=0.1), "hue", (-0.1, 0.1)),
        (Policy(flip=0), "flip", None),
        (Policy(), "blur", None),
        (Policy(blur=0.5), "blur", (0.1, 2.0)),
    ],
)
def test_trained_range(policy: Policy, operation: str, expected: tuple[float, float] | None):
    assert invariance.trained_range(policy, operation) == expected


def test_untrained_has_the_weights_of_the_seed_and_statistics_of_the_data(monkeypatch: pytest.MonkeyPatch, tmp_path):
    config = Config(objective="simclr", network={"encoder": "conv", "width": 4, "features": 8}, seed=3)
    monkeypatch.setattr(Run, "config", config)
    form = Form("images", (1, 8, 8))
    monkeypatch.setattr(Run, "form", form)
    torch.manual_seed(3)
    first = config.build(form)
    first.encoder.normalise.mean.fill_(0.3)
    pixels = torch.randint(0, 256, (1001, 1, 8, 8), dtype=torch.uint8)  # the last batch would be a single image
    before = torch.random.get_rng_state()
    made = before_training(Run(tmp_path), first, pixels)
    assert torch.equal(before, torch.random.get_rng_state())
    assert not made.training
    assert float(made.encoder.normalise.mean) == pytest.approx(0.3)
    for (name, new), old in zip(made.named_parameters(), first.parameters(), strict=True):
        assert torch.equal(new, old), name
    x = torch.cat([made.config.views(pixels[:1000], torch.Generator().manual_seed(9)) for _ in range(2)])
    seen = made.projector[0](made.encoder(x))  # what the head's batch norm sees
    with torch.no_grad():
        torch.testing.assert_close(made.projector[1].running_mean, seen.mean(0), atol=0.1, rtol=0.1)
        torch.testing.assert_close(made.projector[1].running_var, seen.var(0), atol=0.05, rtol=0.2)
