"""Jobs as real processes: they finish, wait, stop, go on, die, fail, and are deleted, and their files always say so."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT, until
from forked import Popen

from sslcore import jobs
from sslcore.files import taken
from sslcore.run import Run
from sslcore.run.config import Config

QUICK = {"objective": "vae", "data": "digits", "settings": {"latent": 2}, "network": {"hidden": [16]}}
LONG = QUICK | {"epochs": 100_000}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of runs; what still works in it afterwards is ended."""
    monkeypatch.setattr(jobs, "subprocess", SimpleNamespace(Popen=Popen, DEVNULL=subprocess.DEVNULL))
    yield tmp_path / "runs"
    for job in jobs.jobs(tmp_path / "runs"):
        if job.alive:
            os.kill(pid(job), signal.SIGKILL)
            until(lambda job=job: not job.alive)


def pid(job):
    return int((job.path / "job.lock").read_text())


def reached(job, *states):
    try:
        until(lambda: job.state in states)
    except AssertionError:
        raise AssertionError(f"{job.name} is {job.state}, not {states}: {job.log()}") from None


def begun(job, rows=3):
    until(lambda: len(job.history) >= rows)


def ended(job):
    until(lambda: not job.alive)


def test_a_job_finishes_and_leaves_a_run_with_maps(folder):
    config = Config(**QUICK, epochs=3)
    job = jobs.start(config, "mine", folder)
    assert job.alive
    assert job.state in ("queued", "training")
    reached(job, "finished")
    ended(job)
    run = Run(job.path)
    assert run.config == config
    assert set(run.maps) == {"mu.raw.2"}
    assert run.aligned.method == "raw"
    assert run.history[-1]["epoch"] == 3
    assert job.left(job.history) == 0
    assert job.facts["error"] is None
    assert "done" in job.log()
    assert [found.name for found in jobs.jobs(folder)] == ["mine"]
    with pytest.raises(ValueError, match="mine is finished: there is nothing to resume"):
        job.resume()


def test_one_trains_at_a_time_and_the_first_that_asked_is_the_first_served(folder):
    first, second, third = (jobs.start(Config(**fields), name, folder)
                            for name, fields in (("z", LONG), ("a", LONG), ("b", QUICK | {"epochs": 1})))  # fmt: skip
    begun(first, 30)  # the others have had their time
    assert (first.state, second.state, third.state) == ("training", "queued", "queued")
    assert not (second.path / "config.json").exists()
    second.stop()  # one that waits
    ended(second)
    assert second.state == "stopped"
    assert third.state == "queued"
    first.stop()
    reached(third, "finished")
    assert third.facts["began"] > first.facts["began"]


def test_a_stopped_job_goes_on_where_it_was(folder):
    job = jobs.start(Config(**LONG), "mine", folder)
    begun(job)
    job.stop()
    ended(job)
    assert job.state == "stopped"
    rows = Run(job.path).history
    assert Run(job.path).embeddings().vectors.shape == (360, 2)
    job.resume()
    assert job.state in ("queued", "training")
    until(lambda: len(Run(job.path).history) > len(rows))
    assert Run(job.path).history[: len(rows)] == rows
    assert job.left(job.history) > 0


def test_a_killed_job_is_stopped_and_can_be_resumed(folder):
    job = jobs.start(Config(**LONG), "mine", folder)
    begun(job, 30)
    os.kill(pid(job), signal.SIGKILL)
    until(lambda: job.state == "stopped")
    steps = Run(job.path).history[-1]["step"]
    job.resume()
    until(lambda: job.state == "training" and job.history[-1]["step"] > steps)


def test_a_pid_that_was_given_away_again_fools_nobody(folder):
    job = jobs.start(Config(**LONG), "mine", folder)
    begun(job)
    os.kill(pid(job), signal.SIGKILL)
    ended(job)
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (job.path / "job.lock").write_text(str(other.pid))
        assert job.state == "stopped"
        job.stop()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_job_that_is_just_being_started_cannot_be_stopped_yet(folder):
    job = jobs.Job(folder / "mine")
    job.path.mkdir(parents=True)
    lock = taken(job.path / "job.lock")  # its process is not there yet
    try:
        with pytest.raises(ValueError, match="mine is just being started: stop it in a moment"):
            job.stop()
    finally:
        lock.close()


