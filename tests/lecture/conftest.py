"""One visit of each page, the first of its browser and in the dark, that several tests look at."""

import pytest
from browsing import visit

from lecture.looks import PAGES


@pytest.fixture(scope="module", params=PAGES)
def visited(request, contexts, address):
    page = visit(contexts, address, request.param, scheme="dark", toured=False, reduced_motion="reduce")
    page.name = request.param
    yield page
    page.context.close()
    assert page.outside == []
    assert page.failed == []
