"""The tour leads through every page."""

import re

import pytest
from conftest import WAIT, settle
from playwright.sync_api import expect

from lecture.looks import PAGES


def test_the_tour_leads_through_the_page_and_can_be_left(open_page):
    page = open_page("Reconstructions_and_samples", toured=False, reduced_motion="reduce")
    offer = page.get_by_role("button", name="New here? Tour")
    offer.click()
    bubble = page.locator(".bubble")
    frame = page.locator(".frame")
    tops = []
    for step in range(1, 6):
        bubble.get_by_text(f"{step} of 5").wait_for(timeout=WAIT)
        page.wait_for_timeout(250)
        box, bound = bubble.bounding_box(), frame.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 721
        assert bound["width"] > 100
        assert 0 <= bound["y"] < 720  # what it points at is on the screen
        tops.append(page.locator("[data-testid=stMain]").evaluate("main => main.scrollTop"))
        page.keyboard.press("ArrowRight")
    assert tops == sorted(tops)
    assert tops[-1] > tops[0] + 400
    expect(bubble).to_have_count(0)
    assert offer.is_hidden()
    page.get_by_role("button", name="Tour", exact=True).click()
    bubble.wait_for()
    page.keyboard.press("ArrowRight")
    bubble.get_by_text("2 of 5").wait_for()
    page.keyboard.press("ArrowLeft")
    bubble.get_by_text("1 of 5").wait_for()
    page.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.st-key-lecture') !== null")  # back on its button
    page.reload()
    settle(page)
    assert page.get_by_role("button", name="New here? Tour").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_tour_points_at_something(name, open_page):
    """Three to five steps are there on the shipped runs; each has words, and is a sentence."""
    page = open_page(name, reduced_motion="reduce")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Tour", exact=True).click()
    count = page.locator(".bubble strong").first
    total = int(count.inner_text().split(" of ")[1])
    assert 3 <= total <= 5
    for _ in range(total):
        assert re.search(r"\w{3,}.*[.?]$", page.locator(".bubble p").inner_text())
        page.get_by_role("button", name=re.compile("^(Next|Done)$")).click()
    expect(page.locator(".bubble")).to_have_count(0)
