"""The estimators as functions of a matrix of scores."""

import inspect
import itertools
import math

import pytest
import torch

from information.draws import monte_carlo
from sslcore import information as mi
from sslcore.information import CorrelatedGaussian

FROM_SCORES = [
    mi.infonce,
    mi.symmetric,
    mi.infonce_without_positive,
    mi.nwj,
    lambda scores: mi.tuba(scores, 0.3),
    mi.donsker_varadhan,
    lambda scores: mi.smile(scores, 1.0),
    lambda scores: mi.interpolated(scores, 0.5),
    mi.leave_one_out,
    mi.club,
]


def test_against_the_formulas_written_out():
    f = [[0.5, -1.0, 2.0], [0.3, 1.5, -0.7], [1.1, 0.2, 0.9]]
    scores, r = torch.tensor(f), range(3)
    exp = [[math.exp(v) for v in row] for row in f]
    off = [(i, j) for i in r for j in r if i != j]
    mean = sum(f[i][i] for i in r) / 3
    product = sum(exp[i][j] for i, j in off) / 6
    a = [0.2, -0.4, 0.6]
    expected = {
        mi.infonce(scores): sum(math.log(3 * exp[i][i] / sum(exp[i])) for i in r) / 3,
        mi.symmetric(scores): sum(
            math.log(3 * exp[i][i] / sum(exp[i])) + math.log(3 * exp[i][i] / sum(exp[j][i] for j in r)) for i in r
        )
        / 6,
        mi.leave_one_out(scores): sum(math.log(2 * exp[i][i] / sum(exp[i][j] for j in r if j != i)) for i in r) / 3,
        mi.nwj(scores): mean - product / math.e,
        mi.tuba(scores, torch.tensor(a)): 1 + mean - sum(a) / 3 - sum(exp[i][j] / math.exp(a[j]) for i, j in off) / 6,
        mi.donsker_varadhan(scores): mean - math.log(product),
        mi.smile(scores, 0.8): mean - math.log(sum(math.exp(min(max(f[i][j], -0.8), 0.8)) for i, j in off) / 6),
        mi.club(scores): mean - sum(f[i][j] for i, j in off) / 6,
    }
    for value, formula in expected.items():
        assert value.dtype == torch.float64
        assert value.item() == pytest.approx(formula, abs=1e-6)


def test_interpolated_ends_at_nwj_and_at_infonce(generator):
    scores = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(mi.interpolated(scores, 0.0), mi.nwj(scores))
    torch.testing.assert_close(mi.nwj(scores), mi.tuba(scores, 1.0))
    total = 0.0
    for i in range(6):  # without the first of the others, for n - 1 candidates
        others = [j for j in range(6) if j != i]
        total += math.log(5) + (scores[i, i] - scores[i, [i, *others[1:]]].logsumexp(0)).item()
    assert mi.interpolated(scores, 1.0).item() == pytest.approx(total / 6)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.99, 1.0])
def test_interpolated_is_a_lower_bound_at_its_best_critic(alpha, generator):
    task = CorrelatedGaussian(20, 1.0)
    mean, error = monte_carlo(lambda: [mi.interpolated(1 + task.critic(*task.sample(4, generator)), alpha)], 1000)
    assert mean.item() < 1.0 + 3 * error.item()
    assert mean.item() > 0.4


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e6])
def test_infonce_never_exceeds_log_n(scale, generator):
    for n in (2, 3, 17):
        scores = scale * (torch.randn(n, n, generator=generator) + 3 * torch.eye(n))
        assert mi.infonce(scores) <= math.log(n)
        assert mi.symmetric(scores) <= math.log(n)


