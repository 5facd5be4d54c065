"""Opens the Temperature page."""

import pytest
from browsing import WAIT


@pytest.fixture
def open_lab(open_page):
    """Opens the Temperature page once the lab has drawn; no page of a test may have failed."""
    pages = []

    def opened(query="", **more):
        page = open_page(f"Temperature?{query}", **{"height": 900} | more)
        pages.append(page)
        page.locator(".temperature[data-ready]").wait_for(timeout=WAIT)
        page.locator("[data-mark=weighed]").wait_for(timeout=WAIT)
        return page

    yield opened
    assert all(page.failed == [] for page in pages)


@pytest.fixture(scope="module")
def lab(contexts, address):
    """One page that several tests look at."""
    page = contexts(viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(f"{address}/Temperature?run=simclr-fashion")
    page.locator(".temperature[data-ready]").wait_for(timeout=WAIT)
    return page
