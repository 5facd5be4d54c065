"""What leaves a page: its link, and its figures as files that need nobody."""

import re

import numpy as np
from browsing import WAIT
from conftest import until
from playwright.sync_api import expect

from lecture.looks import offline
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
    until(lambda: page.evaluate("navigator.clipboard.readText()") == page.url)


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
