"""The clicks that matter, in real Chromium, on the shipped runs; and not one request to anywhere else."""

import json
import re

import pytest
from conftest import ROOT
from playwright.sync_api import expect

from sslcore.bench.browser import FIGURE, chromium, server

SHIPPED = ROOT / "checkpoints"
PAGES = ["", *[path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]]
WAIT = 90_000


@pytest.fixture(scope="module")
def address():
    with server(SHIPPED) as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def open_page(browser, address):
    """Opens a page and notes what it asked of the outside and what it logged as an error."""
    contexts = []

    def opened(path="", width=1280, height=720, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.failed = [], []
        page.on(
            "request",
            lambda r: page.outside.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None,
        )
        page.on("pageerror", lambda error: page.failed.append(str(error)))
        page.on("console", lambda m: page.failed.append(m.text) if m.type == "error" and "404" not in m.text else None)
        page.goto(f"{address}/{path}")
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def settle(page):
    """Wait until the script has run to its end."""
    page.wait_for_selector("h1", timeout=WAIT)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_figures_and_nothing_leaves_the_machine(name, scheme, open_page):
    page = open_page(name, scheme=scheme)
    page.wait_for_selector(FIGURE, timeout=WAIT)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    assert page.outside == []
    assert page.failed == []
    images = page.locator("[data-testid=stImage] img")
    assert all(images.nth(i).evaluate("image => image.naturalWidth") > 0 for i in range(images.count()))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing sticks out
    background = page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (scheme == "dark")


def points(page):
    return page.locator(".js-plotly-plot").first.evaluate(
        "plot => plot._fullData.flatMap(t => Array.from(t.x, (x, i) => ({x, y: t.y[i], row: t.customdata?.[i]})))"
    )


def test_a_click_on_the_map_shows_that_images_neighbours(open_page):
    """The point under the pointer, the number in the field and the URL are one image; its neighbours are the code's."""
    from sslcore.run import Run

    page = open_page("Latent_space?run=vae-fashion-2d")
    plot = page.locator(".js-plotly-plot").first
    plot.locator(".scatterlayer .points path").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)  # the plot takes its final width a moment after it is drawn
    spot = plot.evaluate(  # the point that lies farthest from all others
        """plot => {const l = plot._fullLayout, box = plot.getBoundingClientRect();
        const all = plot._fullData.flatMap(t => Array.from(t.x, (x, i) => ({row: t.customdata[i],
            x: box.left + l.xaxis._offset + l.xaxis.d2p(x), y: box.top + l.yaxis._offset + l.yaxis.d2p(t.y[i])})));
        const room = a => Math.min(...all.map(b => a === b ? 1e9 : Math.hypot(a.x - b.x, a.y - b.y)));
        return all.map(a => [room(a), a]).sort((a, b) => b[0] - a[0])[0][1]}"""
    )
    page.mouse.move(spot["x"], spot["y"])
    page.mouse.click(spot["x"], spot["y"])
    field = page.get_by_label("Image (or click a point)")
    page.wait_for_function(
        "row => [...document.querySelectorAll('input')].some(e => e.value == row)", arg=str(spot["row"]), timeout=WAIT
    )
    row = int(field.input_value())
    assert f"image={row}" in page.url
    near, _ = Run(SHIPPED / "vae-fashion-2d").embeddings().neighbours(row, 12)
    assert page.get_by_text(re.compile(rf"#{row} and its 12 nearest")).count() == 1
    formulas = page.locator(".katex annotation").all_text_contents()
    assert any(f"d({row}, {near[0]}) =" in text for text in formulas)


