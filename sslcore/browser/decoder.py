"""A decoder for the browser: its layers as a list, its weights in half precision, nothing that needs torch to run.

facts    {"shape": [c, h, w], "latent": d, "multiplications": n, "layers": [...]}; each layer is one of
         {"kind": "linear", "in": a, "out": b, "activation": "" | "relu" | "silu"}
         {"kind": "deconv", "in": a, "out": b, "from": [h, w], "to": [h, w], "kernel": [kh, kw], "activation": ...}
arrays   i.weight (f2) and i.bias (f4) of layer i: linear [in, out]; deconv, stride 2 and padding 1, [kh, kw, in, out]

Images and feature maps are channels last, batch norm is folded into the layer before it, and a sigmoid follows the last
layer.  view/components/kit/decode.js evaluates it.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sslcore.browser.packed import pack
from sslcore.networks.mlp import ACTIVATIONS
from sslcore.objectives import Objective

LARGEST = 2**24  # bytes that a page may send to a browser
SLOWEST = 60_000_000  # multiplications an image: a browser does about one in a nanosecond, and a frame has 16 million


@torch.no_grad()
def export(objective: Objective) -> bytes:
    """The packed decoder of a trained objective.

    ValueError says why it cannot run in a browser: it is too large or too slow there, or has a layer unknown to it.
    """
    shape, layers = objective.encoder.form.shape, _layers(objective)
    facts: dict[str, Any] = {"shape": list(shape), "latent": layers[0][0]["in"], "layers": [f for f, _, _ in layers]}
    facts["multiplications"] = sum(_multiplications(f) for f, _, _ in layers)
    arrays = {}
    for i, (_, weight, bias) in enumerate(layers):
        arrays[f"{i}.weight"] = weight.detach().half().numpy()
        arrays[f"{i}.bias"] = bias.detach().float().numpy()
    size = sum(array.nbytes for array in arrays.values())
    if size > LARGEST or facts["multiplications"] > SLOWEST:
        raise ValueError(
            f"its decoder has {size / 2e6:.0f} million weights and needs {facts['multiplications'] / 1e6:.0f} million "
            f"multiplications an image; a browser is given at most {LARGEST / 2e6:.0f} and {SLOWEST / 1e6:.0f}"
        )
    return pack(facts, arrays)


def _layers(objective: Objective) -> list[tuple[dict[str, Any], Tensor, Tensor]]:
    """Facts, weight and bias of each layer of `objective.decoder`, batch norm folded in."""
    layers: list[tuple[dict[str, Any], Tensor, Tensor]] = []
    sides: tuple[int, ...] = (0, 0)
    decoder: Any = objective.decoder
    module: Any
    facts: dict[str, Any]
    for module in decoder:
        if isinstance(module, nn.Linear):
            facts = {"kind": "linear", "in": module.in_features, "out": module.out_features, "activation": ""}
            layers.append((facts, module.weight.T, module.bias))
        elif isinstance(module, nn.Unflatten):
            facts, weight, bias = layers.pop()
            c, h, w = module.unflattened_size
            order = torch.arange(c * h * w).view(c, h, w).permute(1, 2, 0).flatten()  # to channels last
            layers.append((facts, weight[:, order], bias[order]))
            sides = (h, w)
        elif isinstance(module, nn.BatchNorm2d):
            facts, weight, bias = layers.pop()
            mean, variance = module.get_buffer("running_mean"), module.get_buffer("running_var")
            scale = module.weight / (variance + module.eps).sqrt()
            shift = module.bias - mean * scale
            repeats = len(bias) // len(scale)  # of a linear layer: once for each place
            layers.append((facts, weight * scale.repeat(repeats), bias * scale.repeat(repeats) + shift.repeat(repeats)))
        elif isinstance(module, nn.ConvTranspose2d) and (module.stride, module.padding) == ((2, 2), (1, 1)):
            kernel = module.kernel_size
            to = tuple(2 * side - 4 + k for side, k in zip(sides, kernel, strict=True))
            facts = {"kind": "deconv", "in": module.in_channels, "out": module.out_channels, "from": list(sides)}
            facts |= {"to": list(to), "kernel": list(kernel), "activation": ""}
            layers.append((facts, module.weight.permute(2, 3, 0, 1), module.get_parameter("bias")))
            sides = to
        elif isinstance(module, tuple(ACTIVATIONS.values())):
            layers[-1][0]["activation"] = next(name for name, kind in ACTIVATIONS.items() if isinstance(module, kind))
        else:
            raise ValueError(f"its decoder has a layer that the browser does not know: {module}")
    z = torch.zeros(1, layers[0][0]["in"])
    if not torch.equal(objective.decode(z), decoder(z).sigmoid()):
        raise ValueError("its decode is more than its decoder and a sigmoid, which is all that the browser knows")
    return layers


def _multiplications(facts: dict[str, Any]) -> int:
    return int(facts["in"] * facts["out"] * np.prod(facts.get("from", [])) * np.prod(facts.get("kernel", [])))
