"""What a run minimises.  Each file here defines one Objective; the file's name is its name.

Files that begin with _ are shared bases.
"""

from typing import Any, ClassVar

from torch import Generator, Tensor, nn

from sslcore import named, networks
from sslcore.data.form import Kind
from sslcore.networks.layers import Normalise
from sslcore.settings import Settings

# what an objective may have, by name; config.json says what a run has, so that pages need not ask its model
ABILITIES = ("decode", "pair", "split", "answer", "generate", "likelihood", "prior", "temperature")


class Objective(nn.Module):
    """An encoder, the heads that its loss needs, and the loss."""

    class Config(Settings):
        """The objective's own settings; a subclass lists them."""

    recipe: ClassVar[dict[str, Any]] = {}  # what `train` does by default, as fields of sslcore.run.config.Config
    metric: ClassVar[str] = "euclidean"  # or "cosine": how its spaces are compared
    takes: ClassVar[tuple[Kind, ...]] = ("images",)  # kinds of items
    players: ClassVar[int] = 1  # 2: a game, whose terms are one player's loss each: their sum need not fall
    # of the class itself and literals, for pages read them where torch is not imported:
    formula: ClassVar[str]  # the loss as TeX, each term with its name
    headline: ClassVar[tuple[str, ...]] = ()  # settings that come first, on forms and cards

    encoder: Any  # a module of sslcore.networks
    config: Any  # this class's own Config
    # abilities:
    decode: Any  # codes [b, d] -> items in 0..1
    pair: Any  # items, generator -> the head's outputs for two views of each, [b, d] twice
    split: Any  # items, generator -> (what is given, what is asked)
    answer: Any  # what is given -> what is asked
    generate: Any  # n, generator -> items that nobody gave
    likelihood: Any  # the law p(x|z) by name; then the next three are there, and the values elbo, distortion and rate
    observe: Any  # items, generator -> those that the likelihood is of
    posterior: Any  # observed items -> mean and log variance of the code, [b, d] each
    log_weights: Any  # observed items, k, generator -> log p(x|z) p(z) / q(z|x) of k draws, [k, b]
    prior: Any  # the law of the code by name: the spaces `mu` and `log_var` are the posterior's
    temperature: Any  # what the similarities are divided by

    def __init__(self, encoder: Any, config: Config):
        super().__init__()
        self.encoder, self.config = encoder, config

    @classmethod
    def networks(cls) -> list[str]:
        """The networks that suit it: by default all that take a kind of items that it takes."""
        return [name for name in networks.names() if set(cls.takes) & set(networks.find(name).takes)]

    def begin(self, items: Tensor) -> None:
        """Called once, before training, with the training items (not `ready`): fits every Normalise to them."""
        for module in self.modules():
            if isinstance(module, Normalise):
                module.fit(items)

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Items, `ready` (images [b, c, h, w] in 0..1) -> named scalar terms; training minimises their sum."""
        raise NotImplementedError

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        """Items -> every space they can be looked at in, each [b, d]; the first is `embed`'s."""
        return {"h": self.encoder(x)}

    def embed(self, x: Tensor) -> Tensor:
        """Items -> the representation [b, d] that is evaluated and drawn."""
        return next(iter(self.spaces(x).values()))

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Items -> what the objective says of each one, [b] by name; maps are coloured by it."""
        return {}

    def after_step(self) -> None:
        """Called after each optimiser step: schedules and moving averages live here."""

    @property
    def abilities(self) -> list[str]:
        """Which of ABILITIES it has."""
        return [name for name in ABILITIES if hasattr(self, name)]


def names() -> list[str]:
    """Every objective there is."""
    return named.names(__name__)


def find(name: str) -> type[Objective]:
    """The Objective that <name>.py defines; ValueError for a name that is no file."""
    return named.find(__name__, name, names(), Objective)
