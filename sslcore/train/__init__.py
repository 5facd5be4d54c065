"""Training: one loop for every objective, the data on the device, nothing in the loop that waits for it.

__init__   begin a run, or go on with one        loop       the loop
learner    what a step changes                   keeper     what a training leaves in its folder
batches    items on the device, or read ahead    recorder   snapshots
optimisers AdamW, SGD, LARS; averages; rates     history    rows
state      what an interrupted training needs    origin     what config.json says of it
speed      how steps are the quickest            graphs     a step as one CUDA graph
memory     what it needs, counted before         stop       ending it between two steps
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sslcore import distributed
from sslcore.data import load
from sslcore.data.items import Data
from sslcore.files import taken, write_arrays, write_json
from sslcore.networks.layers import channels_last
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.run.embed import device, sample_gallery
from sslcore.run.gallery import Gallery
from sslcore.train import memory
from sslcore.train.history import Row
from sslcore.train.keeper import Keeper
from sslcore.train.learner import Learner
from sslcore.train.loop import learn, together
from sslcore.train.origin import facts_of, resumed
from sslcore.train.speed import quickest

__all__ = ["Row", "resume", "train"]
if TYPE_CHECKING:
    from lightning_fabric import Fabric

PRECISIONS: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def train(config: Config, path: str | Path, on: str = "auto", devices: int = 1, nodes: int = 1) -> Iterator[Row]:
    """Train into the new run folder `path`, yielding about ten rows an epoch: each term's mean since the row before.

    Weights, the gallery's embeddings and the state to go on from (`resume`) are written with the first row, then at
    most every ten seconds, and when the generator is closed; snapshots before training and at the epochs of
    `recorder.schedule`.  A training that is killed leaves a readable run.  `devices` processes on each of `nodes`
    machines share each batch; only the first writes.  Raises ValueError before anything is written where a setting
    cannot work, FileExistsError where the folder is a run already, and FloatingPointError when a term stops being
    finite (what was written last is kept).
    """
    fabric, path = _fabric(config, on, devices, nodes), Path(path)
    distributed.first(lambda: _check_new(path))
    data, held_out = _data(config, fabric)
    objective = _objective(config, data)
    bits: str = "32" if config.precision == "auto" else config.precision
    graphs = False
    if fabric.world_size == 1:  # several processes would have to agree on what each measures
        first = data.items[: config.batch]
        bits, graphs = quickest(config, objective, first, fabric.device, lambda bits: _fabric(config, on, auto=bits))
        if config.precision == "auto" and bits != "32":  # as `fabric` has it
            fabric = _fabric(config, on, auto=bits)
    with _locked(path, fabric, _check_new):
        facts, gallery = facts_of(config, objective, data, held_out, fabric, bits, graphs), sample_gallery(held_out)
        if fabric.is_global_zero:
            write_arrays(path / "gallery.npz", gallery.arrays)
            write_json(path / "config.json", facts)
        yield from _learn(config, path, fabric, objective, data, gallery, facts)


def resume(path: str | Path, on: str = "auto", devices: int = 1, nodes: int = 1) -> Iterator[Row]:
    """Go on with an interrupted run, as `train` would have; on a CPU with the same number of threads bit for bit.

    Rows that were written after the state was saved are written again.  ValueError where the run is finished, is being
    trained now, or its data set holds other items than before.
    """
    run = Run(Path(path))
    _check_unfinished(run.path)
    config, made = run.config, run.facts["made"]
    fabric = _fabric(config, on, devices, nodes, made.get("precision", "32"))
    data, held_out = _data(config, fabric)
    run.check_data(data.digest, held_out.digest)
    if made.get("threads") != torch.get_num_threads() and fabric.device.type == "cpu":
        warnings.warn(
            f"{run.name} began with {made.get('threads')} threads and goes on with {torch.get_num_threads()}: "
            "sums are rounded otherwise, so it ends a little differently",
            stacklevel=2,
        )
    objective = _objective(config, data)
    with _locked(run.path, fabric, _check_unfinished):
        if fabric.is_global_zero:
            for left in run.path.glob(".*.[0-9]*"):  # what a kill left of files that were being written
                left.unlink()
        yield from _learn(config, run.path, fabric, objective, data, run.gallery, resumed(run.facts, fabric))


def _learn(
    config: Config,
    path: Path,
    fabric: Fabric,
    objective: Objective,
    data: Data,
    gallery: Gallery,
    facts: dict[str, Any],
) -> Iterator[Row]:
    """Train by what config.json says of the training."""
    resident = memory.fits(data.items.nbytes, memory.available(fabric.device.type))
    items = data.items.to(fabric.device) if resident else data.items
    learner = Learner(config, together(objective, fabric), fabric, facts["made"].get("graphs", False))
    yield from learn(items, resident, learner, Keeper(path, facts, gallery, items, learner))


def _fabric(config: Config, on: str, devices: int = 1, nodes: int = 1, auto: str = "32") -> Fabric:
    """The processes and their arithmetic, `auto` being what it is where the config leaves it open."""
    from lightning_fabric import Fabric  # takes seconds to import

    # which sets it: without a GPU every step of an optimiser would search the disk for a driver
    os.environ.pop("PYTORCH_NVML_BASED_CUDA_CHECK", None)
    where = device(on)
    if config.precision == "16" and where.type == "cpu":
        raise ValueError("precision 16 needs a GPU: use 32 (quickest on a CPU) or bf16")
    if "LOCAL_WORLD_SIZE" in os.environ:  # torchrun has started the processes
        devices = int(os.environ["LOCAL_WORLD_SIZE"])
        nodes = int(os.environ["WORLD_SIZE"]) // devices
    if where.type == "cuda" and devices > torch.cuda.device_count():
        raise ValueError(f"{devices} devices were asked for and there are {torch.cuda.device_count()}: lower --devices")
    together = "ddp" if devices * nodes > 1 else "auto"
    fabric = Fabric(
        accelerator=where.type,
        devices=devices,
        num_nodes=nodes,
        strategy=together,
        precision=PRECISIONS[auto if config.precision == "auto" else config.precision],
    )
    if config.batch % (devices * nodes):
        raise ValueError(f"a batch of {config.batch} cannot be shared evenly by {devices * nodes} processes")
    fabric.launch()
    return fabric


def _data(config: Config, fabric: Fabric) -> tuple[Data, Data]:
    with fabric.rank_zero_first():  # where there is something to download or to decode, once
        data, held_out = load(config.data, "train", config.size), load(config.data, "test", config.size)
    if config.batch > len(data):
        raise ValueError(f"a batch of {config.batch} is more than the {len(data)} items of {config.data}: lower it")
    return data, held_out


def _objective(config: Config, data: Data) -> Objective:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        objective = config.build(data.form)
    objective.begin(data.items)
    return channels_last(objective)


def _check_new(path: Path) -> None:
    if (path / "config.json").exists():
        raise FileExistsError(f"{path} is a run already and is never written over: choose another name, or delete it")


def _check_unfinished(path: Path) -> None:
    run = Run(path)
    if run.facts["made"]["finished"]:
        raise ValueError(f"{run.name} is finished: to train longer, train a new run with more epochs")


@contextmanager
def _locked(path: Path, fabric: Fabric, check: Callable[[Path], None]) -> Iterator[None]:
    """Hold a run's folder for the processes that train it; the system lets go of it with the first of them.

    `check` looks at it once it is held: another process may have trained it since.
    """
    with ExitStack() as held:

        def hold() -> None:
            held.enter_context(_lock(path))
            check(path)

        distributed.first(hold)
        yield
    if distributed.processes() > 1:
        fabric.barrier()  # nobody leaves before the first has written everything
        torch.distributed.destroy_process_group()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = taken(path / ".lock")
    except OSError as error:
        raise OSError(f"{path} cannot be made or written to: {error.strerror}") from error
    if lock is None:
        raise ValueError(f"{path} is being trained by another process: wait for it, or stop it")
    with lock:
        yield
