"""Opening pages and moving their widgets, in real Chromium on the shipped runs: what a visitor waits for."""

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from sslcore.bench.chromium import FIGURE, ROOT, chromium, server

ROUNDS = 3
MOVES = 20
SIZE: Any = {"width": 1280, "height": 720}
# when the last key or click fell, and when the app was last at rest again
CLOCK = """() => {
    window.moved = window.ended = 0;
    for (const kind of ["keydown", "mousedown"]) addEventListener(kind, () => window.moved = performance.now(), true);
    const app = document.querySelector("[data-testid=stApp]");
    const look = () => { if (app.dataset.testScriptState === "notRunning") window.ended = performance.now(); };
    new MutationObserver(look).observe(app, {attributeFilter: ["data-test-script-state"]});
}"""
ONE_CHART = "import streamlit as st\nst.title('One chart')\nst.plotly_chart([{'y': [1, 3, 2]}])\n"


def pages() -> list[dict]:
    """Rows of medians: seconds to a page's first figure, from a link in the app and from its address in a new browser,
    and milliseconds from moving its first slider (or number) until the page is at rest again, all drawn.

    For comparison a page that is one Plotly chart and nothing else, and cold starts: seconds from `streamlit run` to
    the first heading, of this app and of `streamlit hello`.
    """
    rows = []
    with chromium() as browser:
        with server() as address:
            names = [path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]
            opened = {name: [_open(browser, f"{address}/{name}") for _ in range(ROUNDS + 1)] for name in ["", *names]}
            linked = _follow(browser, address, names)
            for name, times in opened.items():
                moved = _move(browser, f"{address}/{name}") if name else ""
                rows.append(_row(name or "Home", times[1:], median(linked[name][1:]) if name else "", moved))
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "one_chart.py"
            script.write_text(ONE_CHART)
            with server(script=str(script)) as address:
                times = [_open(browser, address) for _ in range(ROUNDS + 1)]
            rows.append(_row("one Plotly chart and nothing else", times[1:]))
        for name, what in (("cold start: Home", "app.py"), ("cold start: streamlit hello", "")):
            rows.append(_row(name, [_cold(browser, what) for _ in range(ROUNDS)]))
    return rows


def _row(page: str, opened: list[float], linked: float | str = "", moved: float | str = "") -> dict[str, Any]:
    return {"page": page, "from its address, s": median(opened), "from a link, s": linked, "widget, ms": moved}


def _open(browser: Any, address: str, what: str = FIGURE) -> float:
    page = browser.new_page(viewport=SIZE)
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(what, timeout=120_000)
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def _follow(browser: Any, address: str, names: list[str]) -> dict[str, list[float]]:
    """Seconds from a click on each page's link to its first figure, in round after round through all pages."""
    page = browser.new_page(viewport=SIZE)
    page.goto(address)
    page.wait_for_selector(FIGURE)
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS + 1):
        for name in names:
            page.locator(FIGURE).evaluate_all("all => all.forEach((figure) => figure.dataset.old = 1)")
            start = time.perf_counter()
            page.locator(f"[data-testid=stSidebarNav] a[href$='{name}']").click()
            page.locator(f":is({FIGURE}):not([data-old])").first.wait_for(timeout=120_000)
            times[name].append(time.perf_counter() - start)
            page.wait_for_timeout(1500)
    page.close()
    return times


def _move(browser: Any, address: str) -> float | str:
    """Median milliseconds from a key or click on a page's first widget to the end of its rerun, in the browser's clock;
    "" for a page without a slider or a number of Streamlit's: those of figures ask nobody."""
    page = browser.new_page(viewport=SIZE)
    page.goto(address)
    page.wait_for_selector(FIGURE, timeout=120_000)
    page.wait_for_timeout(4000)
    page.evaluate(CLOCK)
    sliders = page.locator("[data-testid=stMain] [data-testid=stSlider] input[type=range]")
    steps = page.locator("[data-testid=stMain] [data-testid=stNumberInputStepUp]:visible")
    times: list[float] = []
    for move in range(MOVES + 1 if sliders.count() or steps.count() else 0):
        if sliders.count():
            sliders.first.focus()
            at_its_end = sliders.first.evaluate("slider => slider.value === slider.max")
            page.keyboard.press("ArrowLeft" if move % 2 or at_its_end else "ArrowRight")
        else:
            steps.first.click()
        page.wait_for_function("() => ended > moved", timeout=10_000)
        times.append(page.evaluate("ended - moved"))
        page.wait_for_timeout(300)
    page.close()
    return median(times[1:]) if times else ""


def _cold(browser: Any, script: str) -> float:
    """Seconds from starting the server to the first heading."""
    start = time.perf_counter()
    with server(script=script) as address:
        _open(browser, address, "h1")
        return time.perf_counter() - start
