"""Truth: bounds on mutual information where the answer is known (correlated Gaussians, and MATHS.md's table)."""

import itertools
import math

import pytest
import torch

from information.draws import monte_carlo
from sslcore import information as mi
from sslcore.information import CorrelatedGaussian

# I: {n: (InfoNCE, leave-one-out)} at the best critic in 20 dimensions, by Monte Carlo to .003 and .02.
REFERENCE = {
    2: {2: (0.508, 4.425), 8: (1.270, 2.723), 128: (1.889, 2.095), 2048: (1.990, 2.010)},
    4: {2: (0.643, 9.826), 8: (1.809, 6.219), 128: (3.339, 4.504), 2048: (3.873, 4.097)},
    8: {2: (0.690, 24.54), 8: (2.059, 15.84), 128: (4.626, 10.85), 2048: (6.551, 9.00)},
}
BATCHES = {2: 2000, 8: 1000, 128: 200, 2048: 4}


@pytest.mark.parametrize(("information", "n"), list(itertools.product(REFERENCE, BATCHES)))
def test_reference_table(information, n, generator):
    task = CorrelatedGaussian(20, float(information))

    def draw():
        x, y = task.sample(n, generator)
        return mi.infonce(task.critic(x, y)), mi.leave_one_out(task.log_conditional(x, y))

    mean, error = monte_carlo(draw, BATCHES[n])
    expected = torch.tensor(REFERENCE[information][n], dtype=torch.float64)
    # Half a unit of the table's last digit comes on top of both standard errors.
    allowed = 4 * (error**2 + torch.tensor([0.003, 0.02], dtype=torch.float64) ** 2).sqrt() + 0.005
    assert ((mean - expected).abs() < allowed).all(), f"{mean.tolist()} for {expected.tolist()}, allowed {allowed}"


def test_moments_of_the_best_critic(generator):
    d, information, n = 20, 4.0, 200_000
    task = CorrelatedGaussian(d, information)
    variance = d * task.rho**2
    x, y = task.sample(n, generator)
    # In blocks of two: of the n x n matrix only the diagonal, and one product pair a block.
    log_r = torch.stack([task.critic(a, b) for a, b in zip(x[:20_000].split(2), y[:20_000].split(2), strict=True)])
    positive, product = log_r.diagonal(dim1=1, dim2=2).flatten(), log_r[:, 0, 1]
    assert positive.mean() == pytest.approx(information, abs=4 * math.sqrt(variance / len(positive)))
    assert positive.var() == pytest.approx(variance, rel=4 * math.sqrt(3 / len(positive)) + 0.02)
    expected = information - variance / (1 - task.rho**2)
    assert product.mean() == pytest.approx(expected, abs=4 * product.std().item() / math.sqrt(len(product)))
    assert torch.stack([x, y], 2).var() == pytest.approx(1, abs=0.01)
    assert (x * y).mean() == pytest.approx(task.rho, abs=0.01)


def test_critic_and_conditional_are_the_densities(generator):
    task = CorrelatedGaussian(3, 2.0)
    x, y = task.sample(5, generator)
    x64, y64 = x.double(), y.double()
    marginal = torch.distributions.Normal(torch.zeros(1, dtype=torch.float64), 1.0).log_prob(y64).sum(1)
    conditional = torch.distributions.Normal(task.rho * x64, math.sqrt(1 - task.rho**2))
    expected = torch.stack([conditional.log_prob(y_i).sum(1) for y_i in y64])  # [i, j]: y_i given x_j
    torch.testing.assert_close(task.log_conditional(x, y), expected)
    torch.testing.assert_close(task.critic(x, y), expected.T - marginal)


@pytest.mark.parametrize("information", [2.0, 4.0])
def test_leave_one_out_of_two_and_club_have_a_closed_form(information, generator):
    task = CorrelatedGaussian(20, information)

    def draw():
        conditional = task.log_conditional(*task.sample(2, generator))
        return mi.leave_one_out(conditional), mi.club(conditional)

    mean, error = monte_carlo(draw, 1500)
    assert ((mean - 20 * math.expm1(2 * information / 20)).abs() < 4 * error).all()


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_nwj_and_tuba_are_unbiased_at_their_best_critic(shift, generator):
    task = CorrelatedGaussian(20, 1.0)

    def draw():
        log_r = task.critic(*task.sample(64, generator))
        baseline = torch.linspace(-1, 1, 64, dtype=torch.float64) * shift  # any a(y), if the critic follows it
        return mi.nwj(1 + log_r), mi.tuba(log_r + baseline, baseline)

    mean, error = monte_carlo(draw, 500)
    assert ((mean - 1.0).abs() < 4 * error).all()
    assert (error < 0.03).all()


def test_donsker_varadhan_and_smile_overshoot(generator):
    """Neither is a bound: at I = 4 the first reads 4.72 from 8 pairs, at I = 10 the second 11.9 from 2048."""
    task = CorrelatedGaussian(20, 4.0)
    mean, error = monte_carlo(lambda: [mi.donsker_varadhan(task.critic(*task.sample(8, generator)))], 2000)
    assert mean.item() == pytest.approx(4.72, abs=4 * error.item() + 0.02)
    task = CorrelatedGaussian(20, 10.0)
    mean, error = monte_carlo(lambda: [mi.smile(task.critic(*task.sample(2048, generator)), 5.0)], 5)
    # A batch's value is that of its positives' mean, sd sqrt(d rho^2 / 2048) = .08, far below the excess of 1.9.
    assert mean.item() == pytest.approx(11.9, abs=4 * math.sqrt(20 / 2048 / 5) + 0.05)


def test_estimators_keep_their_guarantees(generator):
    task = CorrelatedGaussian(20, 2.0)
    rows = task.curve([4, 64], pairs=8192, generator=generator)
    guarantees = {estimator.name: estimator.guarantee for estimator in mi.ESTIMATORS}
    assert {row["estimator"] for row in rows} == set(guarantees)
    for row in rows:
        gap = (row["mean"] - 2.0) / row["standard_error"]
        assert len(row["values"]) == 128
        if guarantees[row["estimator"]] == "lower bound":
            assert gap < 4, row
        if guarantees[row["estimator"]] == "upper bound":
            assert gap > -4, row
        if row["n"] == 4 and guarantees[row["estimator"]] == "none":
            assert gap > 4, "an estimator said to have no guarantee kept one"


def test_curve_repeats_from_its_generator():
    task = CorrelatedGaussian(2, 1.0)
    once, again = (task.curve([2, 4], 32, torch.Generator().manual_seed(3)) for _ in range(2))
    assert once == again
