"""A training that is killed or out of disk space: nothing is lost, and it goes on as if nothing had been."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import ROOT

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
