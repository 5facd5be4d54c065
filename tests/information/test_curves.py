"""Bounds from a run's held-out pairs."""

import inspect
import math

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from information.draws import monte_carlo, unit_pairs
from sslcore import information as mi
from sslcore.information import curves


class LargestTensor(TorchDispatchMode):
    """Notes the most elements of any tensor made while it is on."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(tensor, Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


@pytest.mark.parametrize("chunk", [1, 7, 100, 4096])
def test_chunks_change_nothing(chunk, generator):
    a, b = unit_pairs(100, 16, generator)
    u, v = (t.double() / t.double().norm(dim=1, keepdim=True) for t in (a, b))
    cosine = u @ v.T
    assert mi.infonce_chunked(a, b, 0.1, chunk) == pytest.approx(mi.infonce(cosine / 0.1).item(), rel=1e-12)
    accuracy = (cosine.argmax(1) == torch.arange(100)).double().mean().item()
    assert 0 < accuracy < 1
    assert mi.top1_accuracy(a, b, chunk) == accuracy


def test_memory_does_not_grow_with_the_square(generator):
    a, b = unit_pairs(3000, 4, generator)
    with LargestTensor() as largest:
        mi.infonce_chunked(a, b, 0.5, chunk=64)
        mi.top1_accuracy(a, b, chunk=64)
    assert largest.elements == 3000 * 4  # the embeddings themselves, above 64 x 64


def test_curve_in_large_batches_takes_the_chunked_path(generator, monkeypatch):
    a, b = unit_pairs(300, 8, generator)
    whole = mi.curve(a, b, [0.2], [100], torch.Generator().manual_seed(1))
    monkeypatch.setattr(curves, "CHUNK", 30)
    assert mi.curve(a, b, [0.2], [100], torch.Generator().manual_seed(1))[0]["bound"] == pytest.approx(
        whole[0]["bound"]
    )


def test_curve_of_one_temperature(generator):
    a, b = unit_pairs(1024, 16, generator)
    rows = mi.curve(a, b, [0.15], [2, 8, 64, 1024], generator)
    assert [row["batches"] for row in rows] == [512, 128, 16, 1]
    assert rows[-1]["bound"] == pytest.approx(mi.infonce_chunked(a, b, 0.15))
    assert math.isnan(rows[-1]["standard_error"])
    assert all(0 < row["standard_error"] < 0.2 for row in rows[:-1])
    for row in rows:
        assert row["temperature"] == 0.15
        assert row["ceiling"] == pytest.approx(math.log(row["n"]))
        assert row["pool_ceiling"] == pytest.approx(math.log(1024))
        assert row["bound"] <= row["temperature_ceiling"] <= row["ceiling"]


def test_standard_error_is_that_of_the_mean():
    """Two hundred pools: the spread of the bound is the standard error that each of them claims."""
    bounds, errors = [], []
    for seed in range(200):
        generator = torch.Generator().manual_seed(seed)
        (row,) = mi.curve(*unit_pairs(512, 8, generator), [0.3], [16], generator)
        bounds.append(row["bound"])
        errors.append(row["standard_error"])
    claimed = math.sqrt(sum(e * e for e in errors) / 200)
    assert torch.tensor(bounds).std().item() == pytest.approx(claimed, rel=0.25)


def test_saturated_and_converged_curves(generator):
    a, _ = unit_pairs(512, 32, generator)
    saturated = mi.curve(a, a, [0.02], [2, 16, 128, 512], generator)
    assert all(row["censored"] and row["slope"] == pytest.approx(1, abs=0.01) for row in saturated)

    weak = mi.curve(*unit_pairs(4096, 2, generator, noise=2.0), [1.0], [2, 16, 256, 2048], generator)
    assert not any(row["censored"] for row in weak[1:])
    assert abs(weak[-1]["slope"]) < 0.05
    (alone,) = mi.curve(a, a, [0.02], [16], generator)
    assert math.isnan(alone["slope"])


def test_temperature_is_chosen_on_other_pairs_than_are_scored(generator):
    """Independent views hold no information: a temperature chosen on the pairs it is scored on would find some."""
    temperatures = [0.1, 0.3, 1.0, 3.0, 10.0]

    def draw():
        a, b = torch.randn(2, 16, 2, generator=generator)
        (row,) = mi.curve(a, b, temperatures, [8], generator)
        assert row["batches"] == 1  # half of the 16
        return row["bound"], max(mi.infonce_chunked(a[:8], b[:8], t) for t in temperatures)

    (apart, same), (error, same_error) = monte_carlo(draw, 500)
    assert apart < 3 * error
    assert same > 3 * same_error


def test_best_temperature(generator):
    a, b = unit_pairs(2000, 16, generator, noise=1.0)
    value = {t: mi.infonce_chunked(a[:128], b[:128], t) for t in (0.01, 0.1, 1.0)}
    assert value[0.1] > max(value[0.01], value[1.0])
    assert mi.best_temperature(a, b, 128, [0.01, 0.1, 1.0]) == 0.1


def test_ceiling_of_a_temperature():
    assert mi.ceiling(0.5, 512) == pytest.approx(1.99, abs=0.005)
    assert mi.ceiling(0.001, 512) == pytest.approx(math.log(512))
    simplex = torch.eye(6) - 1 / 6  # as far apart as six vectors get: the ceiling is reached
    assert mi.infonce_chunked(simplex, simplex, 0.5) == pytest.approx(mi.ceiling(0.5, 6), abs=1e-6)


def test_fano():
    assert mi.fano(1.0, 1000) == pytest.approx(math.log(1000))
    assert mi.fano(1 / 8, 8) == mi.fano(0.0, 8) == 0.0
    e = 0.3
    expected = math.log(8) + e * math.log(e) + 0.7 * math.log(0.7) - e * math.log(7)
    assert mi.fano(0.7, 8) == pytest.approx(expected)
    # A channel that is a uniform error with probability e reaches it: H(x) - H(x|y).
    row = torch.tensor([0.7] + [e / 7] * 7, dtype=torch.float64)
    assert mi.fano(0.7, 8) == pytest.approx(math.log(8) + (row * row.log()).sum().item())


def test_a_collapsed_encoder_retrieves_nothing():
    a = torch.ones(50, 7) / 3
    assert mi.top1_accuracy(a, a) == 0.0
    assert mi.infonce_chunked(a, a, 0.1) == pytest.approx(0, abs=1e-12)


def test_unusable_pairs_are_refused(generator):
    a, b = unit_pairs(20, 3, generator)
    with pytest.raises(ValueError, match="batches of 21 pairs from a pool of 20"):
        mi.curve(a, b, [0.1], [2, 21], generator)
    with pytest.raises(ValueError, match="batches of 11 pairs from a pool of 10"):
        mi.curve(a, b, [0.1, 0.2], [11], generator)
    with pytest.raises(ValueError, match="must rise"):
        mi.curve(a, b, [0.1], [4, 2], generator)
    with pytest.raises(ValueError, match="temperatures are empty"):
        mi.curve(a, b, [], [2], generator)
    with pytest.raises(ValueError, match="temperature is 0"):
        mi.infonce_chunked(a, b, 0.0)
    with pytest.raises(ValueError, match="shapes"):
        inspect.unwrap(mi.infonce_chunked)(a, b[:19], 0.1)
    with pytest.raises(ValueError, match="finite"):
        mi.top1_accuracy(a, b.log())
    with pytest.raises(ValueError, match="accuracy is"):
        mi.fano(1.2, 8)
