"""What tests share: checked shapes, and a few runs trained in seconds on scikit-learn's digits."""

import os
import pkgutil
import shutil
import time
from pathlib import Path

import pytest
from filelock import FileLock
from jaxtyping import install_import_hook

ROOT = Path(__file__).parents[1]
# before anything of sslcore is imported; the view passes numpy's integers for Python's, so it is left out
CHECKED = [f"sslcore.{module.name}" for module in pkgutil.iter_modules([ROOT / "sslcore"]) if module.name != "view"]
install_import_hook(CHECKED, "typecheck.check")
for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # two threads on a busy machine are slower than one

import torch  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

torch.set_num_threads(1)
threadpool_limits(1)  # a plugin of pytest's has loaded numpy before

pytest_plugins = ["browsing"]
SHIPPED = ROOT / "checkpoints"
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
    """A folder of tiny finished runs: trained, evaluated and, but for UMAP, projected, once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "trained"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            train_tiny(tmp_path_factory.mktemp("training")).rename(folder)
    return folder


def train_tiny(folder):
    from sslcore.evaluate import evaluate, features, finetune
    from sslcore.project import bake
    from sslcore.run import Run
    from sslcore.run.config import Config
    from sslcore.train import train

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
