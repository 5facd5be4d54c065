"""What pages quote: the code that runs, and the numbers that they claim."""

import re
from pathlib import Path

import pytest
from conftest import ROOT

from pages.apptest import PAGES


def test_the_code_shown_is_the_code_that_runs():
    from sslcore import losses
    from sslcore.view.listing import source

    text, path, line = source("sslcore.losses.nt_xent")
    assert path == "sslcore/losses.py"
    assert text.startswith("def nt_xent(")
    assert Path(losses.__file__).read_text().splitlines()[line - 1] == text.splitlines()[0]
    assert source("sslcore.objectives.vae.VAE.forward")[0].startswith("def forward(")


SHOWING = [*PAGES, *(ROOT / "sslcore" / "view").rglob("panels.py")]


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: str(path.relative_to(ROOT)))
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
    from sslcore.run.metrics import verdict

    known = {"raw": 0.80, "pca": 0.87}
    assert verdict(0.95, known, 10_000) == "above a PCA"
    assert verdict(0.872, known, 10_000) == "no more than a PCA"
    assert verdict(0.60, known, 10_000) == "**below** a PCA"
