"""How a training's steps are the quickest, measured where it is trained: bits of the arithmetic, and CUDA graphs."""

import copy
import time
import warnings
from collections.abc import Callable, Mapping
from statistics import median

import torch
from torch import Tensor, nn

from sslcore.objectives import Objective
from sslcore.train.graphs import WARM, Replayed, Step

ROUNDS = 10  # of one step of each way
GAIN = 1.1  # fewer digits, and a graph's memory, are taken for a speed that shows
TYPES = {"bf16": torch.bfloat16, "16": torch.float16}

Way = tuple[str, bool]  # bits ("32", "bf16" or "16"), and whether a step is replayed as a CUDA graph


def quickest(objective: Objective, x: Tensor, where: torch.device, bits: str = "auto", graphs: bool = True) -> Way:
    """The quickest way to take steps on images uint8 [b, c, h, w]: of 32 and bf16, or with the bits asked for.

    On a CPU nothing is measured: bf16 is nine times as slow there for MLPs, and a seed is to give the same weights on
    a busy machine.  `graphs` says whether CUDA graphs may be used; a step that cannot be one is warned of.
    """
    kinds = ("32", "bf16") if bits == "auto" else (bits,)
    if where.type == "cpu":
        return kinds[0], False
    model, images = copy.deepcopy(objective).to(where), x.to(where).float() / 255
    steps: dict[Way, Step] = {}
    for kind in kinds:
        generator = torch.Generator(where)
        steps[kind, False] = _step(model, generator, kind)
        if graphs and (replayed := _replayed(steps[kind, False], generator, images)):
            steps[kind, True] = replayed

    def timeable(step: Step) -> Callable[[], None]:
        def run() -> None:
            step(images)
            torch.cuda.synchronize(where)

        return run

    return chosen(timed({way: timeable(step) for way, step in steps.items()}))


def chosen(seconds: Mapping[Way, float]) -> Way:
    """The way to train, by the seconds that a step takes each way."""
    return min(seconds, key=lambda way: seconds[way] * GAIN ** ((way[0] == "bf16") + way[1]))


def timed(steps: Mapping[Way, Callable[[], None]], rounds: int = ROUNDS) -> dict[Way, float]:
    """The median of the seconds that each takes, in turns, its first time left out."""
    found: dict[Way, list[float]] = {way: [] for way in steps}
    for _ in range(rounds + 1):
        for way, step in steps.items():
            start = time.perf_counter()
            step()
            found[way].append(time.perf_counter() - start)
    return {way: median(times[1:]) for way, times in found.items()}


def _step(model: nn.Module, generator: torch.Generator, bits: str) -> Step:
    def step(x: Tensor) -> dict[str, Tensor]:
        with torch.autocast(x.device.type, TYPES.get(bits), enabled=bits in TYPES):
            terms = model(x, generator)
        model.zero_grad()
        torch.stack([term.float() for term in terms.values()]).sum().backward()
        return {name: term.detach() for name, term in terms.items()}

    return step


def _replayed(step: Step, generator: torch.Generator, x: Tensor) -> Replayed | None:
    replayed = Replayed(step, generator)
    try:
        for _ in range(WARM + 1):
            replayed(x)
    except RuntimeError as error:
        warnings.warn(
            f"a step of this objective cannot be a CUDA graph, which costs speed alone: {error}", stacklevel=3
        )
        return None
    return replayed
