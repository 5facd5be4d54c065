"""The latent map under a pointer, in real Chromium: opening, moving, hovering, a lasso, and Python's answer to it."""

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

from sslcore.bench.chromium import chromium, server
from sslcore.browser.grid import quantise
from sslcore.data.form import Form
from sslcore.run.gallery import Gallery

COUNTS = (2_000, 70_000, 1_000_000)
GESTURES = 30
SECONDS = 3  # of a drag
PAGE = """
import streamlit as st
from sslcore.bench import maps
from sslcore.view.components import latent_map

made = st.cache_resource(maps.made)
points, values, gallery = made(int(st.query_params["n"]))
figure = latent_map.load("map", [latent_map.Drawn("", points, values, "square")], gallery)

@st.fragment
def explore():
    picked = latent_map.show(figure, "A map")
    st.markdown(f"{len(picked.rows)} inside")

@st.fragment
def round_trip():
    st.markdown(f"clicked {st.session_state.get('times', 0)}")
    st.button("again", on_click=lambda: st.session_state.update(times=st.session_state.get("times", 0) + 1))

explore()
latent_map.follow("map", gallery)
round_trip()
wire = sum(len(store.content) for store in figure.stores.values())
st.html(f"<p id='wire' data-bytes='{wire}'>{wire} bytes</p>")
"""
# milliseconds from the last event of a kind until what `told` names has changed and the frame after it is drawn
CLOCK = """(root, [kind, told]) => new Promise(done => {
    const over = root.querySelector(".over");
    let began = 0;
    over.addEventListener(kind, event => began ||= event.timeStamp, {capture: true, once: true});
    const look = new MutationObserver(() => {
        if (!began) return;
        look.disconnect();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.took = performance.now() - began;
            channel.port2.postMessage(0);
        });
    });
    look.observe(root, {attributes: true, subtree: true, attributeFilter: [told]});
    window.took = null;
    done();
})"""
FRAMES = """root => {
    const pane = root.querySelector(".pane");
    window.frames_ = [];
    let drawn = pane.dataset.drawn, last = 0;
    const frame = now => {
        if (pane.dataset.drawn !== drawn) {
            if (last) frames_.push(now - last);
            [drawn, last] = [pane.dataset.drawn, now];
        }
        if (window.frames_) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""

WHEEL = """(root, seconds) => new Promise(done => {
    const over = root.querySelector(".over"), box = over.getBoundingClientRect(), began = performance.now();
    const at = {clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true};
    let i = 0;
    const frame = now => {
        over.dispatchEvent(new WheelEvent("wheel", {...at, deltaY: Math.floor(i++ / 30) % 2 ? -40 : 40}));
        if (now - began < 1000 * seconds) requestAnimationFrame(frame); else done();
    };
    requestAnimationFrame(frame);
})"""


def made(n: int) -> tuple[np.ndarray, np.ndarray, Gallery]:
    """Ten clouds of points, a value of each, and pictures of noise; one pixel each for more than 100,000."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, n)
    points = (rng.normal(size=(n, 2)) + 6 * rng.normal(size=(10, 2))[labels]).astype(np.float32)
    pixels = rng.integers(0, 256, (n, 1, *((28, 28) if n <= 100_000 else (1, 1))), dtype=np.uint8)
    classes = tuple(f"class {k}" for k in range(10))
    return (
        points,
        np.square(points).sum(1),
        Gallery(pixels, Form("images", pixels.shape[1:]), labels, classes, np.arange(n), {}),
    )


