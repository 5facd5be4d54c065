"""Sprites: drawn as their factors say."""

import colorsys

import pytest
import torch

from data.painting import load
from sslcore.data import synthetic


@pytest.fixture(scope="module")
def sprites():
    return synthetic.sprites(2000, seed=5)


def test_sprites_are_deterministic(sprites):
    assert synthetic.sprites(2000, seed=5).digest == sprites.digest != synthetic.sprites(2000, seed=6).digest
    assert sprites.labels.bincount().min() > 500
    assert set(sprites.factors) == {"shape", "hue", "scale", "rotation", "x", "y"}


def test_sprites_splits():
    test = load("sprites", "test")
    assert (len(test), test.split, test.classes) == (4000, "test", ("square", "ellipse", "heart"))
    assert test.digest != synthetic.sprites(4000, seed=0).digest  # not the beginning of the training set


def test_sprite_position_and_scale(sprites):
    light = sprites.items.double().amax(1)  # [n, h, w]
    mass, centres = light.sum((1, 2)), torch.arange(32).double() + 0.5
    assert torch.allclose(light.sum(1) @ centres / mass, sprites.factors["x"].double(), atol=0.1)
    assert torch.allclose(light.sum(2) @ centres / mass, sprites.factors["y"].double(), atol=0.1)
    for k, area in enumerate((2, 0.6 * torch.pi, 2.070)):  # of the unit shapes
        chosen = sprites.labels == k
        radius = 8 * sprites.factors["scale"][chosen].double()
        assert torch.allclose(mass[chosen] / 255 / radius**2, torch.tensor(area).double(), rtol=0.03)
    border = torch.cat([light[:, [0, -1]].flatten(), light[:, :, [0, -1]].flatten()])
    assert border.max() < 150  # corners touch the edge; none is cut off


def test_sprite_hue(sprites):
    flat = sprites.items.flatten(2).amax(2).double() / 255  # [n, 3], each channel where it is brightest
    hues = torch.tensor([colorsys.rgb_to_hsv(*rgb)[0] for rgb in flat.tolist()])
    assert torch.allclose(hues.float(), sprites.factors["hue"], atol=2e-3)


def test_sprite_rotation_is_clockwise(sprites):
    light = sprites.items.double().amax(1)[sprites.labels == 1]  # ellipses: the axis of greatest spread
    turned = {name: sprites.factors[name].double()[sprites.labels == 1] for name in ("x", "y", "rotation")}
    centres = torch.arange(32) + 0.5
    across, down = centres - turned["x"][:, None], centres - turned["y"][:, None]
    xx = (light * across[:, None, :] ** 2).sum((1, 2))
    yy = (light * down[:, :, None] ** 2).sum((1, 2))
    xy = (light * across[:, None, :] * down[:, :, None]).sum((1, 2))
    angle = torch.rad2deg(torch.atan2(2 * xy, xx - yy) / 2)
    assert ((angle - turned["rotation"] + 90) % 180 - 90).abs().max() < 2


def test_sprite_rotation_turns_every_shape():
    from sslcore.data.synthetic import draw

    for shape in range(3):
        same = {"hue": 0.0, "scale": 1.0, "x": 16.0, "y": 16.0}
        columns = {name: torch.full((2,), value) for name, value in same.items()}
        a, b = draw(torch.full((2,), shape), rotation=torch.tensor([0.0, 45.0]), **columns)
        assert (a.int() - b.int()).abs().sum() > 2000


def test_no_sprites():
    with pytest.raises(ValueError, match="at least 1"):
        synthetic.sprites(0)
