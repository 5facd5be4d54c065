"""The arithmetic that trains a model quickest, measured where it is trained."""

import copy
import time
from collections.abc import Callable, Mapping
from statistics import median

import torch
from torch import Tensor

from sslcore.objectives import Objective

ROUNDS = 10  # of one step of each
GAIN = 1.1  # fewer bits are fewer digits: taken for a speed that shows


def quickest(objective: Objective, x: Tensor, where: torch.device) -> str:
    """ "32" or "bf16", whichever takes steps on images uint8 [b, c, h, w] quicker; on a CPU "32".

    There bf16 was measured nine times as slow for MLPs, and a seed is to give the same weights on a busy machine.
    """
    if where.type == "cpu":
        return "32"
    model, images = copy.deepcopy(objective).to(where), x.to(where)

    def step(half: bool) -> None:
        with torch.autocast(where.type, torch.bfloat16, enabled=half):
            terms = model(images.float() / 255)
        torch.stack([term.float() for term in terms.values()]).sum().backward()
        torch.cuda.synchronize(where)

    return chosen(timed({"32": lambda: step(False), "bf16": lambda: step(True)}))


def chosen(seconds: Mapping[str, float]) -> str:
    """Of "32" and "bf16" the one to train with, by the seconds that a step takes with each."""
    return "bf16" if seconds["bf16"] * GAIN < seconds["32"] else "32"


def timed(steps: Mapping[str, Callable[[], None]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median of the seconds that each takes, in turns, its first time left out."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds + 1):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            found[name].append(time.perf_counter() - start)
    return {name: median(times[1:]) for name, times in found.items()}
