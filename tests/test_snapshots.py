"""Snapshots: what a training keeps of its course, for every objective, and what is said of a file that is wrong."""

import numpy as np
import pytest
import torch
from conftest import small

from sslcore import objectives
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.run.snapshots import read_snapshots
from sslcore.temperature import similarities, split
from sslcore.train import train
from sslcore.train.recorder import (
    BYTES,
    FEWEST,
    MOST,
    RECONSTRUCTION_BYTES,
    Recorder,
    choose,
    cosine_counts,
    schedule,
)

QUICK = {"data": "digits"}


@pytest.fixture(scope="module")
def learned(tmp_path_factory, cache):
    """A run of every objective, three epochs long."""
    folder = tmp_path_factory.mktemp("learned")
    for name in objectives.names():
        list(train(Config(objective=name, epochs=3, batch=256, network=small(name), **QUICK), folder / name, "cpu"))
    return folder


@pytest.mark.parametrize("name", objectives.names())
def test_the_last_snapshot_is_the_run_as_it_ended(name, learned):
    run = Run(learned / name)
    snapshots, objective = run.snapshots, run.objective()
    assert snapshots.epochs.tolist() == [0, 1, 2, 3]
    assert snapshots.steps.tolist() == [0, 5, 10, 15]
    assert {row["step"] for row in run.history} >= set(snapshots.steps[1:].tolist())
    codes = run.embeddings().vectors[snapshots.rows]
    assert (snapshots.codes[-1] == codes.astype(np.float16).astype(np.float32)).all()
    for value, means in snapshots.values.items():
        assert means[-1] == pytest.approx(run.values[value].mean(), rel=1e-4)
    x = torch.from_numpy(run.gallery.pixels[snapshots.rows[:16]]).float() / 255
    if "decode" in run.facts["abilities"]:
        with torch.no_grad():
            made = objective.decode(objective.embed(x)).mul(255).round().byte().numpy()
        assert np.abs(snapshots.reconstructions[-1].astype(int) - made).max() <= 1
    else:
        assert snapshots.reconstructions is None
    if "pair" in run.facts["abilities"]:
        positives, negatives = split(similarities(*run.pairs("test")))
        n = len(run.gallery)
        assert (snapshots.positives.sum(1) == n).all()
        assert (snapshots.negatives.sum(1) == n * (n - 1)).all()
        assert (
            snapshots.positives[-1] == np.histogram(positives, 80, (-1, 1))[0]
        ).mean() > 0.9  # edges round either way
        middle = (np.arange(80) + 0.5) / 40 - 1
        assert snapshots.negatives[-1] @ middle / n / (n - 1) == pytest.approx(negatives.mean(), abs=2e-3)


@pytest.mark.parametrize("name", objectives.names())
def test_the_first_snapshot_is_the_model_before_its_first_step(name, learned):
    from sslcore.data import load
    from sslcore.evaluate.subject import before_training

    run = Run(learned / name)
    untrained = before_training(run, run.objective(), load("digits", "train").items[:10_000])
    x = torch.from_numpy(run.gallery.pixels[run.snapshots.rows]).float() / 255
    with torch.no_grad():
        codes = untrained.embed(x).numpy()
    assert run.snapshots.codes[0] == pytest.approx(codes, abs=2e-3)
    assert np.abs(run.snapshots.codes[-1] - codes).max() > 0.01


@pytest.mark.parametrize("name", objectives.names())
def test_snapshots_leave_training_as_it_would_be_without(name, learned, tmp_path, monkeypatch):
    monkeypatch.setattr("sslcore.train.keeper.embed_gallery", lambda *_: {})
    monkeypatch.setattr("sslcore.train.keeper.judge", lambda *_: {})
    monkeypatch.setattr("sslcore.train.keeper.reconstruct", lambda *_: None)
    monkeypatch.setattr("sslcore.train.loop.average_batch_norm", lambda objective, *_: objective)
    monkeypatch.setattr(Recorder, "take", lambda *_: None)
    list(train(Config(objective=name, epochs=3, batch=256, network=small(name), **QUICK), tmp_path / name, "cpu"))
    assert not (tmp_path / name / "snapshots.npz").exists()
    with_them, without = ((folder / name / "weights.safetensors").read_bytes() for folder in (learned, tmp_path))
    assert with_them == without


