"""What training and pages rely on of a policy."""

import pytest
import torch
from forked import Python
from torch.utils._python_dispatch import TorchDispatchMode

from augment.batches import SHAPES, images, seeded
from sslcore import augment
from sslcore.augment import Policy

ALL = Policy(rotation=20, blur=0.5)
NONE = Policy(crop=None, flip=0, jitter=0, grayscale=0, blur=0)


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
    done = Python("-c", COMPILED).wait()
    assert done.out.strip() == "compiled", done.err[-2000:]
