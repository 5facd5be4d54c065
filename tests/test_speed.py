"""How steps are taken: as asked, on a CPU in 32 bits, on a GPU the way that was measured to be the quickest."""

import pytest
import torch
from lightning_fabric import Fabric

from sslcore.data.form import Form
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import PRECISIONS, resume, train
from sslcore.train.speed import chosen, quickest, timed

CONFIG = {"objective": "vae", "data": "digits", "epochs": 2, "network": {"hidden": [16]}}


def test_steps_are_timed_in_turns_without_their_first(monkeypatch):
    calls, clock = [], [0.0]
    monkeypatch.setattr("sslcore.train.speed.time.perf_counter", lambda: clock[0])

    def step(way, first, later):
        calls.append(way)
        clock[0] += later if calls.count(way) > 1 else first

    a, b = ("32", False), ("32", True)
    found = timed({a: lambda: step(a, 8.0, 1.0), b: lambda: step(b, 1.0, 2.0)}, 3)
    assert calls == [a, b] * 4
    assert found == {a: 1.0, b: 2.0}


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        ((1.0, 0.5, 0.5, 0.3), ("bf16", True)),
        ((1.0, 0.5, 0.4, 0.39), ("bf16", False)),
        ((1.0, 0.5, 0.95, 0.48), ("32", True)),
        ((1.0, 0.95, 0.95, 0.9), ("32", False)),
        ((0.1, 0.1, 0.9, 0.9), ("32", False)),
    ],
)
def test_fewer_bits_and_graphs_are_taken_for_a_speed_that_shows(seconds, wanted):
    ways = [("32", False), ("32", True), ("bf16", False), ("bf16", True)]
    assert chosen(dict(zip(ways, seconds, strict=True))) == wanted


def test_what_was_chosen_is_what_a_resumed_training_goes_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr("sslcore.train.quickest", lambda *_: ("bf16", False))
    kinds = []

    def learn(items, resident, learner, keeper):
        kinds.append(learner.fabric.strategy.precision.precision)
        yield from ()

    rows = train(Config(**CONFIG), tmp_path / "run", "cpu")
    next(rows)
    rows.close()
    assert Run(tmp_path / "run").facts["made"]["precision"] == "bf16"
    monkeypatch.setattr("sslcore.train.learn", learn)
    list(resume(tmp_path / "run", "cpu"))
    assert kinds == ["bf16-mixed"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_it_is_measured():
    config = Config(objective="simclr", network={"encoder": "resnet18"})
    x = torch.randint(256, (256, 3, 32, 32), dtype=torch.uint8)
    objective = config.build(Form("images", (3, 32, 32)))

    def fabric_of(bits):
        return Fabric("cuda", devices=1, precision=PRECISIONS[bits])

    bits, _ = quickest(config, objective, x, torch.device("cuda"), fabric_of)
    assert bits in ("32", "bf16")
    halves = Config(objective="simclr", network={"encoder": "resnet18"}, precision="16", graphs=False)
    assert quickest(halves, objective, x, torch.device("cuda"), fabric_of) == ("16", False)


def test_on_a_cpu_nothing_is_measured(tmp_path):
    list(train(Config(**CONFIG), tmp_path / "run", "cpu"))
    assert Run(tmp_path / "run").facts["made"]["precision"] == "32"
    assert "graphs" not in Run(tmp_path / "run").facts["made"]