def test_a_killed_training_leaves_its_snapshots(tmp_path):
    rows = train(Config(objective="vae", epochs=50, network=small("vae"), **QUICK), tmp_path / "a", "cpu")
    epochs = [next(rows)["epoch"] for _ in range(25)]
    found = Run(tmp_path / "a").snapshots  # as it is on the disk at this moment: nothing was closed
    assert epochs[-1] > 2
    assert found.epochs.tolist() == [0, 1, 2]
    assert found.codes.shape[0] == 3
    rows.close()


def test_a_short_training_keeps_every_epoch_and_a_long_one_fewer_and_fewer():
    assert schedule(1) == [0, 1]
    assert schedule(8) == list(range(9))
    assert schedule(30) == [0, 1, 2, 3, 5, 6, 9, 12, 16, 22, 30]
    for epochs in (12, 100, 3000):
        found = schedule(epochs)
        assert found[0] == 0
        assert found[-1] == epochs
        assert len(found) <= MOST + 1
        assert (np.diff(found, 2)[3:] >= -1).all()  # the gaps grow


@pytest.mark.parametrize(
    ("d", "image"), [(2, 784), (32, 784), (128, 0), (32, 3 * 32 * 32), (512, 3 * 64 * 64), (32, 3 * 256 * 256)]
)
def test_snapshots_stay_within_their_bytes(d, image):
    rows, made = choose(2000, 11, d, image)
    assert len(np.unique(rows)) == len(rows)
    assert made == 16 if 0 < image <= 3 * 32 * 32 else made == 0 if image == 0 else 1 <= made <= 16
    assert 11 * made * image <= RECONSTRUCTION_BYTES or made == 1
    assert 11 * (made * image + 2 * d * len(rows)) <= BYTES or len(rows) == FEWEST
    assert rows[0] == 0
    assert rows[-1] == 1999
    assert choose(1, 4, d, 0)[0].tolist() == [0]


def test_what_is_not_finite_is_no_snapshot(tmp_path):
    recorder = Recorder(tmp_path / "snapshots.npz", 3, 4, 2, 0)
    good = np.ones((4, 2), np.float32)
    for step, codes in enumerate((good, np.full_like(good, np.nan), 1e30 * good)):
        recorder.take(step, step, codes, {}, None)
    recorder.take(3, 3, good, {"value.elbo": np.array([np.nan])}, None)
    assert read_snapshots(tmp_path / "snapshots.npz", 4, 2, (1, 8, 8)).epochs.tolist() == [0]


def test_cosines_at_the_ends_are_counted():
    assert cosine_counts(np.array([-1.0, 1.0, 0.01, 1 + 1e-9]))[[0, 40, 79]].tolist() == [1, 1, 2]


def change(**arrays):
    """Damage that puts other arrays in place of those in the file; None takes one away."""

    def damage(path):
        kept = dict(np.load(path)) | arrays
        np.savez(path, **{name: a for name, a in kept.items() if a is not None})

    return damage


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b"rubbish"), "cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:900]), "cannot be read"),
        (change(codes=None), "codes is missing"),
        (change(codes=np.zeros((4, 7, 32), np.float16)), "not of this run"),
        (change(codes=np.full((4, 360, 32), np.nan, np.float16)), "must be finite"),
        (change(epochs=np.array([0, 2, 1, 3])), "increasing"),
        (change(epochs=np.array(3)), "not of this run"),
        (change(rows=np.arange(360) + 1), "another gallery"),
        (change(rows=np.arange(360) / 2), "whole numbers"),
        (change(reconstructions=np.zeros((4, 16, 3, 8, 8), np.uint8)), "reconstructions must be"),
        (change(reconstructions=np.zeros(3, np.uint8)), "reconstructions must be"),
        (change(positives=np.zeros((4, 80), np.uint32)), "must be counts"),
        (change(positives=np.ones((4, 80), np.uint32)), "or neither"),
        (change(**{"value.elbo": np.zeros(3)}), "one for each of 4"),
    ],
)
def test_a_broken_file_says_so_in_one_sentence(checkpoints, damage, says):
    run = Run(checkpoints / "vae")
    damage(run.path / "snapshots.npz")
    with pytest.raises(ValueError, match=says) as caught:
        _ = run.snapshots
    assert "snapshots.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_without_snapshots_has_none(checkpoints):
    run = Run(checkpoints / "vae")
    (run.path / "snapshots.npz").unlink()
    assert run.snapshots is None
    assert run.aligned is None
