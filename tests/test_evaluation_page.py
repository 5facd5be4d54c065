"""The evaluation page: what it says of runs, what it leaves out, and which failures it finds."""

import json
import re

import pytest
from browsing import WAIT, settle
from conftest import ROOT, SHIPPED
from streamlit.testing.v1 import AppTest

from sslcore.run import Run, runs
from sslcore.view.evaluation import figures, tables, words
from sslcore.view.evaluation.failures import failures

PAGE = ROOT / "pages" / "8_Evaluation.py"


def opened(**query):
    app = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not app.error
    return app


def text(app):
    return "\n".join(
        item.value for kind in (app.header, app.markdown, app.caption, app.info, app.warning) for item in kind
    )


@pytest.mark.parametrize("run", ["ae", "vae", "iwae", "simclr"])
def test_a_section_is_there_where_it_was_measured(run, checkpoints):
    headers = [header.value for header in opened(run=run).header]
    assert ("What the code says, and how likely an image is" in headers) == (run in ("vae", "iwae"))
    assert ("Two views of an image" in headers) == (run == "simclr")
    assert headers[0] == "What the features are worth"
    assert headers[-1] == "A gallery of failures"


def test_the_binarisation_is_named_and_unlike_nats_are_not_compared(checkpoints):
    assert "dynamic binarisation" in text(opened(run="iwae"))
    assert "not binarised" in text(opened(run="vae"))
    assert "cannot be compared" in text(opened(run="vae", other="iwae"))
    assert "cannot be compared" not in text(opened(run="vae", other="vae-2d"))


def test_a_run_that_was_not_evaluated_says_how(checkpoints):
    (checkpoints / "vae" / "metrics.json").unlink()
    app = opened(run="vae")
    assert "python -m sslcore evaluate vae" in text(app)
    assert [header.value for header in app.header] == ["A gallery of failures"]


def test_metrics_of_an_older_evaluation_are_shown_as_far_as_they_go(checkpoints):
    path = checkpoints / "vae" / "metrics.json"
    kept = {"knn_10", "knn_200", "linear", "space", "baselines", "test_images", "train_images", "terms"}
    old = {key: value for key, value in json.loads(path.read_text()).items() if key in kept}
    path.write_text(json.dumps(old))
    app = opened(run="vae", other="ae")
    assert [header.value for header in app.header] == ["What the features are worth", "A gallery of failures"]
    assert "python -m sslcore evaluate vae" in text(app)
    opened(run="ae", other="vae")  # and the other way round


def test_both_directions_are_shown_where_there_is_a_run_for_each(checkpoints):
    """Outsiders in metrics.json as `evaluate` writes them; the second run is on other data."""
    known = {"images": 100, "outsiders": 90, "draws": 50, "brightness": 0.4, "scores": {"elbo": 0.3, "bound": 0.31},
             "distance": {"run": 0.8, "pixels": 0.9, "pca": 0.9, "random": 0.7}}  # fmt: skip
    for name, outsider in (("vae", "letters"), ("vae-2d", "digits")):
        path = checkpoints / name / "metrics.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"anomaly": known | {"outsider": outsider}}))
    assert "The other way round takes a run on letters" in text(opened(run="vae"))
    facts = checkpoints / "vae-2d" / "config.json"
    facts.write_text(facts.read_text().replace('"name": "digits"', '"name": "letters"'))
    shown = text(opened(run="vae"))
    assert "the outsider is digits" in shown
    assert "higher on the outsider" in shown
    assert "takes a run on" not in shown


def test_tables_have_runs_then_baselines():
    named = {name: Run(SHIPPED / name).metrics for name in ("vae-fashion", "simclr-fashion")}
    assert list(tables.accuracies(named)["features"]) == [*named, *tables.BASELINES.values()]
    geometry = tables.geometry(named)
    assert list(geometry["features"]) == [
        "vae-fashion, mu",
        "simclr-fashion, h",
        "simclr-fashion, z",
        *tables.BASELINES.values(),
    ]
    assert (
        tables.markdown(geometry, {"features": "features", "dimensions": "d"}).splitlines()[2]
        == "| vae-fashion, mu | 32 |"
    )


def test_the_figures_hold_the_numbers():
    metrics = Run(SHIPPED / "vae-fashion").metrics
    drawn, table = figures.few_labels({"vae-fashion": metrics})
    rows = metrics["few_labels"]["run"]
    assert list(drawn.data[0].x) == [row["labels"] for row in rows] == [10, 100, 1000, 10_000]
    assert list(drawn.data[0].y) == pytest.approx([100 * row["mean"] for row in rows])
    assert list(drawn.data[0].error_y.array) == pytest.approx([100 * row["std"] for row in rows])
    drawn, table = figures.bounds({"vae-fashion": metrics})
    bounds = [row["bound"] - metrics["likelihood"]["elbo"] for row in metrics["likelihood"]["bounds"]]
    assert list(drawn.data[0].y) == pytest.approx(bounds) == sorted(bounds)
    drawn, table = figures.anomaly({"vae-fashion": metrics})
    assert set(table["score"]) == {"−ELBO", "−L₅₀", "distortion", "rate", "distance", "brightness"}
    assert table["auroc"].between(0, 1).all()


def test_words_call_a_difference_within_the_noise_none():
    row = {"labels": 10, "draws": 5}
    few = {"run": [row | {"mean": 0.5, "std": 0.1}]}
    few |= {
        name: [row | {"mean": mean, "std": 0.1}] for name, mean in (("pixels", 0.52), ("pca", 0.3), ("random", 0.3))
    }
    assert words.against_few(few) == "Beside its best baseline it is no more than 52.0 % from 10 labels (raw pixels)."
    few["pixels"][0]["mean"] = 0.9
    assert "**below** 90.0 %" in words.against_few(few)
    found = {"labels": 1000, "seeds": 3, "trained": {"mean": 0.8, "std": 0.01}, "scratch": {"mean": 0.7, "std": 0.01}}
    assert "a better start" in words.of_fine_tuning(found)
    found["scratch"]["mean"] = 0.795
    assert "within the noise" in words.of_fine_tuning(found)


def test_failures_are_those_that_the_shipped_runs_show():
    every = {run.name: (run.facts, run.metrics) for run in runs(SHIPPED)}
    found = {case.title: case for case in failures(every)}
    assert found["Bunched together"].run == "simclr-fashion-tau1.0"
    units = {name: m["likelihood"]["units"] for name, (_, m) in every.items() if "likelihood" in m}
    dead = {name: len(of["kl"]) - of["active"] for name, of in units.items()}
    assert dead[found["Posterior collapse"].run] == max(dead.values())
    assert str(max(dead.values())) in found["Posterior collapse"].text
    assert every[found["A likelihood that prefers strangers"].run][1]["anomaly"]["scores"]["elbo"] < 0.5
    assert failures({}) == []


def test_a_failure_links_to_the_page_that_shows_it(open_page):
    page = open_page("Evaluation")
    link = page.get_by_role("link", name=re.compile("See it: Temperature")).first
    link.wait_for(timeout=WAIT)
    href = link.evaluate("a => a.href")
    assert "/Temperature?run=simclr-fashion" in href
    page.goto(href)
    settle(page)
    assert page.locator("h1").inner_text() == "Temperature"
    assert page.get_by_text("which is not here").count() == 0


def test_nothing_sticks_out_of_tables_and_figures_on_a_phone(open_page):
    page = open_page("Evaluation?run=vae-fashion&other=simclr-fashion", width=390, height=844)
    page.locator(".st-key-figure-finetune .main-svg").first.wait_for(timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.failed == []
    assert page.outside == []
