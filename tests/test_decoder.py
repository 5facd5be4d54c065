"""The decoder that a browser evaluates is the run's own: compared in real Chromium, on every shipped run."""

import base64

import numpy as np
import pytest
import torch
from conftest import ROOT

from sslcore.browser.decoder import export
from sslcore.browser.packed import pack, unpack
from sslcore.data.form import Form
from sslcore.run import Run
from sslcore.run.config import Config

SHIPPED = [path.parent for path in sorted((ROOT / "checkpoints").glob("*/config.json"))]
DECODING = [path.name for path in SHIPPED if "decode" in Run(path).facts["abilities"]]
KIT = ROOT / "sslcore" / "view" / "components" / "kit"


@pytest.fixture(scope="module")
def evaluate(browser):
    """Decodes codes [n, d] in Chromium, by the files that the dashboard sends it; -> [n, h, w, c] in 0..255."""
    page = browser.new_page()
    page.set_content("<!doctype html>")
    kit = "\n".join((KIT / name).read_text() for name in ("data.js", "decode.js"))
    page.evaluate(f"() => {{ {kit}\nwindow.unpack = unpack; window.Decoder = Decoder; }}")

    def evaluated(packed: bytes, codes: np.ndarray) -> np.ndarray:
        found = page.evaluate(
            """([text, codes]) => {
                const decoder = new Decoder(unpack(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));
                return codes.map((z) => Array.from(decoder.decode(Float32Array.from(z))));
            }""",
            [base64.b64encode(packed).decode(), codes.tolist()],
        )
        c, h, w = unpack(packed)[0]["shape"]
        return np.array(found).reshape(-1, h, w, c)

    yield evaluated
    page.close()


def by_torch(objective, codes):
    with torch.no_grad():
        return (objective.decode(torch.from_numpy(codes)) * 255).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("name", DECODING)
def test_it_equals_torch_on_every_shipped_run(name, evaluate):
    run = Run(ROOT / "checkpoints" / name)
    objective, near = run.objective(), run.embeddings().vectors[:48]
    wide = 2 * np.random.default_rng(0).standard_normal((16, near.shape[1])).astype(np.float32)
    codes = np.concatenate([near, wide])
    assert np.abs(evaluate(export(objective), codes) - by_torch(objective, codes)).max() < 1


NETWORKS = [
    {"encoder": "mlp", "hidden": [40, 30]},
    {"encoder": "mlp", "hidden": [40, 30], "activation": "silu"},
    {"encoder": "conv", "width": 8, "features": 16},
    {"encoder": "resnet18", "width": 8},
]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 23, 17)], ids=str)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_it_equals_torch_for_every_network(network, shape, evaluate):
    """Untrained, with batch-norm statistics far from 0 and 1, so that folding them wrongly shows."""
    torch.manual_seed(0)
    objective = Config(objective="vae", settings={"latent": 5}, network=network).build(Form("images", shape)).eval()
    for module in objective.decoder:
        if isinstance(module, torch.nn.BatchNorm2d):
            for values, low, high in ((module.weight, 0.5, 2), (module.bias, -1, 1), (module.running_mean, -1, 1)):
                torch.nn.init.uniform_(values, low, high)
            torch.nn.init.uniform_(module.running_var, 0.3, 3)
    codes = np.random.default_rng(1).standard_normal((8, 5)).astype(np.float32)
    there = by_torch(objective, codes)
    assert np.ptp(there) > 20  # a picture, not one grey
    assert np.abs(evaluate(export(objective), codes) - there).max() < 1


def test_a_decoder_too_large_for_a_browser_says_so():
    objective = Config(objective="autoencoder", network={"hidden": [8192, 4096]}).build(Form("images", (1, 28, 28)))
    with pytest.raises(ValueError, match=r"its decoder has 40 million weights .* at most 8 and 60"):
        export(objective)


def test_a_decoder_too_slow_for_a_browser_says_so():
    objective = Config(objective="vae", network={"encoder": "conv", "width": 128}).build(Form("images", (3, 64, 64)))
    with pytest.raises(ValueError, match=r"million multiplications an image"):
        export(objective)


def test_a_layer_that_the_browser_does_not_know_says_so():
    objective = Config(objective="autoencoder", network={"hidden": [8]}).build(Form("images", (1, 8, 8)))
    objective.decoder.append(torch.nn.Tanh())
    with pytest.raises(ValueError, match="a layer that the browser does not know: Tanh"):
        export(objective)


def test_packed_arrays_come_back():
    arrays = {kind: np.arange(7).astype(kind) for kind in ("u1", "u2", "u4", "i4", "f2", "f4", "f8")} | {
        "square": np.eye(3, dtype="f4")
    }
    facts, found = unpack(pack({"name": "ä", "n": 3}, arrays))
    assert facts == {"name": "ä", "n": 3}
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    with pytest.raises(ValueError, match="array 'x' is int64; a browser reads"):
        pack({}, {"x": np.arange(3)})
