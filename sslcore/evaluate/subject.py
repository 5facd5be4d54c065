"""A run under evaluation, its data set, and the features of the run and of what it is compared with."""

import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sslcore.data.folder import cache_folder
from sslcore.data.items import Data, portions, ready
from sslcore.files import read_json, write_json
from sslcore.networks.layers import Normalise
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.embed import average_batch_norm, over
from sslcore.run.metrics import BASELINES

PCA = 128  # components of the baseline
PROTOCOL = 3  # of the cached baselines


@dataclass(frozen=True, eq=False)
class Subject:
    """A run with its objective in eval mode on the device `where`, and the data set that it was trained on."""

    run: Run
    objective: Objective
    train: Data
    test: Data
    where: torch.device
    _features: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @cached_property
    def labels(self) -> tuple[Tensor, Tensor] | None:
        """Of the training and the test items, on the device."""
        if self.train.labels is None or self.test.labels is None:
            return None
        return self.train.labels.to(self.where), self.test.labels.to(self.where)

    def rows(
        self, part: str, measure: Callable[[str], Any], names: Sequence[str] = ("run", *BASELINES)
    ) -> Iterator[tuple[str, Any]]:
        """What `measure` finds for each name, given that name.

        What it finds of the data alone (the raw items and their PCA) is kept in the user's cache under `part`.
        """
        cached = cache_folder() / f"baselines-{PROTOCOL}-{part}-{self.train.digest}-{self.test.digest}.json"
        known = _known(cached)
        for name in names:
            measured = known[name] if name in known else measure(name)
            if name in ("raw", "pca") and name not in known:
                known[name] = measured
                _remember(cached, known)
            yield name, measured

    def features(self, name: str) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
        """Of all training and test items, by "run" or one of BASELINES."""
        if name not in self._features:
            self._features[name] = self.encode(name, self.train.items), self.encode(name, self.test.items)
        return self._features[name]

    def encode(self, name: str, items: Tensor) -> Float[Tensor, "n d"]:
        """Features of any items of the run's form, by "run" or one of BASELINES; of tokens the raw ones are counts."""
        if name == "run":
            return embed(self.objective, items, self.where)
        if name == "random":
            return over(self._untrained.encoder, items, self.where)
        if self.train.form.kind == "tokens":
            x = counts(items.to(self.where), len(self.train.symbols))
        else:
            x = ready(items.to(self.where)).flatten(1)
        if name == "raw":
            return x
        centre, axes = self._principal
        return (x - centre) @ axes

    @cached_property
    def _principal(self) -> tuple[Tensor, Tensor]:
        """Mean [d] and the axes of most variance [d, PCA] of the training items as they are."""
        x = self.encode("raw", self.train.items)
        centre = x.mean(0)
        scatter = ((x - centre).T @ (x - centre)).double()  # in 32 bits many constant pixels let the solver fail
        return centre, torch.linalg.eigh(scatter).eigenvectors[:, -PCA:].to(x.dtype)

    @cached_property
    def _untrained(self) -> Objective:
        return before_training(self.run, self.objective, self.train.items[:10_000]).to(self.where)


def _known(cached: Path) -> dict[str, Any]:
    """What was measured before; nothing where the file is not there or broken: then it is measured again."""
    try:
        return read_json(cached) if cached.exists() else {}
    except ValueError as error:
        warnings.warn(f"{error}; it is measured again", stacklevel=2)
        return {}


def _remember(cached: Path, known: dict[str, Any]) -> None:
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_json(cached, known)
    except OSError as error:
        warnings.warn(f"{error}: it will be measured again next time", stacklevel=2)


def embed(objective: Objective, items: Tensor, where: torch.device) -> Float[Tensor, "n d"]:
    """The space that is evaluated, for all items, on the device."""
    return over(objective.embed, items, where)


def before_training(run: Run, trained: Objective, items: Tensor) -> Objective:
    """The run's objective as it was before its first step (same seed), in eval mode on the CPU, with batch norm's
    statistics averaged over `items`.  What `Objective.begin` fitted is the trained one's."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed)
        objective = run.config.build(run.form)
    fitted = {name: module for name, module in trained.named_modules() if isinstance(module, Normalise)}
    for name, module in objective.named_modules():
        if name in fitted:
            module.load_state_dict(fitted[name].state_dict())
    return average_batch_norm(objective, items, run.config.seed, run.config.batch)


def counts(tokens: Int64[Tensor, "n t"], symbols: int) -> Float[Tensor, "n symbols"]:
    """How often each symbol stands in each item: what a text is without its order."""
    return torch.zeros(len(tokens), symbols, device=tokens.device).scatter_add_(
        1, tokens, torch.ones_like(tokens).float()
    )


def sample(data: Data, n: int) -> Data:
    """n of the items at random (all, if there are fewer): the same ones each time."""
    return data.take(torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:n])


@torch.no_grad()
def values(objective: Objective, items: Tensor, where: torch.device) -> dict[str, Tensor]:
    """What the objective says of each item, float64 [n] by name; its noise and views are drawn from seed 0."""
    generator = torch.Generator(where).manual_seed(0)
    parts: dict[str, list[Tensor]] = {}
    for x in portions(items, where):
        for name, numbers in objective.values(x, generator).items():
            parts.setdefault(name, []).append(numbers.double())
    return {name: torch.cat(numbers) for name, numbers in parts.items()}


def fingerprint(objective: Objective) -> str:
    """SHA-256 over the names and bytes of every weight and buffer."""
    sha = hashlib.sha256()
    for name, tensor in objective.state_dict().items():
        sha.update(name.encode())
        sha.update(tensor.detach().cpu().contiguous().numpy().data)
    return sha.hexdigest()
