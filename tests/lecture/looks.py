"""What the hall sees of a page, what axe says of it, and a file from disk."""

import re
from pathlib import Path

import axe_playwright_python
from browsing import WAIT, drawn
from conftest import ROOT

PAGES = ["", *[path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
SLIDE = "[data-slide=figure]"


def shown(page):
    """The figures that a hall can see, as [left, top, right, bottom]."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
            ".js-plotly-plot, [data-testid=stImage] img, .stHtml img, .stBidiComponent")]
            .map((node) => node.matches(".stBidiComponent")
                ? node.querySelector("*:not(:has(*))").shadowRoot?.querySelector(".component") : node)
            .filter(node => node?.checkVisibility({opacityProperty: true})).map(node => node.getBoundingClientRect())
            .filter(box => box.width > 0).map(box => [box.left, box.top, box.right, box.bottom])"""
    )


def presented(page, figure):
    """Wait until the slide of this number is there, at its full size."""
    page.locator(".stage .where", has_text=re.compile(rf"^{figure} / ")).wait_for(timeout=WAIT)
    page.wait_for_function(f"getComputedStyle(document.querySelector('{SLIDE}')).opacity == 1", timeout=WAIT)


def at_rest(page, scheme="light"):
    """The page in this scheme, with nothing open or moving."""
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme=scheme)
    shade = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)[0]"
    page.wait_for_function(f"{shade} {'<' if scheme == 'dark' else '>'} 80", timeout=WAIT)
    drawn(page)
    return page


def offline(browser, path):
    """Opens a file from disk where no request can be made; -> the page, and the addresses it asked for."""
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith(("data:", "blob:", path.as_uri())) else asked.append(r.url))
    page.failed = []
    page.on("pageerror", lambda error: page.failed.append(str(error)))
    page.goto(path.as_uri())
    return page, asked


def serious(page):
    """What axe finds serious or critical: components and Streamlit's own elements alike."""
    page.evaluate(AXE)
    found = page.evaluate(
        """axe.run({resultTypes: ["violations"]})
            .then(r => r.violations.filter(v => ["serious", "critical"].includes(v.impact)))"""
    )
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]
