"""Protocols against naive versions, and the values they must give on data whose answer is known."""

import math

import pytest
import torch
from torch.nn import functional as F

from sslcore import evaluate
from sslcore.run import Run


def blobs(n, classes, d, spread, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=torch.Generator().manual_seed(99))
    labels = torch.randint(classes, (n,), generator=generator)
    return centres[labels] + spread * torch.randn(n, d, generator=generator), labels


def test_knn_is_the_weighted_vote_done_naively():
    (x, y), (u, v) = blobs(300, 4, 5, 1.0), blobs(60, 4, 5, 1.0, seed=1)
    found = evaluate.knn(x, u, y, v)
    for k in (10, 200):
        right = 0
        for query, truth in zip(u, v, strict=True):
            similarity = F.cosine_similarity(x, query[None])
            order = similarity.argsort(descending=True)[:k]
            votes = [float(((similarity[order] / 0.07).exp() * (y[order] == c)).sum()) for c in range(4)]
            right += votes.index(max(votes)) == int(truth)
        assert found[k] == right / 60


def test_the_linear_probe_is_sklearns_and_separates_what_is_separable():
    from sklearn.linear_model import LogisticRegression

    (x, y), (u, v) = blobs(2000, 5, 8, 1.2), blobs(1000, 5, 8, 1.2, seed=1)
    peer = LogisticRegression(C=1e4, max_iter=1000).fit(x.numpy(), y.numpy()).score(u.numpy(), v.numpy())
    assert evaluate.linear_probe(x, u, y, v) == pytest.approx(peer, abs=0.01)
    (x, y), (u, v) = blobs(500, 3, 8, 0.05), blobs(200, 3, 8, 0.05, seed=1)
    assert evaluate.linear_probe(x, u, y, v) == 1.0


def test_noise_scores_at_chance():
    generator = torch.Generator().manual_seed(0)
    x, u = torch.randn(2000, 10, generator=generator), torch.randn(1000, 10, generator=generator)
    y, v = torch.randint(4, (2000,), generator=generator), torch.randint(4, (1000,), generator=generator)
    for score in evaluate.accuracies(x, u, y, v).values():
        assert score == pytest.approx(0.25, abs=0.06)


def test_uniformity_of_uniform_vectors_is_the_uniform_laws():
    """Values of the law from MATHS: d = 16, 64, 128."""
    for d, value in ((16, -3.513), (64, -3.875), (128, -3.9375)):
        assert evaluate.uniform_uniformity(d) == pytest.approx(value, abs=6e-4)
    z = F.normalize(torch.randn(4000, 16, generator=torch.Generator().manual_seed(0)), dim=1)
    assert evaluate.uniformity(z) == pytest.approx(-3.513, abs=0.01)


def test_alignment_uniformity_and_tolerance_at_their_extremes():
    z = F.normalize(torch.randn(50, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    assert evaluate.alignment(z, z) == 0
    assert evaluate.alignment(z, -z) == pytest.approx(4)
    assert evaluate.uniformity(z[:1].repeat(9, 1)) == pytest.approx(0, abs=1e-6)
    labels = torch.arange(50) % 5
    naive = [float(z[i] @ z[j]) for i in range(50) for j in range(50) if i != j and labels[i] == labels[j]]
    assert evaluate.tolerance(z, labels) == pytest.approx(sum(naive) / len(naive), abs=1e-6)


def test_probing_changes_nothing_in_the_model(trained):
    objective = Run(trained / "simclr").objective()
    before = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    pixels = torch.from_numpy(Run(trained / "simclr").gallery.pixels)
    evaluate.embed(objective, pixels, torch.device("cpu"))
    evaluate.pairs(objective, pixels, torch.device("cpu"))
    assert all(torch.equal(before[name], tensor) for name, tensor in objective.state_dict().items())


def test_metrics_hold_what_others_rely_on(trained):
    metrics = Run(trained / "simclr").metrics
    for row in (metrics, *(metrics["baselines"][name] for name in ("pixels", "pca", "random"))):
        assert all(0 <= row[key] <= 1 for key in ("knn_10", "knn_200", "linear"))
    assert metrics["space"] == "h"
    for split in ("test", "train"):
        for row in metrics["information"][split]["at_best"]:
            assert row["bound"] <= row["ceiling"] == pytest.approx(math.log(row["n"]))
    vae = Run(trained / "vae").metrics["terms"]
    assert vae["elbo"] == pytest.approx(-vae["distortion"] - vae["rate"], rel=1e-5)


def test_other_images_than_the_runs_are_refused(checkpoints):
    path = checkpoints / "vae" / "config.json"
    path.write_text(path.read_text().replace(Run(checkpoints / "vae").facts["data"]["digest"], "0" * 16))
    with pytest.raises(ValueError, match="trained on other images"):
        list(evaluate.evaluate(Run(checkpoints / "vae"), "cpu"))
