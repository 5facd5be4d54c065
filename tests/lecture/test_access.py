"""Whom a page shuts out: nobody."""

import pytest
from browsing import drawn

from lecture.looks import PAGES, presented, serious


def test_the_kit_itself_is_accessible(open_page):
    """Its dialog, its tour, and presenter mode."""
    page = open_page("Reconstructions_and_samples?run=vae-fashion")
    drawn(page)
    page.keyboard.press("?")
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tour", exact=True).click()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    presented(page, 1)
    assert serious(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_nothing_sticks_out(name, open_page):
    page = open_page(name, width=390, height=844, device_scale_factor=2, has_touch=True)
    drawn(page)
    title = page.locator("h1").bounding_box()
    assert title["x"] >= 0
    assert title["x"] + title["width"] <= 390
    assert page.locator("h1").evaluate("h1 => h1.scrollWidth <= h1.clientWidth")
    out = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid=stMainBlockContainer] *")].filter(node => {
            const box = node.getBoundingClientRect();
            if (box.width < 2 || box.right <= innerWidth + 1) return false;
            if (!node.checkVisibility({opacityProperty: true})) return false;
            if (node.matches("input")) return false; // of a slider: hidden, its thumb is what is seen
            for (let up = node.parentElement; !up.matches("[data-testid=stMain]"); up = up.parentElement)
                if (getComputedStyle(up).overflowX !== "visible"
                    && up.getBoundingClientRect().right <= innerWidth + 1) return false;
            return true; // nothing around it scrolls or cuts it
        }).map(node => node.outerHTML.slice(0, 160))"""
    )
    assert out == []


def test_with_forced_colours_buttons_have_borders_and_what_is_chosen_differs(open_page):
    page = open_page("Reconstructions_and_samples", forced_colors="active", reduced_motion="reduce")
    start = page.get_by_role("button", name="Present")
    style = start.evaluate(
        """b => {
            const s = getComputedStyle(b);
            return [s.borderTopStyle, s.borderTopWidth, s.borderTopColor, s.backgroundColor];
        }"""
    )
    assert style[0] == "solid"
    assert style[1] != "0px"
    assert style[2] != style[3]
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    assert page.get_by_role("dialog", name="Keys").evaluate("d => getComputedStyle(d).borderTopWidth") != "0px"
