"""The temperature lab in real Chromium: the numbers are Python's, and every figure follows the hand."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import SHIPPED, WAIT, until
from playwright.sync_api import expect

from sslcore import temperature as t
from sslcore.bench.chromium import server
from sslcore.run import Run
from sslcore.view.temperature import drawing, pairs

NAMES = ("simclr-fashion", "simclr-fashion-tau0.5", "simclr-sprites")


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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("runs")
    for name in NAMES:
        (made / name).symlink_to(SHIPPED / name)
    shortened(made, "few", 3, labels=False)
    shortened(made, "pair", 2)
    shortened(made, "single", 1)
    shortened(made, "spoilt", 40, spoil=True)
    return made


@pytest.fixture(scope="module")
def address(folder):
    with server(folder) as found:
        yield found


@pytest.fixture
def open_lab(open_page):
    """Opens the Temperature page once the lab has drawn; no page of a test may have failed."""
    pages = []

    def opened(query="", **more):
        page = open_page(f"Temperature?{query}", **{"height": 900} | more)
        pages.append(page)
        page.locator(".temperature[data-ready]").wait_for(timeout=WAIT)
        page.locator("[data-mark=weighed]").wait_for(timeout=WAIT)
        return page

    yield opened
    assert all(page.failed == [] for page in pages)


def measured(page):
    return page.locator(".temperature").evaluate(
        """root => Object.fromEntries(Object.entries(root.measured).map(([name, x]) =>
            [name, ArrayBuffer.isView(x) ? Array.from(x) : x]))"""
    )


def mark(page, name):
    return page.locator(f"[data-mark={name}]").get_attribute("d")


def set_tau(page, tau):
    """Through the slider itself, as a hand would."""
    page.locator(".temperature input[type=range]").evaluate(
        "(range, x) => { range.value = x; range.dispatchEvent(new Event('input')); }", float(np.log10(tau))
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_pythons(open_lab, name):
    run = Run(SHIPPED / name)
    found, labels = pairs.cosines(run), run.gallery.labels
    positives, negatives = t.split(t.similarities(*run.pairs("test")))
    for i in (0, 1234):
        page = open_lab(f"run={name}&anchor={i}")
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


def trained_at(name):
    return Run(SHIPPED / name).config.settings.temperature


def test_every_figure_follows_the_drag_and_the_address_waits_for_its_end(open_lab):
    page = open_lab("run=simclr-fashion")
    marks = ("weighed", "weights", "false", "weight", "effective")
    before, tau = {name: mark(page, name) for name in marks}, measured(page)["tau"]
    assert tau == trained_at("simclr-fashion")
    box = page.locator(".temperature input[type=range]").bounding_box()
    y = box["y"] + box["height"] / 2
    share = (np.log10(tau) + 2) / (np.log10(2) + 2)
    page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], y, steps=5)
    dragged = measured(page)["tau"]
    assert dragged > 0.4
    assert all(mark(page, name) != before[name] for name in marks)
    shown = page.locator(".temperature [data-part=effective] output")
    expect(shown).to_have_text(f"{measured(page)['effective']:,.1f}", timeout=1000)
    assert "tau=" not in page.url  # Python has not heard of it
    page.mouse.up()
    page.wait_for_url(re.compile(rf"tau={dragged}(&|$)"), timeout=WAIT)
    again = open_lab(page.url.split("?")[1])
    assert measured(again)["tau"] == dragged


def test_a_drag_on_the_chart_puts_tau_under_the_pointer(open_lab):
    page = open_lab("run=simclr-fashion&tau=0.5")
    chart = page.locator("svg.chart", has=page.locator("[data-mark=effective]"))
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    left, right = box["x"] + 62, box["x"] + box["width"] - 14  # the chart's own margins
    page.mouse.move(left + 0.8 * (right - left), box["y"] + 100)
    page.mouse.down()
    page.mouse.move(left + 0.5 * (right - left), box["y"] + 120, steps=4)
    assert measured(page)["tau"] == pytest.approx(np.sqrt(0.01 * 2), rel=0.01)
    page.mouse.up()
    page.wait_for_url(re.compile(r"tau=0\.14"), timeout=WAIT)


def test_a_finger_drags_too(open_lab):
    page = open_lab("run=simclr-fashion", width=390, height=844, has_touch=True, is_mobile=True)
    chart = page.locator("svg.chart", has=page.locator("[data-mark=effective]"))
    chart.scroll_into_view_if_needed()
    box, touch = chart.bounding_box(), page.context.new_cdp_session(page)

    def point(kind, share):
        points = [{"x": box["x"] + 62 + share * (box["width"] - 76), "y": box["y"] + 90}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})

    before = mark(page, "weights")
    point("touchStart", 0.5)
    for share in (0.55, 0.6, 0.7, 0.8):
        point("touchMove", share)
    # the browser hands a finger's moves on with its next frame
    until(lambda: measured(page)["tau"] == pytest.approx(0.01 * 200**0.8, rel=0.02), seconds=10)
    assert mark(page, "weights") != before
    point("touchEnd", 0.8)
    page.wait_for_url(re.compile(r"tau=0\.6"), timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_keyboard_moves_tau(open_lab):
    page = open_lab("run=simclr-fashion-tau0.5&tau=0.1")
    page.locator(".temperature input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert measured(page)["tau"] == pytest.approx(0.1 * 10**0.02, rel=0.005)
    page.keyboard.press("Home")
    assert measured(page)["tau"] == 0.01
    page.keyboard.press("End")
    assert measured(page)["tau"] == 2
    page.wait_for_url(re.compile(r"tau=2\.0|tau=2(&|$)"), timeout=WAIT)
    page.get_by_role("button", name="As in training (0.5)").click()
    assert measured(page)["tau"] == 0.5
    page.wait_for_url(lambda url: "tau=" not in url, timeout=WAIT)  # the default needs no place in the address


def hardest(run, i, k):
    s = t.split(t.similarities(*run.pairs("test")))[1][i]
    return np.delete(np.arange(len(run.gallery)), i)[np.argsort(-s, kind="stable")[:k]]


def test_another_anchor_by_a_click_or_a_key(open_lab):
    run = Run(SHIPPED / "simclr-fashion")
    page = open_lab("run=simclr-fashion")
    cards = page.locator(".temperature .card")
    second = hardest(run, 0, 2)[1]
    before = mark(page, "anchor")
    cards.nth(2).click()
    assert measured(page)["i"] == second
    assert mark(page, "anchor") != before
    page.wait_for_url(re.compile(rf"anchor={second}(&|$)"), timeout=WAIT)
    first = hardest(run, second, 1)[0]
    expect(cards.nth(0)).to_contain_text(f"#{second}")
    expect(cards.nth(1)).to_contain_text(f"#{first}")
    red = (
        cards.nth(1)
        .locator("img")
        .evaluate(
            """async (image) => { await image.decode(); const [w, h] = [image.naturalWidth, image.naturalHeight];
            const context = new OffscreenCanvas(w, h).getContext("2d"); context.drawImage(image, 0, 0);
            return Array.from(context.getImageData(0, 0, w, h).data.filter((_, k) => k % 4 === 0)); }"""
        )
    )
    assert red == run.gallery.pixels[first, 0].ravel().tolist()  # its pixels, and not only its number
    page.get_by_role("button", name="Later images").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first image of the sheet's second page
    assert measured(page)["i"] == 18
    page.get_by_label("Anchor, by its number").fill("7")
    page.keyboard.press("Enter")
    assert measured(page)["i"] == 7
    page.wait_for_url(re.compile(r"anchor=7(&|$)"), timeout=WAIT)


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


@pytest.mark.parametrize(
    ("part", "lights"),
    [("positive", "positive"), ("hardest", "hardest"), ("weight", "weight"), ("effective", "effective"),
     ("weights", "weights"), ("formula", "formula")],
)  # fmt: skip
def test_a_symbol_lights_what_it_measures_and_the_other_way_round(lab, part, lights):
    page = lab
    term, drawn = page.locator(f".formula [data-part={part}]").first, page.locator(f"[data-mark={lights}]")
    page.locator(".temperature h2").first.hover()
    width = drawn.evaluate("path => getComputedStyle(path).strokeWidth")
    term.hover()
    expect(drawn).to_have_class(re.compile("lit"))
    assert drawn.evaluate("path => getComputedStyle(path).strokeWidth") != width
    page.locator(".temperature h2").first.hover()
    expect(drawn).not_to_have_class(re.compile("lit"))
    term.focus()
    expect(drawn).to_have_class(re.compile("lit"))
    term.evaluate("node => node.blur()")
    if part == "hardest":
        page.locator(".temperature .card").nth(1).hover()
        expect(term).to_have_class(re.compile("lit"))


@pytest.fixture(scope="module")
def lab(contexts, address):
    """One page that several tests look at."""
    page = contexts(viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(f"{address}/Temperature?run=simclr-fashion")
    page.locator(".temperature[data-ready]").wait_for(timeout=WAIT)
    return page


def test_the_formula_has_this_anchors_numbers(lab):
    now, text = measured(lab), lab.locator(".formula").inner_text().replace("−", "-")
    text = re.sub(r"\s", "", text)
    for value in (f"{now['positive']:.3f}", f"{now['logSum']:.3f}", f"{now['loss']:.3f}", f"{now['effective']:.1f}"):
        assert value in text
    assert f"-{now['pull']:.3g}" in text


def test_another_run_begins_at_its_own_temperature(open_lab):
    page = open_lab("run=simclr-fashion&tau=0.05&anchor=3")
    assert measured(page)["tau"] == 0.05
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="simclr-fashion-tau0.5").click()
    page.get_by_role("button", name="As in training (0.5)").wait_for(timeout=WAIT)
    expect(page.locator(".temperature")).to_have_count(1, timeout=WAIT)  # the other run's goes as the script ends
    assert measured(page)["tau"] == 0.5
    assert measured(page)["i"] == 3
    assert "&tau=" not in page.url
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="simclr-fashion", exact=True).click()
    tau = trained_at("simclr-fashion")
    page.get_by_role("button", name=f"As in training ({tau:g})").wait_for(timeout=WAIT)
    expect(page.locator(".temperature")).to_have_count(1, timeout=WAIT)
    assert measured(page)["tau"] == tau


def test_few_images_without_labels(open_lab):
    page = open_lab("run=few&tau=77&anchor=99")  # an address out of bounds is brought back into them
    now = measured(page)
    assert (now["tau"], now["i"], len(now["r"])) == (2, 2, 2)
    expect(page.locator(".temperature [data-part=false] output")).to_have_text("no labels")
    expect(page.get_by_text("This gallery has no labels")).to_be_visible()
    assert page.locator(".temperature .card").count() == 3
    assert "NaN" not in mark(page, "weights") + mark(page, "weighed") + mark(page, "anchor")
    smallest = measured(open_lab("run=pair"))
    assert (smallest["r"], smallest["effective"]) == ([1], 1)


@pytest.mark.parametrize(
    ("name", "sentence"), [("single", "has no negative"), ("spoilt", "1 of 40 images are not finite")]
)
def test_what_cannot_be_shown_is_one_sentence(browser, address, name, sentence):
    page = browser.new_page()
    page.goto(f"{address}/Temperature?run={name}")
    expect(page.locator("[data-testid=stAlertContentError]")).to_contain_text(sentence, timeout=WAIT)
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()


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
