"""What leaves a page: its link, and its figures as files that need nobody."""

import re

import numpy as np
import pytest
from conftest import WAIT
from playwright.sync_api import expect

from lecture.looks import PAGES, offline
from sslcore.browser.packed import pack


def test_the_link_that_is_copied_is_the_address(open_page):
    page = open_page(
        "Reconstructions_and_samples?run=vae-fashion&seed=7", permissions=["clipboard-read", "clipboard-write"]
    )
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert "seed=7" in page.url
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")  # as on an insecure address
    page.get_by_label("Seed").fill("8")
    page.get_by_label("Seed").press("Enter")
    page.wait_for_url(re.compile("seed=8"), timeout=WAIT)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_timeout(300)
    assert page.evaluate("navigator.clipboard.readText()") == page.url


@pytest.mark.parametrize("name", [name for name in PAGES if name])
def test_a_frozen_figure_opens_from_disk_without_a_request_and_says_where_it_is_from(
    name, open_page, browser, tmp_path
):
    """The page's first Plotly figure and first component, whichever it has."""
    page = open_page(name)
    freezers = page.get_by_role("button", name=re.compile("Freeze")).and_(page.locator(":visible"))
    files = []
    page.wait_for_timeout(1000)
    if freezers.count():  # a component's, beside it
        files.append(freezers.first)
    for export in page.get_by_role("button", name="Export", exact=True).all()[:1]:
        export.click()
        files.append(page.locator("[data-testid=stPopoverBody]").get_by_role("button", name=re.compile("Freeze")))
    assert files, "a page without a figure to take away"
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
        if name in ("Reconstructions_and_samples", "Augmentations", "Mutual_information"):
            assert "SSL Scope" in text
        if "run " in text:
            assert "training seed" in text
        assert asked == []
        assert frozen.failed == []
        frozen.context.close()


def test_a_frozen_component_draws_what_its_stores_hold(browser, tmp_path):
    from sslcore.view.components import KIT, Component, Store, frozen

    js = "\n".join(path.read_text() for path in KIT) + (
        "\nexport default (args) => live(args, (root) => { const at = element('p', {class: 'shown'}); root.append(at); "
        "return { update(facts, stores) { at.textContent = [...stores.numbers.arrays.x].join(' '); } }; });"
    )
    packed = Store("a" * 24, pack({}, {"x": np.array([1, 2.5, -3], np.float32)}))
    facts = {"provenance": "run <b> · training seed 0", "alt": "numbers", "name": "numbers"}
    path = tmp_path / "numbers.html"
    data = {"facts": facts, "state": {}, "stores": {"numbers": packed.name}}
    path.write_bytes(frozen(Component("numbers", js, "", lambda **_: None), data, {"numbers": packed}))
    page, asked = offline(browser, path)
    expect(page.locator(".shown")).to_have_text("1 2.5 -3", timeout=WAIT)
    expect(page.locator(".footer")).to_contain_text("run <b> · training seed 0")
    assert asked == page.failed == []
    page.context.close()
