"""The latent map in real Chromium: what it shows is what Python has in that row."""

import re

import numpy as np
import pytest
from browsing import WAIT, frame
from conftest import until

from latent_map.shown import ALL, LASSO, SHADES, Shown, close_to


@pytest.mark.parametrize("name", ["plain", "valued", "unlabelled", "two"])
def test_a_point_its_picture_and_its_row_are_one(name, show):
    shown = show(name)
    for side in range(len(shown.drawn)):
        for row in shown.alone(side=side):
            words = shown.is_its_image(shown.hover(row, side), row)
            if name == "valued":
                value = float(re.search(r"loss (\S+)", words)[1].replace("−", "-"))
                assert value == pytest.approx(shown.drawn[0].values[row], abs=2e-3)
            elif name == "plain":
                assert close_to(shown.colour(row), SHADES[shown.gallery.labels[row]])


def test_a_point_its_picture_and_its_row_are_one_when_a_class_is_alone(show):
    shown = show("plain")
    shown.page.get_by_role("button", name="kind 1").click()
    frame(shown.page)
    labels = shown.gallery.labels
    for row in shown.alone(np.flatnonzero(labels == 1)):
        shown.is_its_image(shown.hover(row), row)
        assert close_to(shown.colour(row), SHADES[1])
    for row in shown.alone(np.flatnonzero(labels != 1)):  # grey, not gone, and still their own
        r, g, b, a = shown.colour(row)
        assert a == 255
        assert max(r, g, b) - min(r, g, b) < 12
        assert r < 240
    shown.page.get_by_role("button", name="kind 2").click(modifiers=["Shift"])
    shown.page.wait_for_url(re.compile("classes=1%2C2"), timeout=WAIT)
    again = show("plain", "&classes=1,2")
    row = again.alone(np.flatnonzero(labels == 2))[0]
    assert close_to(again.colour(row), SHADES[2])
    # a lasso holds what is not greyed
    again.page.get_by_role("button", name="Lasso").click()
    again.drag(LASSO)
    again.page.wait_for_url(re.compile("lasso="), timeout=WAIT)
    polygon = np.array(again.setting("lasso").split(","), float).reshape(-1, 2)
    inside = again.planes[0].inside(polygon)
    rows = inside[np.isin(labels[inside], [1, 2])]
    assert 0 < len(rows) < len(inside)
    again.told(None, len(rows))
    assert int(again.root.get_attribute("data-counted")) == len(rows)


def test_a_class_that_is_not_there_hides_nothing(show):
    """The address may be of another run, with more classes."""
    shown = show("plain", "&classes=9")
    row = shown.alone()[0]
    assert close_to(shown.colour(row), SHADES[shown.gallery.labels[row]])
    shown.page.get_by_role("button", name="Box").click()
    shown.drag(ALL)
    shown.told(None, 300)


def test_a_point_its_picture_and_its_row_are_one_when_zoomed_and_moved(show):
    shown = show("plain")
    box = shown.over().bounding_box()
    shown.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    for _ in range(4):
        shown.page.mouse.wheel(0, -150)
    shown.drag([(0.5, 0.5), (0.6, 0.55)])
    shown.page.wait_for_url(re.compile("view="), timeout=WAIT)
    x, y, zoom = map(float, shown.setting("view").split(","))
    assert zoom == pytest.approx(np.exp(4 * 0.3), rel=0.01)
    left, top = shown.at(np.arange(300), view=(x, y, zoom))
    shares = np.stack([(left - box["x"]) / box["width"], (top - box["y"]) / box["height"]])
    inside = shown.alone(np.flatnonzero(((shares > 0.1) & (shares < 0.9)).all(0)), k=5)
    for row in inside:
        shown.is_its_image(shown.hover(row, view=(x, y, zoom)), row)
    again = show("plain", f"&view={shown.setting('view')}")  # a link opens the same view
    again.is_its_image(again.hover(inside[0], view=(x, y, zoom)), inside[0])
    again.page.get_by_role("button", name="Whole map").click()
    row = again.alone()[0]
    again.is_its_image(again.hover(row), row)


def test_thumbnails_are_their_points_pictures_and_do_not_overlap(show):
    shown = show("plain", "&thumbnails=true")
    row = shown.alone()[0]
    shown.is_its_image(shown.hover(row), row)
    shown.page.mouse.move(2, 2)
    # the middle of an 8 x 8 picture on the map is one of its four middle pixels, or between them
    middle = shown.gallery.pixels[row, 0, 2:6, 2:6].astype(int)
    found = shown.colour(row)
    assert middle.min() - 25 <= found[0] <= middle.max() + 25
    # row 0 is placed before all others, and so are those after it that do not touch one before
    places, kept = np.stack(shown.at(np.arange(300)), 1), []
    for i, place in enumerate(places):
        if all(np.abs(place - places[j]).max() >= 40 for j in kept):
            kept.append(i)
    covered = [i for i in range(300) if i not in kept and np.abs(places[kept] - places[i]).max(1).min() < 16]
    for i in (*kept[:3], *kept[-2:]):
        shown.is_its_image(shown.hover(i), i)
    number, _, _ = shown.look(covered[0])  # what is seen there is the picture above it
    assert number in kept


