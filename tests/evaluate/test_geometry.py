"""The geometry of a code, and whom it takes for a stranger, where the answer is known."""

import math

import pytest
import torch
from torch.nn import functional as F

from evaluate.made import opened
from sslcore.evaluate import anomaly, geometry


def test_uniformity_of_uniform_vectors_is_the_uniform_laws():
    """Values of the law from MATHS: d = 16, 64, 128."""
    for d, value in ((16, -3.513), (64, -3.875), (128, -3.9375)):
        assert geometry.uniform_uniformity(d) == pytest.approx(value, abs=6e-4)
    z = F.normalize(torch.randn(4000, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    assert geometry.uniformity(z) == pytest.approx(-3.513, abs=0.01)


def test_alignment_uniformity_and_tolerance_at_their_extremes():
    z = F.normalize(torch.randn(50, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    assert geometry.alignment(z, z) == 0
    assert geometry.alignment(z, -z) == pytest.approx(4)
    assert geometry.uniformity(z[:1].repeat(9, 1)) == pytest.approx(0, abs=1e-6)
    labels = torch.arange(50) % 5
    naive = [float(z[i] @ z[j]) for i in range(50) for j in range(50) if i != j and labels[i] == labels[j]]
    assert geometry.tolerance(z, labels) == pytest.approx(sum(naive) / len(naive), abs=1e-6)


def test_ranks_of_a_known_spectrum():
    """lambda_k proportional to 1/k, d = 128, whose ranks are 107.1, 47.0 and 18.0; and features that are all one."""
    d, n = 128, 512
    q = torch.linalg.qr(torch.randn(n, d + 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    centred = torch.linalg.qr(q - q.mean(0)).Q[:, :d]  # orthonormal columns of mean 0
    x = centred / torch.arange(1, d + 1).sqrt()
    found = geometry.ranks(x)
    assert found["rankme"] == pytest.approx(107.05, abs=0.01)
    assert found["entropy_rank"] == pytest.approx(46.95, abs=0.01)
    assert found["participation_ratio"] == pytest.approx(18.03, abs=0.01)
    expected = [-math.log10(k) for k in range(1, d + 1)]
    assert geometry.spectrum(x) == pytest.approx(expected, abs=1e-6)
    wide = torch.randn(20, 90, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    within = wide @ torch.linalg.qr(wide.T).Q  # the same cloud in the 20 dimensions that it spans
    assert geometry.ranks(wide) == pytest.approx(geometry.ranks(within), rel=1e-4)
    assert geometry.spectrum(wide)[:19] == pytest.approx(geometry.spectrum(within)[:19], abs=1e-9)
    same = geometry.ranks(torch.ones(50, 8))
    assert same["rankme"] == pytest.approx(1, abs=0.01)
    assert same["entropy_rank"] == same["participation_ratio"] == 0


def test_a_constant_with_a_little_noise_needs_all_three_ranks_to_be_seen():
    noise = 1e-4 * torch.randn(4000, 128, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = geometry.describe(1 + noise)
    assert found["rankme"] == pytest.approx(1.01, abs=0.05)
    assert found["participation_ratio"] > 120
    assert found["mean_cosine"] > 0.999
    assert found["total_variance"] == pytest.approx(128e-8, rel=0.05)


def test_hubness_is_the_skew_counted_naively_and_its_null_is_small():
    x = torch.randn(60, 5, generator=torch.Generator().manual_seed(0)) + 1
    counts = [0] * 60
    for i in range(60):
        cosines = F.cosine_similarity(x, x[i][None])
        for j in [j for j in cosines.argsort(descending=True).tolist() if j != i][:10]:
            counts[j] += 1
    mean = sum(counts) / 60
    spread = math.sqrt(sum((c - mean) ** 2 for c in counts) / 60)
    assert geometry.hubness(x) == pytest.approx(sum((c - mean) ** 3 for c in counts) / 60 / spread**3, rel=1e-5)
    for d in (8, 64):
        assert 0.05 < geometry.uniform_hubness(2000, d) < 0.5
    assert geometry.hubness(torch.randn(2000, 64, generator=torch.Generator().manual_seed(0)).abs()) > 0.5


def test_auroc_counts_pairs_and_ties_by_half():
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randint(0, 6, (40,), generator=generator), torch.randint(2, 8, (30,), generator=generator)
    naive = sum(1.0 if s > f else 0.5 if s == f else 0.0 for f in a.tolist() for s in b.tolist()) / (40 * 30)
    assert anomaly.auroc(a.double(), b.double()) == pytest.approx(naive)
    assert anomaly.auroc(torch.zeros(5), torch.zeros(7)) == 0.5
    assert anomaly.auroc(torch.arange(5.0), torch.arange(5.0) - 9) == 0


def test_distances_are_to_the_nearest_known_code():
    x, known = torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([[0.0, 0.0], [0.0, 9.0]])
    assert anomaly.distance(x, known, "euclidean").tolist() == pytest.approx([5, 2])
    assert anomaly.distance(x, known[1:], "cosine").tolist() == pytest.approx([math.sqrt(0.4), 0])


def test_an_outsider_is_told_from_the_familiar_where_it_lies_here(trained, monkeypatch):
    """Noise as the outsider of digits; and a sentence where there is none."""
    from sslcore.data import load
    from sslcore.data.items import Data

    of = opened(trained / "vae")
    assert "no outsider" in anomaly.detection(of)["missing"]
    monkeypatch.setitem(anomaly.OUTSIDERS, "digits", "mnist")
    monkeypatch.setattr(anomaly, "to_download", lambda name: 30)
    assert "nothing is downloaded" in anomaly.detection(of)["missing"]
    noise = torch.randint(0, 256, (100, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    monkeypatch.setattr(anomaly, "to_download", lambda name: 0)
    monkeypatch.setattr(anomaly, "load", lambda name, split: Data(noise, None, (), "noise", "test"))
    found = anomaly.detection(of)
    assert set(found["scores"]) == {"elbo", "bound", "distortion", "rate"}
    assert found["scores"]["elbo"] > 0.9
    assert set(found["distance"]) == {"run", "raw", "pca", "random"}
    assert found["brightness"] == pytest.approx(
        anomaly.auroc(load("digits", "test").items.float().mean((1, 2, 3)), noise.float().mean((1, 2, 3)))
    )
