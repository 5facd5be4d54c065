"""The tour leads through every page."""

from browsing import WAIT, settle
from conftest import until
from playwright.sync_api import expect


def test_the_tour_leads_through_the_page_and_can_be_left(open_page):
    page = open_page("Reconstructions_and_samples", toured=False, reduced_motion="reduce")
    offer = page.get_by_role("button", name="New here? Tour")
    offer.click()
    bubble = page.locator(".bubble")
    frame = page.locator(".frame")
    tops = []
    for step in range(1, 6):
        bubble.get_by_text(f"{step} of 5").wait_for(timeout=WAIT)
        until(lambda: frame.bounding_box()["width"] > 100 and 0 <= frame.bounding_box()["y"] < 720)  # on the screen
        box = bubble.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 721
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
