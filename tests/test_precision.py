"""How many bits a training computes with: as asked, on a CPU 32, on a GPU what was measured to be quicker."""

import time

import pytest
import torch

from sslcore.config import Config
from sslcore.run import Run
from sslcore.train import resume, train
from sslcore.train.precision import chosen, quickest, timed

CONFIG = {"objective": "vae", "data": "digits", "epochs": 2, "network": {"hidden": [16]}}


def test_steps_are_timed_in_turns_without_their_first():
    calls = []

    def step(name, first, later):
        calls.append(name)
        time.sleep(later if calls.count(name) > 1 else first)

    steps = {"a": lambda: step("a", 0.2, 0.0), "b": lambda: step("b", 0.0, 0.02)}
    found = timed(steps, 3)
    assert calls == ["a", "b"] * 4
    assert found["a"] < 0.02 <= found["b"]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [({"32": 1.0, "bf16": 0.5}, "bf16"), ({"32": 1.0, "bf16": 0.95}, "32"), ({"32": 0.1, "bf16": 0.9}, "32")],
)
def test_fewer_bits_are_taken_for_a_speed_that_shows(times, wanted):
    assert chosen(times) == wanted


def test_what_was_chosen_is_what_a_resumed_training_goes_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr("sslcore.train.quickest", lambda *_: "bf16")
    kinds = []

    def learn(config, path, fabric, *_):
        kinds.append(fabric.strategy.precision.precision)
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
    assert quickest(config.build((3, 32, 32)), x, torch.device("cuda")) in ("32", "bf16")


def test_on_a_cpu_nothing_is_measured(tmp_path):
    list(train(Config(**CONFIG), tmp_path / "run", "cpu"))
    assert Run(tmp_path / "run").facts["made"]["precision"] == "32"
