"""The loop, for every objective and device alike; what is random in it depends on the seed and the step alone."""

from __future__ import annotations

import copy
import shutil
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from sslcore.data import Images
from sslcore.files import write, write_arrays, write_json
from sslcore.objectives import Objective
from sslcore.run import Run, card
from sslcore.run.config import Config
from sslcore.run.embed import average_batch_norm, embed, embed_gallery, reconstruct
from sslcore.train import memory, optimisers
from sslcore.train.batches import batches
from sslcore.train.graphs import Replayed
from sslcore.train.history import History, Row
from sslcore.train.recorder import Recorder
from sslcore.train.state import load_state, save_state

if TYPE_CHECKING:
    from lightning_fabric import Fabric

ROWS, LONGEST = 10, 100  # history rows an epoch; steps between two, at most
PAUSE = 10.0  # seconds between two savings, at least
LIVE = 1.0  # seconds between two pictures of a training that is looked at, at least
COST = 40  # neither may take more than a fortieth of the time


def learn(
    config: Config,
    path: Path,
    fabric: Fabric,
    objective: Objective,
    images: Images,
    gallery: dict[str, np.ndarray],
    facts: dict[str, Any],
) -> Iterator[Row]:
    """Train, or go on from the state in `path`; see `sslcore.train.train`."""
    where, writes = fabric.device, fabric.is_global_zero
    per_epoch = len(images) // config.batch
    steps, every = config.epochs * per_epoch, min(LONGEST, max(1, per_epoch // ROWS))
    if fabric.world_size > 1:
        objective = _together(objective, where)
    fused = not (config.clip and config.precision == "16")
    optimiser = optimisers.build(config.optimiser, objective, config.rate, config.weight_decay, fused)
    model, optimiser = fabric.setup(objective, optimiser)
    if fabric.world_size == 1 and facts["made"].get("precision") == "32":
        model = objective  # Fabric's wrapper has nothing to do, and takes 5 % of a small step to find that out
    averaged = optimisers.Average(objective, config.average) if config.average else None
    shown: Objective = averaged.module if averaged else objective  # type: ignore[assignment]
    models: dict[str, nn.Module] = {"model": objective} | ({"average": averaged.module} if averaged else {})
    resident = memory.fits(images.pixels.nbytes, memory.available(where.type))
    pixels = images.pixels.to(where) if resident else images.pixels
    generator = torch.Generator(where)

    state, start = path / "resume" / "state.safetensors", 0
    if state.exists():
        start, scaler = load_state(state, models, optimiser.optimizer)
        fabric.strategy.precision.load_state_dict(scaler)
    image = gallery["pixels"][0].size if "decode" in facts["abilities"] else 0
    codes = next(iter(facts["spaces"].values()))
    recorder = Recorder(path / "snapshots.npz", config.epochs, len(gallery["pixels"]), codes, image)
    recorder.recall(start)

    def take(of: Objective, epoch: int, step: int) -> None:
        recorder.take(epoch, step, embed_gallery(of, gallery["pixels"]), _made(of, gallery, recorder))

    def live(step: int, codes: np.ndarray, made: np.ndarray | None) -> None:
        """What the dashboard shows of a training that goes on: the codes of a snapshot's images, and its reconstructions."""
        arrays = {"step": np.array(step), "epoch": np.array(step / per_epoch), "rows": recorder.rows}
        arrays |= {"codes": codes.astype(np.float16)} | ({} if made is None else {"reconstructions": made})
        write_arrays(path / "resume" / "live.npz", arrays)

    def look(step: int) -> None:
        live(step, embed(shown, gallery["pixels"][recorder.rows]), _made(shown, gallery, recorder))

    def keep(step: int, last: bool = False) -> None:
        _check_weights(shown, step)
        write(path / "weights.safetensors", save({k: v.contiguous() for k, v in shown.state_dict().items()}))
        write_arrays(path / "embeddings.npz", embed_gallery(shown, gallery["pixels"], pixels))
        if not last:
            save_state(state, step, models, optimiser.optimizer, fabric.strategy.precision.state_dict())
        seconds = round(before + time.perf_counter() - began, 1)
        facts["made"] |= {"seconds": seconds, "epochs": step / per_epoch}
        write_json(path / "config.json", facts)

    def gradients(x: Tensor) -> dict[str, Tensor]:  # -> the terms
        terms = model(x, generator)
        optimiser.zero_grad()
        fabric.backward(sum(terms.values()))
        return {name: term.detach() for name, term in terms.items()}

    # the moments of units that are dead decay into denormal numbers, which make a CPU's step 1.5 times as long
    torch.set_flush_denormal(True)
    began, before = time.perf_counter(), facts["made"].get("seconds", 0.0)
    keeping, living = Seldom(PAUSE), Seldom(LIVE)
    step = start
    try:
        # by every process: its losses may gather
        untrained = _untrained(config, objective, pixels) if start == 0 else None
        if writes:
            state.parent.mkdir(exist_ok=True)
            if untrained:
                take(untrained, 0, 0)
                for first in recorder.taken:  # none where it is not finite
                    live(0, first["codes"], first.get("reconstructions"))
            history = History(path / "history.csv", start)
        if config.compile:
            for part in objective.children():
                part.compile()
        differentiate = Replayed(gradients, generator) if facts["made"].get("graphs") else gradients
        reseed(generator, config.seed, fabric.global_rank, step)
        totals: dict[str, Tensor] = {}
        since, seen_at = step, time.perf_counter()
        for x in _images(config, fabric, pixels, start, per_epoch, resident):
            rate = optimisers.rate_at(step, steps, config.warmup_epochs * per_epoch, config.rate)
            for group in optimiser.param_groups:
                group["lr"] = rate
            terms = differentiate(x)
            if config.clip:  # the norm stays on the device, finite or not
                fabric.clip_gradients(model, optimiser, max_norm=config.clip, error_if_nonfinite=False)
            optimiser.step()
            objective.after_step()
            if averaged:
                averaged.update(objective, first=step == 0)
            for name, term in terms.items():
                totals[name] = totals.get(name, 0) + term
            step += 1
            done = step % per_epoch
            if done % every and done:
                continue
            means = _means(totals, step - since, fabric)
            _check(means, step)
            row = {"step": step, "epoch": step / per_epoch, **means, "learning_rate": rate}
            row["images_per_second"] = (step - since) * config.batch / (time.perf_counter() - seen_at)
            reseed(generator, config.seed, fabric.global_rank, step)
            totals, since = {}, step
            if writes:
                if not done and step // per_epoch in recorder.schedule:
                    take(shown, step // per_epoch, step)
                history.add(row)
                if step < steps:
                    living.do(look, step)
                    keeping.do(keep, step)
            yield row
            seen_at = time.perf_counter()
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and "DefaultCPUAllocator" not in str(error):
            raise
        raise ValueError(
            f"the memory is too small for a batch of {config.batch} on {where}: train with a smaller batch or network"
        ) from error
    except GeneratorExit:  # between two steps: nothing is half done
        if writes:
            keep(step)
            card.write_card(Run(path))
        raise
    finally:
        torch.set_flush_denormal(False)
    if writes:
        keep(step, last=True)
        facts["made"]["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        write_json(path / "config.json", facts)
        card.write_card(Run(path))
        shutil.rmtree(path / "resume")


def _untrained(config: Config, objective: Objective, pixels: Tensor) -> Objective:
    return average_batch_norm(copy.deepcopy(objective), pixels[:10_000], config.seed, config.batch)


def reseed(generator: torch.Generator, *words: int) -> torch.Generator:
    """Set a generator by any whole numbers (a CPU's looks at 32 bits of its seed)."""
    return generator.manual_seed(int(np.random.SeedSequence(words).generate_state(1)[0]))


def _images(
    config: Config, fabric: Fabric, pixels: Tensor, start: int, per_epoch: int, resident: bool
) -> Iterator[Tensor]:
    """This process's share of every batch from step `start` on, each epoch in an order of its own."""
    first, skipped = divmod(start, per_epoch)
    for epoch in range(first, config.epochs):
        order = torch.randperm(len(pixels), generator=reseed(torch.Generator(), config.seed, epoch))
        rows = order[: per_epoch * config.batch].view(per_epoch, fabric.world_size, -1)[skipped:, fabric.global_rank]
        yield from batches(pixels, rows.to(pixels.device), fabric.device, resident)
        skipped = 0


def _together(objective: Objective, where: torch.device) -> Objective:
    """Batch norm over all processes' images, on a GPU."""
    if not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in objective.modules()):
        return objective
    if where.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(objective)
    warnings.warn("on a CPU each process's batch norm sees its own share of a batch only", stacklevel=2)
    return objective


def _means(totals: dict[str, Tensor], steps: int, fabric: Fabric) -> dict[str, float]:
    """Each term's mean over steps and processes: where the loop waits for the device, once a row."""
    stacked = fabric.all_reduce(torch.stack(list(totals.values())) / steps, reduce_op="mean")
    return dict(zip(totals, stacked.tolist(), strict=True))  # type: ignore[union-attr]


def _check(means: dict[str, float], step: int) -> None:
    for name, value in means.items():
        if not np.isfinite(value):
            raise FloatingPointError(f"{name} is {value} at step {step}: lower the learning rate, or try another seed")


@torch.no_grad()
def _check_weights(objective: Objective, step: int) -> None:
    """The step after the last terms may have been the one that was too long."""
    floats = [tensor for tensor in objective.state_dict().values() if tensor.is_floating_point()]
    if not torch.stack([tensor.isfinite().all() for tensor in floats]).all():
        raise FloatingPointError(f"weights are not finite at step {step}: lower the learning rate, or try another seed")


def _made(of: Objective, gallery: dict[str, np.ndarray], recorder: Recorder) -> np.ndarray | None:
    return reconstruct(of, gallery["pixels"][recorder.rows[: recorder.made]]) if recorder.made else None


class Seldom:
    """Does something at most every `pause` seconds, and less often where it takes long."""

    def __init__(self, pause: float):
        self.pause, self.next = pause, -np.inf

    def do(self, what: Any, *arguments: Any) -> None:
        begin = time.perf_counter()
        if begin >= self.next:
            what(*arguments)
            end = time.perf_counter()
            self.next = end + max(self.pause, COST * (end - begin))
