"""metrics.json: what others rely on, what it keeps, and what is refused."""

import math

import pytest

from sslcore import evaluate
from sslcore.run import Run


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
    monkeypatch.setenv("SSLCORE_CACHE", str(tmp_path / "file" / "below it"))
    with pytest.warns(UserWarning, match="it will be measured again next time"):
        list(evaluate.evaluate(run, "cpu", ("geometry",)))
    assert run.metrics.geometry["rows"].keys() >= {"raw", "pca", "random"}


def test_parts_that_are_not_asked_for_keep_what_is_known(checkpoints):
    run = Run(checkpoints / "vae")
    before = run.metrics
    assert {name.split()[0] for name, _ in evaluate.evaluate(run, "cpu", ["geometry"])} == {"held-out", "geometry"}
    assert run.metrics == before
    with pytest.raises(ValueError, match="no part knn to evaluate: choose among features, labels"):
        list(evaluate.evaluate(run, "cpu", ["knn"]))


def test_metrics_hold_what_others_rely_on(trained):
    metrics = Run(trained / "simclr").metrics
    assert [*metrics.features] == ["run", "raw", "pca", "random"]
    for row in metrics.features.values():
        assert all(0 <= row[key] <= 1 for key in ("knn_10", "knn_200", "linear"))
    assert metrics.space == "h"
    for split in ("test", "train"):
        for row in metrics.contrast["information"][split]["at_best"]:
            assert row["bound"] <= row["ceiling"] == pytest.approx(math.log(row["n"]), rel=1e-5)
    vae = Run(trained / "vae").metrics.terms
    assert vae["elbo"] == pytest.approx(-vae["distortion"] - vae["rate"], rel=1e-5)


def test_every_table_has_its_baselines(trained):
    for name in ("ae", "vae", "iwae", "simclr"):
        metrics = Run(trained / name).metrics
        assert [*metrics.labels] == ["run", "raw", "pca", "random"]
        rows = metrics.geometry["rows"]
        assert [*rows] == [*metrics.geometry["spectrum"], "raw", "pca", "random"]
        assert all(row["participation_ratio"] <= row["entropy_rank"] * 1.001 for row in rows.values())
        assert {"trained", "scratch"} <= metrics.finetune.keys()
        assert (metrics.likelihood is not None) == (name in ("vae", "iwae"))
    found = Run(trained / "iwae").metrics.likelihood
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
    path.write_text(path.read_text().replace(Run(checkpoints / "vae").facts["data"]["digests"]["test"], "0" * 16))
    with pytest.raises(ValueError, match="trained on other items than digits holds now: the digest of its test part"):
        list(evaluate.evaluate(Run(checkpoints / "vae"), "cpu"))
