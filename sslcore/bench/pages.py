"""Opening pages: time until the first figure is on the screen, in real Chromium on the shipped runs."""

import time
from statistics import median
from typing import Any

from sslcore.bench.browser import FIGURE, ROOT, chromium, server

ROUNDS = 5


def pages() -> list[dict]:
    """Rows of page, median seconds from opening its address to its first figure on a warm server, and the slowest.

    The last two rows are of a cold start: `streamlit run` to the first heading, for this app and for `streamlit hello`.
    """
    rows = []
    with chromium() as browser:
        with server() as address:
            names = [path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]
            for name in ["", *names]:
                times = [_open(browser, f"{address}/{name}", FIGURE) for _ in range(ROUNDS + 1)][1:]
                rows.append({"page": name or "Home", "median s": median(times), "slowest s": max(times)})
        for name, script in (("cold: Home", "app.py"), ("cold: streamlit hello", "")):
            times = [_cold(browser, script) for _ in range(3)]
            rows.append({"page": name, "median s": median(times), "slowest s": max(times)})
    return rows


def _open(browser: Any, address: str, what: str) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(what, timeout=120_000)
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def _cold(browser: Any, script: str) -> float:
    """Seconds from starting the server to the first heading."""
    start = time.perf_counter()
    with server(script=script) as address:
        _open(browser, address, "h1")
        return time.perf_counter() - start
