"""A training as it goes: what its process writes each second, and what a second adds to the second before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sslcore.browser.packed import pack
from sslcore.files import read_arrays
from sslcore.jobs import Job
from sslcore.project import K, neighbours, principal_axes, procrustes
from sslcore.run import NOT_TERMS, Run
from sslcore.run.gallery import Embeddings, Gallery
from sslcore.view import charts, components
from sslcore.view.colours import COLOURS
from sslcore.view.components import mount, named, register
from sslcore.view.faces import faces, noun

LIVE = register("live", "learning")
MEASURED = 500  # points whose neighbours are compared each second
History = list[dict[str, float]]


@dataclass(frozen=True)
class Frame:
    """What the figure shows of a training at one moment."""

    facts: dict[str, Any]
    stores: dict[str, bytes]  # packed arrays by the part they play: gallery, history and, once there is one, live
    points: np.ndarray | None = None  # float32 [m, 2], which the next frame's are turned onto
    trust: float = 1.0
    written: int = 0  # when the file of the codes was


def frame(job: Job, before: Frame | None = None) -> Frame | None:
    """The training as it is now, `before` being the frame that is on the screen; None until there is one.

    A code of one or two dimensions is drawn as it is.  Others by PCA, moved and turned onto the frame before: axes of
    almost equal variance would else change places, and the map jump.  ValueError for files that are not a training's.
    """
    run, path = Run(job.path), job.path / "resume" / "live.npz"
    if not ((run.path / "gallery.npz").exists() and (path.exists() or before)):
        return None
    history = job.history
    names = [name for name in (history[0] if history else {}) if name not in NOT_TERMS]
    points, trust, written = (before.points, before.trust, before.written) if before else (None, 1.0, 0)
    stores = {} if before is None else dict(before.stores)
    stores["history"] = _packed(history, names)
    if path.exists() and path.stat().st_mtime_ns != written:
        written, arrays, gallery = path.stat().st_mtime_ns, read_arrays(path), run.gallery
        _check(arrays, gallery, next(iter(run.facts["spaces"].values())), path)
        if np.isfinite(arrays["codes"]).all():  # a training that diverges is about to say so
            if "gallery" not in stores:
                stores["gallery"] = _items(gallery, arrays["rows"])
            points, trust = _map(arrays, points, run.facts["metric"])
            live = {"points": points} | {k: v for k, v in arrays.items() if k == "reconstructions"}
            stores["live"] = pack({"epoch": round(float(arrays["epoch"]), 2)}, live)
    if points is None:
        return None
    facts = _facts(job, run, history, names, len(points), trust)
    return Frame(facts, stores, points, trust, written)


def _facts(job: Job, run: Run, history: History, names: list[str], m: int, trust: float) -> dict[str, Any]:
    """What the figure says of a frame of m items."""
    facts, config = run.facts, run.facts["config"]
    space, d = next(iter(facts["spaces"].items()))
    title = "the code itself, not reduced" if d <= 2 else "its two principal axes, turned onto the second before"
    rows = _rows(job, history, names, config["epochs"])
    where = f"run {job.name} · {facts['data']['name']}, held-out {noun(run)} · training seed {config['seed']}"
    how = f"batch {config['batch']} · learning rate {config['rate']:g} · {facts['made']['device']}"
    return {
        "rows": rows if d <= 2 else [*rows, ["map's trustworthiness", f"{trust:.3f}"]],
        "done": history[-1]["epoch"] / config["epochs"] if history else 0.0,
        "terms": names,
        "epochs": config["epochs"],
        "axes": d <= 2,
        "classes": run.gallery.classes,
        "colours": COLOURS,
        "symbols": charts.SYMBOLS,
        "title": f"{space} of {m:,} held-out {noun(run)}: {title}",
        "note": "Points travel straight from one second to the next: only where they rest was anything computed.",
        "alt": f"{job.name} as it trains: its loss, a map of its code, and its reconstructions",
        "name": job.name,
        "provenance": f"{where} · {how}",
    }


def show(of: Frame) -> None:
    """The figure, which goes on from the frame that it showed before; its export is of this moment."""
    stores = {part: named(content) for part, content in of.stores.items()}
    components.show(LIVE, f"live-{of.facts['name']}", of.facts, {}, stores, of.facts["alt"])
    for part, item in stores.items():
        mount(f"live-{part}", item)


def seconds(left: float | None) -> str:
    """A time in words, no more exact than it can be known."""
    if left is None:
        return "not known yet"
    if left < 90:
        return f"about {max(1, round(left, -1 if left > 20 else 0)):.0f} s"
    return f"about {left / 60:.0f} min" if left < 5400 else f"about {left / 3600:.1f} h"


def _rows(job: Job, history: History, names: list[str], epochs: int) -> list[list[str]]:
    if not history:
        return [["epoch", f"0 of {epochs}"]]
    last = history[-1]
    rows = [["epoch", f"{last['epoch']:.1f} of {epochs}"]]
    if len(names) > 1:
        rows.append(["loss", f"{sum(last[name] for name in names):.4g}"])
    rows += [
        [f"{'+' if i else '='} {name}" if len(names) > 1 else name, f"{last[name]:.4g}"] for i, name in enumerate(names)
    ]
    pace = f"{last['items_per_second']:,.0f}"
    return [*rows, [f"{noun(Run(job.path))} a second", pace], ["time left", seconds(job.left(history))]]


def _packed(history: History, names: list[str]) -> bytes:
    at = np.array([row["epoch"] for row in history], np.float32)
    return pack({}, {"at": at, "terms": np.array([[row[name] for row in history] for name in names], np.float32)})


def _map(arrays: dict[str, np.ndarray], before: np.ndarray | None, metric: str) -> tuple[np.ndarray, float]:
    """Where the codes [m, d] fall, float32 [m, 2], and the map's trustworthiness."""
    codes = arrays["codes"].astype(np.float32)
    m, d = codes.shape
    if d <= 2:
        return np.pad(codes, ((0, 0), (0, 2 - d))), 1.0
    x = Embeddings(codes, None, arrays["rows"], "", metric).comparable
    centre, axes, _ = principal_axes(x, 2)
    points = (x - centre) @ axes.T
    if before is not None and before.shape == points.shape:
        points = procrustes(points, before)
    some = slice(0, MEASURED)
    k = min(K, (min(m, MEASURED) - 1) // 2)
    return points.astype(np.float32), neighbours.trustworthiness(x[some], points[some], k) if k else 1.0


def _items(gallery: Gallery, rows: np.ndarray) -> bytes:
    texts, arrays = faces(gallery, rows)
    return pack(texts, arrays | {"rows": rows.astype(np.uint32)})


def _check(arrays: dict[str, np.ndarray], gallery: Gallery, d: int, path: Path) -> None:
    """ValueError for arrays that are not this run's, with the first thing that it must hold and does not."""

    def must(hold: bool, what: str) -> None:
        if not hold:
            raise ValueError(f"{path} is not of this run: it must hold {what}")

    must({"codes", "rows", "epoch"} <= arrays.keys(), "codes, rows and an epoch")
    rows, codes, answers = arrays["rows"], arrays["codes"], arrays.get("reconstructions")
    must(rows.ndim == 1 and rows.dtype.kind in "iu" and len(rows) > 0, "rows [m], whole numbers")
    must(bool(((rows >= 0) & (rows < len(gallery))).all()), f"rows of the {len(gallery)} items in the gallery")
    must(codes.shape == (len(rows), d), f"codes [m, {d}], one for each of its {len(rows)} rows")
    picture = gallery.form.picture
    good = answers is None or (answers.dtype == np.uint8 and answers.shape[1:] == picture)
    must(good, f"reconstructions like its items, uint8 {picture}")
