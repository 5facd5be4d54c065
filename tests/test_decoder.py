"""Which decoders go to a browser; that it evaluates them as torch does is tested with the arrays of its scripts."""

import numpy as np
import pytest
import torch

from sslcore.browser.decoder import export
from sslcore.browser.packed import pack, unpack
from sslcore.data.form import Form
from sslcore.run.config import Config


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
