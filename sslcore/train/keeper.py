"""What a training leaves in its folder as it goes: nothing of it changes what is learned."""

from __future__ import annotations

import copy
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from sslcore.files import write, write_arrays, write_json
from sslcore.objectives import Objective
from sslcore.run import Run, card
from sslcore.run.embed import embed, embed_gallery, judge, reconstruct
from sslcore.run.gallery import Gallery
from sslcore.train.history import History, Row
from sslcore.train.learner import Learner
from sslcore.train.recorder import Recorder

PAUSE = 10.0  # seconds between two savings, at least
LIVE = 1.0  # seconds between two pictures of a training that is looked at, at least
COST = 100  # neither may take more than a hundredth of the time


class Keeper:
    """Writes history, weights, embeddings, snapshots, and the state to go on from, into a run's folder."""

    def __init__(self, path: Path, facts: Mapping[str, Any], gallery: Gallery, items: Tensor, learner: Learner):
        self.path, self.learner, self.form = path, learner, gallery.form
        self.facts: dict[str, Any] = copy.deepcopy(dict(facts))
        self.held_out, self.items = torch.from_numpy(gallery.items), items
        self.epochs = learner.config.epochs
        picture = gallery.form.picture if "decode" in facts["abilities"] else None
        size = int(np.prod(picture)) if picture else 0
        codes = next(iter(facts["spaces"].values()))
        self.recorder = Recorder(path / "snapshots.npz", self.epochs, len(gallery), codes, size)
        self.state = path / "resume" / "state.safetensors"
        self.before, self.began = self.facts["made"].get("seconds", 0.0), time.perf_counter()
        self.keeping, self.looking = Seldom(PAUSE), Seldom(LIVE)

    def recall(self) -> None:
        """Put the learner back to where its training was left, if it was begun."""
        if self.state.exists():
            self.learner.load(self.state)
        self.recorder.recall(self.learner.steps)

    def begin(self, untrained: Objective | None) -> None:
        """Open the history, and show the untrained network where the training is new."""
        self.state.parent.mkdir(exist_ok=True)
        if untrained:
            self.take(untrained, 0)
            for first in self.recorder.taken:  # none where it is not finite
                self._live(0, first["codes"], first.get("reconstructions"))
        self.history = History(self.path / "history.csv", self.learner.steps)

    def add(self, row: Row) -> None:
        """Keep a row and, in their time, a snapshot, a picture of the training, and all that a run is."""
        whole = row["epoch"] == int(row["epoch"])
        if whole and int(row["epoch"]) in self.recorder.schedule:
            self.take(self.learner.shown, int(row["epoch"]))
        self.history.add(row)
        if row["epoch"] < self.epochs:
            self.looking.do(lambda: self.look(row["epoch"]))
            self.keeping.do(lambda: self.keep(row["epoch"]))

    def take(self, of: Objective, epoch: int) -> None:
        """A snapshot."""
        codes = embed(of, self.held_out[self.recorder.rows])
        self.recorder.take(epoch, self.learner.steps, codes, judge(of, self.held_out), self._reconstructions(of))

    def look(self, epoch: float) -> None:
        """What the dashboard shows of a training that goes on."""
        shown = self.learner.shown
        self._live(epoch, embed(shown, self.held_out[self.recorder.rows]), self._reconstructions(shown))

    def keep(self, epoch: float, last: bool = False) -> None:
        """The run as it is now, and the state to go on from, but for the `last` time."""
        shown = self.learner.shown
        _check_weights(shown, self.learner.steps)
        weights = {name: v.contiguous() for name, v in shown.state_dict().items()}
        write(self.path / "weights.safetensors", save(weights))
        write_arrays(self.path / "embeddings.npz", embed_gallery(shown, self.held_out, self.items))
        if not last:
            self.learner.save(self.state)
        seconds = round(self.before + time.perf_counter() - self.began, 1)
        self.facts["made"] |= {"seconds": seconds, "epochs": epoch}
        write_json(self.path / "config.json", self.facts)

    def stop(self, epoch: float) -> None:
        """Keep all of a training that may go on."""
        self.keep(epoch)
        card.write_card(Run(self.path))

    def finish(self) -> None:
        """Keep all of a training that is done."""
        self.keep(self.epochs, last=True)
        self.recorder.finish()
        self.facts["made"]["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(self.path / "config.json", self.facts)
        card.write_card(Run(self.path))
        shutil.rmtree(self.path / "resume")

    def _reconstructions(self, of: Objective) -> np.ndarray | None:
        some = self.held_out[self.recorder.rows[: self.recorder.rebuilt]]
        return reconstruct(of, some, self.form) if len(some) else None

    def _live(self, epoch: float, codes: np.ndarray, rebuilt: np.ndarray | None) -> None:
        """The codes of a snapshot's items and its reconstructions, for `resume/live.npz`."""
        arrays = {"step": np.array(self.learner.steps), "epoch": np.array(epoch), "rows": self.recorder.rows}
        arrays |= {"codes": codes.astype(np.float16)} | ({} if rebuilt is None else {"reconstructions": rebuilt})
        write_arrays(self.path / "resume" / "live.npz", arrays, compress=False)


class Seldom:
    """Does something at most every `pause` seconds, and less often where it takes long."""

    def __init__(self, pause: float):
        self.pause, self.next = pause, -np.inf

    def do(self, act: Callable[[], None]) -> None:
        begin = time.perf_counter()
        if begin >= self.next:
            act()
            end = time.perf_counter()
            self.next = end + max(self.pause, COST * (end - begin))


@torch.no_grad()
def _check_weights(objective: Objective, step: int) -> None:
    """The step after the last terms may have been the one that was too long."""
    floats = [tensor for tensor in objective.state_dict().values() if tensor.is_floating_point()]
    if not torch.stack([tensor.isfinite().all() for tensor in floats]).all():
        raise FloatingPointError(f"weights are not finite at step {step}: lower the learning rate, or try another seed")
