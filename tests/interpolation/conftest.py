"""Opens page 3 once its figures are drawn."""

import pytest
from browsing import WAIT


@pytest.fixture
def page(open_page):
    def opened(query="run=vae-fashion", **more):
        page = open_page(f"Interpolation?{query}", **more)
        page.locator(".component[data-ready=true]").nth(2).wait_for(timeout=WAIT)
        return page

    return opened
