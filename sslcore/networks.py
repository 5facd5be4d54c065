"""Encoders and their mirror-image decoders.

An encoder is any module from images [b, c, h, w] in 0..1 to vectors [b, dim] that knows its `.dim`; `.mirror(latent)`
gives the decoder that goes back, from codes [b, latent] to logits [b, c, h, w].
"""

from itertools import pairwise
from typing import Annotated, Literal

import torch
from jaxtyping import Float, UInt8
from pydantic import Field
from torch import Tensor, nn

from sslcore.settings import Settings

Shape = tuple[int, int, int]  # channels, height, width
ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU}
Width = Annotated[int, Field(ge=1, le=8192)]


class Network(Settings):
    """Which encoder, and how large."""

    encoder: Literal["mlp", "conv", "resnet18"] = Field("mlp", description="kind of encoder")
    hidden: tuple[Width, ...] = Field((512, 256), min_length=1, description="mlp: units of each hidden layer")
    activation: Literal["relu", "silu"] = Field("relu", description="mlp: what follows each hidden layer")
    layer_norm: bool = Field(False, description="mlp: normalise h, which bounds whatever is made of it")
    width: int = Field(32, ge=4, le=512, description="conv: channels of the first layer; each layer doubles them")
    features: Width = Field(128, description="conv: dimensions of h")

    def build(self, shape: Shape) -> nn.Module:
        """An untrained encoder for images of this shape."""
        if self.encoder == "mlp":
            return MLP(shape, self.hidden, self.activation, self.layer_norm)
        if self.encoder == "conv":
            return Conv(shape, self.features, self.width)
        return ResNet18(shape, self.width)


class Normalise(nn.Module):
    """Subtract each channel's mean and divide by its deviation; `fit` takes both from the training images."""

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("std", torch.ones(channels, 1, 1))

    def fit(self, pixels: UInt8[Tensor, "n c h w"]) -> None:
        """Take mean and deviation from at most 10,000 images."""
        x = pixels[:10_000].float() / 255
        self.mean.copy_(x.mean((0, 2, 3))[:, None, None])
        self.std.copy_(x.std((0, 2, 3)).clamp(min=1 / 255)[:, None, None])  # a constant channel stays finite

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        return (x - self.mean) / self.std


class MLP(nn.Module):
    """Fully connected layers; h is the last of them.

    SiLU (Elfwing et al. 2017, arXiv:1702.03118) learns a smooth density faster than ReLU.  Layer norm (Ba et al. 2016,
    arXiv:1607.06450) gives every h one length: an image unlike all that were seen gets no code far from all others.
    """

    def __init__(self, shape: Shape, hidden: tuple[int, ...], activation: str, layer_norm: bool):
        super().__init__()
        self.shape, self.hidden, self.dim = shape, hidden, hidden[-1]
        self.activation = ACTIVATIONS[activation]
        self.normalise = Normalise(shape[0])
        last = [nn.LayerNorm(self.dim, elementwise_affine=False)] if layer_norm else []
        self.body = nn.Sequential(*self.dense(_size(shape), *hidden), *last)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.body(self.normalise(x).flatten(1))

    def mirror(self, latent: int) -> nn.Sequential:
        """Decoder [b, latent] -> logits [b, c, h, w], through the same widths backwards."""
        last = nn.Linear(self.hidden[0], _size(self.shape))
        return nn.Sequential(*self.dense(latent, *self.hidden[::-1]), last, nn.Unflatten(1, self.shape))

    def dense(self, *widths: int) -> list[nn.Module]:
        return [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), self.activation(inplace=True))]


class Conv(nn.Module):
    """3x3 convolutions of stride 2 down to a side of at most 4, then one linear layer that keeps position.

    Flattening instead of average pooling tells a collar from a hem: it is worth several points on small images.
    """

    def __init__(self, shape: Shape, dim: int, width: int):
        super().__init__()
        self.shape, self.width, self.dim = shape, width, dim
        sides = _sides(shape)
        widths = [shape[0]] + [width * 2**i for i in range(len(sides) - 1)]
        self.normalise = Normalise(shape[0])
        self.body = nn.Sequential(*[layer for a, b in pairwise(widths) for layer in _downsample(a, b)])
        self.head = nn.Linear(widths[-1] * sides[-1][0] * sides[-1][1], dim)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.head(self.body(self.normalise(x)).flatten(1))

    def mirror(self, latent: int) -> nn.Sequential:
        """Decoder [b, latent] -> logits [b, c, h, w], through the same sides backwards."""
        return _deconvolve(latent, self.shape, self.width)


class ResNet18(nn.Module):
    """ResNet-18 (He et al. 2015, arXiv:1512.03385) with the stem for small images: 3x3, stride 1, no pooling."""

    def __init__(self, shape: Shape, width: int):
        super().__init__()
        from torchvision.models import resnet18  # takes a second to import, and only this encoder needs it

        self.shape, self.width, self.dim = shape, width, 512
        self.normalise = Normalise(shape[0])
        self.body = resnet18()
        self.body.conv1 = nn.Conv2d(shape[0], 64, 3, padding=1, bias=False)
        self.body.maxpool = nn.Identity()
        self.body.fc = nn.Identity()

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.body(self.normalise(x))

    def mirror(self, latent: int) -> nn.Sequential:
        """The decoder of a Conv encoder of this width: [b, latent] -> logits [b, c, h, w]."""
        return _deconvolve(latent, self.shape, self.width)


def projector(*widths: int) -> nn.Sequential:
    """Linear layers with batch norm and ReLU between them: SimCLR's projection head.  [b, widths[0]] -> [b, last]."""
    layers: list[nn.Module] = []
    for a, b in pairwise(widths[:-1]):
        layers += [nn.Linear(a, b, bias=False), nn.BatchNorm1d(b), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


def _size(shape: Shape) -> int:
    return shape[0] * shape[1] * shape[2]


def _sides(shape: Shape) -> list[tuple[int, int]]:
    """The image's height and width, halved (rounding up) until neither is above 4."""
    sides = [shape[1:]]
    while max(sides[-1]) > 4:
        sides.append(((sides[-1][0] + 1) // 2, (sides[-1][1] + 1) // 2))
    return sides


def _downsample(a: int, b: int) -> list[nn.Module]:
    return [nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]


def _deconvolve(latent: int, shape: Shape, width: int) -> nn.Sequential:
    sides = _sides(shape)[::-1]
    widths = [width * 2**i for i in reversed(range(len(sides) - 1))] + [shape[0]]
    layers: list[nn.Module] = [
        nn.Linear(latent, widths[0] * sides[0][0] * sides[0][1]),
        nn.Unflatten(1, (widths[0], *sides[0])),
    ]
    for a, b, small, large in zip(widths, widths[1:], sides, sides[1:], strict=False):
        # a kernel of 4 doubles a side, one of 3 gives the odd 2 s - 1: no padding to crop away
        kernel = (4 if large[0] == 2 * small[0] else 3, 4 if large[1] == 2 * small[1] else 3)
        layers += [nn.BatchNorm2d(a), nn.ReLU(inplace=True), nn.ConvTranspose2d(a, b, kernel, stride=2, padding=1)]
    return nn.Sequential(*layers)
