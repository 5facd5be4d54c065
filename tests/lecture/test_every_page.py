"""Every page, on the shipped runs: its figures, its colours, its tour, what axe says of it, and what is taken away."""

import re

import pytest
from browsing import WAIT
from playwright.sync_api import expect

from lecture.looks import at_rest, offline, serious


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_page_shows_figures_in_any_light_and_nothing_leaves_the_machine(scheme, visited):
    at_rest(visited, scheme)
    assert visited.locator("[data-testid=stException]").count() == 0
    assert visited.locator("[data-testid=stAlertContentError]").count() == 0
    assert visited.outside == []
    assert visited.failed == []
    assert visited.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing sticks out
    assert serious(visited) == []


def test_every_tour_points_at_something(visited):
    """Three to five steps are there on the shipped runs; each has words, and is a sentence."""
    page = at_rest(visited)
    page.get_by_role("button", name=re.compile("Tour$")).click()
    count = page.locator(".bubble strong").first
    total = int(count.inner_text().split(" of ")[1])
    assert 3 <= total <= 5
    for _ in range(total):
        assert re.search(r"\w{3,}.*[.?]$", page.locator(".bubble p").inner_text())
        page.get_by_role("button", name=re.compile("^(Next|Done)$")).click()
    expect(page.locator(".bubble")).to_have_count(0)


def test_a_frozen_figure_opens_from_disk_without_a_request_and_says_where_it_is_from(visited, browser, tmp_path):
    """The page's first Plotly figure and first component, whichever it has."""
    page = at_rest(visited)
    freezers = page.get_by_role("button", name=re.compile("Freeze")).and_(page.locator(":visible"))
    files = []
    if freezers.count():  # a component's, beside it
        files.append(freezers.first)
    for export in page.get_by_role("button", name="Export", exact=True).all()[:1]:
        export.click()
        files.append(page.locator("[data-testid=stPopoverBody]").get_by_role("button", name=re.compile("Freeze")))
    assert bool(files) == bool(page.name), "a page without a figure to take away"
    for i, button in enumerate(files):
        with page.expect_download(timeout=WAIT) as got:
            button.click()
        path = tmp_path / f"{i}.html"
        got.value.save_as(path)
        frozen, asked = offline(browser, path)
        figure = frozen.locator(".js-plotly-plot .main-svg, .component[data-ready]").first
        figure.wait_for(timeout=WAIT)
        box = figure.bounding_box()
        assert box["width"] > 200
        assert box["height"] > 20
        text = frozen.locator("body").inner_text()
        if page.name in ("Reconstructions_and_samples", "Augmentations", "Mutual_information"):
            assert "SSL Scope" in text
        if "run " in text:
            assert "training seed" in text
        assert asked == []
        assert frozen.failed == []
        frozen.context.close()
