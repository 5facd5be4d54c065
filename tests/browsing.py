"""What tests in a real Chromium share: servers, contexts, a page that notes what it asked for, and how long to wait."""

import json
import shutil

import pytest
from conftest import SHIPPED
from playwright.sync_api import expect

from sslcore.bench.chromium import FIGURE, chromium, server

WAIT = 90_000  # milliseconds
expect.set_options(timeout=WAIT)
# a picture's content as a number: quick to ask for in the middle of a drag
DIGEST = (
    "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, v) => (a * 31 + v) % 1000003, 7)"
)
STILL = """() =>
    [...document.querySelectorAll("[data-testid=stPlotlyChart]")].every(it => it.querySelector(".main-svg"))
    && [...document.images].every(image => image.complete && image.naturalWidth)
    && document.getAnimations().every(animation => animation.playState !== "running")"""


@pytest.fixture(scope="session")
def address(cache):
    """A server that shows the shipped runs."""
    with server(SHIPPED) as url:
        yield url


@pytest.fixture(scope="session")
def spare_server(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("spare") / "runs"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSLCORE_DATA", str(folder.parent / "data"))
        with server(folder) as url:
            yield folder, url


@pytest.fixture
def spare(spare_server):
    """An empty folder that a test fills with runs, and the address of a server that shows them."""
    folder, url = spare_server
    yield folder, url
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.fixture(scope="session")
def browser():
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="session")
def contexts(browser):
    """Browser contexts by their settings: pages that share one load the dashboard's scripts once."""
    known = {}

    def begin(**settings):
        context = browser.new_context(**settings)
        context.set_default_timeout(WAIT)
        return context

    def context(toured=True, **settings):
        key = json.dumps(settings, sort_keys=True)
        if not toured:  # a first visit, which can be had once
            return begin(**settings)
        if key not in known:
            known[key] = begin(**settings)
            known[key].add_init_script("localStorage.setItem('sslscope-toured', '1')")
        return known[key]

    return context


@pytest.fixture
def open_page(contexts, address):
    """Opens a page where no outside can be reached, and closes it after the test."""
    pages = []

    def opened(path="", at=address, **settings):
        pages.append(visit(contexts, at, path, **settings))
        return pages[-1]

    yield opened
    for page in pages:
        page.close()


def visit(contexts, address, path="", width=1280, height=720, scheme="light", **more):
    """A page that notes what it asked of others (`outside`), what it sent, and what it logged as an error (`failed`).

    `more` are settings of the browser, as Playwright's new_context has them, and `toured`: whether it was here before.
    """
    page = contexts(viewport={"width": width, "height": height}, color_scheme=scheme, **more).new_page()
    host = address.split("//")[1]
    page.outside, page.failed, page.sent = [], [], []

    def asked(url):
        if not url.startswith((address, f"ws://{host}/", "data:", "blob:")):
            page.outside.append(url)

    def connected(socket):
        socket.on("framesent", lambda frame: page.sent.append(frame))
        asked(socket.url)

    # the browser finds no other host (see sslcore.bench.chromium); routing requests would switch its cache off
    page.on("request", lambda request: asked(request.url))
    page.on("websocket", connected)
    page.on("pageerror", lambda error: page.failed.append(str(error)))
    page.on("console", lambda m: page.failed.append(m.text) if m.type == "error" and "404" not in m.text else None)
    page.goto(f"{address}/{path}")
    settle(page)
    return page


def settle(page):
    """Wait until the script has run to its end, and the page has its buttons."""
    page.wait_for_selector("h1", timeout=WAIT, state="attached")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT)
    page.locator(".st-key-lecture .bar, .st-key-lecture .stage").first.wait_for(state="attached", timeout=WAIT)


def frame(page):
    """Let the page draw what has happened so far."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drawn(page):
    """Wait until every figure is there and nothing moves."""
    page.wait_for_selector(FIGURE, timeout=WAIT)
    expect(page.locator(".component:not([data-ready=true])")).to_have_count(0)
    page.wait_for_function(STILL, timeout=WAIT)