def test_a_lasso_counts_what_lies_inside(open_page):
    page = open_page("Latent_space?run=vae-fashion-2d&lasso=true")
    plot = page.locator(".js-plotly-plot").first
    plot.locator(".scatterlayer .points path").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)  # the plot takes its final width a moment after it is drawn
    frame = plot.evaluate(
        """plot => {const l = plot._fullLayout, box = plot.getBoundingClientRect();
        return {x: box.left + l.xaxis._offset, y: box.top + l.yaxis._offset, w: l.xaxis._length, h: l.yaxis._length}}"""
    )
    corners = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3)]
    path = [(frame["x"] + a * frame["w"], frame["y"] + b * frame["h"]) for a, b in corners]
    page.mouse.move(*path[0])
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
    shown = page.locator("p", has_text=re.compile(r"^\d+ images selected$"))
    shown.wait_for(timeout=WAIT)
    count = int(shown.inner_text().split()[0])
    inside = plot.evaluate(
        """plot => {const l = plot._fullLayout, at = (axis, f) => axis.p2d(f * axis._length);
        const [x0, x1] = [at(l.xaxis, .3), at(l.xaxis, .7)], [y1, y0] = [at(l.yaxis, .3), at(l.yaxis, .7)];
        return plot._fullData.flatMap(t => Array.from(t.x, (x, i) => x > x0 && x < x1 && t.y[i] > y0 && t.y[i] < y1))
            .filter(Boolean).length}"""
    )
    assert count == pytest.approx(inside, abs=max(2, 0.02 * inside))  # the lasso's edge is a pixel wide


def test_every_point_is_its_own_image(open_page):
    """The row that a point carries is the row whose map coordinates it has: under a filter of classes too."""
    from sslcore.run import Run

    page = open_page("Latent_space?run=vae-fashion-2d")
    page.locator(".js-plotly-plot .scatterlayer .points path").first.wait_for(timeout=WAIT)
    codes = Run(SHIPPED / "vae-fashion-2d").embeddings().vectors
    found = [p for p in points(page) if p["row"] is not None]
    assert sorted(p["row"] for p in found) == list(range(len(codes)))
    assert all(abs(p["x"] - codes[p["row"], 0]) < 1e-4 and abs(p["y"] - codes[p["row"], 1]) < 1e-4 for p in found)


def test_a_setting_goes_into_the_url_and_back(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion")
    seed = page.get_by_label("Seed")
    seed.fill("7")
    seed.press("Enter")
    page.wait_for_url(re.compile(r"seed=7"), timeout=WAIT)
    again = open_page(page.url.split("/")[-1])
    expect(again.get_by_label("Seed")).to_have_value("7", timeout=WAIT)
    again.get_by_text("seed 7").first.wait_for(timeout=WAIT)


def test_the_home_page_leads_to_every_run(open_page):
    page = open_page("")
    names = sorted(path.parent.name for path in SHIPPED.glob("*/config.json"))
    page.get_by_text(re.compile(rf"The runs \({len(names)}\)")).wait_for(timeout=WAIT)
    page.locator("a", has_text="Look at it").nth(len(names) - 1).click()
    page.wait_for_url(re.compile(r"/Latent_space\?run="), timeout=WAIT)
    settle(page)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_figure_leaves_as_html_and_csv(open_page):
    page = open_page("Latent_space?run=vae-fashion-2d")
    page.get_by_role("button", name="Export").first.click()
    with page.expect_download(timeout=WAIT) as got:
        page.get_by_role("button", name="Numbers as CSV").first.click()
    head = got.value.path().read_text().splitlines()[0]
    assert head == "index,class,x,y"
    with page.expect_download(timeout=WAIT) as got:
        page.get_by_role("button", name="Interactive HTML").first.click()
    text = got.value.path().read_text()
    assert "Plotly.newPlot" in text
    assert not re.search(r'<script[^>]+src="http', text)  # it opens without a network


def test_shipped_runs_fit_and_score_what_their_cards_say():
    total = 0
    for run in sorted(path.parent for path in SHIPPED.glob("*/config.json")):
        size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
        assert size <= 6e6, f"{run.name} is {size / 1e6:.1f} MB"
        total += size
        metrics = json.loads((run / "metrics.json").read_text())
        assert f"{100 * metrics['knn_10']:.1f} %" in (run / "README.md").read_text()
    assert total <= 60e6
