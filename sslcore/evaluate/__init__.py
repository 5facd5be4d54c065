"""What a representation is worth, by the field's protocols, always beside what doing nothing gives."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from sslcore.data import load, portions
from sslcore.evaluate import anomaly, contrast, features, finetune, geometry, likelihood
from sslcore.evaluate.contrast import pairs
from sslcore.evaluate.features import accuracies, knn, linear_probe
from sslcore.evaluate.geometry import alignment, tolerance, uniform_uniformity, uniformity
from sslcore.evaluate.subject import BASELINES, PCA, Subject, before_training, embed, fingerprint, sample, values
from sslcore.files import write_json
from sslcore.objectives.vae import VAE
from sslcore.run import SPREADS, Run, card
from sslcore.run.embed import device

__all__ = [
    "PARTS",
    "accuracies",
    "alignment",
    "before_training",
    "embed",
    "evaluate",
    "knn",
    "linear_probe",
    "pairs",
    "tolerance",
    "uniform_uniformity",
    "uniformity",
]

PARTS = ("features", "labels", "geometry", "contrast", "likelihood", "anomaly", "finetune")
GEOMETRY = 5000  # test images
LIKELIHOOD = 500  # test images
PROTOCOL = {
    "knn": "cosine, weights exp(s/0.07)",
    "linear": "logistic regression, LBFGS, standardised; L2 chosen on a tenth of train; test once",
    "few_labels": "linear, centred and scaled as a whole; labels spread over classes; L2 0.01 below 1,000 labels, else "
    "chosen on a tenth of them",
    "hubness": "skew of the 10-occurrence by cosine; beside as many uniform points on the sphere",
    "anomaly": "AUROC, the outsider positive; distance to the nearest of 10,000 training images",
    "finetune": "AdamW, cosine, no augmentation; encoder and linear head",
    "pca": f"{PCA} components",
    "random": "the run's encoder before training, same seed",
}


def evaluate(run: Run, on: str = "auto", parts: Sequence[str] = PARTS) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure a run on its whole data set, yielding (what, figures) as they come; writes metrics.json and the card.

    Accuracies are fractions of the test images.  Parts that are not asked for keep what metrics.json says of them; parts
    that this run cannot have (few labels of unlabelled images, the likelihood of an autoencoder) are left out.  Raises
    ValueError where the data set is not the one trained on or a part is unknown, and RuntimeError where the measuring
    has changed the model.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))} to evaluate: choose among {', '.join(PARTS)}")
    where, config = device(on), run.config
    train, test = (load(config.data, split, config.size) for split in ("train", "test"))
    run.check_data(train.digest)
    subject = Subject(run, run.objective().to(where), train, test, where)
    frozen = fingerprint(subject.objective)
    metrics = {} if set(parts) == set(PARTS) else run.metrics
    metrics |= {
        "space": run.spaces[0],
        "train_images": len(train),
        "test_images": len(test),
        "device": where.type,
        "protocol": PROTOCOL,
    }
    metrics["terms"] = {name: float(v.mean()) for name, v in values(subject.objective, test.pixels, where).items()}
    yield "held-out terms", metrics["terms"]
    for part in PARTS:
        if part in parts:
            yield from MEASURES[part](subject, metrics)
    if fingerprint(subject.objective) != frozen:
        raise RuntimeError(
            f"measuring {run.name} changed its weights or buffers, so nothing is written: mend the probe"
        )
    write_json(run.path / "metrics.json", rounded(metrics))
    card.write_card(run)


Found = Iterator[tuple[str, dict[str, Any]]]


def _features(subject: Subject, metrics: dict[str, Any]) -> Found:
    """kNN and linear accuracy: the run's beside `baselines`."""
    if not (labels := subject.labels):
        return
    baselines = {}
    for name, found in subject.rows("features", lambda row: accuracies(*subject.features(row), *labels)):
        if name == "run":
            metrics |= found
        else:
            baselines[name] = found
        yield f"features {name}", found
    metrics["baselines"] = baselines


def _labels(subject: Subject, metrics: dict[str, Any]) -> Found:
    if not (labels := subject.labels):
        return
    few = {}
    for name, found in subject.rows("labels", lambda row: features.few_labels(*subject.features(row), *labels)):
        few[name] = found
        yield f"few labels {name}", {f"{row['labels']}": row["mean"] for row in found}
    metrics["few_labels"] = few


def _geometry(subject: Subject, metrics: dict[str, Any]) -> Found:
    """Ranks and hubness of every space and baseline; spectra of the spaces."""
    some = sample(subject.test, GEOMETRY).pixels
    rows, spectra = {}, {}
    with torch.no_grad():
        chunks = [subject.objective.spaces(x) for x in portions(some, subject.where)]
    for name in chunks[0]:
        if name not in SPREADS:
            vectors = torch.cat([chunk[name] for chunk in chunks])
            rows[name], spectra[name] = geometry.describe(vectors), geometry.spectrum(vectors)
            yield f"geometry {name}", rows[name]
    for name, found in subject.rows("geometry", lambda row: geometry.describe(subject.encode(row, some)), BASELINES):
        rows[name] = found
        yield f"geometry {name}", found
    metrics["geometry"] = {"images": len(some), "rows": rows, "spectrum": spectra}


def _contrast(subject: Subject, metrics: dict[str, Any]) -> Found:
    if hasattr(subject.objective, "pair"):
        metrics |= contrast.of_views(subject.objective, subject.train, subject.test, subject.where)
        yield "contrast", metrics["contrast"]


def _likelihood(subject: Subject, metrics: dict[str, Any]) -> Found:
    model = subject.objective
    if isinstance(model, VAE):
        found = {"likelihood": model.config.likelihood, "binarise": model.config.binarise}
        found |= likelihood.bounds(model, sample(subject.test, LIKELIHOOD).pixels)
        found["units"] = likelihood.units(model, subject.test.pixels)
        metrics["likelihood"] = found
        yield "likelihood", {"elbo": found["elbo"], **{f"L_{row['k']}": row["bound"] for row in found["bounds"]}}


def _anomaly(subject: Subject, metrics: dict[str, Any]) -> Found:
    metrics["anomaly"] = found = anomaly.detection(subject)
    yield "anomaly", found if "missing" in found else {**found["scores"], "distance": found["distance"]["run"]}


def _finetune(subject: Subject, metrics: dict[str, Any]) -> Found:
    if labels := subject.labels:
        metrics["finetune"] = found = finetune.fine_tune(subject, *labels)
        yield "fine-tuning", {kind: found[kind]["mean"] for kind in ("trained", "scratch")}


MEASURES = dict(zip(PARTS, (_features, _labels, _geometry, _contrast, _likelihood, _anomaly, _finetune), strict=True))


def rounded(value: Any) -> Any:
    """The same with every float to six digits: what is measured here is known to fewer."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
