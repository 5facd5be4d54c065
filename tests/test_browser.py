"""The clicks that matter, in real Chromium, on the shipped runs; and not one request to anywhere else."""

import json
import re
import shutil

import numpy as np
from browsing import WAIT, drawn, settle
from conftest import ROOT, SHIPPED
from playwright.sync_api import expect

from sslcore.bench.chromium import FIGURE

PAGES = ["", *[path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]]


def test_a_click_on_the_map_shows_that_images_neighbours(open_page):
    """The point under the pointer, the number in the field and the URL are one image; its neighbours are the code's."""
    from sslcore.browser.grid import quantise
    from sslcore.run import Run

    page = open_page("Latent_space?run=vae-fashion-2d")
    page.locator(".pane[data-drawn]").wait_for(timeout=WAIT)
    drawn(page)
    embeddings = Run(SHIPPED / "vae-fashion-2d").embeddings()
    cells = quantise(embeddings.vectors).cells.astype(float)
    room = [np.sort(np.square(cells - cell).sum(1))[1] for cell in cells]
    row = int(np.argmax(room))  # the point that lies farthest from all others
    box, low, high = page.locator(".over").bounding_box(), cells.min(0), cells.max(0)
    scale = min((np.array([box["width"], box["height"]]) - 52) / (high - low))
    dx, dy = (cells[row] - (low + high) / 2) * scale
    page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 - dy)
    page.wait_for_url(re.compile(rf"image={row}\b"), timeout=WAIT)
    near, _ = embeddings.neighbours(row, 12)
    page.get_by_text(re.compile(rf"#{row} and its 12 nearest")).wait_for(timeout=WAIT)
    expect(page.get_by_label("Image (or click a point)")).to_have_value(str(row))
    settle(page)
    page.locator(".katex annotation", has_text=f"d({row}, {near[0]}) =").wait_for(state="attached", timeout=WAIT)
    page.locator("summary", has_text="As a table").click()
    expect(page.locator("tbody th")).to_have_text([str(i) for i in (row, *near)], timeout=WAIT)


def test_a_lasso_counts_what_lies_inside(open_page):
    from sslcore.browser.grid import quantise
    from sslcore.run import Run

    page = open_page("Latent_space?run=vae-fashion-2d")
    page.locator(".pane[data-drawn]").wait_for(timeout=WAIT)
    drawn(page)
    box = page.locator(".over").bounding_box()
    path = [
        (box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in [(0.3, 0.3), (0.7, 0.35), (0.6, 0.8)]
    ]
    page.keyboard.down("Shift")
    page.mouse.move(*path[0])
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_url(re.compile("lasso="), timeout=WAIT)
    polygon = np.array(re.search("lasso=([^&]+)", page.url)[1].split("%2C"), float).reshape(-1, 2)
    rows = quantise(Run(SHIPPED / "vae-fashion-2d").embeddings().vectors).inside(polygon)
    assert len(rows) > 100
    page.get_by_text(f"{len(rows)} images selected").wait_for(timeout=WAIT)
    assert page.locator(".component").get_attribute("data-counted") == str(len(rows))


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


def test_a_plotly_figure_leaves_as_html_and_csv(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion-2d&other=none&dimension=1")
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=WAIT)
    page.get_by_role("button", name="Export").last.click()
    with page.expect_download(timeout=WAIT) as got:
        page.get_by_role("button", name="Numbers as CSV").click()
    rows = got.value.path().read_text().splitlines()
    assert rows[0] == "z,codes,prior"
    assert len(rows) == 61
    with page.expect_download(timeout=WAIT) as got:
        page.get_by_role("button", name="Freeze: interactive HTML").click()
    text = got.value.path().read_text()
    assert "Plotly.newPlot" in text
    assert not re.search(r'<script[^>]+src="http', text)  # it opens without a network


def test_a_gallery_of_70_000_opens_on_every_page(trained, spare, open_page):
    """As many images as all of Fashion-MNIST: what a page cannot show of them it says, and nothing is an error."""
    from sslcore.run import Run
    from sslcore.run.maps import Map

    (folder, url), n, rng = spare, 70_000, np.random.default_rng(0)
    for name in ("vae-2d", "simclr"):
        run = shutil.copytree(trained / name, folder / name)
        for file in ("gallery.npz", "embeddings.npz"):
            with np.load(run / file) as arrays:
                many = {}
                for key, x in arrays.items():
                    rows = x if key == "classes" else x[np.arange(n) % len(x)]
                    if key.startswith(("space.", "pair.")):  # no two codes are the same
                        rows = rows + rng.normal(0, 0.05, rows.shape).astype(rows.dtype)
                    many[key] = rows
            many |= {"indices": np.arange(n)} if file == "gallery.npz" else {}
            np.savez(run / file, **many)
        (run / "projections.npz").unlink()
    vectors = Run(folder / "vae-2d").embeddings().vectors
    layout = Map(vectors, np.ones(n, np.float32), "mu", "raw", {}, trustworthiness=1.0, continuity=1.0, k=10)
    Run(folder / "vae-2d").keep(layout)
    for path, said in (
        ("Latent_space?run=vae-2d", "n 70000"),
        ("Reconstructions_and_samples?run=vae-2d", ""),
        ("Interpolation?run=vae-2d&other=none", "the first 4,000 are here"),
        ("Augmentations?run=simclr", ""),
        ("Temperature?run=simclr", "70,000"),
        ("Training?run=vae-2d", ""),
    ):
        page = open_page(path, at=url, height=900)
        assert page.locator("[data-testid=stException]").count() == 0, path
        page.get_by_text(re.compile(said)).first.wait_for(timeout=WAIT)
        if "Temperature" not in path:
            page.wait_for_selector(FIGURE, timeout=WAIT)


def test_shipped_runs_fit_and_score_what_their_cards_say():
    total = 0
    for run in sorted(path.parent for path in SHIPPED.glob("*/config.json")):
        size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
        assert size <= 6e6, f"{run.name} is {size / 1e6:.1f} MB"
        total += size
        metrics = json.loads((run / "metrics.json").read_text())
        assert f"{100 * metrics['features']['run']['knn_10']:.1f} %" in (run / "README.md").read_text()
    assert total <= 60e6
