"""Items that are texts, not pictures: each figure shows the text where it would show the picture."""

import numpy as np
import pytest
from playwright.sync_api import expect

from sslcore.browser.grid import quantise
from sslcore.browser.packed import pack
from sslcore.view.charts import COLOURS, SYMBOLS
from sslcore.view.components import frozen, named
from sslcore.view.components.latent_map import COMPONENT as MAP
from sslcore.view.components.latent_map import STATE
from sslcore.view.components.scrubber import SCRUBBER
from sslcore.view.components.temperature import COLOURS as LAB_COLOURS
from sslcore.view.components.temperature import LAB
from sslcore.view.temperature.drawing import EDGES

N = 30
TEXTS = [f"<b>claim</b> number {i} " + "goes on and on " * 9 for i in range(N)]
LABELS = np.arange(N, dtype=np.int32) % 2
CLASSES = ["no", "yes"]
RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(N, 2)).astype(np.float32)


def latent_map():
    plane = quantise(POINTS)
    stores = {
        "points-0": pack({}, {"xy": plane.cells}),
        "labels": pack({}, {"labels": LABELS.astype(np.uint8)}),
        "faces": pack({"texts": TEXTS}, {}),
    }
    map_ = {"title": "", "about": "", "axes": False, "n": N, "low": plane.low.tolist(), "span": plane.span}
    facts = {"maps": [map_], "classes": CLASSES, "colours": COLOURS, "height": 500, "prefix": "", "reduced": 0}
    facts |= {"strip": {"title": "Odd ones", "rows": [3, 4], "notes": ["far", "near"]}}
    return MAP, facts, STATE, stores


def lab():
    taus = [0.01, 1.0]
    curves = {name: [1.0, 2.0] for name in ("low", "high", "middle", "uniform", "formula")} | {"tau": taus}
    edges = np.linspace(-1, 1, 81).tolist()
    facts = {"trained": 0.1, "domain": taus, "anchors": 10, "edges": edges, "left": -1, "curves": curves}
    facts |= {"densities": {"positives": [1] * 80, "negatives": [1] * 80}, "formula_from": 0.1, "colours": LAB_COLOURS}
    a, b = RNG.normal(size=(2, N, 4)).astype(np.float32)
    stores = {
        "pairs": pack({}, {"a": a, "b": b}),
        "gallery": pack({"classes": CLASSES, "texts": TEXTS}, {"labels": LABELS}),
    }
    assert EDGES.tolist() == edges
    return LAB, facts, {"tau": 0.1, "anchor": 0}, stores


def scrubber():
    arrays = {
        "at": np.array([0.5, 1], np.float32), "terms": np.ones((1, 2), np.float32),
        "epochs": np.array([0, 1], np.uint32), "steps": np.array([0, 9], np.uint32), "trust": np.ones(2, np.float32),
        "reached": np.ones((2, 1), np.float32), "values": np.ones((2, 0), np.float32),
        "points": np.stack([POINTS, 2 * POINTS]), "rows": np.arange(N, dtype=np.uint32), "labels": LABELS,
    }  # fmt: skip
    facts = {"terms": ["loss"], "values": [], "classes": CLASSES, "colours": COLOURS, "symbols": SYMBOLS}
    facts |= {"map": {"title": "codes", "note": "", "axes": True}}
    return SCRUBBER, facts, {"epoch": 1}, {"training": pack({"texts": TEXTS}, arrays)}


@pytest.fixture
def opened(browser, tmp_path):
    """Opens one of these figures as a frozen page; nothing on it may go wrong."""
    page = browser.new_page()
    failed = []
    page.on("pageerror", lambda error: failed.append(str(error)))

    def opened(figure):
        component, facts, state, stores = figure()
        stores = {part: named(content) for part, content in stores.items()}
        facts = {
            **facts,
            "alt": "claims",
            "name": "claims",
            "pictures": stores["faces"].name if "faces" in stores else None,
        }
        shown = {part: store.name for part, store in stores.items() if part != "faces"}
        path = tmp_path / "claims.html"
        path.write_bytes(frozen(component, {"facts": facts, "state": state, "stores": shown}, stores))
        page.goto(path.as_uri())
        page.locator(".component[data-ready=true]").wait_for()
        return page

    yield opened
    assert failed == []
    page.close()


def is_text_of(face, row):
    """A text as it is, no markup, shortened; all of it in the title."""
    expect(face).to_have_text(f"{TEXTS[row][:89].rstrip()}…")
    assert face.get_attribute("title") == TEXTS[row]
    assert face.locator("b").count() == 0


def test_a_map_of_texts(opened):
    page = opened(latent_map)
    page.locator(".component[data-pictures=true]").wait_for()
    strip = page.locator(".strip button")
    is_text_of(strip.first.locator(".words"), 3)
    page.locator(".over").focus()
    page.keyboard.press("ArrowRight")
    card = page.locator(".card:not([hidden])")
    row = int(card.get_attribute("data-row"))
    is_text_of(card.locator(".words"), row)
    assert card.locator(".name").inner_text() == f"{CLASSES[row % 2]} #{row}"
    before = page.locator(".points").evaluate("c => c.toDataURL()")
    page.get_by_role("button", name="Texts").click()
    page.wait_for_function("before => document.querySelector('.points').toDataURL() !== before", arg=before)
    strip.nth(1).click()
    expect(strip.nth(1)).to_have_attribute("aria-pressed", "true")


def test_the_lab_of_texts(opened):
    page = opened(lab)
    is_text_of(page.locator(".card.anchor .words"), 0)
    thumb = page.locator(".sheet button").nth(4)
    is_text_of(thumb.locator(".words"), 4)
    assert thumb.get_attribute("title") == f"no #4: {TEXTS[4]}"
    thumb.focus()
    page.keyboard.press("Enter")
    is_text_of(page.locator(".card.anchor .words"), 4)


def test_the_scrubber_of_texts(opened):
    page = opened(scrubber)
    page.locator(".map").focus()
    page.keyboard.press("ArrowDown")
    is_text_of(page.locator(".card .words"), 0)
    expect(page.locator(".card > span").last).to_have_text("no #0")
