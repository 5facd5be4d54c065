"""Opens the map of a case."""

import pytest

from latent_map.cases import PAGE
from latent_map.shown import Shown
from sslcore.bench.chromium import server


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    script = tmp_path_factory.mktemp("page") / "page.py"
    script.write_text(PAGE)
    with server(script=str(script)) as found:
        yield found


@pytest.fixture
def show(contexts, cases):
    shown = []

    def opened(name, more="", **options):
        context = contexts(**{"viewport": {"width": 1000, "height": 900}} | options)
        shown.append(Shown(context, f"{cases}/?case={name}{more}", name))
        return shown[-1]

    yield opened
    for one in shown:
        one.page.close()
        assert one.failed == []
