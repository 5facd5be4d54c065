"""The latent map in real Chromium, driven by mouse, keys and touch: what it shows is what Python has in that row."""

import re
from contextlib import suppress

import numpy as np
import pytest
from conftest import ROOT, WAIT
from playwright.sync_api import TimeoutError, expect

from sslcore.bench.chromium import server
from sslcore.browser.grid import quantise

MARGIN = 26  # pane.js leaves this much around the points
LINE = "image {image} rows {rows}"
PAGE = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import numpy as np, pandas as pd, streamlit as st
from test_latent_map import case
from sslcore.browser.grid import Way
from sslcore.view.components import latent_map

name = st.query_params["case"]
drawn, gallery, near = case(name)
figure = latent_map.load("map", drawn, gallery)

@st.fragment
def explore():
    image = latent_map.chosen(figure)
    links = [] if image is None else [near(plane, image) for plane in figure.planes]
    ways = [[Way(np.array([[-1.0, -1.0], [1.0, 1.0]]), "#D55E00", ("x", "a"))] for _ in drawn] if name == "ways" else []
    strip = {{"title": "Changed", "rows": [5, 7], "notes": ["a", "b"]}} if name == "two" else None
    tables = {{"Numbers": lambda: pd.DataFrame(drawn[0].points, columns=["x", "y"])}}
    picked = latent_map.show(figure, "A map of noise", "made of noise", links, ways, strip, tables)
    st.markdown(f"image {{picked.image}} rows {{len(picked.rows)}}")

