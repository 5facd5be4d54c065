"""A file is an objective, or a network: whatever it is of, it does all that a shipped one does, with no other edit.

The files of objectives/ and networks/ beside this one are put into a copy of the house, and nothing else is.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

HERE = Path(__file__).parent
RUNS = {  # by name: objective, data, and what its abilities must be
    "triplet": ("digits", ["pair"]),
    "momentum": ("digits", ["pair", "temperature"]),
    "game": ("points.npz", ["generate"]),
    "next_frame": ("clips.npz", ["split", "answer"]),
    "next_symbol": ("texts.npz", ["split", "answer"]),
}
KINDS = {"digits": "images", "points.npz": "points", "clips.npz": "clips", "texts.npz": "tokens"}
PAGES = ["app.py", *sorted(f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py"))]

# trains each whole, and once more with a stop in the middle; measures and maps it
WORK = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from sslcore import evaluate
from sslcore.evaluate import features, finetune
from sslcore.project import bake, bake_aligned
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import resume, train

features.LABELS, features.DRAWS, features.PENALTIES, finetune.EPOCHS = (10, 40), {10: 2, 40: 2}, (1e-2,), 1
for name, data in json.loads(sys.argv[1]).items():
    config = Config(objective=name, data=data, epochs=2, batch=32)
    path = Path("runs", name)
    list(train(config, path, "cpu"))
    rows = train(config, Path("again", name), "cpu")
    for _ in range(7):
        next(rows)
    rows.close()
    list(resume(Path("again", name), "cpu"))
    list(evaluate.evaluate(Run(path), "cpu"))
    list(bake(Run(path), [("pca", 3)]))
    bake_aligned(Run(path), "pca")
"""

# every page with every run, in one process
OPEN = """
import json, sys
from streamlit.testing.v1 import AppTest

for page, run in json.loads(sys.argv[1]):
    app = AppTest.from_file(page, default_timeout=120)
    app.query_params["run"] = run
    app.run()
    print(json.dumps([page, run, [e.message for e in app.exception], [e.value for e in app.error],
                      [w.value for w in app.warning]]), flush=True)
"""


