"""Training: one loop for every objective, the data on the device, nothing in the loop that waits for it.

__init__   begin a run, or go on with one        loop       the loop
gallery    what the model makes of held-out images  batches    images on the device, or read ahead
state      what an interrupted training needs    speed      how steps are the quickest
graphs     a step as one CUDA graph              stop       ending it between two steps
history    its rows
"""

from __future__ import annotations

import os
import platform
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout

from sslcore import distributed
from sslcore.data import Images, load
from sslcore.files import write_arrays, write_json
from sslcore.objectives import Objective
from sslcore.run import FORMAT, Run
from sslcore.run.config import Config
from sslcore.run.embed import device, evaluating, gallery
from sslcore.train.history import Row
from sslcore.train.loop import learn
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
    images, held_out = _data(config, fabric)
    objective = _objective(config, images)
    bits: str = "32" if config.precision == "auto" else config.precision
    graphs = False
    if fabric.world_size == 1:  # several processes would have to agree on what each measures
        first, may = images.pixels[: config.batch], config.graphs and not config.compile
        bits, graphs = quickest(objective, first, fabric.device, config.precision, may)
        if config.precision == "auto" and bits != "32":  # as `fabric` has it
            fabric = _fabric(config, on, devices, nodes, bits)
    with _locked(path, fabric, _check_new):
        facts = _facts(config, objective, images, fabric, bits, graphs)
        kept = gallery(held_out)
        if fabric.is_global_zero:
            write_arrays(path / "gallery.npz", kept)
            write_json(path / "config.json", facts)
        yield from learn(config, path, fabric, objective, images, kept, facts)


def resume(path: str | Path, on: str = "auto", devices: int = 1, nodes: int = 1) -> Iterator[Row]:
    """Go on with an interrupted run, as `train` would have; on a CPU with the same number of threads bit for bit.

    Rows that were written after the state was saved are written again.  ValueError where the run is finished, is being
    trained now, or its data set holds other images than before.
    """
    run = Run(Path(path))
    _check_unfinished(run.path)
    config, made = run.config, run.facts["made"]
    fabric = _fabric(config, on, devices, nodes, made.get("precision", "32"))
    images, held_out = _data(config, fabric)
    run.check_data(images.digest)
    if made.get("threads") != torch.get_num_threads() and fabric.device.type == "cpu":
        warnings.warn(
            f"{run.name} began with {made.get('threads')} threads and goes on with {torch.get_num_threads()}: "
            "sums are rounded otherwise, so it ends a little differently",
            stacklevel=2,
        )
    objective = _objective(config, images)
    with _locked(run.path, fabric, _check_unfinished):
        if fabric.is_global_zero:
            for left in run.path.glob(".*.[0-9]*"):  # what a kill left of files that were being written
                left.unlink()
        yield from learn(config, run.path, fabric, objective, images, gallery(held_out), _resumed(run.facts, fabric))


def _resumed(facts: dict[str, Any], fabric: Fabric) -> dict[str, Any]:
    """What config.json holds of a run that goes on here."""
    made, here = facts["made"], _machine(fabric)
    made.pop("processes", None)
    if fabric.device.type == "cpu" or fabric.world_size > 1:
        made.pop("graphs", None)  # they were of one GPU
    before = made["device"].split(", then ")
    every = before if here["device"] in before else [*before, here["device"]]
    made |= here | {"device": ", then ".join(every), "resumed": made.get("resumed", 0) + 1}
    return facts


def _fabric(config: Config, on: str, devices: int, nodes: int, auto: str = "32") -> Fabric:
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


def _data(config: Config, fabric: Fabric) -> tuple[Images, Images]:
    with fabric.rank_zero_first():  # where there is something to download or to decode, once
        images, held_out = load(config.data, "train", config.size), load(config.data, "test", config.size)
    if config.batch > len(images):
        raise ValueError(f"a batch of {config.batch} is more than the {len(images)} images of {config.data}: lower it")
    return images, held_out


def _objective(config: Config, images: Images) -> Objective:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        objective = config.build(images.shape)
    objective.encoder.normalise.fit(images.pixels)
    return objective.to(memory_format=torch.channels_last)  # convolutions are 1.4 times as quick, on CPU too


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
    lock = FileLock(path / ".lock", timeout=0)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ValueError(f"{path} is being trained by another process: wait for it, or stop it") from None
    except OSError as error:
        raise OSError(f"{path} cannot be made or written to: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


@torch.no_grad()
def _facts(
    config: Config, objective: Objective, images: Images, fabric: Fabric, bits: str, graphs: bool
) -> dict[str, Any]:
    """What config.json holds, enough for the dashboard to know what a run can do without building its model."""
    with evaluating(objective):
        spaces = objective.spaces(torch.zeros(2, *images.shape))
    return {
        "format": FORMAT,
        "config": config.model_dump(mode="json"),
        "shape": list(images.shape),
        "spaces": {name: v.shape[1] for name, v in spaces.items()},
        "metric": objective.metric,
        "abilities": [ability for ability in ("decode", "pair") if hasattr(objective, ability)],
        "data": {"name": images.name, "train_images": len(images), "digest": images.digest},
        "made": {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "finished": None,
            **_machine(fabric),
            "precision": bits,
            **({"graphs": True} if graphs else {}),
            "torch": torch.__version__,
            "commit": _commit(),
        },
    }


def _machine(fabric: Fabric) -> dict[str, Any]:
    return {
        "device": torch.cuda.get_device_name() if fabric.device.type == "cuda" else f"cpu ({platform.machine()})",
        **({"processes": fabric.world_size} if fabric.world_size > 1 else {}),
        "threads": torch.get_num_threads(),
    }


def _commit() -> str | None:
    """The commit of this code, where it is a git checkout and git is installed."""
    try:
        words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
