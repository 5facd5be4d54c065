"""Every page opens: without a run, with one, with several; and a broken run is one sentence, not the end of the app."""

import json
import re
import shutil
from pathlib import Path

import plotly.graph_objects as go
import pytest
from conftest import ROOT
from streamlit.testing.v1 import AppTest

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


@pytest.mark.parametrize(
    "file", ["config.json", "gallery.npz", "embeddings.npz", "weights.safetensors", "metrics.json"]
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


@pytest.mark.parametrize("run", ["ae", "vae", "vae-2d"])
@pytest.mark.parametrize("page_name", ["2_Reconstructions_and_samples", "3_Interpolation"])
def test_decoders_of_every_kind(run, page_name, checkpoints):
    app = open_page(ROOT / "pages" / f"{page_name}.py", run=run)
    assert not app.exception
    assert not app.error


def test_two_runs_side_by_side(checkpoints):
    app = open_page(ROOT / "pages" / "1_Latent_space.py", run="vae", other="ae")
    assert not app.exception
    assert any("changed most" in heading.value for heading in app.subheader)


@pytest.mark.parametrize("colour", ["neighbour recall", "density", "elbo"])
def test_a_map_can_be_coloured_by(colour, checkpoints):
    app = open_page(ROOT / "pages" / "1_Latent_space.py", run="vae")
    app.sidebar.selectbox(key="colour").select(colour).run()
    assert not app.exception


def test_the_code_shown_is_the_code_that_runs():
    from sslcore import losses
    from sslcore.view.widgets import source

    text, path, line = source("sslcore.losses.nt_xent")
    assert path == "sslcore/losses.py"
    assert text.startswith("def nt_xent(")
    assert Path(losses.__file__).read_text().splitlines()[line - 1] == text.splitlines()[0]
    assert source("sslcore.objectives.vae.VAE.forward")[0].startswith("def forward(")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_function_that_a_page_shows_is_there(path):
    from sslcore.view.widgets import source

    for name in re.findall(r'"(sslcore(?:\.\w+)+)"', path.read_text()):
        assert source(name)[0]


def test_log_2n_minus_1_is_not_a_bound():
    """MATHS, the fair bit: at N = 8 log(2N - 1) - NT-Xent is .6962, above I = .6931; InfoNCE stays below."""
    from sslcore.view.bounds.measures import fair_bit

    found = fair_bit(8)
    assert found["log(2N−1) − L"] == pytest.approx(0.6962, abs=1e-4)
    assert found["InfoNCE, N × N"] < found["I = log 2"] < found["log(2N−1) − L"]


def test_a_verdict_needs_two_standard_errors():
    from sslcore.view.widgets import verdict

    known = {"pixels": 0.80, "pca": 0.87}
    assert verdict(0.95, known, 10_000) == "above a PCA"
    assert verdict(0.872, known, 10_000) == "no more than a PCA"
    assert verdict(0.60, known, 10_000) == "**below** a PCA"
