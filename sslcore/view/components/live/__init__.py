"""A training as it goes: what its process writes each second, and what a second adds to the second before."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sslcore.browser.packed import pack
from sslcore.files import read_arrays
from sslcore.jobs import Job
from sslcore.project import K, neighbours, principal_axes, procrustes
from sslcore.run import Run
from sslcore.run.gallery import Embeddings, Gallery
from sslcore.view import charts, components
from sslcore.view.components import mount, named, register
from sslcore.view.components.scrubber import NOT_TERMS

LIVE = register("live", "learning")
MEASURED = 500  # points whose neighbours are compared each second


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
    facts, history = run.facts, job.history
    space, d = next(iter(facts["spaces"].items()))
    names = [name for name in (history[0] if history else {}) if name not in NOT_TERMS]
    stores = {} if before is None else dict(before.stores)
    stores["history"] = pack({}, {
        "at": np.array([row["epoch"] for row in history], np.float32),
        "terms": np.array([[row[name] for row in history] for name in names], np.float32),
    })  # fmt: skip
    points, trust, written = (before.points, before.trust, before.written) if before else (None, 1.0, 0)
    if path.exists() and path.stat().st_mtime_ns != written:
        written, arrays = path.stat().st_mtime_ns, read_arrays(path)
        gallery = run.gallery
        _check(arrays, gallery, d, path)
        if np.isfinite(arrays["codes"]).all():  # a training that diverges is about to say so
            if "gallery" not in stores:
                stores["gallery"] = _images(gallery, arrays["rows"])
            points, trust = _map(arrays, points, facts.get("metric", "euclidean"))
            live = {"points": points} | {k: v for k, v in arrays.items() if k == "reconstructions"}
            stores["live"] = pack({"epoch": round(float(arrays["epoch"]), 2)}, live)
    if points is None:
        return None
    config = facts["config"]
    title = "the code itself, not reduced" if d <= 2 else "its two principal axes, turned onto the second before"
    shown = {
        "rows": _rows(job, history, names, config["epochs"]) + ([["map's trustworthiness", f"{trust:.3f}"]] if d > 2 else []),
        "done": history[-1]["epoch"] / config["epochs"] if history else 0.0,
        "terms": names, "epochs": config["epochs"], "axes": d <= 2,
        "classes": run.gallery.classes if before is None else before.facts["classes"],
        "colours": charts.COLOURS, "symbols": charts.SYMBOLS,
        "title": f"{space} of {len(points):,} held-out images: {title}",
        "note": "Points travel straight from one second to the next: only where they rest was anything computed.",
        "alt": f"{job.name} as it trains: its loss, a map of its code, and its reconstructions",
        "name": job.name,
        "provenance": f"run {job.name} · {facts['data']['name']}, held-out images · training seed {config['seed']} · "
                      f"batch {config['batch']} · learning rate {config['rate']:g} · {facts['made']['device']}",
    }  # fmt: skip
    return Frame(shown, stores, points, trust, written)


def show(of: Frame) -> None:
    """The figure, which goes on from the frame that it showed before; its export is of this moment."""
    stores = {part: named(content) for part, content in of.stores.items()}
    components.show(LIVE, f"live-{of.facts['name']}", of.facts, {}, stores, of.facts["alt"])
    for part, one in stores.items():
        mount(f"live-{part}", one)


def seconds(left: float | None) -> str:
    """A time in words, no more exact than it can be known."""
    if left is None:
        return "not known yet"
    if left < 90:
        return f"about {max(1, round(left, -1 if left > 20 else 0)):.0f} s"
    return f"about {left / 60:.0f} min" if left < 5400 else f"about {left / 3600:.1f} h"


def _rows(job: Job, history: list[dict[str, float]], names: list[str], epochs: int) -> list[list[str]]:
    if not history:
        return [["epoch", f"0 of {epochs}"]]
    last = history[-1]
    rows = [["epoch", f"{last['epoch']:.1f} of {epochs}"]]
    if len(names) > 1:
        rows.append(["loss", f"{sum(last[name] for name in names):.4g}"])
    rows += [
        [f"{'+' if i else '='} {name}" if len(names) > 1 else name, f"{last[name]:.4g}"] for i, name in enumerate(names)
    ]
    return [*rows, ["images a second", f"{last['images_per_second']:,.0f}"], ["time left", seconds(job.left(history))]]


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


def _images(gallery: Gallery, rows: np.ndarray) -> bytes:
    arrays = {"pixels": gallery.pixels[rows], "rows": rows.astype(np.uint32)}
    if gallery.labels is not None:
        arrays["labels"] = gallery.labels[rows].astype(np.uint32)
    return pack({}, arrays)


def _check(arrays: dict[str, np.ndarray], gallery: Gallery, d: int, path: Any) -> None:
    n, shape, made = len(gallery), gallery.pixels.shape[1:], arrays.get("reconstructions")
    good = (
        {"codes", "rows", "epoch"} <= arrays.keys() and arrays["rows"].ndim == 1 and arrays["rows"].dtype.kind in "iu"
    )
    good = good and arrays["codes"].shape == (len(arrays["rows"]), d) and len(arrays["rows"]) > 0
    good = good and bool(((arrays["rows"] >= 0) & (arrays["rows"] < n)).all())
    good = good and (made is None or (made.dtype == np.uint8 and made.shape[1:] == shape))
    if not good:
        raise ValueError(f"{path} is not of this run: it must hold codes [m, {d}] of m of its {n} images")
