"""Training: what it writes, what it refuses, what an interruption leaves."""

import json

import numpy as np
import pytest
import torch

from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.run.embed import device
from sslcore.train import train

QUICK = {"data": "digits", "network": {"encoder": "mlp", "hidden": [16]}}


def test_the_same_seed_gives_the_same_run_and_another_does_not(tmp_path):
    losses = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        rows = list(train(Config(objective="vae", epochs=1, seed=seed, **QUICK), tmp_path / name, "cpu"))
        losses[name] = [(row["distortion"], row["rate"]) for row in rows]
    assert losses["a"] == losses["b"] != losses["c"]
    assert (Run(tmp_path / "a").embeddings().vectors == Run(tmp_path / "b").embeddings().vectors).all()


def test_training_leaves_the_global_generator_alone(tmp_path):
    before = torch.get_rng_state()
    list(train(Config(objective="simclr", epochs=1, data="digits"), tmp_path / "a", "cpu"))
    assert torch.equal(torch.get_rng_state(), before)


def test_denormal_numbers_are_zero_while_it_trains_and_only_then(tmp_path):
    def smallest() -> float:
        return (torch.tensor(1e-38) * 1e-3).item()

    rows = train(Config(objective="vae", epochs=1, **QUICK), tmp_path / "a", "cpu")
    next(rows)
    assert smallest() == 0
    rows.close()
    assert smallest() > 0


def test_terms_are_means_since_the_last_row_and_add_up(tmp_path):
    rows = list(train(Config(objective="vae", epochs=2, **QUICK), tmp_path / "a", "cpu"))
    assert [row["step"] for row in rows] == sorted({row["step"] for row in rows})
    assert rows[-1]["epoch"] == 2
    assert rows[-1]["step"] == 2 * (1437 // 128)
    assert rows[0]["learning_rate"] > rows[-1]["learning_rate"] > 0


def test_an_interrupted_training_leaves_a_readable_run(tmp_path):
    rows = train(Config(objective="vae", epochs=50, **QUICK), tmp_path / "a", "cpu")
    for _ in range(15):
        next(rows)
    rows.close()  # as Ctrl-C does to the command line's loop
    run = Run(tmp_path / "a")
    assert len(run.history) == 15
    assert run.facts["made"]["finished"] is None
    assert run.embeddings().vectors.shape == (360, 32)
    run.objective()
    assert "Interrupted after" in (run.path / "README.md").read_text()


def test_a_term_that_is_not_finite_stops_the_training(tmp_path):
    rows = train(Config(objective="vae", epochs=200, rate=10.0, **QUICK), tmp_path / "a", "cpu")
    with pytest.raises(FloatingPointError, match=r"is (nan|inf) at step \d+: lower the learning rate"):
        list(rows)


@pytest.mark.parametrize(
    ("fields", "on", "says"),
    [
        ({"batch": 2000}, "cpu", "a batch of 2000 is more than the 1437 items"),
        ({"precision": "16"}, "cpu", "precision 16 needs a GPU"),
        ({"data": "digts"}, "cpu", "did you mean 'digits'"),
        ({}, "tpu", "no device 'tpu'"),
        pytest.param(
            {}, "cuda", "finds no GPU here", marks=pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU")
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(tmp_path, fields, on, says):
    with pytest.raises(ValueError, match=says):
        next(train(Config(objective="vae", **QUICK | fields), tmp_path / "a", on))
    assert not (tmp_path / "a").exists()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_learns_what_a_cpu_learns(tmp_path):
    ends = {}
    for on in ("cpu", "cuda"):
        assert device(on).type == on
        rows = list(train(Config(objective="vae", epochs=5, **QUICK), tmp_path / on, on))
        ends[on] = rows[-1]["distortion"]
    assert ends["cuda"] == pytest.approx(ends["cpu"], rel=0.05)


def test_no_step_on_a_cpu_looks_for_a_driver(tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(torch.cuda, "_device_count_nvml", lambda: looked.append(1) or 0)
    list(train(Config(objective="vae", epochs=1, **QUICK), tmp_path / "a", "cpu"))
    assert not looked


def test_bf16_trains_and_reads_back(tmp_path):
    list(train(Config(objective="vae", epochs=1, precision="bf16", **QUICK), tmp_path / "a", "cpu"))
    assert all(p.dtype == torch.float32 for p in Run(tmp_path / "a").objective().parameters())


@pytest.mark.parametrize("objective", ["vae", "simclr"])
def test_images_that_do_not_fit_are_read_ahead_with_the_same_result(objective, tmp_path, monkeypatch):
    config = Config(objective=objective, epochs=2, batch=128, **QUICK)
    list(train(config, tmp_path / "resident", "cpu"))
    monkeypatch.setattr("sslcore.train.memory.SHARE", 0.0)
    list(train(config, tmp_path / "ahead", "cpu"))
    resident, ahead = (tmp_path / name / "weights.safetensors" for name in ("resident", "ahead"))
    assert resident.read_bytes() == ahead.read_bytes()


def test_a_folder_of_images_becomes_a_run(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for k, name in enumerate(("dark", "light")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(30):
            x = rng.integers(0, 120, (20, 24, 3), np.uint8) + 130 * k
            Image.fromarray(x.astype(np.uint8)).save(tmp_path / "photos" / name / f"{i}.png")
    config = Config(
        objective="autoencoder", data=str(tmp_path / "photos"), size=16, epochs=1, batch=8, network={"hidden": [8]}
    )
    list(train(config, tmp_path / "a", "cpu"))
    run = Run(tmp_path / "a")
    assert run.gallery.classes == ("dark", "light")
    assert run.gallery.pixels.shape[1:] == (3, 16, 16)


def test_the_card_and_config_say_how_it_was_made(trained):
    facts = json.loads((trained / "simclr" / "config.json").read_text())
    assert facts["made"]["torch"] == torch.__version__
    assert facts["spaces"] == {"h": 32, "z": 64}
    card = (trained / "simclr" / "README.md").read_text()
    assert "python -m sslcore train simclr" in card
    assert "| raw pixels |" in card
    assert "CC BY 4.0" in card
