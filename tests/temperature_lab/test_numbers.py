"""The temperature lab in real Chromium: the numbers are Python's."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from browsing import WAIT
from conftest import SHIPPED
from playwright.sync_api import expect

from sslcore import temperature as t
from sslcore.run import Run
from sslcore.view.temperature import drawing, pairs
from temperature_lab.hand import hardest, mark, measured, set_tau


@pytest.mark.parametrize("name", ["simclr-fashion", "simclr-sprites"])
def test_every_number_is_pythons(open_lab, name):
    run = Run(SHIPPED / name)
    found, labels = pairs.cosines(run), run.gallery.labels
    positives, negatives = t.split(t.similarities(*run.pairs("test")))
    page = open_lab(f"run={name}")
    for i in (0, 1234):
        page.get_by_label("Anchor, by its number").fill(str(i))
        page.keyboard.press("Enter")
        s, positive = negatives[[i]], positives[[i]]
        order = np.argsort(-s[0], kind="stable")
        images = np.delete(np.arange(2000), i)[order]
        for tau in (0.01, 0.05, 0.1, 0.5, 2.0):
            set_tau(page, tau)
            got = measured(page)
            r, p = t.weights(s, tau), t.positive_probability(positive, s, tau)
            on_positive, on_negatives = t.gradient(positive, s, tau)
            wanted = {
                "tau": tau,
                "positive": positive[0],
                "s": s[0, order],
                "r": r[0, order],
                "effective": t.effective_negatives(r)[0],
                "perplexity": t.perplexity(r)[0],
                "top": t.top_share(r)[0],
                "probability": p[0],
                "pull": -on_positive[0],
                "push": on_negatives[0, order[0]],
                "weighed": pairs.pushed(found, tau),
                "curve": [t.effective_negatives(t.weights(s, x))[0] for x in drawing.TEMPERATURES],
            }
            for key, value in wanted.items():
                np.testing.assert_allclose(got[key], value, rtol=1e-7, atol=1e-300, err_msg=f"{key} at {tau}, {i}")
            assert got["loss"] == pytest.approx(-np.log(p[0]), rel=1e-7, abs=1e-12)
            assert got["logSum"] == pytest.approx(np.log(np.exp(np.append(s[0], positive[0]) / tau).sum()), rel=1e-9)
            assert got["images"] == images.tolist()
            assert got["same"] == (labels[images] == labels[i]).tolist()


def test_false_negatives_are_marked_by_frame_and_by_word(open_lab):
    run = Run(SHIPPED / "simclr-fashion")
    page = open_lab("run=simclr-fashion&anchor=4")
    same = run.gallery.labels[hardest(run, 4, 17)] == run.gallery.labels[4]
    assert 0 < same.sum() < 17
    cards = page.locator(".temperature .card:not(.anchor)")
    framed = cards.evaluate_all("all => all.map(x => getComputedStyle(x.querySelector('img')).outlineStyle)")
    said = cards.evaluate_all("all => all.map(x => x.innerText.includes('same class'))")
    assert [style == "dotted" for style in framed] == said == same.tolist()
    expect(page.locator(".temperature [data-part=false] output")).to_have_text(f"{same.sum()} of 17")


def test_the_formula_has_this_anchors_numbers(lab):
    now, text = measured(lab), lab.locator(".formula").inner_text().replace("−", "-")
    text = re.sub(r"\s", "", text)
    for value in (f"{now['positive']:.3f}", f"{now['logSum']:.3f}", f"{now['loss']:.3f}", f"{now['effective']:.1f}"):
        assert value in text
    assert f"-{now['pull']:.3g}" in text


def shortened(folder, name, n, labels=True, spoil=False):
    """A copy of a shipped run with its first n images; `spoil` puts a NaN into a pair."""
    run = shutil.copytree(SHIPPED / "simclr-fashion", folder / name)
    for file in ("gallery.npz", "embeddings.npz"):
        arrays = {key: x[:n] if x.shape[:1] == (2000,) else x for key, x in np.load(run / file).items()}
        if not labels:
            arrays = {key: x for key, x in arrays.items() if key not in ("labels", "classes")}
        if spoil and file == "embeddings.npz":
            arrays["pair.test.a"][3, 1] = np.nan
        np.savez_compressed(run / file, **arrays)
    (run / "projections.npz").unlink()


def test_few_images_without_labels(open_lab, spare):
    folder, url = spare
    shortened(folder, "few", 3, labels=False)
    page = open_lab("run=few&tau=77&anchor=99", at=url)  # an address out of bounds is brought back into them
    now = measured(page)
    assert (now["tau"], now["i"], len(now["r"])) == (2, 2, 2)
    expect(page.locator(".temperature [data-part=false] output")).to_have_text("no labels")
    expect(page.get_by_text("This gallery has no labels")).to_be_visible()
    assert page.locator(".temperature .card").count() == 3
    assert "NaN" not in mark(page, "weights") + mark(page, "weighed") + mark(page, "anchor")
    shortened(folder, "pair", 2)
    smallest = measured(open_lab("run=pair", at=url))
    assert (smallest["r"], smallest["effective"]) == ([1], 1)


@pytest.mark.parametrize(
    ("n", "spoil", "sentence"), [(1, False, "has no negative"), (40, True, "1 of 40 images are not finite")]
)
def test_what_cannot_be_shown_is_one_sentence(n, spoil, sentence, open_page, spare):
    folder, url = spare
    shortened(folder, "odd", n, spoil=spoil)
    page = open_page("Temperature?run=odd", at=url)
    expect(page.locator("[data-testid=stAlertContentError]")).to_contain_text(sentence, timeout=WAIT)
    assert page.locator("[data-testid=stException]").count() == 0


def test_it_leaves_as_one_file_and_as_tables(open_lab, browser, tmp_path):
    page = open_lab("run=simclr-fashion&tau=0.05&anchor=5")
    page.get_by_role("button", name="Export").first.click()
    files = {}
    for label in ("Freeze", "histogram as CSV", "anchor as CSV"):
        with page.expect_download(timeout=WAIT) as got:
            page.get_by_role("button", name=label).click()
        files[label] = Path(shutil.copy(got.value.path(), tmp_path / got.value.suggested_filename))
    table = np.genfromtxt(files["anchor as CSV"], delimiter=",", names=True, dtype=None, encoding="utf8")
    now = measured(page)
    np.testing.assert_allclose(table["r_ij"], now["r"], rtol=1e-7)
    assert table["image"].tolist() == now["images"]
    rows = np.genfromtxt(files["histogram as CSV"], delimiter=",", names=True)
    np.testing.assert_allclose(rows["weighed"], now["weighed"], rtol=1e-7, atol=1e-12)
    alone = browser.new_page()
    alone.goto(files["Freeze"].as_uri())
    alone.locator(".temperature[data-ready]").wait_for(timeout=WAIT)
    assert measured(alone)["effective"] == now["effective"]
    alone.locator(".temperature input[type=range]").press("End")
    assert measured(alone)["tau"] == 2
    alone.close()
