"""A run: one folder of checkpoints/, read and written without pickle, and without torch unless the model is asked for.

config.json          settings with defaults filled, form and digests of the data, abilities, versions, device: facts.py
history.csv          one row a logged step: step, epoch, each term, learning rate, items/s
weights.safetensors  the objective's state
gallery.npz          up to 2,000 held-out items, so that a run can be looked at without its data set: gallery.py
embeddings.npz       the gallery in each of the objective's spaces, and what the objective says of each item
projections.npz      baked maps, with every parameter and seed: maps.py
snapshots.npz        the model before and in the course of training, on some of the gallery: snapshots.py
aligned.npz          the snapshots' codes on maps that follow from one another, baked
metrics.json         what `evaluate` measured: metrics.py
README.md            the model card: card.py
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sslcore.data.form import Form
from sslcore.files import named_folder, read, read_arrays, shapes
from sslcore.run.facts import Facts, read_facts
from sslcore.run.gallery import Embeddings, Gallery, read_gallery
from sslcore.run.maps import Map, read_maps, write_maps
from sslcore.run.metrics import Metrics, read_metrics
from sslcore.run.snapshots import Aligned, Snapshots, read_aligned, read_snapshots

if TYPE_CHECKING:
    from sslcore.objectives import Objective
    from sslcore.run.config import Config

NAME = r"\w[\w.-]{0,99}"  # of a run: it is a folder, and stands in addresses and command lines
NOT_TERMS = ("step", "epoch", "learning_rate", "items_per_second")  # columns of history.csv; all others are terms
SPREADS = ("log_var",)  # spaces of deviations, not of places


def checkpoints() -> Path:
    """The folder that holds the runs: $SSLCORE_CHECKPOINTS, or checkpoints/ beside this package."""
    return named_folder("SSLCORE_CHECKPOINTS", Path(__file__).parents[2] / "checkpoints")


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
    def facts(self) -> Facts:
        """config.json as it is written, checked; needs no torch.  It is read once, for many: it cannot be changed."""
        return read_facts(self.path / "config.json")

    @property
    def form(self) -> Form:
        """What one of its items is."""
        return Form.read(self.facts["form"])

    @property
    def config(self) -> Config:
        """The settings, validated."""
        from pydantic import ValidationError

        from sslcore.run.config import Config, complaint

        try:
            return Config(**self.facts["config"])
        except ValidationError as error:
            raise ValueError(f"{self.path / 'config.json'}: {complaint(error)}") from error

    def check_data(self, train: str, test: str) -> None:
        """ValueError where the data of which these are the digests are not those that it was made with."""
        data = self.facts["data"]
        for split, digest in (("train", train), ("test", test)):
            if digest != data["digests"][split]:
                raise ValueError(
                    f"{self.name} was trained on other items than {data['source'] or data['name']} holds now: the "
                    f"digest of its {split} part differs"
                )

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows of history.csv; a last row that a killed training left half written is not one."""
        return self._rows(lambda lines: lines)

    def thinned(self, most: int) -> list[dict[str, float]]:
        """The history's last row and others at equal distances, at most twice `most`: a long one is read in no time."""
        return self._rows(lambda lines: lines[:: -max(1, len(lines) // most)][::-1])

    def _rows(self, chosen: Callable[[list[str]], list[str]]) -> list[dict[str, float]]:
        path = self.path / "history.csv"
        names, *lines = read(path).decode("utf-8", "replace").split("\n")[:-1] or [""]
        try:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader([names, *chosen(lines)])]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} has a row that is not numbers: {error}") from error

    @property
    def metrics(self) -> Metrics:
        """What `evaluate` measured; empty before it has."""
        return read_metrics(self.path / "metrics.json")

    @property
    def gallery(self) -> Gallery:
        return read_gallery(self.path / "gallery.npz", self.form)

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
        v = vectors[f"space.{space}"].astype(np.float32)
        return Embeddings(v, gallery.labels, gallery.indices, space, self.facts["metric"])

    @property
    def values(self) -> dict[str, np.ndarray]:
        """What the objective says of each item of the gallery, float32 [n] by name."""
        return {
            key.removeprefix("value."): v.astype(np.float32)
            for key, v in self._embedded().items()
            if key.startswith("value.")
        }

    def pairs(self, split: str) -> tuple[np.ndarray, np.ndarray] | None:
        """The head's outputs for two views of each of up to 2,000 items, float32 [n, d] twice, not normalised.

        `split` is "test" (the gallery's items) or "train"; None for an objective that makes no views.
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
        return read_snapshots(path, len(self.gallery), next(iter(facts["spaces"].values())), self.form.picture)

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

        path, form = self.path / "weights.safetensors", self.form
        config = self.config  # before the block: it may import modules, whose constants must be real
        with torch.device("meta"):
            objective = config.build(form)
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
        rows = shapes(self.path / "gallery.npz").get("indices", ())[:1]
        arrays = {key: a for key, a in read_arrays(path).items() if not key.startswith("pair.")}
        if not any(key.startswith("space.") for key in arrays) or any(a.shape[:1] != rows for a in arrays.values()):
            raise ValueError(f"{path} is not of this gallery: each array needs a row for each of its items")
        return arrays


def runs(folder: Path) -> list[Run]:
    """Every run in a folder, by name; what has no config.json is not one."""
    return [Run(path.parent) for path in sorted(Path(folder).glob("*/config.json"))]
