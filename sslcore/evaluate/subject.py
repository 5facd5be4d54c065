"""A run under evaluation, its data set, and the features of the run and of what it is compared with."""

import copy
import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sslcore.data import Images, portions
from sslcore.data.folder import cache_folder
from sslcore.files import read_json, write_json
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.embed import average_batch_norm, over

BASELINES = ("pixels", "pca", "random")
PCA = 128  # components of the baseline
PROTOCOL = 2  # of the cached baselines


@dataclass(frozen=True, eq=False)
class Subject:
    """A run with its objective in eval mode on the device `where`, and the data set that it was trained on."""

    run: Run
    objective: Objective
    train: Images
    test: Images
    where: torch.device
    _features: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @cached_property
    def labels(self) -> tuple[Tensor, Tensor] | None:
        """Of the training and the test images, on the device."""
        if self.train.labels is None or self.test.labels is None:
            return None
        return self.train.labels.to(self.where), self.test.labels.to(self.where)

    def rows(
        self, part: str, measure: Callable[[str], Any], names: Sequence[str] = ("run", *BASELINES)
    ) -> Iterator[tuple[str, Any]]:
        """What `measure` finds for each name, given that name.

        What it finds of the data alone (pixels and their PCA) is kept in the user's cache under `part`.
        """
        cached = cache_folder() / f"baselines-{PROTOCOL}-{part}-{self.train.digest}-{self.test.digest}.json"
        known = _known(cached)
        for name in names:
            found = known[name] if name in known else measure(name)
            if name in ("pixels", "pca") and name not in known:
                known[name] = found
                _remember(cached, known)
            yield name, found

    def features(self, name: str) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
        """Of all training and test images, by "run" or one of BASELINES."""
        if name not in self._features:
            self._features[name] = self.encode(name, self.train.pixels), self.encode(name, self.test.pixels)
        return self._features[name]

    def encode(self, name: str, pixels: UInt8[Tensor, "n c h w"]) -> Float[Tensor, "n d"]:
        """Features of any images of the run's shape, by "run" or one of BASELINES."""
        if name == "run":
            return embed(self.objective, pixels, self.where)
        if name == "random":
            return over(self._untrained.encoder, pixels, self.where)
        x = pixels.to(self.where).float().flatten(1) / 255
        if name == "pixels":
            return x
        centre, axes = self._principal
        return (x - centre) @ axes

    @cached_property
    def _principal(self) -> tuple[Tensor, Tensor]:
        """Mean [d] and the axes of most variance [d, PCA] of the training pixels."""
        x = self.encode("pixels", self.train.pixels)
        centre = x.mean(0)
        return centre, torch.linalg.eigh((x - centre).T @ (x - centre)).eigenvectors[:, -PCA:]

    @cached_property
    def _untrained(self) -> Objective:
        return before_training(self.run, self.objective, self.train.pixels[:10_000]).to(self.where)


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


def embed(objective: Objective, pixels: UInt8[Tensor, "n c h w"], where: torch.device) -> Float[Tensor, "n d"]:
    """The space that is evaluated, for all images, on the device."""
    return over(objective.embed, pixels, where)


def before_training(run: Run, trained: Objective, pixels: UInt8[Tensor, "n c h w"]) -> Objective:
    """The run's objective as it was before its first step (same seed), in eval mode on the CPU, with batch norm's
    statistics averaged over `pixels`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed)
        objective = run.config.build((pixels.shape[1], pixels.shape[2], pixels.shape[3]))
    objective.encoder.normalise = copy.deepcopy(trained.encoder.normalise).cpu()
    return average_batch_norm(objective, pixels, run.config.seed, run.config.batch)


def sample(images: Images, n: int) -> Images:
    """n of them at random (all, if there are fewer): the same ones each time."""
    return images.take(torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:n])


@torch.no_grad()
def values(objective: Objective, pixels: UInt8[Tensor, "n c h w"], where: torch.device) -> dict[str, Tensor]:
    """What the objective says of each image, float64 [n] by name; its noise and views are drawn from seed 0."""
    generator = torch.Generator(where).manual_seed(0)
    found: dict[str, list[Tensor]] = {}
    for x in portions(pixels, where):
        for name, numbers in objective.values(x, generator).items():
            found.setdefault(name, []).append(numbers.double())
    return {name: torch.cat(parts) for name, parts in found.items()}


def fingerprint(objective: Objective) -> str:
    """SHA-256 over the names and bytes of every weight and buffer."""
    sha = hashlib.sha256()
    for name, tensor in objective.state_dict().items():
        sha.update(name.encode())
        sha.update(tensor.detach().cpu().contiguous().numpy().data)
    return sha.hexdigest()
