"""What tests share: checked shapes, and a few runs trained in seconds on scikit-learn's digits."""

import os
import pkgutil
import shutil
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

SHARED = ROOT.parent / "shared" / "data"
TINY = {
    "ae": {"objective": "autoencoder"},
    "vae": {"objective": "vae", "settings": {"warmup": 10}},
    "vae-2d": {"objective": "vae", "settings": {"latent": 2}},
    "simclr": {"objective": "simclr", "batch": 128},
    "simclr-warm": {"objective": "simclr", "batch": 128, "settings": {"temperature": 1.0}},
}


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """No test reads or writes the user's own cache."""
    os.environ["SSLCORE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory, cache):
    """A folder of tiny finished runs: trained, evaluated and, but for UMAP, projected."""
    from sslcore.config import Config
    from sslcore.evaluate import evaluate
    from sslcore.project import bake
    from sslcore.run import Run
    from sslcore.train import train

    folder = tmp_path_factory.mktemp("trained")
    for name, fields in TINY.items():
        network = {"hidden": [64, 32], "width": 8, "features": 32}
        rows = train(Config(**fields, data="digits", epochs=3, network=network), folder / name, "cpu")
        assert len(list(rows)) >= 3
        assert list(evaluate(Run(folder / name), "cpu"))
        assert list(bake(Run(folder / name), [("pca", 3)]))
    return folder


@pytest.fixture
def checkpoints(trained, tmp_path, monkeypatch):
    """A copy of the tiny runs that a test may break, as the folder that the app looks at."""
    folder = shutil.copytree(trained, tmp_path / "checkpoints")
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", str(folder))
    return folder
