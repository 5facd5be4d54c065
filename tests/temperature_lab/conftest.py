"""Opens the Temperature page on shipped runs, and on runs made for hard cases."""

import shutil

import numpy as np
import pytest
from conftest import SHIPPED, WAIT

from sslcore.bench.chromium import server
from temperature_lab.hand import NAMES


def shortened(folder, name, n, labels=True, spoil=False):
    """A copy of a shipped run with its first n images; `spoil` puts a NaN into a pair."""
    run = shutil.copytree(SHIPPED / "simclr-fashion", folder / name)
    for file in ("gallery.npz", "embeddings.npz"):
        arrays = {key: x[:n] if x.shape[:1] == (2000,) else x for key, x in np.load(run / file).items()}
        if not labels:
            arrays = {key: x for key, x in arrays.items() if key not in ("labels", "classes")}
        if spoil and file == "embeddings.npz":
            arrays["pair.test.a"][3, 1] = np.nan
        np.savez_compressed(run / file, **arrays)
    (run / "projections.npz").unlink()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("runs")
    for name in NAMES:
        (made / name).symlink_to(SHIPPED / name)
    shortened(made, "few", 3, labels=False)
    shortened(made, "pair", 2)
    shortened(made, "single", 1)
    shortened(made, "spoilt", 40, spoil=True)
    return made


@pytest.fixture(scope="module")
def address(folder):
    with server(folder) as found:
        yield found


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
