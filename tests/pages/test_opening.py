"""Every page opens: without a run, with one, with several; and a broken run is one sentence, not the end of the app."""

import json
import shutil

import numpy as np
import plotly.graph_objects as go
import pytest
from conftest import ROOT

from pages.apptest import PAGES, open_page, said
from sslcore.run.config import Config
from sslcore.train import train


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