def test_two_maps_share_what_is_hovered_and_chosen(show):
    shown = show("two")
    row = shown.alone(side=1)[0]
    assert shown.colour(row, 0, ".over", away=8)[3] == 0
    shown.hover(row, 1)
    assert [shown.colour(row, side, ".over", away=8)[3] for side in (0, 1)] == [255, 255]  # a ring on both
    shown.page.get_by_role("button", name="#7", exact=False).first.click()  # one whose neighbourhood has changed
    shown.told(7, 0)
    left, right = shown.over(0).bounding_box(), shown.over(1).bounding_box()
    assert left["y"] == right["y"]
    shown.page.set_viewport_size({"width": 390, "height": 800})

    def below():
        left, right = shown.over(0).bounding_box(), shown.over(1).bounding_box()
        return right["y"] > left["y"] + left["height"]

    until(below)


@pytest.mark.parametrize("ratio", [1.5, 2])
def test_a_dark_page_of_any_pixel_ratio(ratio, show):
    shown = show("plain", color_scheme="dark", device_scale_factor=ratio)
    row = shown.alone()[0]
    assert close_to(shown.colour(row), SHADES[shown.gallery.labels[row]])
    shown.is_its_image(shown.hover(row), row)
    ring = shown.colour(row, layer=".over", away=8)
    assert min(ring[:3]) > 180  # light on dark
    size = shown.page.locator(".points").evaluate("c => [c.width, c.clientWidth * devicePixelRatio]")
    assert size[0] == pytest.approx(size[1], abs=1)


def test_high_contrast_colours_are_the_systems(show):
    shown = show("plain", forced_colors="active", color_scheme="dark")
    row = shown.alone()[0]
    shown.is_its_image(shown.hover(row), row)
    assert shown.colour(row, layer=".over", away=8)[:3] == [255, 255, 255]  # CanvasText on a dark Canvas


@pytest.mark.parametrize("name", ["line", "one", "same", "classes", "ways", "big"])
def test_hard_cases_are_drawn(name, show):
    shown = show(name)
    row = shown.alone()[0]
    number, words, picture = shown.look(row) if name == "same" else shown.hover(row)
    if name == "same":  # one place for all: the first is shown
        row = number
    assert number == row
    assert f"#{row}" in words
    if name == "big":  # 28 x 28 in halves
        blocks = shown.gallery.pixels[row, 0].reshape(14, 2, 14, 2).mean((1, 3))
        assert np.abs(picture[..., 0] - blocks).max() <= 0.5
        assert "1 : 2" in words
    if name == "classes":
        assert "Colours return after ten classes" in shown.page.locator(".classes").inner_text()
    assert shown.colour(row)[3] == 255
    if name == "ways":  # from (-1, -1) to (1, 1): what lies between is of its colour
        for share in (0.3, 0.5, 0.7):
            shown.planes[0].cells[0] = shown.planes[0].cell(np.full((1, 2), 2 * share - 1.0))[0].round()
            assert close_to(shown.colour(0, layer=".over"), (213, 94, 0))


def test_the_figure_leaves_as_one_file_that_works_from_disk(show, contexts, tmp_path):
    shown = show("plain")
    shown.page.get_by_role("button", name="Export").click()
    with shown.page.expect_download(timeout=WAIT) as got:
        shown.page.get_by_role("button", name="Freeze").click()
    path = tmp_path / "map.html"
    got.value.save_as(path)
    with shown.page.expect_download(timeout=WAIT) as got:
        shown.page.get_by_role("button", name="Numbers as CSV").click()
    table = np.loadtxt(got.value.path(), delimiter=",", skiprows=1)
    assert np.allclose(table, shown.drawn[0].points)
    asked, context = [], contexts(viewport={"width": 1000, "height": 900}, offline=True)
    context.on("request", lambda request: asked.append(request.url))
    frozen = Shown(context, path.as_uri(), "plain")
    row = frozen.alone()[0]
    frozen.is_its_image(frozen.hover(row), row)
    frozen.page.get_by_role("button", name="Box").click()
    frozen.drag(ALL)
    assert frozen.root.get_attribute("data-counted") == "300"
    frozen.page.close()
    assert frozen.failed == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
