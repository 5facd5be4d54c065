"""Protocols against naive versions, and the values they must give on data whose answer is known."""

import math

import pytest
import torch
from torch.nn import functional as F

from sslcore import evaluate
from sslcore.evaluate import anomaly, features, finetune, geometry, subject
from sslcore.run import Run


def blobs(n, classes, d, spread, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=torch.Generator().manual_seed(99))
    labels = torch.randint(classes, (n,), generator=generator)
    return centres[labels] + spread * torch.randn(n, d, generator=generator), labels


def test_knn_is_the_weighted_vote_done_naively():
    (x, y), (u, v) = blobs(300, 4, 5, 1.0), blobs(60, 4, 5, 1.0, seed=1)
    found = features.knn(x, u, y, v)
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
    assert features.linear_probe(x, u, y, v) == pytest.approx(peer, abs=0.01)
    (x, y), (u, v) = blobs(500, 3, 8, 0.05), blobs(200, 3, 8, 0.05, seed=1)
    assert features.linear_probe(x, u, y, v) == 1.0


def test_noise_scores_at_chance():
    generator = torch.Generator().manual_seed(0)
    x, u = torch.randn(2000, 10, generator=generator), torch.randn(1000, 10, generator=generator)
    y, v = torch.randint(4, (2000,), generator=generator), torch.randint(4, (1000,), generator=generator)
    for score in features.accuracies(x, u, y, v).values():
        assert score == pytest.approx(0.25, abs=0.06)


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
    """lambda_k proportional to 1/k, d = 128, whose ranks are 107.1, 47.0 and 18.0; and features that are all the same."""
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


def test_labels_are_drawn_evenly_and_a_class_gives_no_more_than_it_has():
    labels = torch.tensor([0] * 50 + [1] * 50 + [2] * 3)
    for count, each in ((3, [1, 1, 1]), (9, [3, 3, 3]), (13, [5, 5, 3])):
        chosen = features.stratified(labels, count, seed=1)
        assert len(chosen.unique()) == count
        assert labels[chosen].bincount().tolist() == each
    assert not torch.equal(features.stratified(labels, 9, 1), features.stratified(labels, 9, 2))