def test_log_of_2n_minus_1_is_not_a_bound():
    """NT-Xent over 2n views, read as log(2n - 1) - loss, exceeds the truth: the image is a fair bit, both views show
    it, the critic tells equal from unequal, n = 8. The cross-view block, which is InfoNCE, does not."""
    n, big = 8, 100.0
    expected_2n, expected_n = 0.0, 0.0
    for ones in range(n):  # of the n - 1 other images, those that show the same bit
        probability = math.comb(n - 1, ones) / 2 ** (n - 1)
        scores = torch.zeros(2 * n - 1)
        scores[: 1 + 2 * ones] = big  # the other view, then both views of each like image
        expected_2n += probability * (math.log(2 * n - 1) + big - scores.double().logsumexp(0).item())
    for bits in itertools.product([0, 1], repeat=n):
        b = torch.tensor(bits)
        expected_n += mi.infonce(big * (b[:, None] == b).double()).item() / 2**n
    assert expected_2n == pytest.approx(0.6962, abs=5e-5)
    assert expected_n < math.log(2) < expected_2n


@pytest.mark.parametrize("diagonal", [0.0, 1e4, 1e8])
def test_a_huge_diagonal_does_not_swallow_the_rest(diagonal, generator):
    scores = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    huge = scores - scores.diagonal().diag() + diagonal * torch.eye(5)
    mask = ~torch.eye(5, dtype=torch.bool)
    rest = scores[mask].exp().mean()
    close = {"rel": 1e-12, "abs": 1e-12}
    assert mi.donsker_varadhan(huge).item() == pytest.approx(diagonal - rest.log().item(), **close)
    assert mi.smile(huge, 9.0).item() == pytest.approx(diagonal - rest.log().item(), **close)
    assert mi.nwj(huge).item() == pytest.approx(diagonal - rest.item() / math.e, **close)
    rows = scores[mask].view(5, 4).logsumexp(1).mean().item() - math.log(4)
    assert mi.leave_one_out(huge).item() == pytest.approx(diagonal - rows, **close)
    assert mi.club(huge).item() == pytest.approx(diagonal - scores[mask].mean().item(), **close)


def test_large_scores_neither_overflow_nor_vanish():
    scores = torch.full((4, 4), 5000.0) + 1e-3 * torch.eye(4)
    # log 4 - log(1 + 3 e^-t) for t = 1e-3, of which float32 at 5000 keeps only 0.0009765625
    t = 0.0009765625
    assert mi.infonce(scores).item() == pytest.approx(math.log(4) - math.log1p(3 * math.exp(-t)), rel=1e-9)
    assert mi.donsker_varadhan(scores).item() == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize("function", FROM_SCORES)
@pytest.mark.parametrize("n", [2, 5])
def test_gradients_flow(function, n, generator):
    scores = torch.randn(n, n, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, scores)
    single = scores.detach().float().requires_grad_()
    function(single).backward()
    assert single.grad is not None
    assert single.grad.dtype == torch.float32
    assert single.grad.isfinite().all()


@pytest.mark.parametrize("function", [mi.infonce, mi.nwj, mi.leave_one_out, mi.club])
@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (torch.zeros(3, 4), "square"),
        (torch.zeros(3), "square"),
        (torch.zeros(1, 1), "at least 2"),
        (torch.tensor([[0.0, math.nan], [0.0, 0.0]]), "finite"),
        (torch.tensor([[0.0, -math.inf], [math.inf, 0.0]]), "finite"),
    ],
)
def test_unusable_scores_are_refused(function, scores, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(function)(scores)  # past the shape check that only the tests have


def test_unusable_settings_are_refused():
    with pytest.raises(ValueError, match="alpha is"):
        mi.interpolated(torch.zeros(2, 2), 1.5)
    with pytest.raises(ValueError, match="clip is 0"):
        mi.smile(torch.zeros(2, 2), 0.0)
    with pytest.raises(ValueError, match="dimensions is 0"):
        CorrelatedGaussian(0, 1.0)
    for information in (-1.0, 20.5, math.nan):
        with pytest.raises(ValueError, match="mutual_information"):
            CorrelatedGaussian(2, information)