explore()
latent_map.follow("map", gallery)
"""


def case(name):
    """Maps, a gallery of noise in which no two pictures are alike, and who is near whom."""
    from sslcore.run.gallery import Gallery
    from sslcore.view.components.latent_map import Drawn

    rng = np.random.default_rng(7)
    n = {"one": 1, "big": 12_000}.get(name, 300)
    classes = 14 if name == "classes" else 3
    points = rng.normal(size=(n, 2)) * [1.5, 1]
    if name == "nan":
        points[[3, 8, 9]] = [[np.nan, 0], [np.inf, 1], [0, -np.inf]]
    if name == "line":
        points[:, 1] = 0
    if name == "same":
        points[:] = 2
    labels = None if name == "unlabelled" else rng.integers(0, classes, n)
    size = (3, 6, 5) if name == "unlabelled" else (1, 28, 28) if name == "big" else (1, 8, 8)
    gallery = Gallery(
        rng.integers(0, 256, (n, *size), dtype=np.uint8),
        labels,
        tuple(f"kind {k}" for k in range(classes)) if labels is not None else (),
        np.arange(n),
        {},
    )
    values = None
    if name == "valued":
        values = rng.normal(size=n)
        values[4] = np.nan
    drawn = [Drawn("", points, values, "loss", axes=True)]
    if name == "two":
        drawn = [Drawn("one", points), Drawn("other", rng.normal(size=(n, 2)))]
    return drawn, gallery, lambda plane, i: np.argsort(np.abs(plane.cells.astype(int) - plane.cells[i]).sum(1))[1:6]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    script = tmp_path_factory.mktemp("page") / "page.py"
    script.write_text(PAGE)
    with server(script=str(script)) as found:
        yield found


class Shown:
    """A page with the map of a case, and where its points must be: computed here, not asked of the page."""

    def __init__(self, context, url, name):
        self.drawn, self.gallery, self.near = case(name)
        self.planes = [quantise(one.points) for one in self.drawn]
        self.page = context.new_page()
        self.failed = []
        self.page.on("pageerror", lambda error: self.failed.append(str(error)))
        self.page.goto(url)
        self.root = self.page.locator(".component")
        self.root.and_(self.page.locator("[data-pictures=true]")).wait_for(timeout=WAIT)
        self.page.wait_for_timeout(150)

    def over(self, side=0):
        return self.page.locator(".over").nth(side)

    def at(self, row, side=0, view=None):
        """Where a row lies on the screen; `view` is (x, y, zoom)."""
        box, cells = self.over(side).bounding_box(), self.planes[side].cells[self.planes[side].present].astype(float)
        low, high = cells.min(0), cells.max(0)
        w, h = box["width"], box["height"]
        fitted = min(*(np.array([w, h]) - 2 * MARGIN) / np.maximum(1, high - low), 0.05)
        x, y, zoom = view or (*(low + high) / 2, 1)
        dx, dy = (self.planes[side].cells[row] - np.array([x, y])) * fitted * zoom
        return box["x"] + w / 2 + dx, box["y"] + h / 2 - dy

    def alone(self, rows=None, side=0, k=3):
        """Of these rows, the k that lie farthest from all others on a map."""
        cells, there = self.planes[side].cells.astype(float), np.flatnonzero(self.planes[side].present)
        there = there[: 1 + len(there) // 40] if len(there) > 1000 else there
        room = [np.sort(np.abs(cells - cells[i]).max(1))[1] if len(cells) > 1 else 0 for i in there]
        order = [int(i) for i in there[np.argsort(room)[::-1]]]
        return [i for i in order if rows is None or i in set(rows)][:k]

    def hover(self, row, side=0, view=None):
        """Point at a row and read the card: its number, its words and its pixels [h, w, 3]."""
        self.page.mouse.move(*self.at(row, side, view))
        with suppress(TimeoutError):  # what it shows instead is for the caller to judge
            self.page.locator(f".card[data-row='{row}']:not([hidden])").wait_for(timeout=3000)
        return self.card()

    def card(self):
        card = self.page.locator(".card:not([hidden])")
        pixels = card.locator("canvas").evaluate(
            "c => [c.height, c.width, ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
        )
        h, w = pixels[:2]
        picture = np.array(pixels[2:], np.uint8).reshape(h, w, 4)
        return int(card.get_attribute("data-row")), card.inner_text(), picture[..., :3]

    def colour(self, row, side=0, layer=".points", view=None, away=0.0):
        """The pixel of a canvas at a row, [r, g, b, a]."""
        box, (x, y) = self.over(side).bounding_box(), self.at(row, side, view)
        return self.page.locator(layer).nth(side).evaluate(
            "(c, [x, y]) => Array.from(c.getContext('2d').getImageData(Math.round(x * c.width / c.clientWidth), Math.round(y * c.height / c.clientHeight), 1, 1).data)",
            [x - box["x"] + away, y - box["y"]],
        )  # fmt: skip

    def drag(self, corners, side=0, key=None):
        """Drag through places given as shares of the map."""
        box = self.over(side).bounding_box()
        path = [(box["x"] + a * box["width"], box["y"] + b * box["height"]) for a, b in corners]
        if key:
            self.page.keyboard.down(key)
        self.page.mouse.move(*path[0])
        self.page.mouse.down()
        for x, y in path[1:]:
            self.page.mouse.move(x, y, steps=8)
        self.page.mouse.up()
        if key:
            self.page.keyboard.up(key)

    def told(self, image, rows):
        """Wait until Python has said what is chosen."""
        self.page.get_by_text(LINE.format(image=image, rows=rows), exact=True).wait_for(timeout=WAIT)

    def setting(self, name):
        found = re.search(rf"[?&]{name}=([^&]*)", self.page.url)
        return found and found[1].replace("%2C", ",")

    def is_its_image(self, found, row):
        number, words, picture = found
        assert number == row
        name = "" if self.gallery.labels is None else f"{self.gallery.name(row)} "
        assert f"{name}#{row}" in words
        expected = self.gallery.pixels[row].transpose(1, 2, 0)
        assert (picture == expected).all(), f"the card of row {row} shows another picture"
        return words


@pytest.fixture
def show(contexts, cases):
    shown = []

    def opened(name, more="", **options):
        context = contexts(**{"viewport": {"width": 1000, "height": 900}} | options)
        shown.append(Shown(context, f"{cases}/?case={name}{more}", name))
        return shown[-1]

    yield opened
    for one in shown:
        one.page.close()
        assert one.failed == []


LASSO = [(0.2, 0.15), (0.8, 0.2), (0.75, 0.8), (0.25, 0.7)]
ALL = [(0.02, 0.02), (0.98, 0.98)]  # within the frame's round corners
SHADES = [(0, 114, 178), (230, 159, 0), (0, 158, 115)]  # of the first three classes


def close_to(found, expected):
    return found[3] == 255 and all(abs(a - b) < 12 for a, b in zip(found, expected, strict=False))


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
    shown.page.wait_for_timeout(200)
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
    inside = [
        row for row in shown.alone(k=300)
        if all(0.1 < share < 0.9 for share in ((shown.at(row, view=(x, y, zoom))[0] - box["x"]) / box["width"],
                                               (shown.at(row, view=(x, y, zoom))[1] - box["y"]) / box["height"]))
    ]  # fmt: skip
    for row in inside[:5]:
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
    places, kept = np.array([shown.at(i) for i in range(300)]), []
    for i, place in enumerate(places):
        if all(np.abs(place - places[j]).max() >= 40 for j in kept):
            kept.append(i)
    covered = [i for i in range(300) if i not in kept and np.abs(places[kept] - places[i]).max(1).min() < 16]
    for i in (*kept[:3], *kept[-2:]):
        shown.is_its_image(shown.hover(i), i)
    number, _, _ = shown.hover(covered[0])  # what is seen there is the picture above it
    assert number in kept


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
    shown.page.wait_for_timeout(500)
    assert number.input_value() == "7777"
    shown.page.keyboard.press("Enter")
    shown.told(299, 0)
    assert number.input_value() == "299"


def test_a_click_draws_lines_to_the_neighbours_and_greys_the_others(show):
    shown = show("plain")
    row = shown.alone()[1]
    shown.page.mouse.click(*shown.at(row))
    shown.told(row, 0)
    shown.page.wait_for_timeout(200)
    assert shown.setting("image") == str(row)
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
        assert shown.page.locator(".said").inner_text() == f"{shown.gallery.name(row)} #{row}"
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
    shown.page.wait_for_timeout(300)
    left, right = shown.over(0).bounding_box(), shown.over(1).bounding_box()
    assert right["y"] > left["y"] + left["height"]


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
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
    number, words, picture = shown.hover(row)
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
