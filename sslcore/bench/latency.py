"""From the pointer to the pixels: how long a figure takes to follow, in real Chromium on the shipped runs."""

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from sslcore.bench.chromium import chromium, server

MOVES = 40
DRAG = 5.0  # seconds of dragging without a pause
SIZE: Any = {"width": 1280, "height": 900}

# `watch(node)` remembers a node (a canvas, an SVG path, an image); `arm(kind)` resolves `result` with the milliseconds
# from the next trusted event of this kind until the node has changed and the frame that shows it is done
PROBE = """() => {
    const small = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
    const look = (node) => {
        if (node.tagName === "path") return node.getAttribute("d");
        if (node.tagName === "IMG") return node.src;
        small.clearRect(0, 0, 28, 28);
        small.drawImage(node, 0, 0, 28, 28);
        const pixels = new Uint32Array(small.getImageData(0, 0, 28, 28).data.buffer);
        return pixels.reduce((sum, v) => (Math.imul(sum, 31) + v) | 0, 0);
    };
    let node, at = {};
    for (const kind of ["pointermove", "keydown"])
        addEventListener(kind, (e) => { if (e.isTrusted) at[kind] ??= e.timeStamp; }, true);
    window.watch = (found) => { node = found; };
    window.arm = (kind) => {
        const before = look(node), start = performance.now();
        at = {};
        window.result = new Promise((resolve) => {
            const frame = () => {
                if (at[kind] !== undefined && look(node) !== before) {
                    const done = new MessageChannel();
                    done.port1.onmessage = () => resolve(performance.now() - at[kind]);
                    done.port2.postMessage(0);
                } else if (performance.now() - start > 5000) resolve(null);
                else requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
        });
    };
    window.frames_of = (seconds) => {
        const gaps = [];
        let last = performance.now(), changes = 0, seen = look(node);
        const end = last + 1000 * seconds;
        window.frames_done = new Promise((resolve) => {
            const frame = (now) => {
                gaps.push(now - last);
                last = now;
                const is = look(node);
                if (is !== seen) changes++;
                seen = is;
                if (now < end) requestAnimationFrame(frame);
                else resolve({ gaps: gaps.slice(1), changes });
            };
            requestAnimationFrame(frame);
        });
    };
}"""
FRAGMENT = """
import numpy as np, streamlit as st
st.title("A fragment")
@st.fragment
def part():
    v = st.slider("v", 0, 255, 100)
    st.image(np.full((28, 28), v, np.uint8), width=280)
part()
"""
# page, what is dragged, what must change, which way the pointer goes
CODE, PAD = "Interpolation?run=vae-fashion", (".pane .front", ".pane .out", "xy")
GESTURES = {
    "path slider, 32-d MLP": (CODE, "[aria-label^='Position t']", "[aria-label='At t, spherical']", "x"),
    "dimension slider, 32-d MLP": (CODE, ".line input", "[aria-label^='The image of the code']", "x"),
    "latent pad, 2-d MLP": (f"{CODE}-2d&other=none", *PAD),
    "latent pad, two 32-d MLPs": (CODE, *PAD),
    "latent pad, 32-d Conv": (f"{CODE}-conv&other=none", *PAD),
    "temperature": ("Temperature?run=simclr-fashion", ".temperature input[type=range]", "[data-mark=weighed]", "x"),
    "epoch scrubber": ("Training?run=vae-fashion", ".controls input[type=range]", "canvas.map", "x"),
}


def latency() -> list[dict]:
    """Rows: median and 90th percentile of milliseconds from a pointer's move to changed pixels over 40 moves, and of
    five seconds of dragging the frames a second and the longest gap.  Last the round trip of st.fragment, same browser.
    """
    rows = []
    with chromium() as browser:
        with server() as address:
            for name, (path, handle, target, way) in GESTURES.items():
                page = browser.new_page(viewport=SIZE)
                page.goto(f"{address}/{path}")
                page.locator(handle).first.wait_for(timeout=120_000)
                page.wait_for_timeout(4000)
                rows.append({"figure": name, **_drag(page, handle, target, way)})
                page.close()
        rows.append({"figure": "st.slider -> st.fragment -> st.image", **_fragment(browser)})
    return rows


def _drag(page: Any, handle: str, target: str, way: str) -> dict[str, Any]:
    node = page.locator(handle).first
    node.scroll_into_view_if_needed()
    box = node.bounding_box()

    def to(turn: float) -> None:
        x = box["x"] + box["width"] * (0.5 + 0.35 * math.cos(turn))
        y = box["y"] + box["height"] * (0.5 + (0.35 * math.sin(turn) if "y" in way else 0))
        page.mouse.move(x, y)

    page.evaluate(PROBE)
    page.locator(target).first.evaluate("node => watch(node)")
    to(0)
    page.mouse.down()
    times = []
    for move in range(MOVES):
        page.evaluate("arm('pointermove')")
        to(0.3 + 0.7 * move)
        times.append(page.evaluate("result"))
        page.wait_for_timeout(40)
    page.evaluate("seconds => frames_of(seconds)", DRAG)
    end, turn = time.perf_counter() + DRAG, 0.0
    while time.perf_counter() < end:
        turn += 0.05
        to(turn)
    frames = page.evaluate("frames_done")
    page.mouse.up()
    gaps = np.array(frames["gaps"])
    return _row(times) | {
        "frames/s": 1000 / gaps.mean(),
        "pictures/s": frames["changes"] / DRAG,
        "longest gap, ms": float(gaps.max()),
    }


def _fragment(browser: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "fragment.py"
        script.write_text(FRAGMENT)
        with server(script=str(script)) as address:
            page = browser.new_page(viewport=SIZE)
            page.goto(address)
            page.wait_for_selector("[data-testid=stImage] img", timeout=120_000)
            page.wait_for_timeout(3000)
            page.evaluate(PROBE)
            times = []
            page.locator("input[type=range]").focus()
            for move in range(MOVES):
                page.locator("[data-testid=stImage] img").evaluate("node => watch(node)")
                page.evaluate("arm('keydown')")
                page.keyboard.press("ArrowLeft" if move % 2 else "ArrowRight")
                times.append(page.evaluate("result"))
                page.wait_for_timeout(200)
            page.close()
    return _row(times) | {"frames/s": "", "pictures/s": "", "longest gap, ms": ""}


def _row(times: list[float | None]) -> dict[str, Any]:
    seen = [t for t in times if t is not None]
    median, high = np.percentile(seen, (50, 90)) if seen else (math.nan, math.nan)
    return {"median, ms": float(median), "p90, ms": float(high), "moves": f"{len(seen)}/{len(times)}"}
