"""The commands as they are typed: what they print, and exit code 2 with one sentence for what cannot be."""

import re

import pytest
from forked import Python
from PIL import Image

from sslcore.evaluate import MEASURES


def run(*words):
    return Python("-m", "sslcore", *words).wait()


def test_train_then_list_evaluate_and_project(tmp_path):
    done = run(
        "train", "vae", "--data", "digits", "--epochs", 2, "--name", "mine", "--checkpoints", tmp_path, "--beta", 2
    )
    assert done.code == 0, done.err
    assert "items/s" in done.err
    assert re.search(r"mine +vae +digits +2 ", run("runs", "--checkpoints", tmp_path).out)
    assert "features raw" in run("evaluate", tmp_path / "mine", "--parts", "features", "geometry").out
    assert "mu.pca.3" in run("project", tmp_path / "mine", "--method", "pca", "--dimensions", 3).out
    assert re.search(r"kNN %.*\n.* \d\d\.\d ", run("runs", "--checkpoints", tmp_path).out)


def test_help_lists_commands_and_every_option_with_its_default():
    assert all(command in run("--help").out for command in ("train", "runs", "evaluate", "project", "bench"))
    text = run("train", "simclr", "--help").out
    assert all(
        option in text for option in ("--temperature", "--crop", "--projector", "--encoder", "--epochs", "--device")
    )
    assert "512" in text  # simclr's own default batch
    text = run("evaluate", "--help").out
    assert all(part in text for part in MEASURES)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train", "vaee"], "did you mean 'vae'"),
        (["trian", "vae"], "no command 'trian'"),
        (["train", "vae", "--bta", "2"], "did you mean --beta?"),
        (["train", "vae", "--beta"], "--beta needs a value"),
        (["train", "vae", "--epochs", "many"], "epochs"),
        (["train", "vae", "--warmup-epochs", "9" * 400], "warmup_epochs"),
        (["train", "vae", "--data", "~nobody-at-all/x"], "no such home folder"),
        (["train", "vae", "--graphs", "maybe"], "graphs"),
        (["train", "--resume"], "--resume needs a value"),
        (["train", "--resume", "x", "--nodes", "0"], "nodes"),
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
    assert done.code == 2
    assert_sentence(done, says)


def assert_sentence(done, says):
    """One line that begins with "error: ", and nothing else."""
    assert done.out == ""
    assert re.fullmatch(r"error: [^\n]{1,500}\n", done.err), done.err
    assert says in done.err


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SSLCORE_CACHE", "~nobody-at-all", "no such home folder"),
        ("SSLCORE_CACHE", "/dev/null", "$SSLCORE_CACHE is /dev/null, which is no folder"),
        ("SSLCORE_CACHE", __file__, "which is no folder"),
        ("SSLCORE_DATA", "/dev/null", "$SSLCORE_DATA is /dev/null"),
        ("SSLCORE_DATA", "~nobody-at-all", "no such home folder"),
        ("SSLCORE_CHECKPOINTS", "/dev/null", "$SSLCORE_CHECKPOINTS is /dev/null"),
    ],
)
def test_a_variable_that_names_no_folder_is_said(variable, value, says, monkeypatch, tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "images" / "a.png")
    monkeypatch.setenv(variable, value)
    data = "fashion-mnist" if variable == "SSLCORE_DATA" else tmp_path / "images"
    training = ("train", "autoencoder", "--data", data, "--checkpoints", tmp_path)
    assert_sentence(run("runs") if variable == "SSLCORE_CHECKPOINTS" else run(*training), says)
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_a_variable_that_is_empty_is_not_set(monkeypatch):
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", "")
    assert "vae-fashion" in run("runs").out
