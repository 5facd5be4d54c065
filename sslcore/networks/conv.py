"""Convolutions down to a few pixels, and their mirror image."""

from itertools import pairwise
from typing import Annotated

from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn

from sslcore.data.form import Form
from sslcore.networks import Network
from sslcore.networks._deconvolution import deconvolve, sides
from sslcore.networks.layers import Normalise


class Conv(Network):
    """3x3 convolutions of stride 2 down to a side of at most 4, then one linear layer that keeps position.

    Flattening instead of average pooling tells a collar from a hem: it is worth several points on small images.
    """

    class Config(Network.Config):
        width: int = Field(32, ge=4, le=512, description="channels of the first layer; each layer doubles them")
        features: Annotated[int, Field(ge=1, le=8192)] = Field(128, description="dimensions of h")

    def __init__(self, form: Form, config: Config):
        super().__init__(form)
        self.width, self.dim = config.width, config.features
        smaller = sides(form)
        widths = [form.shape[0]] + [config.width * 2**i for i in range(len(smaller) - 1)]
        self.normalise = Normalise(form.shape[0])
        self.body = nn.Sequential(*[layer for a, b in pairwise(widths) for layer in _downsample(a, b)])
        self.head = nn.Linear(widths[-1] * smaller[-1][0] * smaller[-1][1], self.dim)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.head(self.body(self.normalise(x)).flatten(1))

    def mirror(self, latent: int) -> nn.Sequential:
        """Decoder [b, latent] -> logits [b, c, h, w], through the same sides backwards."""
        return deconvolve(latent, self.form, self.width)


def _downsample(a: int, b: int) -> list[nn.Module]:
    return [nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
