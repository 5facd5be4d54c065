"""What tests share: checked shapes, and a few runs trained in seconds on scikit-learn's digits."""

import json
import os
import pkgutil
import shutil
import time
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

ROOT = Path(__file__).parents[1]
# before anything of sslcore is imported; the view passes numpy's integers for Python's, so it is left out
CHECKED = [f"sslcore.{module.name}" for module in pkgutil.iter_modules([ROOT / "sslcore"]) if module.name != "view"]
install_import_hook(CHECKED, "typecheck.check")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads on a busy machine are slower than one

import torch  # noqa: E402

torch.set_num_threads(1)

SHIPPED = ROOT / "checkpoints"
WAIT = 90_000  # milliseconds
# a picture's content as a number: quick to ask for in the middle of a drag
DIGEST = (
    "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, v) => (a * 31 + v) % 1000003, 7)"
)
SHARED = ROOT.parent / "shared" / "data"
MLP, CONV = {"encoder": "mlp", "hidden": [64, 32]}, {"encoder": "conv", "width": 8, "features": 32}
TINY = {
    "ae": {"objective": "autoencoder", "network": MLP},
    "vae": {"objective": "vae", "settings": {"warmup": 10}, "network": MLP},
    "vae-2d": {"objective": "vae", "settings": {"latent": 2}, "network": MLP},
    "iwae": {"objective": "iwae", "settings": {"k": 5, "binarise": "dynamic"}, "network": MLP},
    "simclr": {"objective": "simclr", "batch": 128, "network": CONV},
    "simclr-warm": {"objective": "simclr", "batch": 128, "settings": {"temperature": 1.0}, "network": CONV},
}
SMALL = {"mlp": {"hidden": [16]}, "conv": {"width": 4, "features": 16}, "resnet18": {"width": 4}}


def small(objective, encoder=None):
    """A small network for a config: of this kind, or of the objective's own."""
    from sslcore.run.config import Config

    encoder = encoder or Config(objective=objective).network.encoder
    return {"encoder": encoder, **SMALL.get(encoder, {})}


def until(true, seconds=240):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """No test reads or writes the user's own cache."""
    os.environ["SSLCORE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory, cache):
    """A folder of tiny finished runs: trained, evaluated and, but for UMAP, projected."""
    from sslcore.evaluate import evaluate, features, finetune
    from sslcore.project import bake
    from sslcore.run import Run
    from sslcore.run.config import Config
    from sslcore.train import train

    folder = tmp_path_factory.mktemp("trained")
    for name, fields in TINY.items():
        rows = train(Config(**fields, data="digits", epochs=3), folder / name, "cpu")
        assert len(list(rows)) >= 3
        with pytest.MonkeyPatch.context() as short:
            short.setattr(finetune, "EPOCHS", 2)
            short.setattr(features, "LABELS", (10, 100))
            short.setattr(features, "DRAWS", {10: 2, 100: 2})
            short.setattr(features, "PENALTIES", (1e-2,))
            assert list(evaluate(Run(folder / name), "cpu"))
        assert list(bake(Run(folder / name), [("pca", 3)]))
    return folder


@pytest.fixture
def checkpoints(trained, tmp_path, monkeypatch):
    """A copy of the tiny runs that a test may break, as the folder that the app looks at."""
    folder = shutil.copytree(trained, tmp_path / "checkpoints")
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def address(cache):
    from sslcore.bench.chromium import server

    with server(SHIPPED) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    from sslcore.bench.chromium import chromium

    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def contexts(browser):
    """Browser contexts by their settings: pages that share one load the dashboard's scripts once."""
    known = {}

    def context(toured=True, **settings):
        key = json.dumps(settings, sort_keys=True)
        if not toured:  # a first visit, which can be had once
            return browser.new_context(**settings)
        if key not in known:
            known[key] = browser.new_context(**settings)
            known[key].add_init_script("localStorage.setItem('sslscope-toured', '1')")
        return known[key]

    return context


@pytest.fixture
def open_page(contexts, address):
    """Opens a page where no outside can be reached, and notes what it asked there, what it sent, and what it logged as an error.

    `more` are settings of the browser, as Playwright's new_context has them, and `toured`: whether it was here before.
    """
    pages, host = [], address.split("//")[1]

    def opened(path="", width=1280, height=720, scheme="light", **more):
        page = contexts(viewport={"width": width, "height": height}, color_scheme=scheme, **more).new_page()
        pages.append(page)
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

    yield opened
    for page in pages:
        page.close()


def settle(page):
    """Wait until the script has run to its end, and the page has its buttons."""
    page.wait_for_selector("h1", timeout=WAIT, state="attached")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT)
    page.locator(".st-key-lecture .bar, .st-key-lecture .stage").first.wait_for(state="attached", timeout=WAIT)
