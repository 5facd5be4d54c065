"""The commands as they are typed: what they print, and exit code 2 with one sentence for what cannot be."""

import re
import subprocess
import sys

import pytest
from conftest import ROOT

from sslcore.evaluate import PARTS

SECONDS = 400


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "sslcore", *map(str, words)], capture_output=True, text=True, cwd=ROOT, timeout=SECONDS
    )


def test_train_then_list_evaluate_and_project(tmp_path):
    done = run(
        "train", "vae", "--data", "digits", "--epochs", 2, "--name", "mine", "--checkpoints", tmp_path, "--beta", 2
    )
    assert done.returncode == 0, done.stderr
    assert "images/s" in done.stderr
    assert re.search(r"mine +vae +digits +2 ", run("runs", "--checkpoints", tmp_path).stdout)
    assert "pixels" in run("evaluate", tmp_path / "mine").stdout
    assert "mu.pca.3" in run("project", tmp_path / "mine", "--method", "pca", "--dimensions", 3).stdout
    assert re.search(r"kNN %.*\n.* \d\d\.\d ", run("runs", "--checkpoints", tmp_path).stdout)


def test_help_lists_commands_and_every_option_with_its_default():
    assert all(command in run("--help").stdout for command in ("train", "runs", "evaluate", "project", "bench"))
    text = run("train", "simclr", "--help").stdout
    assert all(
        option in text for option in ("--temperature", "--crop", "--projector", "--encoder", "--epochs", "--device")
    )
    assert "512" in text  # simclr's own default batch
    text = run("evaluate", "--help").stdout
    assert all(part in text for part in PARTS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train", "vaee"], "did you mean 'vae'"),
        (["trian", "vae"], "no command 'trian'"),
        (["train", "vae", "--bta", "2"], "--beta"),
        (["train", "vae", "--beta", "-2"], "greater than or equal to 0"),
        (["train", "vae", "--data", "nowhere"], "no data set or folder 'nowhere'"),
        (["train", "vae", "--name", "../escape"], "name"),
        (["evaluate", "nothing"], "no run 'nothing'"),
        (["evaluate"], "name at least one run"),
        (["evaluate", "vae-fashion", "--parts", "knn"], "no part knn to evaluate: choose among features"),
        (["project", "nothing"], "no run 'nothing'"),
        (["runs", "--checkpoints", "/nowhere"], "no run in"),
        (["bench", "everything"], "everything"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_exit_code_2(words, says):
    done = run(*words)
    assert done.returncode == 2
    shown = re.sub(r"[\s│]+", " ", done.stdout + done.stderr)  # tyro draws boxes around its sentences
    assert says in shown
    assert "Traceback" not in shown
