"""Operations: the same pixels as torchvision's."""

import pytest
import torch
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tv

from augment.batches import SHAPES, images, seeded
from sslcore import augment
from sslcore.augment import operations


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [(0.08, 0.3), (0.5, 1.0)])
def test_crop_equals_resized_crop(shape, scale):
    x, size = images(*shape), list(shape[2:])
    box = operations.boxes(shape[0], *shape[2:], scale, torch.device("cpu"), seeded())
    corners = zip(*(box[name].tolist() for name in ("top", "left", "height", "width")), strict=True)
    expected = [tv.resized_crop(a, *corner, size, antialias=True) for a, corner in zip(x, corners, strict=True)]
    torch.testing.assert_close(operations.crop(x, **box), torch.stack(expected), atol=1e-5, rtol=0)


def _grey3(x: Tensor, grey: float) -> Tensor:
    return tv.rgb_to_grayscale(x, 3) if grey else x


def _rotate(x: Tensor, angle: float) -> Tensor:
    return tv.rotate(x, angle, v2.InterpolationMode.BILINEAR)


def _blur(x: Tensor, sigma: float) -> Tensor:
    k = max(1, min(x.shape[1:]) // 20) * 2 + 1
    return tv.gaussian_blur(x, [k, k], [sigma, sigma]) if sigma else x


@pytest.mark.parametrize("shape", [*SHAPES, (16, 3, 64, 96)])
@pytest.mark.parametrize(
    ("ours", "theirs", "values"),
    [
        (operations.flip, lambda x, on: tv.horizontal_flip(x) if on else x, [True, False]),
        (operations.rotate, _rotate, [0.0, 90.0, -17.3, 5.1]),
        (operations.brightness, tv.adjust_brightness, [1.0, 0.3, 1.8]),
        (operations.contrast, tv.adjust_contrast, [1.0, 0.3, 1.8]),
        (operations.saturation, tv.adjust_saturation, [1.0, 0.3, 1.8]),
        (operations.grayscale, _grey3, [True, False]),
        (operations.blur, _blur, [0.0, 0.1, 0.7, 2.0]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_operation_equals_torchvision(ours, theirs, values, shape):
    if shape[1] == 1 and ours.__name__ in augment.NEED_RGB:
        pytest.skip("needs colour")
    x = images(*shape)
    value = torch.tensor(values * len(x))[: len(x)]
    expected = torch.stack([theirs(a, v) for a, v in zip(x, value.tolist(), strict=True)])
    before = x.clone()
    # bilinear weights at a pixel's border turn a rounding of the coordinate (1e-6 of a side) into as much grey
    torch.testing.assert_close(ours(x, value), expected, atol=1e-4 if ours is operations.rotate else 2e-6, rtol=0)
    assert torch.equal(x, before)


def test_hue_keeps_luma_greys_and_can_be_undone():
    x, turn = images(64, 3, 8, 8), torch.linspace(-0.5, 0.5, 64)
    y = torch.tensor(operations.YIQ[0])
    turned = operations.rotate_chroma(x, turn)
    assert (turned - x).abs().mean() > 0.1
    torch.testing.assert_close(
        torch.einsum("c,bchw->bhw", y, turned), torch.einsum("c,bchw->bhw", y, x), atol=2e-6, rtol=0
    )
    torch.testing.assert_close(operations.rotate_chroma(turned, -turn), x, atol=5e-6, rtol=0)
    torch.testing.assert_close(operations.rotate_chroma(x, torch.ones(64)), x, atol=5e-6, rtol=0)
    grey = x[:, :1].expand_as(x)
    torch.testing.assert_close(operations.hue(grey, turn), grey, atol=2e-6, rtol=0)


def test_a_third_of_a_turn_moves_red_as_yiq_does_by_hand():
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    i, q = 0.596, 0.211  # of pure red; its Y is .299
    cos, sin = -0.5, 3**0.5 / 2
    i, q = cos * i - sin * q, sin * i + cos * q
    # the inverse matrix to the three digits of the textbook
    rgb = [0.299 + 0.956 * i + 0.621 * q, 0.299 - 0.272 * i - 0.647 * q, 0.299 - 1.106 * i + 1.703 * q]
    turned = operations.rotate_chroma(red, torch.tensor([1 / 3])).flatten()
    torch.testing.assert_close(turned, torch.tensor(rgb), atol=3e-3, rtol=0)