def test_more_labels_are_better_and_no_more_than_there_are():
    (x, y), (u, v) = blobs(1500, 5, 8, 1.0), blobs(500, 5, 8, 1.0, seed=1)
    found = features.few_labels(x, u, y, v)
    assert [row["labels"] for row in found] == [10, 100, 1000]
    assert [row["draws"] for row in found] == [5, 5, 5]
    assert found[0]["mean"] < found[1]["mean"] < found[2]["mean"] + 0.02
    assert found[0]["std"] > found[2]["std"]


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
    from sslcore.data import Images, load

    of = opened(trained / "vae")
    assert "no outsider" in anomaly.detection(of)["missing"]
    monkeypatch.setitem(anomaly.OUTSIDERS, "digits", "mnist")
    monkeypatch.setattr(anomaly, "to_download", lambda name: 30)
    assert "nothing is downloaded" in anomaly.detection(of)["missing"]
    noise = torch.randint(0, 256, (100, 1, 8, 8), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    monkeypatch.setattr(anomaly, "to_download", lambda name: 0)
    monkeypatch.setattr(anomaly, "load", lambda name, split: Images(noise, None, (), "noise", "test"))
    found = anomaly.detection(of)
    assert set(found["scores"]) == {"elbo", "bound", "distortion", "rate"}
    assert found["scores"]["elbo"] > 0.9
    assert set(found["distance"]) == {"run", "pixels", "pca", "random"}
    assert found["brightness"] == pytest.approx(
        anomaly.auroc(load("digits", "test").pixels.float().mean((1, 2, 3)), noise.float().mean((1, 2, 3)))
    )


def opened(path):
    from sslcore.data import load

    run = Run(path)
    return subject.Subject(run, run.objective(), load("digits", "train"), load("digits", "test"), torch.device("cpu"))


def test_fine_tuning_learns_and_leaves_the_run_as_it_was(trained, monkeypatch):
    monkeypatch.setattr(finetune, "EPOCHS", 4)
    of = opened(trained / "simclr")
    before = subject.fingerprint(of.objective)
    found = finetune.fine_tune(of, *of.labels)
    assert found["labels"] == 1000
    assert all(0.3 < found[kind]["mean"] <= 1 and found[kind]["std"] >= 0 for kind in ("trained", "scratch"))
    assert subject.fingerprint(of.objective) == before


def test_a_probe_that_moves_a_batch_norm_buffer_is_caught(checkpoints, monkeypatch):
    """Training mode is enough: running means move, and metrics.json is not written."""
    run = Run(checkpoints / "simclr")
    before = (run.path / "metrics.json").read_bytes()

    def careless(of, *labels):
        of.objective.train()
        of.objective.pair(of.train.pixels[:50].float() / 255)
        return {"trained": {"mean": 1.0}, "scratch": {"mean": 0.0}}

    monkeypatch.setattr(finetune, "fine_tune", careless)
    with pytest.raises(RuntimeError, match="changed its weights or buffers"):
        list(evaluate.evaluate(run, "cpu", ["finetune"]))
    assert (run.path / "metrics.json").read_bytes() == before


@pytest.mark.parametrize("broken", [b"", b"[]"])
def test_a_cache_that_cannot_be_used_loses_no_figure(broken, checkpoints, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCORE_CACHE", str(tmp_path))
    run = Run(checkpoints / "ae")
    list(evaluate.evaluate(run, "cpu", ("geometry",)))
    for path in tmp_path.glob("baselines-*.json"):
        path.write_bytes(broken)
    with pytest.warns(UserWarning, match="it is measured again"):
        list(evaluate.evaluate(run, "cpu", ("geometry",)))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SSLCORE_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="it will be measured again next time"):
        list(evaluate.evaluate(run, "cpu", ("geometry",)))
    assert run.metrics["geometry"]["rows"].keys() >= {"pixels", "pca", "random"}


def test_parts_that_are_not_asked_for_keep_what_is_known(checkpoints):
    run = Run(checkpoints / "vae")
    before = run.metrics
    assert {name.split()[0] for name, _ in evaluate.evaluate(run, "cpu", ["geometry"])} == {"held-out", "geometry"}
    assert run.metrics == before
    with pytest.raises(ValueError, match="no part knn to evaluate: choose among features, labels"):
        list(evaluate.evaluate(run, "cpu", ["knn"]))


def test_metrics_hold_what_others_rely_on(trained):
    metrics = Run(trained / "simclr").metrics
    for row in (metrics, *(metrics["baselines"][name] for name in ("pixels", "pca", "random"))):
        assert all(0 <= row[key] <= 1 for key in ("knn_10", "knn_200", "linear"))
    assert metrics["space"] == "h"
    for split in ("test", "train"):
        for row in metrics["information"][split]["at_best"]:
            assert row["bound"] <= row["ceiling"] == pytest.approx(math.log(row["n"]), rel=1e-5)
    vae = Run(trained / "vae").metrics["terms"]
    assert vae["elbo"] == pytest.approx(-vae["distortion"] - vae["rate"], rel=1e-5)


def test_every_table_has_its_baselines(trained):
    for name in ("ae", "vae", "iwae", "simclr"):
        metrics = Run(trained / name).metrics
        assert [*metrics["few_labels"]] == ["run", "pixels", "pca", "random"]
        rows = metrics["geometry"]["rows"]
        assert [*rows] == [*metrics["geometry"]["spectrum"], "pixels", "pca", "random"]
        assert all(row["participation_ratio"] <= row["entropy_rank"] * 1.001 for row in rows.values())
        assert {"trained", "scratch"} <= metrics["finetune"].keys()
        assert ("likelihood" in metrics) == (name in ("vae", "iwae"))
    found = Run(trained / "iwae").metrics["likelihood"]
    assert (found["likelihood"], found["binarise"]) == ("bernoulli", "dynamic")
    assert found["units"]["active"] == sum(v > 0.01 for v in found["units"]["variance"])
    assert all(1 <= row["effective"] <= row["k"] for row in found["bounds"])


def test_the_card_has_the_likelihood_and_the_few_labels(trained):
    text = (trained / "iwae" / "README.md").read_text()
    assert "dynamic binarisation" in text
    assert "10 labels" in text
    assert "log p(x)" not in (trained / "ae" / "README.md").read_text()


def test_other_images_than_the_runs_are_refused(checkpoints):
    path = checkpoints / "vae" / "config.json"
    path.write_text(path.read_text().replace(Run(checkpoints / "vae").facts["data"]["digest"], "0" * 16))
    with pytest.raises(ValueError, match="trained on other images"):
        list(evaluate.evaluate(Run(checkpoints / "vae"), "cpu"))
