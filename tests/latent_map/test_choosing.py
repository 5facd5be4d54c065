"""The latent map in real Chromium, driven by mouse, keys and touch: Python hears what was chosen."""

import re

import numpy as np
import pytest
from browsing import WAIT, frame
from playwright.sync_api import expect

from latent_map.shown import ALL, LASSO, SHADES, close_to


@pytest.mark.parametrize("name", ["plain", "nan", "two", "big"])
def test_browser_and_python_count_the_same_points_in_a_lasso(name, show):
    shown = show(name)
    side = len(shown.drawn) - 1
    if name == "nan":
        assert "3 of 300 images have no place on this map" in shown.page.locator(".warning").inner_text()
    for tool, corners in (("Lasso", LASSO), ("Box", ALL)):
        shown.page.get_by_role("button", name=tool).click()
        shown.drag(corners, side)
        if tool == "Box":
            n = int(shown.planes[side].present.sum())
            shown.told(None, n)
        shown.page.wait_for_url(re.compile("lasso="), timeout=WAIT)
        polygon = np.array(shown.setting("lasso").split(","), float).reshape(-1, 2)
        rows = shown.planes[side].inside(polygon)
        shown.told(None, len(rows))
        assert int(shown.root.get_attribute("data-counted")) == len(rows) > 20
        assert f"{len(rows):,} selected" in shown.page.locator(".count").inner_text()
        if tool == "Lasso" and name != "big":  # lit within, grey outside, on both maps
            inside = set(rows.tolist())
            for other in range(len(shown.drawn)):
                for row in shown.alone(side=other):
                    if row in inside:
                        assert close_to(shown.colour(row, other), SHADES[shown.gallery.labels[row]])
                    else:
                        r, g, b, a = shown.colour(row, other)
                        assert a == 255
                        assert max(r, g, b) - min(r, g, b) < 12
    shown.over().press("Escape")
    shown.told(None, 0)


def test_an_interrupted_lasso_leaves_what_was_chosen(show):
    shown = show("plain")
    row = shown.alone()[1]
    shown.page.mouse.click(*shown.at(row))
    shown.told(row, 0)
    shown.page.get_by_role("button", name="Lasso").click()
    box, count = shown.over().bounding_box(), shown.page.locator(".count")
    places = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in LASSO]
    shown.page.mouse.move(*places[0])
    shown.page.mouse.down()
    for x, y in places[1:]:
        shown.page.mouse.move(x, y, steps=8)
    expect(count).to_contain_text("selected", timeout=WAIT)
    shown.over().evaluate("over => over.dispatchEvent(new PointerEvent('pointercancel', {pointerId: 1}))")
    expect(count).to_be_empty(timeout=WAIT)
    assert shown.page.get_by_label("Image (or click a point)").input_value() == str(row)
    shown.page.mouse.up()
    shown.told(row, 0)


def test_what_is_typed_stays_while_the_page_answers(show):
    shown = show("plain")
    number, row = shown.page.get_by_label("Image (or click a point)"), shown.alone()[1]
    shown.page.mouse.click(*shown.at(row))
    number.focus()
    shown.page.keyboard.press("Control+a")
    shown.page.keyboard.type("7777")  # it has not heard of the click yet, or hears of it now
    shown.told(row, 0)
    frame(shown.page)
    assert number.input_value() == "7777"
    shown.page.keyboard.press("Enter")
    shown.told(299, 0)
    assert number.input_value() == "299"


def test_a_click_draws_lines_to_the_neighbours_and_greys_the_others(show):
    shown = show("plain")
    row = shown.alone()[1]
    shown.page.mouse.click(*shown.at(row))
    shown.told(row, 0)
    shown.page.wait_for_url(re.compile(f"image={row}"), timeout=WAIT)
    near = shown.near(shown.planes[0], row)
    shown.page.locator("summary").click()
    shown.page.locator("tbody th").first.wait_for(timeout=WAIT)
    numbers = [int(cell) for cell in shown.page.locator("tbody th").all_inner_texts()]
    assert numbers == [row, *near.tolist()]
    start, box = np.array(shown.at(row)), shown.over().bounding_box()
    for other in near:
        end = np.array(shown.at(other))
        if np.hypot(*(end - start)) < 40:
            continue
        x, y = start + 0.6 * (end - start) - [box["x"], box["y"]]
        drawn = shown.page.locator(".over").evaluate(
            "(c, [x, y]) => c.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data[3]", [x, y]
        )
        assert drawn == 255, f"no line to {other}"
    field = shown.page.get_by_label("Image (or click a point)")
    assert field.input_value() == str(row)
    field.fill("17")
    field.press("Enter")
    shown.told(17, 0)


def test_keys_walk_from_point_to_point(show):
    shown = show("plain")
    shown.over().focus()
    cells = shown.planes[0].cells.astype(float)
    shown.page.keyboard.press("ArrowRight")  # the first press finds the point nearest to the middle
    row = int(shown.root.get_attribute("data-hovered"))
    middle = (cells.min(0) + cells.max(0)) / 2
    assert row == np.square(cells - middle).sum(1).argmin()
    for key, way in (("ArrowRight", (1, 0)), ("ArrowUp", (0, 1)), ("ArrowLeft", (-1, 0)), ("ArrowDown", (0, -1))):
        shown.page.keyboard.press(key)
        step = cells - cells[row]
        along, length = step @ np.array(way), np.square(step).sum(1)
        length[(along <= 0) | (2 * along**2 < length)] = np.inf
        row = int(length.argmin())
        assert int(shown.root.get_attribute("data-hovered")) == row
        assert shown.page.locator(".spoken").inner_text() == f"{shown.gallery.name(row)} #{row}"
        shown.is_its_image(shown.card(), row)
    shown.page.keyboard.press("Enter")
    shown.told(row, 0)
    shown.page.keyboard.press("+")
    shown.page.wait_for_url(re.compile("view="), timeout=WAIT)
    shown.page.keyboard.press("Escape")
    shown.told(None, 0)


def test_a_finger_chooses_and_two_fingers_zoom(show):
    shown = show("plain", viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    row = shown.alone()[0]
    x, y = shown.at(row)
    shown.page.touchscreen.tap(x, y)
    shown.told(row, 0)
    shown.is_its_image(shown.card(), row)
    touch = shown.page.context.new_cdp_session(shown.page)
    box = shown.over().bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, apart in (("touchStart", 30), ("touchMove", 45), ("touchMove", 60)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    shown.page.wait_for_url(re.compile("view="), timeout=WAIT)
    assert float(shown.setting("view").split(",")[2]) == pytest.approx(2, rel=0.05)
    assert shown.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
