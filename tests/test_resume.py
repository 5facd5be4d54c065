"""A training that is stopped, killed or out of disk space: nothing is lost, and it goes on as if nothing had been."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from conftest import ROOT
from filelock import FileLock

from sslcore import objectives
from sslcore.objectives.vae import VAE
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import loop, resume, train

NETWORK = {"hidden": [16], "width": 4, "features": 16}
KEPT = ("weights.safetensors", "embeddings.npz", "snapshots.npz")


@pytest.fixture(autouse=True)
def one_thread():
    """As many as the killed processes have: libraries used by other tests change it, and sums are rounded otherwise."""
    torch.set_num_threads(1)


def config(objective, epochs=4, **more):
    return Config(objective=objective, data="digits", epochs=epochs, batch=128, network=NETWORK, **more)


def rows(path):
    """History without the one column that a clock fills."""
    with open(path / "history.csv") as file:
        return [{k: v for k, v in row.items() if k != "images_per_second"} for row in csv.DictReader(file)]


def same(one, two):
    assert rows(one) == rows(two)
    for name in KEPT:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


# trains in a process of its own, which is killed with -9 after so many rows: no handler runs, no file is closed
KILLED = """
import os, signal, sys, torch
torch.set_num_threads(1)
from sslcore.run.config import Config
from sslcore.train import train
from sslcore.train import loop
loop.PAUSE, loop.COST = 0.0, 0
for i, _ in enumerate(train(Config.model_validate_json(sys.argv[1]), sys.argv[2], "cpu")):
    if i + 1 == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_after(settings, path, count):
    words = [sys.executable, "-c", KILLED, settings.model_dump_json(), str(path), str(count)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("name", objectives.names())
def test_killed_and_resumed_is_bit_for_bit_what_it_would_have_been(name, tmp_path):
    settings = config(name)
    list(train(settings, tmp_path / "whole", "cpu"))
    killed_after(settings, tmp_path / "killed", 22)  # after two epochs
    assert 0 < len(rows(tmp_path / "killed")) < len(rows(tmp_path / "whole"))
    list(resume(tmp_path / "killed", "cpu"))
    same(tmp_path / "whole", tmp_path / "killed")
    made = Run(tmp_path / "killed").facts["made"]
    assert made["finished"]
    assert made["resumed"] == 1
    assert not (tmp_path / "killed" / "resume").exists()


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


def test_killed_at_any_moment_it_leaves_a_whole_run_that_goes_on(tmp_path):
    """Twenty kills at random moments; whatever was being written, the run is readable and ends as it should."""
    settings, path, rng = config("vae", epochs=60), tmp_path / "killed", random.Random(0)
    first = subprocess.Popen(
        [sys.executable, "-c", KILLED, settings.model_dump_json(), str(path), "-1"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    while not (path / "resume" / "state.safetensors").exists() and first.poll() is None:
        time.sleep(0.01)
    first.kill()
    first.wait()
    again = KILLED.replace("import train\n", "import resume\n").replace(
        "train(Config.model_validate_json(sys.argv[1]), sys.argv[2]", "resume(sys.argv[2]"
    )
    # one process that is forked for each life: importing torch twenty times would take a minute
    script = f"""
import os, sys, time
import sslcore.data, sslcore.train
sslcore.data.load("digits")
sys.argv = ["", "", {str(path)!r}, "-1"]
for delay in {[rng.uniform(0.1, 1.0) for _ in range(20)]!r}:
    child = os.fork()
    if not child:
        exec({again!r})
        os._exit(0)
    time.sleep(delay)
    os.kill(child, 9)
    os.waitpid(child, 0)
    print(child, flush=True)
    sys.stdin.readline()
"""
    lives = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    steps = []
    for _ in range(20):
        assert lives.stdout.readline().strip().isdigit()
        run = Run(path)
        run.objective()
        assert np.isfinite(run.embeddings().vectors).all()
        assert run.snapshots is not None
        steps.append(run.history[-1]["step"])
        if run.facts["made"]["finished"]:
            break
        lives.stdin.write("\n")
        lives.stdin.flush()
    lives.kill()
    assert len(set(steps)) > 3  # it came on between the kills
    if not Run(path).facts["made"]["finished"]:
        list(resume(path, "cpu"))
    list(train(settings, tmp_path / "whole", "cpu"))
    same(tmp_path / "whole", path)
    assert not [file.name for file in path.iterdir() if file.name.startswith(".") and file.name != ".lock"]


def test_a_full_disk_is_one_sentence_and_the_last_state_is_kept(tmp_path):
    """A limit on the size of files stands for the disk: the system refuses the write as it would there."""
    script = """
import resource, signal, sys
import torch
torch.set_num_threads(1)
from sslcore.run.config import Config
from sslcore.train import loop, train
loop.PAUSE, loop.COST = 0.0, 0
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
rows = train(Config.model_validate_json(sys.argv[1]), sys.argv[2], "cpu")
for _ in range(5):
    next(rows)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    list(rows)
except OSError as error:
    print(error)
"""
    settings = config("vae")
    words = [sys.executable, "-c", script, settings.model_dump_json(), str(tmp_path / "a")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert "cannot be written: File too large" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    list(resume(tmp_path / "a", "cpu"))
    list(train(settings, tmp_path / "whole", "cpu"))
    same(tmp_path / "whole", tmp_path / "a")


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
    monkeypatch.setattr(loop, "PAUSE", 0.0)
    monkeypatch.setattr(loop, "COST", 0)
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


def test_the_command_line_resumes(tmp_path):
    words = [sys.executable, "-m", "sslcore", "train", "vae", "--data", "digits", "--epochs", "100"]
    place = ["--checkpoints", str(tmp_path)]
    process = subprocess.Popen(
        [*words, "--name", "mine", *place], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    while not (tmp_path / "mine" / "resume" / "state.safetensors").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    out, said = process.communicate()
    assert process.returncode == 0, said
    assert b"train --resume" in out
    done = subprocess.run([*words[:4], "--resume", "mine", *place], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "is ready" in done.stdout
    assert len({row["step"] for row in rows(tmp_path / "mine")}) == len(rows(tmp_path / "mine")) == 100 * 11
