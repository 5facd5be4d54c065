"""What a representation is worth, by the field's protocols, always beside what doing nothing gives."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import torch

from sslcore.data import load
from sslcore.data.items import portions
from sslcore.evaluate import anomaly, contrast, features, finetune, geometry, likelihood
from sslcore.evaluate.features import accuracies
from sslcore.evaluate.subject import PCA, Subject, fingerprint, sample, values
from sslcore.files import read_json, write_json
from sslcore.run import SPREADS, Run, card
from sslcore.run.embed import device
from sslcore.run.metrics import BASELINES

GEOMETRY = 5000  # test items
LIKELIHOOD = 500  # test items
PROTOCOL = {
    "knn": "cosine, weights exp(s/0.07)",
    "linear": "logistic regression, LBFGS, standardised; L2 chosen on a tenth of train; test once",
    "labels": "linear, centred and scaled as a whole; labels spread over classes; L2 0.01 below 1,000 labels, else "
    "chosen on a tenth of them",
    "hubness": "skew of the 10-occurrence by cosine; beside as many uniform points on the sphere",
    "anomaly": "AUROC, the outsider positive; distance to the nearest of 10,000 training items",
    "finetune": "AdamW, cosine, no augmentation; encoder and linear head",
    "pca": f"{PCA} components",
    "random": "the run's encoder before training, same seed",
}
Part = dict[str, Any]
Measuring = Generator[
    tuple[str, Part], None, Part | None
]  # yields what it finds as it comes; -> the part of metrics.json


def evaluate(run: Run, on: str = "auto", parts: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure a run on its whole data set, yielding (what, figures) as they come; writes metrics.json and the card.

    Accuracies are fractions of the test items.  Parts that are not asked for keep what metrics.json says of them (none
    named is all of them); parts that this run cannot have (few labels of unlabelled items, the likelihood of an
    autoencoder) are left out.  Raises ValueError where the data set is not the one trained on or a part is unknown, and
    RuntimeError where the measuring has changed the model.
    """
    if unknown := set(parts) - MEASURES.keys():
        raise ValueError(f"no part {', '.join(sorted(unknown))} to evaluate: choose among {', '.join(MEASURES)}")
    subject = _subject(run, on)
    frozen = fingerprint(subject.objective)
    metrics: dict[str, Any] = read_json(run.path / "metrics.json") if parts and run.metrics else {}
    metrics |= _common(subject)
    yield "held-out terms", metrics["terms"]
    for name in parts or MEASURES:
        metrics.pop(name, None)
        if part := (yield from MEASURES[name](subject)):
            metrics[name] = part
    if fingerprint(subject.objective) != frozen:
        raise RuntimeError(
            f"measuring {run.name} changed its weights or buffers, so nothing is written: mend the probe"
        )
    write_json(run.path / "metrics.json", rounded(metrics))
    card.write_card(run)


def _subject(run: Run, on: str) -> Subject:
    where, config = device(on), run.config
    train, test = (load(config.data, split, config.size) for split in ("train", "test"))
    run.check_data(train.digest, test.digest)
    return Subject(run, run.objective().to(where), train, test, where)


def _common(subject: Subject) -> dict[str, Any]:
    """What every metrics.json says first."""
    terms = values(subject.objective, subject.test.items, subject.where)
    return {
        "space": subject.run.spaces[0],
        "items": {"train": len(subject.train), "test": len(subject.test)},
        "device": subject.where.type,
        "protocol": PROTOCOL,
        "terms": {name: float(v.mean()) for name, v in terms.items()},
    }


def _features(subject: Subject) -> Measuring:
    """kNN and linear accuracy of the run and its baselines."""
    if not (labels := subject.labels):
        return None
    part: Part = {}
    for name, row in subject.rows("features", lambda row: accuracies(*subject.features(row), *labels)):
        part[name] = row
        yield f"features {name}", row
    return part


def _labels(subject: Subject) -> Measuring:
    """Accuracy from few labels, of the same."""
    if not (labels := subject.labels):
        return None
    part: Part = {}
    for name, rows in subject.rows("labels", lambda row: features.few_labels(*subject.features(row), *labels)):
        part[name] = rows
        yield f"few labels {name}", {f"{row['labels']}": row["mean"] for row in rows}
    return part


def _geometry(subject: Subject) -> Measuring:
    """Ranks and hubness of every space and baseline; spectra of the spaces."""
    some = sample(subject.test, GEOMETRY).items
    rows: Part = {}
    spectra: Part = {}
    with torch.no_grad():
        portioned = [subject.objective.spaces(x) for x in portions(some, subject.where)]
    for name in portioned[0]:
        if name not in SPREADS:
            vectors = torch.cat([spaces[name] for spaces in portioned])
            rows[name], spectra[name] = geometry.describe(vectors), geometry.spectrum(vectors)
            yield f"geometry {name}", rows[name]
    described = subject.rows("geometry", lambda row: geometry.describe(subject.encode(row, some)), tuple(BASELINES))
    for name, row in described:
        rows[name] = row
        yield f"geometry {name}", row
    return {"items": len(some), "rows": rows, "spectrum": spectra}


def _contrast(subject: Subject) -> Measuring:
    if "pair" not in subject.objective.abilities:
        return None
    part = contrast.of_views(subject.objective, subject.train, subject.test, subject.where)
    yield "contrast", part
    return part


def _likelihood(subject: Subject) -> Measuring:
    model = subject.objective
    if "likelihood" not in model.abilities:
        return None
    part = {"likelihood": model.likelihood, "binarise": model.config.binarise}
    part |= likelihood.bounds(model, sample(subject.test, LIKELIHOOD).items)
    part["units"] = likelihood.units(model, subject.test.items)
    yield "likelihood", {"elbo": part["elbo"], **{f"L_{row['k']}": row["bound"] for row in part["bounds"]}}
    return part


def _anomaly(subject: Subject) -> Measuring:
    part = anomaly.detection(subject)
    yield "anomaly", part if "missing" in part else {**part["scores"], "distance": part["distance"]["run"]}
    return part


def _finetune(subject: Subject) -> Measuring:
    if not (labels := subject.labels):
        return None
    part = finetune.fine_tune(subject, *labels)
    yield "fine-tuning", {kind: part[kind]["mean"] for kind in ("trained", "scratch")}
    return part


MEASURES: dict[str, Callable[[Subject], Measuring]] = {
    "features": _features,
    "labels": _labels,
    "geometry": _geometry,
    "contrast": _contrast,
    "likelihood": _likelihood,
    "anomaly": _anomaly,
    "finetune": _finetune,
}


def rounded(value: Any) -> Any:
    """The same with every float to six digits, for what is measured here is known to fewer; null if unknown."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
