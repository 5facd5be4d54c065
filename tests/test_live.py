"""What a training that goes on is drawn from: its files, second by second, and nothing that jumps between them."""

import json
import os
import shutil

import numpy as np
import pytest

from sslcore.browser.packed import unpack
from sslcore.files import write_arrays
from sslcore.jobs import Job
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import train
from sslcore.view.components.live import frame, seconds


@pytest.fixture
def job(trained, tmp_path):
    """Makes a copy of a tiny run look as if it trained, and writes what its process would."""

    def made(name):
        path = shutil.copytree(trained / name, tmp_path / name)
        facts = json.loads((path / "config.json").read_text())
        facts["made"]["finished"] = None
        (path / "config.json").write_text(json.dumps(facts))
        shared = {"config": facts["config"], "asked": 1.0, "began": 2.0, "error": None}
        (path / "job.json").write_text(json.dumps(shared))
        (path / "resume").mkdir()
        return Job(path)

    return made


def write(job, at=1, **arrays):
    """The file of codes, as of another moment."""
    path = job.path / "resume" / "live.npz"
    write_arrays(path, {"step": np.array(at), "epoch": np.array(float(at))} | arrays)
    os.utime(path, ns=(at, at))


def live(found):
    return unpack(found.stores["live"])


def test_a_code_of_two_dimensions_is_drawn_as_it_is(job):
    job = job("vae-2d")
    assert frame(job) is None
    rows, codes = np.array([5, 3, 8]), np.arange(6, dtype=np.float16).reshape(3, 2)
    made = np.random.default_rng(0).integers(0, 255, (2, 1, 8, 8), np.uint8)
    write(job, rows=rows, codes=codes, reconstructions=made)
    found, gallery = frame(job), Run(job.path).gallery
    facts, arrays = live(found)
    assert facts == {"epoch": 1.0}
    assert (arrays["points"] == codes).all()
    assert (arrays["reconstructions"] == made).all()
    _, images = unpack(found.stores["gallery"])
    assert (images["pixels"] == gallery.pixels[rows]).all()
    assert (images["labels"] == gallery.labels[rows]).all()
    _, history = unpack(found.stores["history"])
    assert history["terms"].shape == (2, len(job.history))
    assert history["terms"][1].tolist() == pytest.approx([row["rate"] for row in job.history])
    assert found.facts["terms"] == ["distortion", "rate"]
    assert found.facts["axes"]
    assert found.facts["done"] == 1
    assert "not reduced" in found.facts["title"]


@pytest.mark.parametrize("name", ["vae", "simclr"])
def test_a_map_of_many_dimensions_does_not_jump(name, job):
    """Codes whose axes turn and change places from second to second: the points stay where they were."""
    job, rng = job(name), np.random.default_rng(0)
    n, d = 60, next(iter(Run(job.path).facts["spaces"].values()))
    codes = rng.normal(size=(n, d)) * np.linspace(1.5, 0.4, d)
    write(job, rows=np.arange(n), codes=codes.astype(np.float16))
    before = frame(job)
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    write(job, 2, rows=np.arange(n), codes=(codes @ turn).astype(np.float16))
    after = frame(job, before)
    size = np.linalg.norm(before.points - before.points.mean(0), axis=1).mean()
    assert np.linalg.norm(after.points - before.points, axis=1).mean() < 0.05 * size
    assert 0 < after.trust < 1
    assert ["map's trustworthiness", f"{after.trust:.3f}"] in after.facts["rows"]
    assert after.stores["gallery"] is before.stores["gallery"]
    assert frame(job, after).stores["live"] is after.stores["live"]  # nothing new, nothing sent


def test_codes_that_are_not_finite_leave_the_last_picture(job):
    job = job("vae-2d")
    write(job, rows=np.arange(3), codes=np.ones((3, 2), np.float16))
    before = frame(job)
    write(job, 2, rows=np.arange(3), codes=np.full((3, 2), np.nan, np.float16))
    assert frame(job, before).stores["live"] == before.stores["live"]
    (job.path / "resume" / "live.npz").unlink()  # as at the end of a training
    assert frame(job, before).points is before.points


WHOLE = {"rows": np.arange(3), "codes": np.ones((3, 2), np.float16)}


@pytest.mark.parametrize(
    "arrays",
    [
        {"rows": np.arange(3), "codes": np.ones((3, 5), np.float16)},
        {"rows": np.arange(3), "codes": np.ones((4, 2), np.float16)},
        {"rows": np.array([0, 1, 10**6]), "codes": np.ones((3, 2), np.float16)},
        {"rows": np.array([0, 1, -1]), "codes": np.ones((3, 2), np.float16)},
        {"rows": np.array([0.5, 1, 2]), "codes": np.ones((3, 2), np.float16)},
        {"codes": np.ones((3, 2), np.float16)},
        WHOLE | {"reconstructions": np.ones((3, 1, 9, 8), np.uint8)},
        WHOLE | {"reconstructions": np.ones((3, 1, 8, 8))},
    ],
)  # fmt: skip
def test_a_file_of_another_run_is_a_sentence(arrays, job):
    job = job("vae-2d")
    write(job, **arrays)
    with pytest.raises(ValueError, match=r"live\.npz is not of this run: it must hold"):
        frame(job)


def test_the_first_picture_is_of_the_untrained_network(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("no row is written")

    monkeypatch.setattr("sslcore.train.keeper.History.add", full)
    with pytest.raises(OSError, match="no row"):
        list(train(Config(objective="vae", data="digits"), tmp_path / "a", "cpu"))
    found = frame(Job(tmp_path / "a"))
    assert live(found)[0] == {"epoch": 0.0}
    assert found.facts["done"] == 0


def test_before_the_first_row_there_is_a_map_and_no_loss(job):
    job = job("vae-2d")
    (job.path / "history.csv").unlink()
    write(job, rows=np.arange(3), codes=np.ones((3, 2), np.float16))
    found = frame(job)
    assert found.facts["terms"] == []
    assert found.facts["rows"] == [["epoch", "0 of 3"]]


@pytest.mark.parametrize(
    ("left", "words"),
    [(None, "not known yet"), (0.2, "about 1 s"), (7.4, "about 7 s"), (38, "about 40 s"), (200, "about 3 min"),
     (9000, "about 2.5 h")],
)  # fmt: skip
def test_a_time_left_is_no_more_exact_than_it_is_known(left, words):
    assert seconds(left) == words
