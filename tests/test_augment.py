"""Views: operations and draws against torchvision's, and what training and pages rely on."""

import subprocess
import sys

import pytest
import torch
from scipy.stats import ks_2samp
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tv

from sslcore import augment
from sslcore.augment import Policy, operations

ALL = Policy(rotation=20, blur=0.5)
NONE = Policy(crop=None, flip=0, jitter=0, grayscale=0, blur=0)
SHAPES = [(16, 1, 28, 28), (16, 3, 32, 32), (16, 3, 24, 40)]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(*shape: int) -> Tensor:
    return torch.rand(shape, generator=seeded(1))


# --- the same pixels as torchvision ---


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


# --- the same distributions as torchvision ---


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


# --- what training and pages rely on ---


@pytest.mark.parametrize("shape", SHAPES)
def test_views_are_float32_in_0_to_1_whatever_comes_in(shape):
    pixels = (images(*shape) * 256).byte()
    draws = ALL.draw(shape, "cpu", seeded())
    views = ALL.apply(pixels, draws)
    assert views.dtype == torch.float32
    assert views.shape == shape
    assert views.is_contiguous()
    assert views.min() >= 0
    assert views.max() <= 1
    assert views.std() > 0.05
    assert torch.equal(ALL.apply(pixels.float() / 255, draws), views)


def test_mixed_precision_does_not_round_views():
    policy, images = Policy(jitter=1.0, blur=1.0), torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8)
    wanted = policy(images, torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        found = policy(images, torch.Generator().manual_seed(0))
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted)


def test_each_sample_has_its_own_draw():
    x = images(1, 3, 32, 32).expand(64, -1, -1, -1)
    draws = ALL.draw(x.shape, "cpu", seeded())
    assert all(len(values) == 64 and len(values.unique()) > 1 for values in draws.values())
    views = ALL.apply(x, draws).flatten(1)
    assert torch.cdist(views, views).add(torch.eye(64)).min() > 0.1
    first = {name: values[5:6] for name, values in draws.items()}
    torch.testing.assert_close(ALL.apply(x[5:6], first).flatten(1), views[5:6], atol=1e-5, rtol=0)


def test_a_generator_repeats_the_views_and_leaves_the_global_one_alone():
    x, generator = images(8, 3, 32, 32), seeded(3)
    state = torch.get_rng_state()
    first, second = ALL(x, generator), ALL(x, generator)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, ALL(x, seeded(3)))
    assert not torch.equal(first, second)
    torch.manual_seed(7)
    global_first = ALL(x)
    torch.manual_seed(7)
    assert torch.equal(global_first, ALL(x))


def test_steps_tell_the_whole_story_and_end_in_apply():
    x = images(8, 3, 32, 32)
    before = x.clone()
    draws = ALL.draw(x.shape, "cpu", seeded())
    steps = list(ALL.steps(x, draws))
    assert [name for name, _ in steps] == ["original", *augment.STEPS]
    assert torch.equal(steps[-1][1], ALL.apply(x, draws))
    # no step overwrites what an earlier one showed
    fresh = [view.clone() for _, view in ALL.steps(x, draws)]
    assert all(torch.equal(kept, seen) for (_, kept), seen in zip(steps, fresh, strict=True))
    assert torch.equal(x, before)


def test_what_is_0_is_absent():
    x = images(4, 3, 32, 32)
    assert NONE.draw(x.shape, "cpu") == {}
    assert [name for name, _ in NONE.steps(x, {})] == ["original"]
    assert torch.equal(NONE(x), x)
    no_hue = Policy(hue=0, grayscale=0, crop=None)
    assert list(no_hue.draw(x.shape, "cpu")) == ["flip", "brightness", "contrast", "saturation"]
    grey = Policy(blur=1).draw((4, 1, 28, 28), "cpu")
    assert not grey.keys() & set(augment.NEED_RGB)


def test_other_channel_counts_need_a_policy_without_colour():
    x = images(4, 5, 16, 16)
    with pytest.raises(ValueError, match=r"5 channels; saturation, hue, grayscale need 3"):
        Policy()(x)
    assert Policy(saturation=0, hue=0, grayscale=0)(x).shape == x.shape


@pytest.mark.parametrize("x", [torch.zeros(4, 3, 8, 8, dtype=torch.int64), torch.zeros(3, 8, 8)])
def test_what_is_no_batch_of_images_is_refused(x):
    with pytest.raises(ValueError, match=r"allowed are uint8, or floats"):
        Policy().apply(x, {})


def test_a_generator_on_another_device_is_refused():
    with pytest.raises(ValueError, match=r"generator is on cpu, the images are on meta"):
        Policy()(torch.zeros(2, 3, 8, 8, device="meta"), seeded())


@pytest.mark.parametrize(
    "settings", [{"crop": (0.9, 0.5)}, {"crop": (0.0, 1.0)}, {"hue": 0.6}, {"flip": 1.1}, {"blurr": 0.5}]
)
def test_settings_out_of_bounds_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Policy(**settings)


class Operators(TorchDispatchMode):
    """The names of the operators that ran."""

    def __init__(self):
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.add(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def test_nothing_waits_for_the_device():
    x = images(4, 3, 32, 32)
    with Operators() as operators:
        ALL(x)
    assert {"bmm", "rand"} <= operators.seen  # the net is in the water
    # values read by the host, shapes that depend on data, constants copied from the host
    assert not operators.seen & {"_local_scalar_dense", "nonzero", "masked_select", "index", "lift_fresh", "is_nonzero"}
    assert ALL(x.to("meta")).shape == x.shape  # and with no data at all there is none to look at


COMPILED = """
import torch
from sslcore.augment import Policy

policy = Policy(rotation=20, blur=0.5)
x = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
compiled = torch.compile(policy, fullgraph=True, backend="eager")
compiled(x)
torch.manual_seed(0)
views = compiled(x)
torch.manual_seed(0)
torch.testing.assert_close(views, policy(x), atol=1e-5, rtol=0)
assert not torch.equal(views, compiled(x)), "the draws were frozen into the graph"
print("compiled")
"""


def test_compiles_into_one_graph():
    # In a process of its own, since the checks of shapes that the tests turn on cannot be traced. The eager backend
    # runs the graph as it is: inductor's C++ takes most of a minute, and its random numbers are its own.
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "compiled", done.stderr[-2000:]
