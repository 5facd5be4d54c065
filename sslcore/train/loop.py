"""The loop, for every objective and device alike; what is random in it depends on the seed and the step alone."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from sslcore.objectives import Objective
from sslcore.run.config import Config
from sslcore.run.embed import average_batch_norm
from sslcore.train import optimisers
from sslcore.train.batches import batches
from sslcore.train.history import Row
from sslcore.train.keeper import Keeper
from sslcore.train.learner import Learner

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ROWS, LONGEST = 10, 100  # history rows an epoch; steps between two, at most


def learn(items: Tensor, resident: bool, learner: Learner, keeper: Keeper) -> Iterator[Row]:
    """Train to the end from where the keeper's folder was left; see `sslcore.train.train`.

    `items` lie on the device where they are `resident`; only the first process writes.
    """
    config, fabric = learner.config, learner.fabric
    per_epoch = len(items) // config.batch
    steps, warmup, every = config.epochs * per_epoch, config.warmup_epochs * per_epoch, _between(per_epoch)
    keeper.recall()
    with _quick_numbers(), _memory_in_a_sentence(config, fabric.device):
        untrained = _untrained(config, learner.objective, items) if not learner.steps else None  # losses may gather
        if fabric.is_global_zero:
            keeper.begin(untrained)
        if config.compile:
            learner.compile()
        reseed(learner.generator, config.seed, fabric.global_rank, learner.steps)
        means = Means(learner.steps)
        try:
            for x in _shares(config, fabric, items, resident, learner.steps, per_epoch):
                rate = optimisers.rate_at(learner.steps, steps, warmup, config.rate)
                means.add(learner.step(x, rate))
                done = learner.steps % per_epoch
                if done % every and done:
                    continue
                row = means.row(learner.steps, learner.steps / per_epoch, rate, config.batch, fabric)
                reseed(learner.generator, config.seed, fabric.global_rank, learner.steps)
                if fabric.is_global_zero:
                    keeper.add(row)
                yield row
                means = Means(learner.steps)
        except GeneratorExit:  # between two steps: nothing is half done
            if fabric.is_global_zero:
                keeper.stop(learner.steps / per_epoch)
            raise
    if fabric.is_global_zero:
        keeper.finish()


class Means:
    """The terms of the steps since a row, summed where they are: the loop waits for the device once a row."""

    def __init__(self, since: int):
        self.since, self.began = since, time.perf_counter()
        self.totals: dict[str, Tensor] = {}

    def add(self, terms: dict[str, Tensor]) -> None:
        for name, term in terms.items():
            self.totals[name] = self.totals.get(name, 0) + term

    def row(self, step: int, epoch: float, rate: float, batch: int, fabric: Fabric) -> Row:
        """Each term's mean over steps and processes; FloatingPointError where one is not finite."""
        count = step - self.since
        stacked = fabric.all_reduce(torch.stack(list(self.totals.values())) / count, reduce_op="mean")
        means = dict(zip(self.totals, stacked.tolist(), strict=True))  # type: ignore[union-attr]
        for name, value in means.items():
            if not np.isfinite(value):
                raise FloatingPointError(
                    f"{name} is {value} at step {step}: lower the learning rate, or try another seed"
                )
        speed = count * batch / (time.perf_counter() - self.began)
        return {"step": step, "epoch": epoch, **means, "learning_rate": rate, "items_per_second": speed}


def together(objective: Objective, fabric: Fabric) -> Objective:
    """The objective with batch norm over all processes' items, on GPUs."""
    norms = [module for module in objective.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if fabric.world_size == 1 or not norms:
        return objective
    if fabric.device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(objective)
    warnings.warn("on a CPU each process's batch norm sees its own share of a batch only", stacklevel=2)
    return objective


def reseed(generator: torch.Generator, *words: int) -> torch.Generator:
    """Set a generator by any whole numbers (a CPU's looks at 32 bits of its seed)."""
    return generator.manual_seed(int(np.random.SeedSequence(words).generate_state(1)[0]))


def _between(per_epoch: int) -> int:
    """Steps from a row to the next."""
    return min(LONGEST, max(1, per_epoch // ROWS))


def _shares(
    config: Config, fabric: Fabric, items: Tensor, resident: bool, start: int, per_epoch: int
) -> Iterator[Tensor]:
    """This process's share of every batch from step `start` on, each epoch in an order of its own."""
    first, skipped = divmod(start, per_epoch)
    for epoch in range(first, config.epochs):
        order = torch.randperm(len(items), generator=reseed(torch.Generator(), config.seed, epoch))
        rows = order[: per_epoch * config.batch].view(per_epoch, fabric.world_size, -1)[skipped:, fabric.global_rank]
        yield from batches(items, rows.to(items.device), fabric.device, resident)
        skipped = 0


def _untrained(config: Config, objective: Objective, items: Tensor) -> Objective:
    return average_batch_norm(copy.deepcopy(objective), items[:10_000], config.seed, config.batch)


@contextmanager
def _quick_numbers() -> Iterator[None]:
    """The moments of units that are dead decay into denormal numbers, which make a CPU's step 1.5 times as long."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextmanager
def _memory_in_a_sentence(config: Config, where: torch.device) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "DefaultCPUAllocator" not in str(error):
            raise
        raise ValueError(
            f"the memory is too small for a batch of {config.batch} on {where}: train with a smaller batch or network"
        ) from error
