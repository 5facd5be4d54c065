"""Networks: from items to vectors [b, dim].  Each file here defines one Network; the file's name is its name.

Files that begin with _ are shared; layers.py holds what several networks and objectives are made of.
"""

from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from sslcore import named
from sslcore.data.form import Form, Kind
from sslcore.settings import Settings


class Network(nn.Module):
    """An encoder, and perhaps the decoder that goes back."""

    class Config(Settings):
        """The network's name and its own settings; a subclass lists them."""

        encoder: str = Field("mlp", description="kind of encoder: a file of sslcore/networks")

    takes: ClassVar[tuple[Kind, ...]] = ("images",)  # kinds of items

    form: Form  # of its items
    dim: int  # of the vectors
    # what a network may have besides, found by name:
    mirror: Any  # dimensions of a code -> the decoder that goes back: codes [b, d] -> logits of the items' shape
    tokens: Any  # items -> vectors of their parts (patches, characters, frames) [b, t, d]

    def __init__(self, form: Form):
        super().__init__()
        self.form = form

    def forward(self, x: Tensor) -> Tensor:
        """Items, `ready` -> vectors [b, dim]."""
        raise NotImplementedError


def names() -> list[str]:
    """Every network there is."""
    return [name for name in named.names(__name__) if name != "layers"]


def find(name: str) -> type[Network]:
    """The Network that <name>.py defines; ValueError for a name that is no file."""
    return named.find(__name__, name, names(), Network)


def build(form: Form, config: Network.Config) -> Network:
    """An untrained network for items of this form; ValueError where it cannot take them."""
    network: Any = find(config.encoder)
    if form.kind not in network.takes:
        fit = ", ".join(name for name in names() if form.kind in find(name).takes) or "none yet"
        raise ValueError(
            f"the encoder {config.encoder} takes {', '.join(network.takes)}, not {form.kind}: choose {fit}"
        )
    return network(form, config)
