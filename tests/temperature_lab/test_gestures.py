"""The temperature lab in real Chromium: every figure follows the hand."""

import re

import numpy as np
import pytest
from browsing import WAIT
from conftest import SHIPPED, until
from playwright.sync_api import expect

from sslcore.run import Run
from temperature_lab.hand import hardest, mark, measured, trained_at


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
    expect(shown).to_have_text(f"{measured(page)['effective']:,.1f}")
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
    until(lambda: measured(page)["tau"] == pytest.approx(0.01 * 200**0.8, rel=0.02))
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
