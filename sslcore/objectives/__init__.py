"""What a run minimises.  Each file here defines one Objective; the file's name is its name."""

import difflib
import pkgutil
from importlib import import_module
from typing import Any, ClassVar

from torch import Generator, Tensor, nn

from sslcore.settings import Settings


class Objective(nn.Module):
    """An encoder, the heads that its loss needs, and the loss."""

    class Config(Settings):
        """The objective's own settings; a subclass lists them."""

    recipe: ClassVar[dict[str, Any]] = {}  # what `train` does by default, as fields of sslcore.run.config.Config
    metric: ClassVar[str] = "euclidean"  # or "cosine": how its spaces are compared

    encoder: Any  # a module of sslcore.networks
    config: Any  # this class's own Config
    # abilities that an objective may have, found by name:
    decode: Any  # codes [b, d] -> images [b, c, h, w] in 0..1
    pair: Any  # images [b, c, h, w], generator -> the head's outputs for two views of each, [b, d] twice

    def __init__(self, encoder: Any, config: Config):
        super().__init__()
        self.encoder, self.config = encoder, config

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Images [b, c, h, w] in 0..1 -> named scalar terms; training minimises their sum."""
        raise NotImplementedError

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        """Images [b, c, h, w] -> every space they can be looked at in, each [b, d]; the first is `embed`'s."""
        return {"h": self.encoder(x)}

    def embed(self, x: Tensor) -> Tensor:
        """Images [b, c, h, w] -> the representation [b, d] that is evaluated and drawn."""
        return next(iter(self.spaces(x).values()))

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Images [b, c, h, w] -> what the objective says of each one, [b] by name; maps are coloured by it."""
        return {}

    def after_step(self) -> None:
        """Called after each optimiser step: schedules and moving averages live here."""


def names() -> list[str]:
    """Every objective there is."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def find(name: str) -> type[Objective]:
    """The Objective that <name>.py defines; ValueError for a name that is no file."""
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"no objective {name!r}{hint}; there are {', '.join(names())}")
    module = import_module(f"{__name__}.{name}")
    found = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Objective) and item.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ValueError(f"objectives/{name}.py must define exactly one Objective, found {len(found)}")
    return found[0]
