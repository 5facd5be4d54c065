"""Two views of an image: `Policy` on a batch, beside torchvision's transforms sample by sample in a DataLoader."""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler

from sslcore.augment import RATIO, SIGMA, STEPS, Policy

BATCH = 256
WORKERS = 2
ROUNDS = 3
BATCHES = 8  # of the loader, timed in a round; the quicker way gets four times as many
PREFETCH = 2  # batches asked of each worker ahead of time, DataLoader's own default
WARM = PREFETCH * WORKERS  # all that can lie ready, so that the clock sees only what is made while it runs
SHAPES = ((1, 28, 28), (3, 32, 32))
POLICY = Policy(blur=0.5)


def views() -> list[dict[str, Any]]:
    """Source images a second, each giving two views, of both ways; under a minute on two cores.

    Medians of alternated rounds, one torch thread in each process. The loader's workers live for one round, and what
    they had prefetched before the clock starts is not counted.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [_row(shape) for shape in SHAPES]
    finally:
        torch.set_num_threads(threads)


def _row(shape: tuple[int, int, int]) -> dict[str, Any]:
    pixels = torch.randint(0, 256, (BATCHES * BATCH, *shape), dtype=torch.uint8)
    pairs = TwoViews(pixels, _transforms(shape))
    rounds = [(_rate(_batched(pixels), 4 * BATCHES), _rate(_loaded(pairs), BATCHES)) for _ in range(ROUNDS)]
    ours, theirs = (median(rates) for rates in zip(*rounds, strict=True))
    c, h, w = shape
    draws = POLICY.draw((1, *shape), "cpu")
    return {
        "chain": ", ".join(name for name, (_, names) in STEPS.items() if names[0] in draws),
        "images": f"{h}x{w}x{c}",
        "Policy, images/s": round(ours),
        f"torchvision, {WORKERS} workers, images/s": round(theirs),
        "ratio": round(ours / theirs, 1),
    }


def _rate(batches: Iterator[Any], n: int) -> float:
    for _ in range(WARM):
        next(batches)
    start = perf_counter()
    for _ in range(n):
        next(batches)
    return n * BATCH / (perf_counter() - start)


def _batched(pixels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    while True:
        x = pixels[torch.randint(len(pixels), (BATCH,))]
        yield POLICY(x), POLICY(x)


def _loaded(pairs: "TwoViews") -> Iterator[list[Tensor]]:
    # twice what is timed, so that the workers are as busy at the end as at the start
    sampler = RandomSampler(pairs, replacement=True, num_samples=(WARM + 2 * BATCHES) * BATCH)
    return iter(DataLoader(pairs, BATCH, sampler=sampler, num_workers=WORKERS, prefetch_factor=PREFETCH))


class TwoViews(Dataset):
    """What a learner writes: one sample, transformed twice."""

    def __init__(self, pixels: Tensor, transform: Callable[[Tensor], Tensor]):
        self.pixels, self.transform = pixels, transform

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.pixels[index]), self.transform(self.pixels[index])


def _transforms(shape: tuple[int, int, int]) -> Callable[[Tensor], Tensor]:
    """POLICY in torchvision's words, which pass over saturation and hue themselves where there is one channel."""
    from torchvision.transforms import v2

    assert POLICY.crop is not None
    p = POLICY
    return v2.Compose(
        [
            v2.ToDtype(torch.float32, scale=True),  # first: quicker here than on uint8
            v2.RandomResizedCrop(shape[1:], p.crop, RATIO),
            v2.RandomHorizontalFlip(p.flip),
            v2.RandomApply([v2.ColorJitter(p.brightness, p.contrast, p.saturation, p.hue)], p.jitter),
            *([v2.RandomGrayscale(p.grayscale)] if shape[0] == 3 else []),
            v2.RandomApply([v2.GaussianBlur(3, SIGMA)], p.blur),
        ]
    )
