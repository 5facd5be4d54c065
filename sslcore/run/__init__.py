"""A run: one folder of checkpoints/, read and written without pickle, and without torch unless the model is asked for.

config.json          settings with defaults filled, the data's shape and digest, versions, device, dates
history.csv          one row a logged step: step, epoch, each term, learning rate, images/s
weights.safetensors  the objective's state
gallery.npz          up to 2,000 held-out images, so that a run can be looked at without its data set
embeddings.npz       the gallery in each of the objective's spaces, and what the objective says of each image
projections.npz      baked maps, with every parameter and seed: sslcore/run/maps.py
snapshots.npz        the model before and in the course of training, on some of the gallery: sslcore/run/snapshots.py
aligned.npz          the snapshots' codes on maps that follow from one another, baked
metrics.json         what `evaluate` measured
README.md            the model card
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sslcore.files import read, read_arrays, read_json
from sslcore.run.gallery import Embeddings, Gallery
from sslcore.run.maps import Map, read_maps, write_maps
from sslcore.run.snapshots import Aligned, Snapshots, read_aligned, read_snapshots

if TYPE_CHECKING:
    from sslcore.objectives import Objective
    from sslcore.run.config import Config

FORMAT = 1
NAME = r"\w[\w.-]{0,99}"  # of a run: it is a folder, and stands in addresses and command lines
FACTS = ("config", "shape", "spaces", "abilities", "data", "made")  # of config.json, beside `format` and `metric`

SPREADS = ("log_var",)  # spaces of deviations, not of places


def checkpoints() -> Path:
    """The folder that holds the runs: $SSLCORE_CHECKPOINTS, or checkpoints/ beside this package."""
    return Path(os.environ.get("SSLCORE_CHECKPOINTS", Path(__file__).parents[2] / "checkpoints"))


@dataclass(frozen=True)
class Run:
    """A training, finished or not, read from its folder; ValueError says which file is wrong and how."""

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def facts(self) -> dict[str, Any]:
        """config.json as it is written, checked for FORMAT and FACTS; needs no torch."""
        facts = read_json(self.path / "config.json")
        if facts.get("format") != FORMAT:
            raise ValueError(
                f"{self.path / 'config.json'} has format {facts.get('format')!r}; this version reads {FORMAT}: train "
                "the run again, or open it with the version that made it"
            )
        if not (
            _is_list(facts.get("shape"), 3, lambda side: isinstance(side, int) and 0 < side <= 4096)
            and _is_list(facts.get("abilities"), None, lambda ability: isinstance(ability, str))
            and all(isinstance(facts.get(key), dict) for key in ("config", "data", "made", "spaces"))
            and isinstance(facts["config"].get("objective"), str)
            and isinstance(facts["config"].get("settings"), dict)
        ):
            raise ValueError(f"{self.path / 'config.json'} is not a run's: {', '.join(FACTS)} must all be there")
        return facts

    @property
    def config(self) -> Config:
        """The settings, validated."""
        from pydantic import ValidationError

        from sslcore.run.config import Config, complaint

        try:
            return Config(**self.facts["config"])
        except ValidationError as error:
            raise ValueError(f"{self.path / 'config.json'}: {complaint(error)}") from error

    def check_data(self, digest: str) -> None:
        """ValueError where the training images that this is the digest of are not those that it was trained on."""
        if digest != self.facts["data"].get("digest"):
            data = self.facts["config"].get("data")
            raise ValueError(f"{self.name} was trained on other images than {data} holds now: its digest differs")

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows of history.csv; a last row that a killed training left half written is not one."""
        return self._rows(lambda lines: lines)

    def thinned(self, most: int) -> list[dict[str, float]]:
        """The history's last row and others at equal distances from it, at most twice `most`: a long one is read in no time."""
        return self._rows(lambda lines: lines[:: -max(1, len(lines) // most)][::-1])

    def _rows(self, chosen: Callable[[list[str]], list[str]]) -> list[dict[str, float]]:
        path = self.path / "history.csv"
        names, *lines = read(path).decode("utf-8", "replace").split("\n")[:-1] or [""]
        try:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader([names, *chosen(lines)])]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} has a row that is not numbers: {error}") from error

    @property
    def metrics(self) -> dict[str, Any]:
        """What `evaluate` measured; empty before it has."""
        path = self.path / "metrics.json"
        return read_json(path) if path.exists() else {}

    @property
    def gallery(self) -> Gallery:
        path = self.path / "gallery.npz"
        arrays = read_arrays(path)
        pixels, indices, labels = (arrays.get(key) for key in ("pixels", "indices", "labels"))
        if pixels is None or pixels.dtype != np.uint8 or pixels.ndim != 4 or not len(pixels):
            raise ValueError(f"{path} has no images: `pixels` must be uint8 [n, c, h, w]")
        if indices is None or indices.shape != pixels.shape[:1]:
            raise ValueError(f"{path} must hold one index for each of its {len(pixels)} images")
        classes = tuple(str(name) for name in arrays.get("classes", []))
        if labels is not None and (
            labels.shape != pixels.shape[:1] or not ((labels >= 0) & (labels < len(classes))).all()
        ):
            raise ValueError(f"{path}: every image needs a label that names one of its {len(classes)} classes")
        factors = {key.removeprefix("factor."): v for key, v in arrays.items() if key.startswith("factor.")}
        if any(v.shape != pixels.shape[:1] for v in factors.values()):
            raise ValueError(f"{path}: every factor needs a value for each of the {len(pixels)} images")
        return Gallery(pixels, labels, classes, indices, factors)

    @property
    def spaces(self) -> tuple[str, ...]:
        """The spaces that the gallery was embedded in, the one that is evaluated first."""
        return tuple(key.removeprefix("space.") for key in self._embedded() if key.startswith("space."))

    def embeddings(self, space: str | None = None) -> Embeddings:
        """The gallery in this space, by default the one that is evaluated."""
        vectors, gallery = self._embedded(), self.gallery
        spaces = [key.removeprefix("space.") for key in vectors if key.startswith("space.")]
        space = space or spaces[0]
        if space not in spaces:
            raise ValueError(f"{self.name} has no space {space!r}; it has {', '.join(spaces)}")
        v, metric = vectors[f"space.{space}"].astype(np.float32), self.facts.get("metric", "euclidean")
        return Embeddings(v, gallery.labels, gallery.indices, space, metric)

    @property
    def values(self) -> dict[str, np.ndarray]:
        """What the objective says of each image of the gallery, float32 [n] by name."""
        return {
            key.removeprefix("value."): v.astype(np.float32)
            for key, v in self._embedded().items()
            if key.startswith("value.")
        }

    def pairs(self, split: str) -> tuple[np.ndarray, np.ndarray] | None:
        """The head's outputs for two views of each of up to 2,000 images, float32 [n, d] twice, not normalised.

        `split` is "test" (the gallery's images) or "train"; None for an objective that makes no views.
        """
        path = self.path / "embeddings.npz"
        arrays = read_arrays(path)
        a, b = (arrays.get(f"pair.{split}.{view}") for view in "ab")
        if a is None or b is None:
            return None
        if a.ndim != 2 or a.shape != b.shape:
            raise ValueError(f"{path}: two views must agree in shape, got {a.shape} and {b.shape}")
        return a.astype(np.float32), b.astype(np.float32)

    @property
    def maps(self) -> dict[str, Map]:
        """The baked maps by `Map.key`; empty before `project` has made any."""
        path = self.path / "projections.npz"
        return read_maps(path, len(self.gallery)) if path.exists() else {}

    def keep(self, *maps: Map) -> None:
        """Write these maps beside those already there."""
        every = self.maps | {m.key: m for m in maps}
        write_maps(self.path / "projections.npz", every.values())

    @property
    def snapshots(self) -> Snapshots | None:
        """The model in the course of its training; None for a run that kept no snapshots."""
        path, facts = self.path / "snapshots.npz", self.facts
        if not path.exists():
            return None
        return read_snapshots(path, len(self.gallery), next(iter(facts["spaces"].values())), tuple(facts["shape"]))

    @property
    def aligned(self) -> Aligned | None:
        """The baked maps of the snapshots; None before `project` has made them, or for a run without snapshots."""
        path, snapshots = self.path / "aligned.npz", self.snapshots
        return read_aligned(path, *snapshots.codes.shape[:2]) if path.exists() and snapshots else None

    def objective(self) -> Objective:
        """The trained objective, in eval mode on the CPU.

        The file's shapes are compared with the model's before anything is allocated.
        """
        import torch
        from safetensors import SafetensorError, safe_open

        path, shape = self.path / "weights.safetensors", self.facts["shape"]
        config = self.config  # before the block: it may import modules, whose constants must be real
        with torch.device("meta"):
            objective = config.build(tuple(shape))
        wanted = {name: list(tensor.shape) for name, tensor in objective.state_dict().items()}
        try:
            with safe_open(path, "pt") as file:
                found = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
                wrong = sorted(n for n in wanted.keys() | found.keys() if wanted.get(n) != found.get(n))
                if wrong:
                    name = wrong[0]
                    raise ValueError(
                        f"{path} is not of this config: {name} is {found.get(name, 'missing')} and should be "
                        f"{wanted.get(name, 'absent')} ({len(wrong)} such)"
                    )
                state = {name: file.get_tensor(name) for name in wanted}
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{path} cannot be read: {error}") from error
        kept = objective.state_dict()
        state = {name: t.float() if kept[name].is_floating_point() else t for name, t in state.items()}
        objective.load_state_dict(state, assign=True)
        return objective.eval()

    def _embedded(self) -> dict[str, np.ndarray]:
        path = self.path / "embeddings.npz"
        arrays, n = read_arrays(path), len(self.gallery)
        arrays = {key: a for key, a in arrays.items() if not key.startswith("pair.")}
        if not any(key.startswith("space.") for key in arrays) or any(a.shape[:1] != (n,) for a in arrays.values()):
            raise ValueError(f"{path} is not of this gallery: each array needs {n} rows")
        return arrays


def runs(folder: Path) -> list[Run]:
    """Every run in a folder, by name; what has no config.json is not one."""
    return [Run(path.parent) for path in sorted(Path(folder).glob("*/config.json"))]


def _is_list(value: Any, length: int | None, good: Callable[[Any], bool]) -> bool:
    """Whether a value of JSON is a list of this length (None: any) whose items are all good."""
    return isinstance(value, list) and length in (None, len(value)) and all(map(good, value))