def test_a_job_outlives_who_asked_for_it(folder):
    asked = f"start(Config(**{QUICK | {'epochs': 2}}), 'mine', {str(folder)!r})"
    words = f"from sslcore.jobs import start; from sslcore.run.config import Config; {asked}"
    subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True)
    [job] = jobs.jobs(folder)
    reached(job, "finished")


def test_what_cannot_be_trained_fails_with_a_sentence(folder):
    job = jobs.start(Config(**QUICK | {"data": "nowhere"}), "lost", folder)
    reached(job, "failed")
    assert job.facts["error"].startswith("no data set or folder 'nowhere'")
    diverged = jobs.start(Config(**QUICK | {"settings": {}, "network": {}}, rate=10, epochs=200), "far", folder)
    reached(diverged, "failed")
    assert "lower the learning rate" in diverged.facts["error"]
    ended(job)
    job.resume()  # the mistake may have been mended since
    reached(job, "failed")


def test_settings_that_were_tampered_with_fail_with_a_sentence(folder):
    job = jobs.start(Config(**QUICK | {"data": "nowhere"}), "mine", folder)
    reached(job, "failed")
    ended(job)
    facts = json.loads((job.path / "job.json").read_text())
    facts["config"]["epochs"] = -1
    (job.path / "job.json").write_text(json.dumps(facts))
    job.resume()
    reached(job, "failed")
    assert job.facts["error"] == "epochs: Input should be greater than or equal to 1 (got -1)"


@pytest.mark.parametrize("name", ["", "..", "../up", "a/b", "/tmp/a", ".hidden", "-x", "a b", "a\n", "x" * 101])
def test_a_name_that_leads_elsewhere_is_refused(name, folder):
    with pytest.raises(ValueError, match="a run cannot be called"):
        jobs.start(Config(**QUICK), name, folder)
    assert not folder.exists()


def test_a_name_that_is_taken_is_refused(folder):
    (folder / "mine").mkdir(parents=True)
    with pytest.raises(ValueError, match="there is a run called 'mine' already"):
        jobs.start(Config(**QUICK), "mine", folder)
    assert jobs.jobs(folder) == []


def test_only_a_job_that_rests_is_deleted(folder, tmp_path):
    job = jobs.start(Config(**LONG), "mine", folder)
    begun(job)
    with pytest.raises(ValueError, match="mine is at work: stop it first"):
        job.delete()
    with pytest.raises(ValueError, match="mine is at work already"):
        job.resume()
    job.stop()
    ended(job)
    (folder / "link").symlink_to(job.path)
    with pytest.raises(ValueError, match="link was not trained from here"):
        jobs.Job(folder / "link").delete()
    (folder / "shipped").mkdir()
    (folder / "shipped" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="shipped was not trained from here"):
        jobs.Job(folder / "shipped").delete()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept.txt").touch()
    (job.path / "inside").symlink_to(tmp_path / "outside")
    job.delete()
    assert sorted(path.name for path in folder.iterdir() if path.name != ".turn") == ["link", "shipped"]
    assert (tmp_path / "outside" / "kept.txt").exists()
    (folder / "link").unlink()


def test_a_broken_job_is_a_sentence_and_stands_in_nobodys_way(folder):
    (folder / "broken").mkdir(parents=True)
    for content, says in (("rubbish", "is not JSON"), ('{"config": {}}', "asked, began, error is missing")):
        (folder / "broken" / "job.json").write_text(content)
        with pytest.raises(ValueError, match=says):
            _ = jobs.Job(folder / "broken").state
    reached(jobs.start(Config(**QUICK, epochs=1), "mine", folder), "finished")


def test_maps_that_cannot_be_made_leave_a_finished_run_that_says_so(folder, tmp_path):
    from PIL import Image

    (tmp_path / "few").mkdir()
    for i in range(40):
        Image.fromarray(np.full((8, 8), 6 * i, np.uint8)).save(tmp_path / "few" / f"{i}.png")
    fields = {"data": str(tmp_path / "few"), "size": 8, "batch": 8, "epochs": 1}
    job = jobs.start(Config(**QUICK | fields), "few", folder)
    ended(job)
    assert job.state == "finished"
    assert "a map needs at least 30 points" in job.facts["error"]
