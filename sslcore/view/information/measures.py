"""What the mutual-information page computes.  No Streamlit; torch is imported where it is used."""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sslcore.run import Run
from sslcore.view.threads import one_thread

PAIRS = 2048  # drawn for each N, where that makes two batches at least
FLIP = 0.02  # the temperature that makes cosines of +-1 an exact match: e^(-100) is nothing


def measured(run: Run) -> dict[str, Any]:
    """What `evaluate` writes as "information", of the pairs that are kept with a run: fewer, and at once."""
    from sslcore.information import TEMPERATURES

    information, trained = {}, run.facts.get("temperature")
    for split in ("test", "train"):
        if split == "test" or run.pairs(split) is not None:
            information[split] = {
                "items": len(_pairs(run, split)[0]),
                "at_best": _curve(run, TEMPERATURES, split),
                "at_training": _curve(run, [trained], split) if trained else [],
            }
    return information


def tried(run: Run, tau: float) -> list[dict[str, Any]]:
    """`information.curve` of the held-out pairs kept with a run, at one temperature."""
    return _curve(run, [tau], "test")


def retrieval(run: Run, most: int = 128) -> pd.DataFrame:
    """Top-1 retrieval among N and Fano's bound, over up to `most` disjoint batches of the held-out pairs of a run."""
    import torch

    from sslcore import information

    a, b = map(torch.from_numpy, _pairs(run, "test"))
    rows = []
    with one_thread():
        for n in (2**i for i in range(1, len(a).bit_length())):
            count = min(len(a) // n, most)
            batches = zip(a.split(n)[:count], b.split(n)[:count], strict=True)
            accuracy = float(np.mean([information.top1_accuracy(x, y) for x, y in batches]))
            rows.append({"n": n, "batches": count, "accuracy": accuracy, "bound": information.fano(accuracy, n)})
    return pd.DataFrame(rows)


def known(nats: float, dimensions: int, largest: int) -> tuple[pd.DataFrame, float]:
    """Every estimator at its best critic, N = 2 to `largest`; and the share of NWJ's largest weight at the last."""
    import torch

    from sslcore import information
    from sslcore.information.bounds import off_diagonal

    task, generator = information.CorrelatedGaussian(dimensions, nats), torch.Generator().manual_seed(0)
    sizes = [2**i for i in range(1, largest.bit_length())]
    with one_thread():
        rows = pd.DataFrame(task.curve(sizes, PAIRS, generator))
        scores = [task.critic(*task.sample(largest, generator)) for _ in range(3)]
        share = float(np.median([off_diagonal(log_r).flatten().softmax(0).max() for log_r in scores]))
    rows["median"] = [float(np.median(values)) for values in rows["values"]]
    rows["batches"] = [len(values) for values in rows["values"]]
    return rows.drop(columns="values"), share


class Training:
    """Critics that learn one after the other, a moment at a time, so that a page can show them and be told to stop.

    Streamlit lets a fragment finish before it hears of a click in it, so no moment may be long.
    """

    def __init__(self, names: Sequence[str], nats: float, dimensions: int, steps: int, batch: int):
        self.of, self.running, self.spent = (nats, dimensions), True, 0.0
        self.total = steps * len(names)
        self.curves: dict[str, list[float]] = {}  # the InfoNCE of each critic at every step
        self._rows = self._learn(names, steps, batch)

    def _learn(self, names: Sequence[str], steps: int, batch: int) -> Iterator[tuple[str, float]]:
        import torch

        from sslcore import information

        task = information.CorrelatedGaussian(self.of[1], self.of[0])
        for name in names:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                critic = getattr(information, name)(task.dimensions)
            generator = torch.Generator().manual_seed(0)
            for row in information.train_critic(critic, task, information.infonce, steps, batch, generator=generator):
                yield name, row["bound"]

    def advance(self, seconds: float) -> None:
        """Train on for so long, or to the end."""
        began = time.monotonic()
        with one_thread():
            for name, value in self._rows:
                self.curves.setdefault(name, []).append(value)
                if time.monotonic() - began > seconds:
                    break
            else:
                self.running = False
        self.spent += time.monotonic() - began

    @property
    def share(self) -> float:
        return sum(map(len, self.curves.values())) / self.total

    @property
    def progress(self) -> str:
        if not self.curves:
            return "Starting ..."
        name, values = list(self.curves.items())[-1]
        left = self.spent * (1 / self.share - 1)
        return f"{name}, step {len(values)}: {values[-1]:.2f} nats, about {left:.0f} s left"


def fair_bits() -> pd.DataFrame:
    return pd.DataFrame([fair_bit(n) for n in (2, 4, 8, 16, 32, 64)])


def fair_bit(n: int) -> dict[str, float]:
    """The image is a fair bit and both views are it: the exact expectations of log(2n - 1) - NT-Xent and of InfoNCE."""
    import torch

    from sslcore.information import infonce
    from sslcore.losses import nt_xent

    doubled = block = 0.0
    for ones in range(n + 1):
        bits = torch.tensor([[1.0, 0.0]] * ones + [[-1.0, 0.0]] * (n - ones), dtype=torch.float64)
        weight = math.comb(n, ones) / 2**n
        doubled += weight * (math.log(2 * n - 1) - nt_xent(bits, bits, FLIP).item())
        block += weight * infonce(bits @ bits.T / FLIP).item()
    return {"N": n, "log(2N−1) − L": doubled, "InfoNCE, N × N": block, "I = log 2": math.log(2)}


def _curve(run: Run, temperatures: Sequence[float], split: str) -> list[dict[str, Any]]:
    import torch

    from sslcore import information

    a, b = map(torch.from_numpy, _pairs(run, split))
    share = 4 if len(temperatures) > 1 else 2  # two batches at least, even of the half that is scored
    sizes = [2**i for i in range(1, 20) if 2**i <= len(a) // share]
    return information.curve(a, b, temperatures, sizes, torch.Generator().manual_seed(0))


def _pairs(run: Run, split: str) -> tuple[np.ndarray, np.ndarray]:
    pairs = run.pairs(split)
    if pairs is None or len(pairs[0]) < 8:
        file = run.path / "embeddings.npz"
        raise ValueError(f"{file} keeps no 8 {split} pairs, must hold `pair.{split}.a` and `.b`: train the run again")
    return pairs
