"""The epoch scrubber: a slider over a run's snapshots that moves map, reconstructions, cosines and loss together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sslcore.browser.packed import pack
from sslcore.project import align
from sslcore.run import NOT_TERMS, Run
from sslcore.run.snapshots import Aligned, Snapshots
from sslcore.view import charts
from sslcore.view.colours import COLOURS
from sslcore.view.components import State, register, show, store
from sslcore.view.faces import faces, noun

SCRUBBER = register("scrubber", "learning")
WAYS = {
    "raw": "the code itself, not reduced",
    "pca": "the last one's principal axes",
    "umap": "aligned UMAPs",
}


@dataclass(frozen=True)
class Training:
    """What the figure shows of a run: `show`'s facts, state and alt, and the packed arrays."""

    facts: dict[str, Any]
    state: State
    content: bytes
    alt: str


def training(run: Run) -> Training:
    """The loss of a run and, where it has snapshots, they, their images and their maps: baked ones, or else a PCA."""
    history, snapshots, shown = run.history, run.snapshots, next(iter(run.facts["spaces"]))
    names = [name for name in (history[0] if history else {}) if name not in NOT_TERMS]
    arrays: dict[str, np.ndarray] = {
        "at": np.array([row["epoch"] for row in history], np.float32),
        "terms": np.array([[row[name] for row in history] for name in names], np.float32),
    }
    facts: dict[str, Any] = {"terms": names, "colours": COLOURS, "symbols": charts.SYMBOLS}
    alt, state = f"The training of {run.name}: its loss against the epoch", {"epoch": 0}
    texts: dict[str, Any] = {}
    if snapshots is not None:
        aligned, gallery = run.aligned or align(run, snapshots, "pca"), run.gallery
        texts, items = faces(gallery, snapshots.rows)
        arrays |= items | _at_snapshots(history, names, snapshots) | _on_the_map(snapshots, aligned)
        facts |= {
            "classes": gallery.classes,
            "values": list(snapshots.values),
            "map": _map(run, shown, snapshots, aligned),
        }
        what = f"{len(snapshots.rows)} held-out {noun(gallery)}"
        alt += f", and at {len(snapshots)} snapshots a map of {what}, coloured by class"
        state = {"epoch": int(snapshots.epochs[-1])}
    return Training(facts, state, pack(texts, arrays), alt)


def scrubber(of: Training, name: str, provenance: str) -> State:
    """Show it, for the run of this name; -> the epoch that was chosen last."""
    stores = {"training": store("training", of.content)}
    return show(SCRUBBER, f"scrubber-{name}", of.facts | {"provenance": provenance}, of.state, stores, of.alt)


def density(counts: np.ndarray) -> np.ndarray:
    """Counts in equal bins of -1..1, [k, bins], as densities of cosines, float32."""
    return (counts / counts.sum(1, keepdims=True) * counts.shape[1] / 2).astype(np.float32)


def _at_snapshots(
    history: Sequence[Mapping[str, float]], names: Sequence[str], snapshots: Snapshots
) -> dict[str, np.ndarray]:
    rows = {row["step"]: row for row in history}
    reached = [[rows[s][name] if s in rows else np.nan for name in names] for s in snapshots.steps]
    arrays = {
        "epochs": snapshots.epochs.astype(np.uint32),
        "steps": snapshots.steps.astype(np.uint32),
        "reached": np.array(reached, np.float32),  # [k, terms]: nothing is known of them before training
        "values": np.array(list(snapshots.values.values()), np.float32).T,  # [k, values]
    }
    if snapshots.reconstructions is not None:
        arrays["reconstructions"] = snapshots.reconstructions
    if snapshots.positives is not None and snapshots.negatives is not None:
        arrays |= {"positives": density(snapshots.positives), "negatives": density(snapshots.negatives)}
    return arrays


def _on_the_map(snapshots: Snapshots, aligned: Aligned) -> dict[str, np.ndarray]:
    return {
        "points": aligned.points,
        "trust": aligned.trustworthiness.astype(np.float32),
        "rows": snapshots.rows.astype(np.uint32),
    }


def _map(run: Run, shown: str, snapshots: Snapshots, aligned: Aligned) -> dict[str, Any]:
    note = "Points travel straight from one snapshot to the next: only where they rest was anything computed. "
    note += f"Trustworthiness looks at {aligned.neighbours} neighbours."
    if aligned.method == "pca":
        note += f" For UMAPs, each begun at the next: python -m sslcore project {run.name}"
    elif aligned.method == "umap":
        seed = aligned.parameters.get("random_state")
        note += f" Each UMAP (seed {seed}) began at the next one's points and was turned onto them."
    title = f"{shown} of {len(snapshots.rows):,} held-out {noun(run)}: {WAYS[aligned.method]}"
    return {"title": title, "note": note, "axes": aligned.method != "umap"}
