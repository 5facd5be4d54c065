"""A training that is stopped or fails: the last good state is kept, and it goes on from there or says why not."""

import json

import pytest
import torch
from filelock import FileLock

from resume.ends import config, same
from sslcore.objectives.vae import VAE
from sslcore.run import Run
from sslcore.train import keeper, resume, train


@pytest.mark.parametrize(
    "more",
    [
        {"optimiser": "lars", "rate": 1.0, "warmup_epochs": 1},
        {"optimiser": "sgd", "average": 0.9, "clip": 1.0},
        {"average": 0.99, "weight_decay": 0.1},
    ],
    ids=["lars", "sgd", "adamw"],
)
def test_every_optimiser_goes_on_where_it_was(more, tmp_path):
    """Stopped by closing the generator in the middle of an epoch, twice."""
    settings = config("simclr", **more)
    list(train(settings, tmp_path / "whole", "cpu"))
    begun = train(settings, tmp_path / "stopped", "cpu")
    for count in (7, 9):
        for _ in range(count):
            next(begun)
        begun.close()
        assert Run(tmp_path / "stopped").facts["made"]["finished"] is None
        Run(tmp_path / "stopped").objective()
        begun = resume(tmp_path / "stopped", "cpu")
    list(begun)
    same(tmp_path / "whole", tmp_path / "stopped")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot be made or written to: "):
        next(train(config("vae"), tmp_path / "file" / "run", "cpu"))


def test_a_loss_that_is_not_finite_leaves_the_last_good_state(tmp_path, monkeypatch):
    rows_before = train(config("vae", epochs=20), tmp_path / "a", "cpu")
    for _ in range(12):
        next(rows_before)
    before = (tmp_path / "a" / "weights.safetensors").read_bytes()
    monkeypatch.setattr(VAE, "forward", lambda self, x, g: {"rate": self.heads.weight.sum() * torch.nan})
    with pytest.raises(FloatingPointError, match=r"rate is nan at step \d+: lower the learning rate"):
        list(rows_before)
    assert (tmp_path / "a" / "weights.safetensors").read_bytes() == before
    monkeypatch.undo()
    list(resume(tmp_path / "a", "cpu"))
    list(train(config("vae", epochs=20), tmp_path / "whole", "cpu"))
    same(tmp_path / "whole", tmp_path / "a")


def test_weights_that_are_not_finite_are_never_kept(tmp_path, monkeypatch):
    """A finite term may have a gradient that is not: only the next term would tell."""
    monkeypatch.setattr(keeper, "PAUSE", 0.0)
    monkeypatch.setattr(keeper, "COST", 0)
    begun = train(config("vae", epochs=20), tmp_path / "a", "cpu")
    for _ in range(3):
        next(begun)
    before = (tmp_path / "a" / "weights.safetensors").read_bytes()
    monkeypatch.setattr(VAE, "forward", lambda self, x, g: {"rate": (self.heads.weight * 0).sum().sqrt()})
    with pytest.raises(FloatingPointError, match=r"weights are not finite at step \d+: lower the learning rate"):
        list(begun)
    assert (tmp_path / "a" / "weights.safetensors").read_bytes() == before
    monkeypatch.undo()
    next(resume(tmp_path / "a", "cpu"))


def test_too_little_memory_is_one_sentence(tmp_path, monkeypatch):
    def full(self, x, generator):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    monkeypatch.setattr(VAE, "forward", full)
    with pytest.raises(ValueError, match="the memory is too small for a batch of 128 on cpu: train with a smaller"):
        list(train(config("vae"), tmp_path / "a", "cpu"))


def between(monkeypatch, act):
    """Do something once the data has been read, before the folder is held."""
    from sslcore import train as module

    def data(*arguments, read=module._data):
        monkeypatch.undo()
        act()
        return read(*arguments)

    monkeypatch.setattr(module, "_data", data)


def test_what_another_process_finished_meanwhile_is_left_alone(tmp_path, monkeypatch):
    begun = train(config("vae"), tmp_path / "a", "cpu")
    next(begun)
    begun.close()
    between(monkeypatch, lambda: list(resume(tmp_path / "a", "cpu")))
    with pytest.raises(ValueError, match="a is finished"):
        next(resume(tmp_path / "a", "cpu"))
    list(train(config("vae"), tmp_path / "whole", "cpu"))
    same(tmp_path / "whole", tmp_path / "a")


def test_a_run_that_another_process_began_meanwhile_is_left_alone(tmp_path, monkeypatch):
    between(monkeypatch, lambda: list(train(config("vae"), tmp_path / "a", "cpu")))
    with pytest.raises(FileExistsError, match="is a run already"):
        next(train(config("vae", seed=7), tmp_path / "a", "cpu"))
    assert Run(tmp_path / "a").config.seed == 0


def test_a_run_that_went_on_elsewhere_names_both_machines(tmp_path):
    begun = train(config("vae"), tmp_path / "a", "cpu")
    next(begun)
    begun.close()
    path = tmp_path / "a" / "config.json"
    facts = json.loads(path.read_text())
    here = facts["made"]["device"]
    path.write_text(json.dumps(facts | {"made": facts["made"] | {"device": "Another", "processes": 4}}))
    for _ in range(2):
        begun = resume(tmp_path / "a", "cpu")
        next(begun)
        begun.close()
    assert Run(tmp_path / "a").facts["made"]["device"] == f"Another, then {here}"
    assert "processes" not in Run(tmp_path / "a").facts["made"]


def test_what_cannot_be_resumed_says_why(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"has no config\.json"):
        next(resume(tmp_path / "nothing", "cpu"))
    begun = train(config("vae"), tmp_path / "a", "cpu")
    next(begun)
    with pytest.raises(ValueError, match="is being trained by another process"):
        next(resume(tmp_path / "a", "cpu"))
    begun.close()
    state = tmp_path / "a" / "resume" / "state.safetensors"
    whole = state.read_bytes()
    state.write_bytes(whole[:500])
    with pytest.raises(ValueError, match="is no state to go on from"):
        next(resume(tmp_path / "a", "cpu"))
    state.write_bytes(whole)
    other = train(config("autoencoder"), tmp_path / "b", "cpu")
    next(other)
    other.close()
    (tmp_path / "b" / "resume" / "state.safetensors").write_bytes(whole)
    with pytest.raises(ValueError, match="is of another config"):
        next(resume(tmp_path / "b", "cpu"))
    list(resume(tmp_path / "a", "cpu"))
    with pytest.raises(ValueError, match="is finished"):
        next(resume(tmp_path / "a", "cpu"))
    with FileLock(tmp_path / "a" / ".lock", timeout=0):
        pass  # nobody holds it any more


def test_another_number_of_threads_is_said(tmp_path):
    begun = train(config("vae"), tmp_path / "a", "cpu")
    next(begun)
    begun.close()
    torch.set_num_threads(2)
    with pytest.warns(UserWarning, match="began with 1 threads and goes on with 2"):
        next(resume(tmp_path / "a", "cpu"))
