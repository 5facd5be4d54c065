"""A map in Chromium, and the hand that points at it."""

import re

import numpy as np
from browsing import WAIT, frame

from latent_map.cases import case
from sslcore.browser.grid import quantise

MARGIN = 26  # pane.js leaves this much around the points
LINE = "image {image} rows {rows}"


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
        frame(self.page)

    def over(self, side=0):
        return self.page.locator(".over").nth(side)

    def at(self, row, side=0, view=None):
        """Where a row lies on the screen, or each of an array; `view` is (x, y, zoom)."""
        box, cells = self.over(side).bounding_box(), self.planes[side].cells[self.planes[side].present].astype(float)
        low, high = cells.min(0), cells.max(0)
        w, h = box["width"], box["height"]
        fitted = min(*(np.array([w, h]) - 2 * MARGIN) / np.maximum(1, high - low), 0.05)
        x, y, zoom = view or (*(low + high) / 2, 1)
        dx, dy = ((self.planes[side].cells[row] - np.array([x, y])) * fitted * zoom).T
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
        self.page.locator(f".card[data-row='{row}']:not([hidden])").wait_for(timeout=WAIT)
        return self.card()

    def look(self, row):
        """Point at the place of a row, and read the card of whichever row is shown there."""
        card = self.page.locator(".card:not([hidden])")
        self.page.mouse.move(2, 2)
        card.wait_for(state="hidden", timeout=WAIT)
        self.page.mouse.move(*self.at(row))
        card.wait_for(timeout=WAIT)
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
            """(c, [x, y]) => {
                const at = [Math.round(x * c.width / c.clientWidth), Math.round(y * c.height / c.clientHeight)];
                return Array.from(c.getContext("2d").getImageData(...at, 1, 1).data);
            }""",
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


LASSO = [(0.2, 0.15), (0.8, 0.2), (0.75, 0.8), (0.25, 0.7)]
ALL = [(0.02, 0.02), (0.98, 0.98)]  # within the frame's round corners
SHADES = [(0, 114, 178), (230, 159, 0), (0, 158, 115)]  # of the first three classes


def close_to(found, expected):
    return found[3] == 255 and all(abs(a - b) < 12 for a, b in zip(found, expected, strict=False))
