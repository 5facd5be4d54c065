"""Every page opens: without a run, with one, with several; and a broken run is one sentence, not the end of the app."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

from sslcore.run.config import Config
from sslcore.train import train

PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def open_page(path: Path, **query: str) -> AppTest:
    app = AppTest.from_file(str(path), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    """Everything in the page's messages."""
    return " ".join(message.value for kind in (app.info, app.warning, app.error) for message in kind)


@pytest.fixture(params=PAGES, ids=lambda path: path.stem)
def page(request):
    return request.param


def test_without_a_run_it_says_how_to_make_one(page, tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", str(tmp_path))
    app = open_page(page)
    assert not app.exception
    assert "python -m sslcore train" in said(app)


def test_it_opens_with_several_runs_and_draws_what_plotly_knows(page, checkpoints):
    app = open_page(page)
    assert not app.exception
    for chart in app.get("plotly_chart"):
        go.Figure(json.loads(chart.proto.spec))  # validates, as charts.figure does not
    assert not app.error
    assert app.title


def test_it_opens_with_one_run_of_each_kind(page, checkpoints):
    for keep in ("simclr", "vae-2d"):
        folder = checkpoints.with_name(f"only-{keep}")
        shutil.copytree(checkpoints / keep, folder / keep)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSLCORE_CHECKPOINTS", str(folder))
            app = open_page(page)
        assert not app.exception, keep
        assert not app.error, keep


def test_a_link_to_a_run_that_is_gone_says_so(page, checkpoints):
    if page.name == "app.py":
        pytest.skip("the home page shows every run")
    app = open_page(page, run="vanished")
    assert not app.exception
    assert "vanished" in said(app)


def test_what_a_link_asks_for_is_no_markdown(page, checkpoints):
    if page.name == "app.py":
        pytest.skip("the home page shows every run")
    app = open_page(page, run="`[a](http://example.org)\n\n![b](http://example.org/b.png)`")
    assert "`'[a](http://example.org) ![b](http://example.org/b.png)'`" in said(app)


@pytest.mark.parametrize("value", [f"1,2,3,4,5,{10**400}", "[" * 3000, str(10**400), "nan", "1e999", "-5", ""])
def test_an_address_of_any_kind_opens(page, value, checkpoints):
    names = (
        "lasso",
        "view",
        "image",
        "t",
        "a",
        "z",
        "tau",
        "pad",
        "anchor",
        "epoch",
        "classes",
        "posterior",
        "side",
        "seed",
        "n",
    )
    app = open_page(page, **dict.fromkeys(names, value))
    assert not app.exception


def test_a_code_of_one_dimension_has_its_pages(tmp_path, monkeypatch):
    settings = {"settings": {"latent": 1}, "network": {"hidden": [16]}}
    list(train(Config(objective="vae", data="digits", epochs=1, **settings), tmp_path / "line", "cpu"))
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", str(tmp_path))
    for number in ("2", "3", "7"):
        (path,) = (ROOT / "pages").glob(f"{number}_*.py")
        app = open_page(path)
        assert not app.exception, number
        assert not app.error, number


@pytest.mark.parametrize(
    "file",
    [
        "config.json",
        "gallery.npz",
        "embeddings.npz",
        "weights.safetensors",
        "metrics.json",
        "snapshots.npz",
        "history.csv",
    ],
)
def test_a_broken_run_is_one_sentence(page, checkpoints, file):
    """The run's file holds rubbish: the page says which file, and never shows a traceback."""
    for run in checkpoints.iterdir():
        (run / file).write_bytes(b"rubbish")
    app = open_page(page)
    assert not app.exception
    shown = said(app)
    assert "Traceback" not in shown
    if app.error:
        assert file in shown


@pytest.mark.parametrize("run", ["ae", "iwae", "vae", "vae-2d"])
@pytest.mark.parametrize("page_name", ["2_Reconstructions_and_samples", "3_Interpolation"])
def test_decoders_of_every_kind(run, page_name, checkpoints):
    app = open_page(ROOT / "pages" / f"{page_name}.py", run=run)
    assert not app.exception
    assert not app.error


def test_two_runs_side_by_side(checkpoints):
    app = open_page(ROOT / "pages" / "1_Latent_space.py", run="vae", other="ae")
    assert not app.exception
    assert any("are the same in both runs" in caption.value for caption in app.caption)


@pytest.mark.parametrize("colour", ["neighbour recall", "density", "elbo"])
def test_a_map_can_be_coloured_by(colour, checkpoints):
    app = open_page(ROOT / "pages" / "1_Latent_space.py", run="vae")
    app.sidebar.selectbox(key="colour").select(colour).run()
    assert not app.exception


def test_a_run_without_snapshots_says_how_to_have_them_and_shows_its_loss(checkpoints):
    (checkpoints / "vae" / "snapshots.npz").unlink()
    app = open_page(ROOT / "pages" / "7_Training.py", run="vae")
    assert not app.exception
    assert not app.error
    assert "python -m sslcore train vae" in said(app)
    assert "--name vae-again" in said(app)
    assert "snapshots" not in said(open_page(ROOT / "pages" / "7_Training.py", run="simclr"))


def test_a_rate_that_was_warmed_up_is_said_to_be(checkpoints):
    for run, steps in (("vae", 10), ("vae-2d", None)):
        captions = [caption.value for caption in open_page(ROOT / "pages" / "7_Training.py", run=run).caption]
        assert any(f"β rises from 0 to 1 over the first {steps} steps" in value for value in captions) == bool(steps)


def test_a_training_killed_before_its_first_row_can_be_looked_at(checkpoints):
    for name in ("embeddings.npz", "projections.npz", "metrics.json"):
        (checkpoints / "vae" / name).unlink()
    (checkpoints / "vae" / "history.csv").write_text("")
    app = open_page(ROOT / "pages" / "7_Training.py", run="vae")
    assert not app.exception
    assert not app.error


def test_a_training_is_shown_before_its_maps_are_baked_and_after(checkpoints):
    from sslcore.project import bake_aligned
    from sslcore.run import Run
    from sslcore.view.components.scrubber import training

    run = Run(checkpoints / "vae")
    assert "principal axes" in training(run).facts["map"]["title"]
    assert "python -m sslcore project vae" in training(run).facts["map"]["note"]
    made = bake_aligned(run, "pca")
    assert (run.path / "aligned.npz").exists()
    assert training(run).state == {"epoch": 3}
    assert len(made.points) == 4
    assert training(Run(checkpoints / "vae-2d")).facts["map"]["axes"]


def test_a_training_that_ends_while_it_is_drawn_is_looked_at_once_more(checkpoints, monkeypatch):
    """It still stood as training when the look began: the next one finds what became of it, and makes the page anew."""
    from sslcore.jobs.locks import taken
    from sslcore.view.training import panel

    (checkpoints / "busy").mkdir()
    job = {"config": {}, "asked": 1.0, "began": 2.0, "error": None}
    (checkpoints / "busy" / "job.json").write_text(json.dumps(job))
    locks, ticks = [taken(checkpoints / "busy" / "job.lock")], []
    monkeypatch.setattr(panel, "_figure", lambda job: os.close(locks.pop()))  # its process ends at that moment
    monkeypatch.setattr(panel, "tick", lambda *asked: ticks.append(asked))
    assert not open_page(ROOT / "pages" / "7_Training.py", run="vae").exception
    assert locks == []
    assert len(ticks) == 1


def test_where_jobs_are_not_possible_the_page_says_what_to_type(checkpoints, monkeypatch):
    monkeypatch.setattr("sslcore.jobs.POSSIBLE", False)
    assert "needs Linux or macOS" in said(open_page(ROOT / "pages" / "7_Training.py", run="vae"))


def test_the_code_shown_is_the_code_that_runs():
    from sslcore import losses
    from sslcore.view.listing import source

    text, path, line = source("sslcore.losses.nt_xent")
    assert path == "sslcore/losses.py"
    assert text.startswith("def nt_xent(")
    assert Path(losses.__file__).read_text().splitlines()[line - 1] == text.splitlines()[0]
    assert source("sslcore.objectives.vae.VAE.forward")[0].startswith("def forward(")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_function_that_a_page_shows_is_there(path):
    from sslcore.view.listing import script, source

    for name in re.findall(r'"(sslcore(?:\.\w+)+)"', path.read_text()):
        assert source(name)[0]
    for file, name in re.findall(r'"([\w/]+\.js) (\w+)"', path.read_text()):
        text, _, line = script(file, name)
        assert re.search(rf"^(function|class|const) {name}\b", text, re.MULTILINE)
        assert text.rstrip().endswith(("}", "};"))
        lines = (ROOT / "sslcore" / "view" / "components" / file).read_text().splitlines()
        assert lines[line - 1] == text.splitlines()[0]


def test_log_2n_minus_1_is_not_a_bound():
    """MATHS, the fair bit: at N = 8 log(2N - 1) - NT-Xent is .6962, above I = .6931; InfoNCE stays below."""
    from sslcore.view.information.measures import fair_bit

    found = fair_bit(8)
    assert found["log(2N−1) − L"] == pytest.approx(0.6962, abs=1e-4)
    assert found["InfoNCE, N × N"] < found["I = log 2"] < found["log(2N−1) − L"]


def test_a_verdict_needs_two_standard_errors():
    from sslcore.view.widgets import verdict

    known = {"pixels": 0.80, "pca": 0.87}
    assert verdict(0.95, known, 10_000) == "above a PCA"
    assert verdict(0.872, known, 10_000) == "no more than a PCA"
    assert verdict(0.60, known, 10_000) == "**below** a PCA"


def test_a_gallery_too_small_for_a_map_says_so(checkpoints):
    """Twenty images: every page opens, and page 4 has a sentence in place of its map."""
    run = checkpoints / "simclr"
    for file in ("gallery.npz", "embeddings.npz"):
        with np.load(run / file) as arrays:
            n = 20
            short = {key: x if key == "classes" or key.startswith("pair.train") else x[:n] for key, x in arrays.items()}
        np.savez(run / file, **short)
    (run / "projections.npz").unlink()
    for name in ("4_Augmentations", "5_Temperature"):
        app = open_page(ROOT / "pages" / f"{name}.py", run="simclr")
        assert not app.exception, name
    assert "A map needs at least 30 images" in said(open_page(ROOT / "pages" / "4_Augmentations.py", run="simclr"))
