"""What features are worth: protocols against naive versions, and values where the answer is known."""

import pytest
import torch
from torch.nn import functional as F

from evaluate.made import blobs, opened
from sslcore import evaluate
from sslcore.data.items import ready
from sslcore.evaluate import features, finetune, subject
from sslcore.run import Run


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


def test_labels_are_drawn_evenly_and_a_class_gives_no_more_than_it_has():
    labels = torch.tensor([0] * 50 + [1] * 50 + [2] * 3)
    for count, each in ((3, [1, 1, 1]), (9, [3, 3, 3]), (13, [5, 5, 3])):
        chosen = features.stratified(labels, count, seed=1)
        assert len(chosen.unique()) == count
        assert labels[chosen].bincount().tolist() == each
    assert not torch.equal(features.stratified(labels, 9, 1), features.stratified(labels, 9, 2))


def test_more_labels_are_better_and_no_more_than_there_are(monkeypatch):
    monkeypatch.setattr(features, "PENALTIES", (1e-2,))
    (x, y), (u, v) = blobs(1500, 5, 8, 1.0), blobs(500, 5, 8, 1.0, seed=1)
    found = features.few_labels(x, u, y, v)
    assert [row["labels"] for row in found] == [10, 100, 1000]
    assert [row["draws"] for row in found] == [5, 5, 5]
    assert found[0]["mean"] < found[1]["mean"] < found[2]["mean"] + 0.02
    assert found[0]["std"] > found[2]["std"]


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
        of.objective.pair(ready(of.train.items[:50]))
        return {"trained": {"mean": 1.0}, "scratch": {"mean": 0.0}}

    monkeypatch.setattr(finetune, "fine_tune", careless)
    with pytest.raises(RuntimeError, match="changed its weights or buffers"):
        list(evaluate.evaluate(run, "cpu", ["finetune"]))
    assert (run.path / "metrics.json").read_bytes() == before
