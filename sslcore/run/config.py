"""Everything that a run is made from, declared once."""

import shlex
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, ValidationError, model_validator

from sslcore import networks, objectives
from sslcore.data.form import Form
from sslcore.networks import Network
from sslcore.objectives import Objective
from sslcore.settings import Settings, option


class Config(Settings):
    """What to train, on what, how long and how fast.

    `Config(objective="simclr")` starts from that objective's recipe; what is given besides takes its place.
    """

    objective: str = Field(description="what is minimised: a file of sslcore/objectives")
    settings: SerializeAsAny[Objective.Config] = Field(Objective.Config(), description="the objective's own settings")
    network: SerializeAsAny[Network.Config] = Field(Network.Config(), description="the encoder and its own settings")
    data: str = Field(
        "fashion-mnist", min_length=1, description="a data set by name, a folder, .tar or .zip of images, or an .npz"
    )
    size: int = Field(32, ge=8, le=256, description="side in pixels that a folder's images are resized to")
    epochs: int = Field(10, ge=1, le=100_000, description="times that every item is seen")
    batch: int = Field(128, ge=2, le=65_536, description="items a step")
    optimiser: Literal["adamw", "sgd", "lars"] = Field("adamw", description="what takes the steps")
    rate: float = Field(1e-3, gt=0, le=100, description="peak learning rate; a cosine takes it to 0")
    warmup_epochs: int = Field(0, ge=0, le=100_000, description="epochs over which the learning rate rises from 0")
    weight_decay: float = Field(0.0, ge=0, le=1, description="of matrices and kernels, decoupled with AdamW")
    clip: float = Field(0.0, ge=0, le=1e9, description="longest gradient, as a norm over all weights; 0 = any")
    average: float = Field(0.0, ge=0, lt=1, description="decay of the moving average of weights that is kept; 0 = none")
    seed: int = Field(0, ge=0, lt=2**32, description="of weights, order, views and noise")
    precision: Literal["auto", "32", "bf16", "16"] = Field(
        "auto",
        description="bits of the arithmetic (mixed below 32); auto: 32 on a CPU, the quicker of 32 and bf16 on a GPU",
    )
    graphs: bool = Field(
        True, description="on a GPU, launch a step's work at once (CUDA graphs) where that was measured to be quicker"
    )
    compile: bool = Field(False, description="torch.compile: 5 to 20 s at the start for up to 1.5 times the speed")
    note: str = Field("", max_length=2000, description="a sentence of yours for the model card")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Add the objective's recipe, and give `settings` and `network` their true types."""
        if not isinstance(given.get("objective"), str):
            raise ValueError("a config needs the name of its objective")
        objective: Any = objectives.find(given["objective"])
        fields = {**objective.recipe, **given}
        settings = fields.get("settings", {})
        fields["settings"] = settings if isinstance(settings, Objective.Config) else objective.Config(**settings)
        network = fields.get("network", {})
        if not isinstance(network, Network.Config):
            network = _network(objective, network)
        if network.encoder not in (suiting := objective.networks()):
            raise ValueError(
                f"the encoder {network.encoder} does not suit {given['objective']}: choose {', '.join(suiting)}"
            )
        fields["network"] = network
        return fields

    @model_validator(mode="after")
    def _is_no_game(self) -> "Config":
        if self.clip and objectives.find(self.objective).players > 1:
            raise ValueError(
                f"{self.objective} is a game, whose players' gradients are not one vector: leave clip at 0"
            )
        return self

    def build(self, form: Form) -> Objective:
        """The objective with untrained weights, for items of this form; ValueError where it cannot take them."""
        objective = objectives.find(self.objective)
        if form.kind not in objective.takes:
            raise ValueError(f"{self.objective} takes {', '.join(objective.takes)}, and {self.data} holds {form.kind}")
        return objective(networks.build(form, self.network), self.settings)

    def command(self, name: str) -> str:
        """The command line that trains this again, as a run of this name."""
        plain = Config(objective=self.objective)
        words = ["python -m sslcore train", self.objective, *_flags(self, plain), "--name", shlex.quote(name)]
        return " ".join(words)


def complaint(error: ValidationError) -> str:
    """One sentence for all that pydantic found wrong."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg'].removeprefix('Value error, ')}"
        + ("" if e["type"] in ("missing", "value_error", "extra_forbidden") else f" (got {e['input']!r})")
        for e in error.errors()
    )


def _network(objective: type[Objective], given: dict[str, Any]) -> Network.Config:
    """The settings of the network that is given by name, or else of the recipe's, an MLP, or the first that suits."""
    recipe, suiting = objective.recipe.get("network", {}), objective.networks()
    plain = Network.Config().encoder
    usual = recipe.get("encoder") or (plain if plain in suiting else next(iter(suiting), "none"))
    name = given.get("encoder") or usual
    network: Any = networks.find(name)
    return network.Config(**(recipe if name == usual else {}) | given | {"encoder": name})


def _flags(settings: Settings, plain: Settings) -> list[str]:
    """The command-line words for every field that differs from the plain ones; nested settings lose their prefix."""
    words: list[str] = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        default = getattr(plain, name, field.get_default(call_default_factory=True))  # another network has other fields
        if isinstance(value, Settings):
            words += _flags(value, default)
        elif value != default:
            values = value if isinstance(value, tuple) else (value,)
            words += [option(name), *(shlex.quote(str(v)) for v in values)]
    return words
