"""How a training's steps are the quickest, measured where it is trained: bits of the arithmetic, and CUDA graphs."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable, Mapping
from statistics import median
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sslcore.data.items import ready
from sslcore.objectives import Objective
from sslcore.run.config import Config
from sslcore.train.graphs import WARM, Replayed, Step
from sslcore.train.learner import Learner

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ROUNDS = 10  # of one step of each way
GAIN = 1.1  # fewer digits, and a graph's memory, are taken for a speed that shows

Way = tuple[str, bool]  # bits ("32", "bf16" or "16"), and whether a step is replayed as a CUDA graph


def quickest(
    config: Config, objective: Objective, items: Tensor, where: torch.device, fabric_of: Callable[[str], Fabric]
) -> Way:
    """The quickest way to take steps on a batch of items: of 32 and bf16, or with the bits that the config asks for.

    `fabric_of` gives the arithmetic of so many bits.  On a CPU nothing is measured: bf16 is nine times as slow there
    for MLPs, and a seed is to give the same weights on a busy machine too.  A step that cannot be a graph is warned of.
    """
    kinds = ("32", "bf16") if config.precision == "auto" else (config.precision,)
    if where.type == "cpu":
        return kinds[0], False
    x = ready(items.to(where))
    steps: dict[Way, Step] = {}
    for bits in kinds:
        learner = Learner(config, copy.deepcopy(objective), fabric_of(bits))
        steps[bits, False] = learner.gradients
        if config.graphs and not config.compile and (replayed := _replayed(learner, x)):
            steps[bits, True] = replayed

    def timeable(step: Step) -> Callable[[], None]:
        def run() -> None:
            step(x)
            torch.cuda.synchronize(where)

        return run

    return chosen(timed({way: timeable(step) for way, step in steps.items()}))


def chosen(seconds: Mapping[Way, float]) -> Way:
    """The way to train, by the seconds that a step takes each way."""
    return min(seconds, key=lambda way: seconds[way] * GAIN ** ((way[0] == "bf16") + way[1]))


def timed(steps: Mapping[Way, Callable[[], None]], rounds: int = ROUNDS) -> dict[Way, float]:
    """The median of the seconds that each takes, in turns, its first time left out."""
    seconds: dict[Way, list[float]] = {way: [] for way in steps}
    for _ in range(rounds + 1):
        for way, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[way].append(time.perf_counter() - start)
    return {way: median(times[1:]) for way, times in seconds.items()}


def _replayed(learner: Learner, x: Tensor) -> Replayed | None:
    replayed = Replayed(learner.gradients, learner.generator)
    try:
        for _ in range(WARM + 1):
            replayed(x)
    except RuntimeError as error:
        warnings.warn(
            f"a step of this objective cannot be a CUDA graph, which costs speed alone: {error}", stacklevel=3
        )
        return None
    return replayed
