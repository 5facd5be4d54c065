"""Truth: bounds on mutual information where the answer is known (correlated Gaussians, and MATHS.md's table)."""

import inspect
import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from sslcore import information as mi
from sslcore.information import CorrelatedGaussian, curves

# I: {n: (InfoNCE, leave-one-out)} at the best critic in 20 dimensions, by Monte Carlo to .003 and .02.
REFERENCE = {
    2: {2: (0.508, 4.425), 8: (1.270, 2.723), 128: (1.889, 2.095), 2048: (1.990, 2.010)},
    4: {2: (0.643, 9.826), 8: (1.809, 6.219), 128: (3.339, 4.504), 2048: (3.873, 4.097)},
    8: {2: (0.690, 24.54), 8: (2.059, 15.84), 128: (4.626, 10.85), 2048: (6.551, 9.00)},
}
BATCHES = {2: 2000, 8: 1000, 128: 200, 2048: 4}
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


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def monte_carlo(draw, count: int) -> tuple[Tensor, Tensor]:
    """Mean and standard error of `count` draws of a row of numbers."""
    values = torch.tensor([draw() for _ in range(count)], dtype=torch.float64)
    return values.mean(0), values.std(0) / math.sqrt(count)


def unit_pairs(m: int, d: int, generator: torch.Generator, noise: float = 0.7) -> tuple[Tensor, Tensor]:
    a = torch.randn(m, d, generator=generator)
    return a, a + noise * torch.randn(m, d, generator=generator)


# --- the correlated Gaussians --------------------------------------------------------------------------------------


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


# --- the estimators as functions of a matrix -----------------------------------------------------------------------


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


# --- learned critics -----------------------------------------------------------------------------------------------


def test_a_learned_critic_comes_close_and_stays_below(generator):
    torch.manual_seed(0)
    task = CorrelatedGaussian(5, 2.0)
    critic = mi.Separable(5)
    rows = list(mi.train_critic(critic, task, mi.infonce, steps=400, batch=128, generator=generator))
    assert [row["step"] for row in rows] == list(range(400))
    assert abs(rows[0]["bound"]) < 0.2

    def draw():
        x, y = task.sample(256, generator)
        return mi.infonce(critic(x, y).detach()), mi.infonce(task.critic(x, y))

    (learned, best), (error, _) = monte_carlo(draw, 50)
    assert learned > 0.85 * 2.0
    assert learned < 2.0 + 3 * error
    assert learned < best


@pytest.mark.parametrize(
    "make", [lambda: mi.Separable(3, hidden=16), lambda: mi.Bilinear(3), lambda: mi.Joint(3, hidden=16)]
)
@pytest.mark.parametrize("bound", [mi.infonce, mi.nwj])
def test_every_critic_learns(make, bound, generator):
    torch.manual_seed(0)
    task = CorrelatedGaussian(3, 1.5)
    values = [row["bound"] for row in mi.train_critic(make(), task, bound, 80, 32, 1e-2, generator)]
    assert sum(values[-20:]) / 20 > sum(values[:5]) / 5 + 0.2


def test_joint_scores_each_pair(generator):
    x, y = CorrelatedGaussian(3, 1.0).sample(4, generator)
    critic = mi.Joint(3)
    torch.testing.assert_close(critic(x, y)[1, 2], critic.network(torch.cat([x[1], y[2]])).squeeze())


def test_a_diverging_critic_says_where(generator):
    with pytest.raises(FloatingPointError, match="at step"):
        list(mi.train_critic(mi.Bilinear(5), CorrelatedGaussian(5, 2.0), mi.nwj, 50, 64, 1e3, generator))


# --- a run's held-out pairs ----------------------------------------------------------------------------------------


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
