"""Gathers a training's snapshots (`sslcore.run.snapshots`): which images, at which epochs, and what of them."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt

from sslcore import temperature
from sslcore.files import read_arrays, write_arrays
from sslcore.run.snapshots import BINS

MOST = 12  # snapshots of a training, beside the one before it
BYTES = 2**19  # of codes and reconstructions together, before compression: what shipped runs can afford
RECONSTRUCTIONS, RECONSTRUCTION_BYTES = 16, 2**21  # fewer only of large images
FEWEST = 200  # images: fewer make no map, whatever they cost


def schedule(epochs: int) -> list[int]:
    """The epochs to take a snapshot after: 0, then roughly geometric up to the last; every one of a short training."""
    if epochs < MOST:
        return list(range(epochs + 1))
    return sorted({0, *np.geomspace(1, epochs, MOST).round().astype(int).tolist()})


def choose(n: int, snapshots: int, d: int, picture: int) -> tuple[np.ndarray, int]:
    """Which of n items to keep, evenly spread, and how many of them to reconstruct: none where `picture`, the bytes of
    one, is 0."""
    rebuilt = min(RECONSTRUCTIONS, n, max(1, RECONSTRUCTION_BYTES // (snapshots * picture))) if picture else 0
    m = min(n, max(FEWEST, (BYTES - rebuilt * snapshots * picture) // (2 * snapshots * d)))
    return np.linspace(0, n - 1, m).round().astype(np.int64), rebuilt


def cosine_counts(cosines: Float[np.ndarray, "..."]) -> UInt[np.ndarray, " bins"]:
    """How many cosines fall into each of BINS equal bins of -1..1."""
    return temperature.counts(cosines, BINS).astype(np.uint32)


class Recorder:
    """Gathers a training's snapshots and writes snapshots.npz anew with each, so that a killed training keeps them."""

    def __init__(self, path: Path, epochs: int, n: int, d: int, picture: int):
        self.path, self.schedule = path, schedule(epochs)
        self.rows, self.rebuilt = choose(n, len(self.schedule), d, picture)
        self.taken: list[dict[str, np.ndarray]] = []

    def recall(self, step: int) -> None:
        """Take up what a training that is resumed after `step` steps had gathered by then."""
        arrays = read_arrays(self.path) if step and self.path.exists() else {"steps": np.zeros(0)}
        kept = int((arrays["steps"] <= step).sum())
        self.taken = [{name: a[i] for name, a in arrays.items() if name != "rows"} for i in range(kept)]

    def take(
        self, epoch: int, step: int, codes: np.ndarray, said: dict[str, np.ndarray], rebuilt: np.ndarray | None
    ) -> None:
        """Add a snapshot: codes [m, d] of its rows, what is said of the whole gallery (as in embeddings.npz), pictures.

        One that is not finite is left out: the training is about to stop, and a map of it would be none.
        """
        if not all(np.isfinite(v).all() for v in said.values()):
            return
        with np.errstate(over="ignore"):
            snapshot = {"epochs": np.array(epoch), "steps": np.array(step), "codes": codes.astype(np.float16)}
        if not np.isfinite(snapshot["codes"]).all():
            return
        snapshot |= {name: v.mean(dtype=np.float32) for name, v in said.items() if name.startswith("value.")}
        if rebuilt is not None:
            snapshot["reconstructions"] = rebuilt
        if "pair.test.a" in said:
            s = temperature.similarities(said["pair.test.a"], said["pair.test.b"])
            snapshot |= dict(zip(("positives", "negatives"), map(cosine_counts, temperature.split(s)), strict=True))
        self.taken.append(snapshot)
        self._write(compress=False)  # it is written anew with each

    def finish(self) -> None:
        """Write them for good."""
        if self.taken:
            self._write(compress=True)

    def _write(self, compress: bool) -> None:
        columns = {name: np.stack([taken[name] for taken in self.taken]) for name in self.taken[-1]}
        write_arrays(self.path, columns | {"rows": self.rows}, compress)