def maps() -> list[dict]:
    """A row for each number of points: bytes a point, seconds to the first paint, and medians of gestures.

    `agree` counts the lassos of which Python found exactly as many points as the browser; the last column is what a
    click costs that goes through an `st.fragment` of the same page, and changes one word.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        script = Path(folder) / "page.py"
        script.write_text(PAGE)
        with server(script=str(script)) as address:
            rows = [_row(browser, f"{address}/?n={n}", n) for n in COUNTS]
    return rows


def _row(browser: Any, address: str, n: int) -> dict[str, Any]:
    opened = []
    for _ in range(4):
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        start = time.perf_counter()
        page.goto(address)
        page.wait_for_selector(".component .pane[data-drawn]", timeout=120_000)
        opened.append(time.perf_counter() - start)
        if len(opened) < 4:
            page.close()
    page.wait_for_timeout(2000)
    root, box = page.locator(".component"), page.locator(".over").bounding_box()
    bytes_each = int(page.locator("#wire").get_attribute("data-bytes")) / n
    cells = quantise(made(n)[0]).cells.astype(float)
    low, high = cells.min(0), cells.max(0)
    scale = min((np.array([box["width"], box["height"]]) - 52) / (high - low))  # as pane.js fits it
    spots = (cells[:: n // GESTURES] - (low + high) / 2)[:GESTURES] * scale * [1, -1]
    hovers = [_hover(page, root, box, x, y) for x, y in spots]
    fps, slow = _drag(page, root, box)
    wheel = _wheel(page, root)
    lassos = [_lasso(page, root, box, i) for i in range(GESTURES)]
    lit, confirmed, agree = zip(*lassos, strict=True)
    trips = [_round_trip(page) for _ in range(GESTURES)]
    page.close()
    return {
        "points": f"{n:,}",
        "bytes each": bytes_each,
        "first paint, s": median(opened[1:]),
        "hover, ms": median(hovers),
        "pan, fps": fps,
        "p90 frame, ms": slow,
        "zoom, fps": wheel,
        "lasso lit, ms": median(lit),
        "lasso in Python, ms": median(confirmed),
        "agree": f"{sum(agree)} of {len(agree)}",
        "st.fragment, ms": median(trips),
    }


def _timed(page: Any, root: Any, kind: str, told: str, act: Any) -> float:
    root.evaluate(CLOCK, [kind, told])
    act()
    page.wait_for_function("window.took !== null", timeout=20_000)
    return float(page.evaluate("window.took"))


def _hover(page: Any, root: Any, box: dict, x: float, y: float) -> float:
    """From a move to another point until its ring is drawn."""
    page.mouse.move(box["x"] + 3, box["y"] + 3)
    page.wait_for_timeout(400)
    at = box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y
    return _timed(page, root, "pointermove", "data-hovered", lambda: page.mouse.move(*at))


def _drag(page: Any, root: Any, box: dict) -> tuple[float, float]:
    """Frames a second while the map is dragged to and fro, and the 90 % quantile of the time between two."""
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    root.evaluate(FRAMES)
    until, i = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < until:
        i += 1
        page.mouse.move(middle[0] + 3 * (i % 40 if i // 40 % 2 else 40 - i % 40), middle[1])
    page.mouse.up()
    return _frames(page)


def _wheel(page: Any, root: Any) -> float:
    """Frames a second while a wheel turns with every frame: a browser driven from outside turns it less often."""
    root.evaluate(FRAMES)
    root.evaluate(WHEEL, SECONDS)
    page.get_by_role("button", name="Whole map").click()
    return _frames(page)[0]


def _frames(page: Any) -> tuple[float, float]:
    gaps = page.evaluate("() => { const found = frames_; window.frames_ = null; return found; }")
    page.wait_for_timeout(1500)  # the view goes into the address
    return 1000 / median(gaps), quantiles(gaps, n=10)[-1]


def _lasso(page: Any, root: Any, box: dict, i: int) -> tuple[float, float, bool]:
    """Half of the points: from letting go until they are lit, until Python has counted them, and whether they agree."""
    page.get_by_role("button", name="Lasso").click()
    right = box["width"] * (0.45 + 0.003 * i)
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    for x, y in ((right, 4), (right, box["height"] - 4), (4, box["height"] - 4), (4, 12)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=12)
    before = page.get_by_text(" inside").inner_text()
    page.evaluate(
        """() => {
        window.letGo = window.heard = null;
        addEventListener("pointerup", event => window.letGo ||= event.timeStamp, {capture: true, once: true});
        const look = new MutationObserver(() => {
            const word = [...document.querySelectorAll("p")].find(p => / inside$/.test(p.textContent));
            if (!window.letGo || !word || word.textContent === window.before) return;
            window.heard = performance.now() - window.letGo;
            look.disconnect();
        });
        look.observe(document.body, {subtree: true, childList: true, characterData: true});
    }"""
    )
    page.evaluate("word => window.before = word", before)
    lit = _timed(page, root, "pointerup", "data-drawn", page.mouse.up)
    page.wait_for_function("window.heard !== null", timeout=20_000)
    count = int(page.get_by_text(" inside").inner_text().split()[0])
    agree = count == int(root.get_attribute("data-counted"))
    page.wait_for_timeout(200)
    return lit, float(page.evaluate("window.heard")), agree


def _round_trip(page: Any) -> float:
    """From a click until the word that a fragment changes has changed."""
    page.evaluate(
        """() => {
        const word = [...document.querySelectorAll("p")].find(p => /^clicked/.test(p.textContent)).textContent;
        window.took = null;
        let began = 0;
        addEventListener("click", event => began ||= event.timeStamp, {capture: true, once: true});
        const look = new MutationObserver(() => {
            const now = [...document.querySelectorAll("p")].find(p => /^clicked/.test(p.textContent));
            if (!began || !now || now.textContent === word) return;
            window.took = performance.now() - began;
            look.disconnect();
        });
        look.observe(document.body, {subtree: true, childList: true, characterData: true});
    }"""
    )
    page.get_by_role("button", name="again").click()
    page.wait_for_function("window.took !== null", timeout=20_000)
    page.wait_for_timeout(100)
    return float(page.evaluate("window.took"))
