"""The lecture kit in real Chromium: what the hall sees, and where keys lead."""

import re

from browsing import WAIT, settle
from conftest import until
from playwright.sync_api import expect

from lecture.looks import presented, shown


def test_the_hall_sees_one_figure_in_large_type_and_nothing_else(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion&other=none")
    tick = page.locator(".st-key-figure-aggregate .xtick text").first
    tick.wait_for(timeout=WAIT)
    small = tick.bounding_box()["height"]
    page.keyboard.press("f")
    presented(page, 1)
    assert "present=1" in page.url
    seen = []
    for figure in range(1, 6):
        presented(page, figure)
        until(lambda: len(shown(page)) == 1 and shown(page)[0][3] <= 721)  # refitted
        for testid in ("stSidebar", "stHeader", "stPopover", "stDownloadButton", "stExpander"):
            assert page.locator(f"[data-testid={testid}]:visible").count() == 0, testid
        assert page.locator("[data-testid=stMarkdown] [data-testid=stCaptionContainer]:visible").count() == 0
        [(left, top, right, bottom)] = shown(page)
        assert -1 <= left < right <= 1281, figure
        assert 0 <= top < bottom <= 721, figure
        seen.append((right - left) * (bottom - top))
        if page.locator(".st-key-figure-aggregate").is_visible():
            assert tick.bounding_box()["height"] > 1.15 * small
        assert page.locator("h2:visible").count() == 1
        page.keyboard.press("n" if figure % 2 else "ArrowDown")
    assert min(seen) > 0.1 * 1280 * 720
    expect(page).to_have_url(re.compile(r"/Interpolation\?present=1$"), timeout=WAIT)  # after the last, the next page


def test_a_link_opens_a_figure_on_the_screen(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion&present=1&figure=3")
    presented(page, 3)
    assert page.locator("h2:visible").inner_text() == "Samples"
    assert len(shown(page)) == 2  # an autoencoder's samples beside a VAE's: one comparison, one slide
    page.get_by_role("button", name="Next figure").click()
    presented(page, 4)
    slider = page.get_by_role("slider", name="Dimension")
    slider.focus()
    slider.press("ArrowRight")  # the slider's, not the page's
    expect(page).to_have_url(re.compile("dimension=1"), timeout=WAIT)
    settle(page)
    assert {"present=1", "figure=4"} <= set(page.url.split("?")[1].split("&"))
    slider.press("PageUp")  # what a remote sends, wherever the focus is
    presented(page, 3)
    page.keyboard.press("Escape")
    page.locator("[data-testid=stSidebar]").wait_for(timeout=WAIT)
    assert "present" not in page.url
    assert "figure" not in page.url


def test_a_pointer_finds_its_point_in_an_enlarged_figure(open_page):
    """Plotly's hover tells of the bar under the pointer, though the drawing is scaled."""
    page = open_page("Reconstructions_and_samples?run=vae-fashion&other=none&present=1&figure=4")
    presented(page, 4)
    layer = page.locator(".st-key-figure-aggregate .hoverlayer")

    x = page.locator(".st-key-figure-aggregate .js-plotly-plot").evaluate("plot => plot._fullData[0].x[30]")

    def told():
        box = page.locator(".st-key-figure-aggregate .bars .point path").nth(30).bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + 9)
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
        numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", layer.text_content().replace("−", "-"))]
        return any(abs(number - x) < 0.02 for number in numbers)

    until(told)  # the drawing may be growing yet


def test_keys_turn_pages_without_a_reload(open_page):
    page = open_page("Temperature?present=1")
    page.evaluate("window.here = true")
    page.locator(".stage").wait_for(timeout=WAIT)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/Mutual_information\?.*present=1"), timeout=WAIT)
    settle(page)
    presented(page, 1)
    assert page.locator("[data-testid=stSidebar]:visible").count() == 0
    page.keyboard.press("PageUp")  # back to the last figure of the page before
    expect(page).to_have_url(re.compile(r"/Temperature\?.*present=1"), timeout=WAIT)
    settle(page)
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(r"/Augmentations$"), timeout=WAIT)
    assert page.evaluate("window.here") is True


def test_letters_typed_into_a_field_are_no_keys(open_page):
    page = open_page("Mutual_information")
    field = page.locator("[data-testid=stSidebar] input").first
    field.focus()
    page.keyboard.type("fn?")
    assert page.url.endswith("/Mutual_information")
    assert page.locator("dialog[open]").count() == 0


def test_the_keys_are_listed_and_can_be_switched_off(open_page):
    page = open_page("Mutual_information", toured=False)  # what it switches off stays off in this browser
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    for _ in range(6):  # the focus stays within, or in the browser's own frame
        page.keyboard.press("Tab")
        inside = page.evaluate(
            """() => {
                const at = document.activeElement;
                return at === document.body || Boolean(at.closest(".st-key-lecture"));
            }"""
        )
        assert inside
    dialog.get_by_label("Single letters are keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    assert "present" not in page.url