def ran(house, *words, **more):
    environment = os.environ | {"PYTHONPATH": str(house), "SSLCORE_CHECKPOINTS": str(house / "runs")} | more
    done = subprocess.run([sys.executable, *words], cwd=house, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def write_data(house):
    """Clips of a square that moves, texts of two alphabets, points of three clouds: with labels, 160 to train."""
    rng = np.random.default_rng(0)
    labels = {"train": rng.integers(0, 2, 160), "test": rng.integers(0, 2, 60)}
    for name in ("clips", "texts", "points"):
        arrays = {f"{split}.labels": of for split, of in labels.items()} | {"classes": np.array(["one", "other"])}
        for split, of in labels.items():
            arrays[f"{split}.items"] = ITEMS[name](rng, of)
        if name == "texts":
            arrays["symbols"] = np.array(list("abcd <>&"))
        np.savez(house / f"{name}.npz", **arrays)


def clips(rng, labels):
    items = np.zeros((len(labels), 4, 1, 12, 12), np.uint8)
    for clip, label, y in zip(items, labels, rng.integers(0, 9, len(labels)), strict=True):
        for t, frame in enumerate(clip):
            x = 2 * t if label else 8 - 2 * t
            frame[0, y : y + 3, x : x + 3] = 255
    return items


ITEMS = {
    "clips": clips,
    "texts": lambda rng, labels: rng.integers(0, 4, (len(labels), 12)) + 4 * labels[:, None],
    "points": lambda rng, labels: (rng.normal(size=(len(labels), 2)) + 4 * labels[:, None]).astype(np.float32),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = tmp_path_factory.mktemp("house")
    for name in ("sslcore", "pages"):
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", ".streamlit"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, house / name)
    for kind in ("objectives", "networks"):
        for path in (HERE / kind).glob("*.py"):
            shutil.copy(path, house / "sslcore" / kind)
    write_data(house)
    ran(house, "-c", WORK, json.dumps({name: data for name, (data, _) in RUNS.items()}))
    return house


@pytest.fixture(scope="module")
def opened(house):
    """What each page said with each run."""
    said = ran(house, "-c", OPEN, json.dumps([(page, run) for page in PAGES for run in RUNS]))
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
    return {(page, run): words for page, run, *words in lines}


@pytest.mark.parametrize("name", RUNS)
def test_it_trains_and_says_what_it_is(name, house):
    data, abilities = RUNS[name]
    facts = json.loads((house / "runs" / name / "config.json").read_text())
    assert facts["made"]["finished"]
    assert facts["form"]["kind"] == KINDS[data]
    assert facts["abilities"] == abilities
    assert ("temperature" in facts) == ("temperature" in abilities)
    assert {*facts["data"]["digests"]} == {"train", "test"}


@pytest.mark.parametrize("name", RUNS)
def test_it_goes_on_bit_for_bit(name, house):
    whole, stopped = (house / folder / name for folder in ("runs", "again"))
    assert json.loads((stopped / "config.json").read_text())["made"]["resumed"] == 1
    for file in ("weights.safetensors", "embeddings.npz", "snapshots.npz"):
        assert (whole / file).read_bytes() == (stopped / file).read_bytes(), file


@pytest.mark.parametrize("name", RUNS)
def test_it_is_embedded_measured_and_carded(name, house):
    from sslcore.run import Run

    run = Run(house / "runs" / name)
    assert np.isfinite(run.embeddings().vectors).all()
    assert len(run.gallery) == len(run.embeddings().vectors)
    assert (run.gallery.pictures is None) == bool(run.gallery.texts) == (run.form.kind in ("tokens", "points"))
    assert run.maps
    assert run.aligned is not None
    assert [*run.metrics.features] == ["run", "raw", "pca", "random"]
    assert (run.metrics.contrast is not None) == ("pair" in run.facts["abilities"])
    card = (run.path / "README.md").read_text()
    assert f"{name} on" in card
    assert ("raw items" in card) == (run.form.kind in ("tokens", "points"))


def test_a_pair_without_a_temperature_is_measured_at_none(house):
    from sslcore.run import Run

    curves = {
        name: Run(house / "runs" / name).metrics.contrast["information"]["test"] for name in ("triplet", "momentum")
    }
    assert curves["triplet"]["at_best"]
    assert curves["triplet"]["at_training"] == []
    assert curves["momentum"]["at_training"]


def test_both_encoders_are_normalised(house):
    from safetensors.numpy import load_file

    weights = load_file(house / "runs" / "momentum" / "weights.safetensors")
    assert weights["encoder.normalise.mean"].any()
    assert (weights["encoder.normalise.mean"] == weights["second.normalise.mean"]).all()
    assert (weights["encoder.normalise.std"] == weights["second.normalise.std"]).all()


def test_the_command_line_lists_them_with_their_options(house):
    listed = ran(house, "-m", "sslcore", "train")
    assert all(name in listed for name in RUNS)
    said = ran(house, "-m", "sslcore", "train", "momentum", "--encoder", "mlp", "--help")
    assert "keys that are kept" in said
    assert "units of each hidden layer" in said
    said = ran(house, "-m", "sslcore", "train", "next_symbol", "--help")
    assert "of the state" in said
    assert "units of each hidden layer" not in said


def test_the_form_has_them_with_formula_and_code(house):
    script = """
import json, sys
from streamlit.testing.v1 import AppTest

page = "from sslcore.view.training.form import form; form()"
app = AppTest.from_string(page, default_timeout=120).run()
names = app.selectbox(key="train.objective").options
for name in json.loads(sys.argv[1]):
    app.selectbox(key="train.objective").select(name).run()
    assert not app.exception, app.exception
    print(json.dumps([name, name in names, [m.value for m in app.latex], [c.value for c in app.code]]))
"""
    for line in ran(house, "-c", script, json.dumps(list(RUNS))).splitlines():
        name, listed, formulas, code = json.loads(line)
        assert listed
        assert any(r"\\mathcal L" in json.dumps(formula) for formula in formulas), name
        assert any("def forward" in text for text in code), name


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_it(page, opened):
    for name in RUNS:
        exceptions, errors, _ = opened[page, name]
        assert not exceptions, (page, name)
        assert not errors, (page, name)
