"""Training: one loop for every objective, the data on the device, nothing in the loop that waits for it."""

import csv
import platform
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from safetensors.torch import save
from torch import Tensor

from sslcore import card
from sslcore.config import Config
from sslcore.data import Images, load
from sslcore.files import write, write_arrays, write_json
from sslcore.objectives import Objective
from sslcore.run import FORMAT, Run

GALLERY = 2000  # held-out images that a run carries with it
GALLERY_BYTES = 2**26
PRECISIONS: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
ROWS = 10  # history rows an epoch
PAUSE = 10.0  # seconds between two snapshots: one costs as much as a short epoch


def device(name: str) -> torch.device:
    """The device for "auto", "cpu" or "cuda"; ValueError for one that is not there."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"no device {name!r}: choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("the device cuda was asked for, but torch finds no GPU here: use --device cpu or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def train(config: Config, path: str | Path, on: str = "auto") -> Iterator[dict[str, float]]:
    """Train into the new run folder `path`, yielding ten rows an epoch: each term's mean since the row before.

    The weights and the gallery's embeddings are written after the first epoch, then at the end of an epoch at most
    every ten seconds, and at the end; a training that is interrupted leaves a readable run.  Raises ValueError before
    anything is written where a setting cannot work, FileExistsError where the folder is a run already, and
    FloatingPointError when a term stops being finite (the last snapshot is kept).
    """
    path, where = Path(path), device(on)
    if (path / "config.json").exists():
        raise FileExistsError(f"{path} is a run already and is never written over: choose another name, or delete it")
    if config.precision == "16" and where.type == "cpu":
        raise ValueError("precision 16 needs a GPU: use 32 (quickest on a CPU) or bf16")
    images, held_out = load(config.data, "train", config.size), load(config.data, "test", config.size)
    if config.batch > len(images):
        raise ValueError(f"a batch of {config.batch} is more than the {len(images)} images of {config.data}: lower it")

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        objective = config.build(images.shape)
    objective.encoder.normalise.fit(images.pixels)
    objective = objective.to(memory_format=torch.channels_last)  # convolutions are 1.4 times as quick, on CPU too
    fabric = Fabric(accelerator=where.type, devices=1, precision=PRECISIONS[config.precision])
    optimiser = torch.optim.AdamW(objective.parameters(), lr=config.rate, weight_decay=config.weight_decay, fused=True)
    model, optimiser = fabric.setup(objective, optimiser)
    per_epoch = len(images) // config.batch
    steps = config.epochs * per_epoch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator(where).manual_seed(config.seed)
    pixels = images.pixels.to(where)

    gallery = _gallery(held_out)
    facts = _facts(config, objective, images, where)
    path.mkdir(parents=True, exist_ok=True)
    write_arrays(path / "gallery.npz", gallery)
    write_json(path / "config.json", facts)

    started = seen_at = saved_at = time.perf_counter()
    totals: dict[str, Tensor] = {}
    since = step = 0

    def snapshot() -> None:
        write(path / "weights.safetensors", save({k: v.contiguous() for k, v in objective.state_dict().items()}))
        write_arrays(path / "embeddings.npz", embed_gallery(objective, gallery["pixels"], pixels))
        facts["made"] |= {"seconds": round(time.perf_counter() - started, 1), "epochs": step / per_epoch}
        write_json(path / "config.json", facts)

    # the moments of units that are dead decay into denormal numbers, which make a CPU's step 1.5 times as long
    torch.set_flush_denormal(True)
    try:
        with open(path / "history.csv", "w", newline="") as file:
            history = None
            for epoch in range(config.epochs):
                order = torch.randperm(len(pixels), device=where, generator=generator)
                for batch in order[: per_epoch * config.batch].view(per_epoch, config.batch):
                    x = pixels.index_select(0, batch).float().div_(255)  # a tenth of the time of pixels[batch]
                    terms = model(x, generator)
                    optimiser.zero_grad()
                    fabric.backward(sum(terms.values()))
                    optimiser.step()
                    rate = float(schedule.get_last_lr()[0])
                    schedule.step()
                    objective.after_step()
                    for name, term in terms.items():
                        totals[name] = totals.get(name, 0) + term.detach()
                    step, since = step + 1, since + 1
                    if (step % per_epoch) % max(1, per_epoch // ROWS) and step % per_epoch:
                        continue
                    now = time.perf_counter()
                    means = {name: total.item() / since for name, total in totals.items()}
                    _check(means, step)
                    row: dict[str, float] = {
                        "step": step,
                        "epoch": epoch + (step - epoch * per_epoch) / per_epoch,
                        **means,
                    }
                    row |= {"learning_rate": rate, "images_per_second": since * config.batch / (now - seen_at)}
                    if history is None:
                        history = csv.DictWriter(file, row)
                        history.writeheader()
                    history.writerow(row)
                    file.flush()
                    totals, since = {}, 0
                    yield row
                    seen_at = time.perf_counter()
                if epoch in (0, config.epochs - 1) or time.perf_counter() - saved_at > PAUSE:
                    snapshot()
                    seen_at = saved_at = time.perf_counter()
    except (KeyboardInterrupt, GeneratorExit):
        snapshot()
        card.write_card(Run(path))
        raise
    finally:
        torch.set_flush_denormal(False)
    facts["made"]["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(path / "config.json", facts)
    card.write_card(Run(path))


@torch.no_grad()
def embed_gallery(objective: Objective, held_out: np.ndarray, train_pixels: Tensor) -> dict[str, np.ndarray]:
    """What embeddings.npz holds: `space.*`, `value.*` and, for an objective of views, `pair.<split>.<a|b>`.

    held_out is uint8 [n, c, h, w]; the pairs of the train split are of the first n training images.
    """
    training, where = objective.training, train_pixels.device
    objective.eval()
    generator = torch.Generator(where).manual_seed(0)  # of views and noise: the same for every run and epoch
    found: dict[str, list[Tensor]] = {}
    for split, pixels in (("test", torch.from_numpy(held_out).to(where)), ("train", train_pixels[: len(held_out)])):
        for chunk in pixels.split(500):
            x = chunk.float() / 255
            rows: dict[str, Tensor] = {}
            if split == "test":
                rows |= {f"space.{name}": v for name, v in objective.spaces(x).items()}
                rows |= {f"value.{name}": v for name, v in objective.values(x, generator).items()}
            if hasattr(objective, "pair"):
                rows |= {f"pair.{split}.{view}": v for view, v in zip("ab", objective.pair(x, generator), strict=True)}
            for name, v in rows.items():
                found.setdefault(name, []).append(v.cpu())
    objective.train(training)
    arrays = {name: torch.cat(parts).float().numpy() for name, parts in found.items()}
    # half precision keeps three digits, enough for distances; codes that are drawn as they are, and values, stay whole
    return {name: v.astype(np.float16) if v.ndim == 2 and v.shape[1] > 3 else v for name, v in arrays.items()}


def _gallery(images: Images) -> dict[str, np.ndarray]:
    """The same sample for every run on a data set, so that runs can be compared image by image."""
    n = min(GALLERY, len(images), max(1, GALLERY_BYTES // images.pixels[0].numel()))
    indices = np.sort(np.random.default_rng(0).permutation(len(images))[:n])
    chosen = images.take(torch.from_numpy(indices))
    arrays = {"pixels": chosen.pixels.numpy(), "indices": indices}
    if chosen.labels is not None:
        arrays |= {"labels": chosen.labels.numpy(), "classes": np.array(chosen.classes)}
    return arrays | {f"factor.{name}": values.numpy() for name, values in (chosen.factors or {}).items()}


@torch.no_grad()
def _facts(config: Config, objective: Objective, images: Images, where: torch.device) -> dict[str, Any]:
    """What config.json holds, enough for the dashboard to know what a run can do without building its model."""
    objective.eval()
    spaces = objective.spaces(torch.zeros(2, *images.shape, device=where))
    objective.train()
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
            "device": torch.cuda.get_device_name() if where.type == "cuda" else f"cpu ({platform.machine()})",
            "torch": torch.__version__,
            "commit": _commit(),
        },
    }


def _commit() -> str | None:
    """The commit of this code, where it is a git checkout and git is installed."""
    try:
        words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _check(means: dict[str, float], step: int) -> None:
    for name, value in means.items():
        if not np.isfinite(value):
            raise FloatingPointError(f"{name} is {value} at step {step}: lower the learning rate, or try another seed")
