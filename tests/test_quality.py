"""The table of quality: every study is trained and measured once, however often it is asked for."""

import math
import re

import pytest
from conftest import ROOT, SHIPPED

from sslcore.__main__ import main
from sslcore.bench import quality
from sslcore.data import survey
from sslcore.files import read_json
from sslcore.run import Run, runs

NETWORK = {"encoder": "mlp", "hidden": (8,)}


def test_studies_are_done_once_and_go_on_where_they_were(tmp_path, monkeypatch):
    tiny = {"data": "digits", "epochs": 2, "network": NETWORK}
    bayes = quality.Study(
        "bayes", {"objective": "vae", "settings": {"latent": 2, "binarise": "dynamic"}} | tiny, "?", (0, 1)
    )
    plain = quality.Study("plain", {"objective": "autoencoder"} | tiny, "", (0, 1))
    monkeypatch.setattr(quality, "STUDIES", (bayes, plain))
    monkeypatch.setattr(quality, "FOLDER", tmp_path)
    monkeypatch.setattr(quality, "RECORD", tmp_path / "quality.json")
    monkeypatch.setattr(quality, "DRAWS", (1, 10))
    begun = quality.train(quality.Config(**plain.config, seed=1), tmp_path / "plain-1", "cpu")
    next(begun)
    begun.close()

    nats, features = quality.quality()
    assert Run(tmp_path / "plain-1").facts["made"]["resumed"] == 1
    assert nats["seeds"] == features["seeds"] == 2
    elbo, bound = (float(nats[key].split(" ± ")[0]) for key in ("-ELBO", "-L_10"))
    assert bound < elbo
    assert float(features["kNN, raw"].split(" ± ")[0]) > 95
    assert features["kNN, raw"].endswith(" ± 0.00")  # they have no seed

    for name in ("train", "resume"):
        monkeypatch.setattr(quality, name, lambda *_: pytest.fail("trained twice"))
    assert list(quality.quality()) == [nats, features]
    assert list(quality.quality("plain")) == [features]

    changed = quality.Study("plain", plain.config | {"epochs": 3}, "", (0, 1))
    monkeypatch.setattr(quality, "STUDIES", (bayes, changed))
    assert list(quality.quality("bayes")) == [nats]
    with pytest.raises(ValueError, match="plain-0 was trained by another recipe: move it away"):
        list(quality.quality("plain"))
    monkeypatch.setattr(quality.likelihood, "bounds", lambda *_: {"elbo": math.nan, "bounds": []})
    with pytest.raises(ValueError, match="bayes-0 has no finite -ELBO: change its recipe"):
        quality._measured(bayes, 0)
    with pytest.raises(ValueError, match="no study cats: there are bayes, plain"):
        list(quality.quality("cats"))


def test_the_readme_says_what_was_measured(monkeypatch, capsys):
    measured = [study for study in quality.STUDIES if quality.recorded(study)]
    assert sum(len(quality.recorded(study)) for study in measured) == len(read_json(quality.RECORD))  # none is stale
    monkeypatch.setattr(quality, "quality", lambda: map(quality.row, measured))
    main(["bench", "quality"])
    readme = (ROOT / "README.md").read_text()
    for line in capsys.readouterr().out.splitlines():
        assert line in readme


def test_the_readme_says_what_the_shipped_runs_score():
    rows = re.findall(
        r"^\| `([\w.-]+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", (ROOT / "README.md").read_text(), re.M
    )
    said = {name: tuple(map(float, scores)) for name, *scores in rows}
    metrics = {run.name: run.metrics for run in runs(SHIPPED)}
    keys = ("knn_10", "knn_200", "linear")
    assert said == {
        name: tuple(round(100 * of.features["run"][key], 1) for key in keys) for name, of in metrics.items()
    }


def test_every_study_can_be_trained():
    for study in quality.STUDIES:
        config = quality.Config(**study.config)
        assert config.data in ("mnist", "fashion-mnist", "cifar10")
        assert len(study.seeds) >= 3
        config.build(survey(config.data)[0])
