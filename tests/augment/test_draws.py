"""Draws: the same distributions as torchvision's."""

import pytest
import torch
from scipy.stats import ks_2samp
from torchvision.transforms import v2

from augment.batches import seeded
from sslcore.augment import Policy, operations


@pytest.mark.parametrize(("size", "scale"), [(28, (0.08, 1.0)), (32, (0.5, 1.0)), (96, (0.2, 0.9))])
def test_boxes_are_drawn_as_torchvision_draws_them(size, scale):
    n = 5_000
    box = operations.boxes(n, size, size, scale, torch.device("cpu"), seeded())
    torch.manual_seed(0)
    empty = torch.empty(1, size, size)
    crop = v2.RandomResizedCrop(size, scale=scale)
    expected = [crop.make_params([empty]) for _ in range(n)]
    for name, values in box.items():
        assert values.dtype == torch.int64
        assert ks_2samp(values.numpy(), [e[name] for e in expected]).pvalue > 0.005, name
    for start, length in (("top", "height"), ("left", "width")):
        assert (box[start] >= 0).all()
        assert (box[length] > 0).all()
        assert (box[start] + box[length] <= size).all()
    area = [e["height"] * e["width"] for e in expected]
    assert ks_2samp((box["height"] * box["width"]).numpy(), area).pvalue > 0.005


@pytest.mark.parametrize(("h", "w"), [(10, 41), (41, 10)])
def test_a_crop_that_never_fits_is_torchvisions_central_one(h, w):
    box = operations.boxes(3, h, w, (1.0, 1.0), torch.device("cpu"))
    expected = v2.RandomResizedCrop(8, scale=(1.0, 1.0)).make_params([torch.empty(1, h, w)])
    assert {name: values.tolist() for name, values in box.items()} == {name: [expected[name]] * 3 for name in box}


def test_factors_are_drawn_as_torchvision_draws_them():
    n = 4_000
    policy = Policy(jitter=1, brightness=0.4, contrast=0.8, saturation=0.2, hue=0.1, rotation=15, blur=1)
    draws = policy.draw((n, 3, 32, 32), "cpu", seeded())
    torch.manual_seed(0)
    x = torch.empty(3, 32, 32)
    jitter = v2.ColorJitter(0.4, 0.8, 0.2, 0.1)
    expected = {
        **{"blur_sigma": [v2.GaussianBlur(3, (0.1, 2.0)).make_params([x])["sigma"][0] for _ in range(n)]},
        **{"angle": [v2.RandomRotation(15).make_params([x])["angle"] for _ in range(n)]},
    }
    factors = [jitter.make_params([x]) for _ in range(n)]
    for name in ("brightness", "contrast", "saturation", "hue"):
        expected[name] = [float(f[f"{name}_factor"]) for f in factors]
    for name, values in expected.items():
        assert ks_2samp(draws[name].numpy(), values).pvalue > 0.005, name


def test_probabilities_are_frequencies():
    n = 20_000
    draws = Policy(flip=0.3, jitter=0.6, grayscale=0.2, blur=0.7).draw((n, 3, 8, 8), "cpu", seeded())
    frequency = {
        "flip": (draws["flip"], 0.3),
        "grayscale": (draws["grayscale"], 0.2),
        "blur": (draws["blur_sigma"] != 0, 0.7),
        "jitter": (draws["brightness"] != 1, 0.6),
    }
    for name, (happened, probability) in frequency.items():
        assert happened.float().mean().item() == pytest.approx(probability, abs=0.015), name
    # one coin a view for the whole jitter
    assert torch.equal(draws["brightness"] != 1, draws["hue"] != 0)
