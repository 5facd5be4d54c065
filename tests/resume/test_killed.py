"""A training that is killed or out of disk space: nothing is lost, and it goes on as if nothing had been."""

import os
import random
import signal
import time

import numpy as np
import pytest
from conftest import until
from forked import Python

from resume.ends import config, rows, same
from sslcore import objectives
from sslcore.run import Run
from sslcore.train import resume, train

# trains in a process of its own, which is killed with -9 after so many rows: no handler runs, no file is closed
KILLED = """
import os, signal, sys, torch
torch.set_num_threads(1)
from sslcore.run.config import Config
from sslcore.train import train
from sslcore.train import keeper
keeper.PAUSE, keeper.COST = 0.0, 0
for i, _ in enumerate(train(Config.model_validate_json(sys.argv[1]), sys.argv[2], "cpu")):
    if i + 1 == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_after(settings, path, count):
    done = Python("-c", KILLED, settings.model_dump_json(), path, count).wait()
    assert done.code == -signal.SIGKILL, done.err


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


def test_killed_at_any_moment_it_leaves_a_whole_run_that_goes_on(tmp_path):
    """Twenty kills at random moments; whatever was being written, the run is readable and ends as it should."""
    settings, path, rng = config("vae", epochs=60), tmp_path / "killed", random.Random(0)
    state, steps = path / "resume" / "state.safetensors", []

    def written():
        return state.stat().st_mtime_ns if state.exists() else 0

    again = KILLED.replace("import train\n", "import resume\n").replace(
        "train(Config.model_validate_json(sys.argv[1]), sys.argv[2]", "resume(sys.argv[2]"
    )
    for code in (KILLED, *[again] * 20):
        before = written()
        life = Python("-c", code, settings.model_dump_json(), path, -1)
        until(lambda before=before, life=life: written() != before or life.code is not None)
        time.sleep(rng.uniform(0, 0.2))
        os.kill(life.pid, signal.SIGKILL)
        life.wait()
        run = Run(path)
        run.objective()
        assert np.isfinite(run.embeddings().vectors).all()
        assert run.snapshots is not None
        steps.append(run.history[-1]["step"])
        if run.facts["made"]["finished"]:
            break
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
from sslcore.train import keeper, train
keeper.PAUSE, keeper.COST = 0.0, 0
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
    done = Python("-c", script, settings.model_dump_json(), tmp_path / "a").wait()
    assert "cannot be written: File too large" in done.out, done.out + done.err
    assert done.out.count("\n") == 1
    list(resume(tmp_path / "a", "cpu"))
    list(train(settings, tmp_path / "whole", "cpu"))
    same(tmp_path / "whole", tmp_path / "a")


def test_the_command_line_resumes(tmp_path):
    words, place = ["-m", "sslcore", "train"], ["--checkpoints", tmp_path]
    process = Python(*words, "vae", "--data", "digits", "--epochs", 40, "--name", "mine", *place)
    until(lambda: (tmp_path / "mine" / "resume" / "state.safetensors").exists() or process.code is not None)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait().code == 0, process.err
    assert "train --resume" in process.out
    done = Python(*words, "--resume", "mine", *place).wait()
    assert done.code == 0, done.err
    assert "is ready" in done.out
    assert len({row["step"] for row in rows(tmp_path / "mine")}) == len(rows(tmp_path / "mine")) == 40 * 11
