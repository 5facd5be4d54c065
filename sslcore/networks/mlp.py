"""Fully connected layers, and their mirror image."""

from itertools import pairwise
from typing import Annotated, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor, nn

from sslcore.data.form import Form
from sslcore.networks import Network
from sslcore.networks.layers import Normalise

ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU}
Width = Annotated[int, Field(ge=1, le=8192)]


class MLP(Network):
    """Fully connected layers; h is the last of them.

    SiLU (Elfwing et al. 2017, arXiv:1702.03118) learns a smooth density faster than ReLU.  Layer norm (Ba et al. 2016,
    arXiv:1607.06450) gives every h one length: an image unlike all that were seen gets no code far from all others.
    """

    class Config(Network.Config):
        hidden: tuple[Width, ...] = Field((512, 256), min_length=1, description="units of each hidden layer")
        activation: Literal["relu", "silu"] = Field("relu", description="what follows each hidden layer")
        layer_norm: bool = Field(False, description="normalise h, which bounds whatever is made of it")

    def __init__(self, form: Form, config: Config):
        super().__init__(form)
        self.hidden, self.dim = config.hidden, config.hidden[-1]
        self.activation = ACTIVATIONS[config.activation]
        self.normalise = Normalise(form.shape[0])
        last = [nn.LayerNorm(self.dim, elementwise_affine=False)] if config.layer_norm else []
        self.body = nn.Sequential(*self.dense(form.size, *config.hidden), *last)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d"]:
        return self.body(self.normalise(x).flatten(1))

    def mirror(self, latent: int) -> nn.Sequential:
        """Decoder [b, latent] -> logits [b, c, h, w], through the same widths backwards."""
        last = nn.Linear(self.hidden[0], self.form.size)
        return nn.Sequential(*self.dense(latent, *self.hidden[::-1]), last, nn.Unflatten(1, self.form.shape))

    def dense(self, *widths: int) -> list[nn.Module]:
        return [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), self.activation(inplace=True))]
