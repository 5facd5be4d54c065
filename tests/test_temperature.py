"""Temperature: against the formulas written out on four points, autograd, and the uniform law."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import SHIPPED
from torch.nn import functional as F

from sslcore import temperature as t
from sslcore.losses import nt_xent
from sslcore.run import Run, runs
from sslcore.view.temperature import drawing, pairs, trained


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((4, 3)).astype(np.float32)
    return a, a + 0.5 * rng.standard_normal((4, 3)).astype(np.float32)


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x.astype(float) @ y / math.sqrt(float(x.astype(float) @ x) * float(y.astype(float) @ y)))


@pytest.mark.parametrize("tau", [0.05, 0.5, 3.0])
def test_four_points(pair, tau):
    a, b = pair
    positives, negatives = t.split(t.similarities(a, b))
    r, p = t.weights(negatives, tau), t.positive_probability(positives, negatives, tau)
    for i in range(4):
        others = [j for j in range(4) if j != i]
        e = {j: math.exp(cosine(a[i], b[j]) / tau) for j in range(4)}
        total = sum(e[j] for j in others)
        mine = [e[j] / total for j in others]
        np.testing.assert_allclose(r[i], mine, rtol=1e-5)
        np.testing.assert_allclose(p[i], e[i] / sum(e.values()), rtol=1e-5)
        np.testing.assert_allclose(t.effective_negatives(r)[i], 1 / sum(x * x for x in mine), rtol=1e-5)
        np.testing.assert_allclose(t.perplexity(r)[i], math.prod(x**-x for x in mine), rtol=1e-5)
        np.testing.assert_allclose(t.top_share(r)[i], max(mine), rtol=1e-5)
        np.testing.assert_allclose(t.top_share(r, 0.5)[i], sum(sorted(mine)[-2:]), rtol=1e-5)


@pytest.mark.parametrize("tau", [0.05, 0.5, 3.0])
def test_gradient_is_autograds(pair, tau):
    s = torch.from_numpy(t.similarities(*pair)).requires_grad_()
    F.cross_entropy(s / tau, torch.arange(4), reduction="sum").backward()
    expected = s.grad.numpy()
    on_positive, on_negatives = t.gradient(*t.split(s.detach().numpy()), tau)
    np.testing.assert_allclose(on_positive, np.diag(expected), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(on_negatives, t.split(expected)[1], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(on_positive + on_negatives.sum(1), 0, atol=1e-12)


def test_nt_xent_is_the_same_loss_over_the_views_of_both_sides(pair):
    tau, n = 0.3, 4
    a, b = (torch.from_numpy(x).double().requires_grad_() for x in pair)
    loss = nt_xent(a, b, tau)
    loss.backward()
    z = F.normalize(torch.cat([a, b]), dim=1)
    s = z @ z.T
    rows, columns = np.arange(2 * n), np.roll(np.arange(2 * n), n)
    others = np.array([[j for j in rows if j not in (i, columns[i])] for i in rows])
    scores = s.detach().numpy()
    positives, negatives = scores[rows, columns], scores[rows[:, None], others]
    assert loss.item() == pytest.approx(-np.log(t.positive_probability(positives, negatives, tau)).mean(), rel=1e-12)

    on_positive, on_negatives = t.gradient(positives, negatives, tau)
    ours = torch.zeros_like(s)
    ours[rows, columns] = torch.from_numpy(on_positive)
    ours[rows[:, None], others] = torch.from_numpy(on_negatives)
    expected = torch.autograd.grad((s * ours).sum() / (2 * n), (a, b))
    torch.testing.assert_close(expected, (a.grad, b.grad))


def test_false_negatives():
    negatives = np.array([[0.9, 0.1, 0.8, 0.5]])
    same = np.array([[False, True, True, False]])
    assert [t.false_negatives(negatives, same, k)[0] for k in (1, 2, 4)] == [0, 0.5, 0.5]
    for k in (0, 5):
        with pytest.raises(ValueError, match="of the 4 negatives"):
            t.false_negatives(negatives, same, k)


@pytest.mark.parametrize(("tau", "share"), [(0.07, 0.23), (0.1, 0.47), (0.5, 0.97)])
def test_uniform_negatives(tau, share):
    """Vectors drawn on the sphere, their cosine's law, MATHS.md's table and the formula agree."""
    d, m = 128, 2000
    z = np.random.default_rng(1).standard_normal((m + 1, d))
    drawn = t.split(t.similarities(z, z))[1][:200]
    for negatives in (drawn, t.uniform_cosines(200, m, d)):
        r = t.weights(negatives, tau)
        assert t.effective_negatives(r).mean() / m == pytest.approx(share, abs=0.01)
        assert t.effective_negatives(r).mean() / m == pytest.approx(t.uniform_effective(d, tau), abs=0.03)
        assert t.perplexity(r).mean() / m == pytest.approx(t.uniform_perplexity(d, tau), abs=0.02)


def test_formula_fails_where_its_note_says():
    d, m = 128, 2000
    tau = t.uniform_from(d, m)
    r = t.weights(t.uniform_cosines(50, m, d), tau)
    assert t.effective_negatives(r).mean() / m > 10 * t.uniform_effective(d, tau)


@pytest.mark.parametrize("tau", [1e-300, 1e-6])
def test_cold(pair, tau):
    positives, negatives = t.split(t.similarities(*pair))
    r = t.weights(negatives, tau)
    np.testing.assert_allclose(t.effective_negatives(r), 1)
    np.testing.assert_allclose(t.perplexity(r), 1)
    np.testing.assert_allclose(t.top_share(r), 1)
    p = t.positive_probability(positives, negatives, tau)
    np.testing.assert_array_equal(p, positives > negatives.max(1))  # the loss has become "is it the nearest?"
    assert all(np.isfinite(g).all() for g in t.gradient(positives, negatives, 1e-6))
    assert t.uniform_effective(64, tau) == 0


def test_hot(pair):
    positives, negatives = t.split(t.similarities(*pair))
    r = t.weights(negatives, 1e9)
    np.testing.assert_allclose(r, 1 / 3)
    np.testing.assert_allclose(t.effective_negatives(r), 3)
    np.testing.assert_allclose(t.positive_probability(positives, negatives, 1e9), 1 / 4)
    assert t.uniform_effective(64, 1e9) == pytest.approx(1)


def test_small_gradients_survive():
    """1 - P_ii is far below what 1 minus a float could tell."""
    on_positive, on_negatives = t.gradient(np.array([1.0]), np.array([[-1.0, -1.0]]), 0.02)
    assert on_positive[0] == pytest.approx(-2 * math.exp(-100) / 0.02, rel=1e-9)
    assert on_negatives[0] == pytest.approx([math.exp(-100) / 0.02] * 2, rel=1e-9)


def test_top_is_at_least_one():
    assert [t.top(m) for m in (1, 29, 100, 101, 1999)] == [1, 1, 1, 2, 20]


def test_errors(pair):
    a, b = pair
    _, negatives = t.split(t.similarities(a, b))
    for tau in (0, -1, math.nan, math.inf):
        with pytest.raises(ValueError, match="temperature must be positive"):
            t.weights(negatives, tau)
    with pytest.raises(ValueError, match="at least 2"):
        t.similarities(a[:1], b[:1])
    broken = b.copy()
    broken[2, 0] = np.nan
    with pytest.raises(ValueError, match=r"1 of 4 images are not finite \(the first is image 2\)"):
        t.similarities(a, broken)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        t.uniform_cosines(1, 1, 1)


# --- what the page says of runs ------------------------------------------------------------------------------------


def runs_table(knn: list[float], excess: list[float], tolerance: list[float], n: int = 10_000) -> pd.DataFrame:
    taus = [0.05, 0.2, 1.0][: len(knn)]
    rows = {"tau": taus, "knn_10": knn, "linear": knn, "excess": excess, "tolerance": tolerance, "test_items": n}
    return pd.DataFrame(rows).assign(**{"raw.knn_10": 0.8, "raw.linear": 0.8})


def test_findings_are_those_of_the_numbers():
    said = " ".join(trained.findings(runs_table([0.85, 0.9, 0.7], [0.1, 0.3, 0.9], [0.1, 0.3, 0.6])))
    assert "kNN accuracy (k = 10) at **τ = 0.2** (90.0%)" in said
    assert "At τ = 1 a baseline does better (80.0%)" in said
    assert "cannot tell" not in said
    assert "uniform law rises: 0.1 at τ = 0.05, 0.9 at τ = 1" in said
    assert "A trade-off: the most uniform run (τ = 0.05) and the most tolerant one (τ = 1)" in said


def test_findings_claim_nothing_more():
    close = " ".join(trained.findings(runs_table([0.9, 0.905, 0.89], [0.1, 0.3, 0.9], [0.1, 0.3, 0.6], n=500)))
    assert "500 test images cannot tell it from τ = 0.05, 1" in close
    one_way = " ".join(trained.findings(runs_table([0.9, 0.85, 0.7], [0.1, 0.9, 0.3], [0.1, 0.3, 0.6])))
    assert "No trade-off shows" in one_way
    assert "does not move one way" in one_way
    assert not any("rade-off" in text for text in trained.findings(runs_table([0.9, 0.8], [0, 1], [0, 1])))


def test_a_tie_within_noise_is_no_trade_off():
    said = " ".join(trained.findings(runs_table([0.9, 0.902, 0.9], [0.1, 0.3, 0.9], [0.1, 0.3, 0.6], n=500)))
    assert "A trade-off" not in said


def test_only_temperature_seed_and_note_may_differ():
    def facts(**changed):
        settings = {"temperature": changed.pop("temperature", 0.1), "projector": [128, 64]}
        config = {"objective": "simclr", "settings": settings, "seed": 0, "note": "", "batch": 512} | changed
        return {"config": config, "form": {"kind": "images"}, "data": {"digests": {"train": "a"}}}

    assert trained.group(facts()) == trained.group(facts(temperature=1.0, seed=3, note="mine"))
    assert trained.group(facts()) != trained.group(facts(batch=128))
    assert trained.group(facts()) != trained.group(facts() | {"data": {"digests": {"train": "b"}}})


def test_a_run_trained_today_is_compared_with_older_ones():
    run = Run(SHIPPED / "simclr-fashion-tau0.2")
    today = run.config.model_dump(mode="json") | {"precision": "auto"}
    today["settings"]["temperature"] = 0.3
    assert trained.group(run.facts | {"config": today}) == trained.group(run.facts)
    today["network"]["activation"] = "silu"
    assert trained.group(run.facts | {"config": today}) != trained.group(run.facts)
    names = [other.name for _, other in trained.comparable(run, runs(SHIPPED))]
    assert names == [f"simclr-fashion-tau{tau}" for tau in (0.05, 0.2, 0.5, "1.0")]


def test_densities_integrate_to_one():
    x = np.array([[-1.0, 1.0000001, 0.3, 0.3]], np.float32)  # float32 passes one by rounding
    heights = pairs.density(x)
    width = drawing.EDGES[1] - drawing.EDGES[0]
    assert heights.sum() * width == pytest.approx(1)
    assert heights[[0, 52, -1]] * width == pytest.approx([0.25, 0.5, 0.25])
    weighed = pairs.density(x, np.array([[0.5, 0.5, 0.0, 0.0]]))
    assert weighed[[0, 52, -1]] * width == pytest.approx([0.5, 0, 0.5])


def test_the_hardest_negatives_are_those_of_the_largest_cosines(checkpoints):
    from sslcore.run import Run

    run = Run(checkpoints / "simclr")
    found = pairs.cosines(run)
    for i in (0, 7):
        table = pairs.anchor_table(found, run.gallery, i, 0.1)
        assert pairs.hardest(found, i).tolist() == table["image"][:17].tolist()
