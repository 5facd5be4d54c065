"""What the models reach, beside the literature: three seeds of each, by the field's protocols.

A training is done once: stopped at any time, it goes on where it was when it is asked for again.  What was measured is
kept in quality.json beside this file, the source of the README's tables, with the command that it is of: a study whose
recipe changes is measured anew, once what is left of the old training is moved away.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from portalocker import Lock

from sslcore.data import load
from sslcore.data.items import Data
from sslcore.evaluate import evaluate, likelihood
from sslcore.evaluate.features import linear_probe
from sslcore.files import read_json, write_json
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.run.embed import over
from sslcore.train import resume, train

FOLDER = Path(__file__).parents[2] / "data" / "quality"
RECORD = Path(__file__).with_suffix(".json")
DRAWS = (50, 5000)  # of the importance-sampled likelihood, on the whole test set
LATENT = {"latent": 40, "binarise": "dynamic"}
MLP = {"hidden": (500, 500), "activation": "silu"}
RECIPES: dict[str, dict[str, Any]] = {
    "mnist": {"rate": 2e-3, "network": MLP},
    # without layer norm the posterior of one held-out image overflowed, and at this rate that of a batch in epoch 10
    "fashion-mnist": {"rate": 2e-3, "clip": 100.0, "network": MLP | {"layer_norm": True}},
}


@dataclass(frozen=True)
class Study:
    """A training to repeat with several seeds, and what it is measured by."""

    name: str
    config: dict[str, Any]
    anchor: str = ""  # what the literature has
    seeds: tuple[int, ...] = (0, 1, 2)


def _bayes(data: str, objective: str, epochs: int, anchor: str = "", name: str = "", **settings: Any) -> Study:
    config = {"objective": objective, "data": data, "settings": LATENT | settings, "epochs": epochs, "average": 0.999}
    return Study(name or f"{objective}-{data}", config | RECIPES[data], anchor)


def _features(name: str, objective: str, epochs: int, data: str = "fashion-mnist", **settings: Any) -> Study:
    network = {"encoder": "conv", "features": 512}
    return Study(
        name, {"objective": objective, "data": data, "epochs": epochs, "network": network, "settings": settings}
    )


GREY: dict[str, Any] = {"crop": (0.35, 1.0), "jitter": 1.0, "brightness": 0.8, "contrast": 0.8, "blur": 0.5}
CONTRAST: dict[str, Any] = {"temperature": 0.07, "projector": (512, 128)}
COLOUR: dict[str, Any] = {"temperature": 0.1, "projector": (512, 128), "views": {"crop": (0.2, 1.0)}}
DENOISING: dict[str, Any] = {
    "objective": "autoencoder", "data": "mnist", "epochs": 5, "batch": 256, "rate": 2e-3,
    "settings": {"latent": 128, "noise": 0.75}, "network": {"encoder": "conv", "width": 16, "features": 1024},
}  # fmt: skip

STUDIES = (
    _bayes("mnist", "vae", 200, "84.45 (Exemplar VAE's baseline)", warmup=10_000),
    _bayes("fashion-mnist", "vae", 200, "228.70 (Exemplar VAE's baseline)", warmup=10_000),
    # a VAE of as many epochs as the IWAE can have, and the IWAE
    _bayes("mnist", "vae", 40, name="vae-mnist-40", warmup=2000),
    _bayes("mnist", "iwae", 40, "84.78 (Burda 2016, 50-d, 200-200)", k=50),
    _bayes("fashion-mnist", "vae", 20, name="vae-fashion-mnist-20", warmup=1000),
    _bayes("fashion-mnist", "iwae", 20, k=50),
    Study("ae-mnist", DENOISING),
    _features("ae", "autoencoder", 10, latent=64),
    _features("dae", "autoencoder", 10, latent=64, noise=0.3),
    _features("vae", "vae", 10, latent=64),
    _features("simclr", "simclr", 20, **CONTRAST, views=GREY),
    *(_features(f"simclr-cifar10-{n}", "simclr", n, "cifar10", **COLOUR) for n in (10, 30, 90)),
)


def quality(*names: str) -> Iterator[dict[str, Any]]:
    """Train and measure what is not in the record, and yield a row for each study (of these names, if any).

    Raises ValueError for a name that no study has.
    """
    if unknown := set(names) - {study.name for study in STUDIES}:
        raise ValueError(
            f"no study {', '.join(sorted(unknown))}: there are {', '.join(study.name for study in STUDIES)}"
        )
    for study in STUDIES:
        if not names or study.name in names:
            for seed in study.seeds:
                if seed not in recorded(study):
                    _record(study, seed, _measured(study, seed))
            yield row(study)


def row(study: Study) -> dict[str, Any]:
    """A study, how many seeds, the mean and deviation of each measure, minutes of training, and the anchor."""
    measures = list(recorded(study).values())
    shown: dict[str, Any] = {"study": study.name, "epochs": study.config["epochs"], "seeds": len(measures)}
    for key, first in measures[0].items():
        values = [measured[key] for measured in measures]
        if key in ("test images", "minutes"):
            shown[key] = mean(values)
        elif isinstance(first, float):
            shown[key] = f"{mean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")
    return shown | {"device": measures[0]["device"], "literature": study.anchor}


def recorded(study: Study) -> dict[int, dict[str, Any]]:
    """What was measured of this study as it is now, by seed."""
    record = read_json(RECORD) if RECORD.exists() else {}
    entries = {seed: record.get(_called(study, seed)) for seed in study.seeds}
    return {seed: e["measured"] for seed, e in entries.items() if e and e["command"] == _command(study, seed)}


def _record(study: Study, seed: int, measured: dict[str, Any]) -> None:
    with Lock(FOLDER / ".record"):  # studies may be measured side by side
        record = read_json(RECORD) if RECORD.exists() else {}
        record[_called(study, seed)] = {"command": _command(study, seed), "measured": measured}
        write_json(RECORD, record)


def _called(study: Study, seed: int) -> str:
    return f"{study.name}-{seed}"


def _command(study: Study, seed: int) -> str:
    return Config(**study.config, seed=seed).command(_called(study, seed))


def _measured(study: Study, seed: int) -> dict[str, Any]:
    """Train, or go on, and measure."""
    path = FOLDER / _called(study, seed)
    config, begun = Config(**study.config, seed=seed), (path / "config.json").exists()
    if begun and Run(path).config != config:
        raise ValueError(f"{path} was trained by another recipe: move it away")
    if not begun or not Run(path).facts["made"]["finished"]:
        print(f"{path.name} ...", flush=True)
        for _ in resume(path) if begun else train(config, path):
            pass
    run, start = Run(path), time.perf_counter()
    made, model = run.facts["made"], run.objective()
    test = load(config.data, "test")
    measures: dict[str, Any] = {"test images": len(test)}
    if "likelihood" in model.abilities and model.config.binarise != "none":
        measured = likelihood.bounds(model, test.items, DRAWS)
        measures["-ELBO"] = -measured["elbo"]
        measures |= {f"-L_{row['k']}": -row["bound"] for row in measured["bounds"]}
    else:
        for _ in evaluate(run, parts=("features",)):
            pass
        for name, row in (run.metrics.features or {}).items():
            of = "" if name == "run" else f", {name}"
            measures |= {f"kNN{of}": 100 * row["knn_10"], f"linear{of}": 100 * row["linear"]}
        if "h" not in run.spaces:  # a code is a bottleneck: what it is made from tells more
            measures["linear, encoder"] = 100 * _of_encoder(model, load(config.data), test)
    if wrong := [name for name, value in measures.items() if not math.isfinite(value)]:
        raise ValueError(f"{path.name} has no finite {', '.join(wrong)}: change its recipe, {path} stays as it is")
    print(f"{path.name}: {measures}, measured in {time.perf_counter() - start:.0f} s", flush=True)
    return measures | {"minutes": made["seconds"] / 60, "device": made["device"]}


@torch.no_grad()
def _of_encoder(model: Objective, train: Data, test: Data) -> float:
    """The linear probe on what an encoder puts out, before it becomes a code."""
    seen, unseen = (over(model.encoder, data.items, torch.device("cpu")) for data in (train, test))
    assert train.labels is not None  # of a data set that a study is on
    assert test.labels is not None
    with torch.enable_grad():
        return linear_probe(seen, unseen, train.labels, test.labels)
