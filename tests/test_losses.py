"""Losses against the paper's formula, written naively on a few points."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT

from sslcore.losses import nt_xent
from sslcore.objectives.vae import kl_to_prior, sample


def naive_nt_xent(a, b, temperature):
    """SimCLR's equation 1, one pair at a time."""
    views = [v / v.norm() for v in [*a, *b]]
    n, total = len(a), 0.0
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        others = [math.exp(float(views[i] @ views[k]) / temperature) for k in range(2 * n) if k != i]
        total -= math.log(math.exp(float(views[i] @ views[partner]) / temperature) / sum(others))
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 2.0])
def test_nt_xent_is_the_papers_formula(temperature):
    a, b = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert float(nt_xent(a, b, temperature)) == pytest.approx(naive_nt_xent(a, b, temperature), rel=1e-9)


def test_nt_xent_of_a_large_batch_is_taken_a_part_at_a_time(monkeypatch):
    a, b = torch.randn(2, 40, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    whole = nt_xent(a, b, 0.2)
    monkeypatch.setattr("sslcore.losses.ROWS", 7)
    assert float(nt_xent(a, b, 0.2)) == pytest.approx(float(whole), rel=1e-12)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read as Linux tells it")
def test_nt_xent_needs_at_most_three_times_its_scores():
    """Peak memory of loss and gradients for 8,192 views, in a process of its own."""
    script = (
        "import re, torch; from sslcore.losses import nt_xent; torch.set_num_threads(1)\n"
        "a, b = torch.randn(2, 4096, 64, requires_grad=True)\n"
        "peak = lambda: 1024 * int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
        "nt_xent(a[:64], b[:64], 0.1).backward(); before = peak(); nt_xent(a, b, 0.1).backward()\n"
        "print((peak() - before) / (8192**2 * 4))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert 1 <= float(done.stdout) < 3, done.stderr


def test_nt_xent_reaches_its_least_value_on_a_simplex_and_never_goes_below():
    n, temperature = 5, 0.3
    simplex = torch.eye(n, dtype=torch.float64) - 1 / n
    least = math.log(1 + (2 * n - 2) * math.exp(-(1 + 1 / (n - 1)) / temperature))
    assert float(nt_xent(simplex, simplex, temperature)) == pytest.approx(least, rel=1e-9)
    a, b = torch.randn(2, n, n, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert float(nt_xent(a, b, temperature)) > least


def test_nt_xent_ignores_length_and_is_chance_for_one_point():
    a, b = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    assert float(nt_xent(a * 7, b * 0.1, 0.2)) == pytest.approx(float(nt_xent(a, b, 0.2)), rel=1e-5)
    same = torch.ones(6, 3)
    assert float(nt_xent(same, same, 0.2)) == pytest.approx(math.log(11), rel=1e-6)


@pytest.mark.parametrize(("n", "temperature"), [(1, 0.5), (4, 0.0), (4, -1.0), (4, math.inf)])
def test_nt_xent_refuses(n, temperature):
    with pytest.raises(ValueError, match=r"pair|positive"):
        nt_xent(torch.rand(n, 3), torch.rand(n, 3), temperature)


def test_kl_is_torchs_and_samples_have_the_posteriors_moments():
    mu, log_var = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    truth = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(kl_to_prior(mu, log_var), truth)
    many = sample(mu.repeat(20_000, 1, 1), log_var.repeat(20_000, 1, 1), torch.Generator().manual_seed(0))
    assert torch.allclose(many.mean(0), mu, atol=0.06)
    assert torch.allclose(many.std(0), q.stddev, rtol=0.03)
