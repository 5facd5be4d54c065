"""Maps: a space [n, d] drawn in two or three dimensions, with what the picture keeps and loses.

UMAP: McInnes et al. 2018 (arXiv:1802.03426); t-SNE: van der Maaten & Hinton 2008; trustworthiness and continuity:
Venna & Kaski 2001.  Importing UMAP takes seconds and its first use a minute of compilation: bake maps into runs.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from sslcore.project import neighbours
from sslcore.run import SPREADS, Run
from sslcore.run.gallery import Embeddings
from sslcore.run.maps import Map
from sslcore.run.snapshots import Aligned, Snapshots, write_aligned

METHODS = ("pca", "umap", "tsne")
BAKED = (("pca", 3), ("umap", 2), ("tsne", 2))  # PCA's first two dimensions are its 2-D map
K = 10


def bake(run: Run, maps: Sequence[tuple[str, int]] = BAKED, seed: int = 0) -> Iterator[Map]:
    """Make maps (method, dimensions) of each of a run's spaces, keeping each in the run as it comes."""
    for space in run.spaces:
        if space in SPREADS:
            continue
        embeddings = run.embeddings(space)
        if embeddings.vectors.shape[1] <= 3:  # a code that can be drawn is never reduced
            chosen: Sequence[tuple[str, int]] = [("raw", max(2, embeddings.vectors.shape[1]))]
        else:
            chosen = maps
        for method, dimensions in chosen:
            made = project(embeddings, method, dimensions, seed)
            run.keep(made)
            yield made


def project(embeddings: Embeddings, method: str, dimensions: int = 2, seed: int = 0) -> Map:
    """One map, with its quality; ValueError for a method, dimension or number of points that cannot be."""
    x = embeddings.comparable
    if method not in (*METHODS, "raw"):
        raise ValueError(f"no map {method!r}: choose {', '.join(METHODS)}")
    if dimensions not in (2, 3):
        raise ValueError(f"a map has 2 or 3 dimensions, not {dimensions}")
    if not np.isfinite(x).all():
        raise ValueError(f"space {embeddings.space} holds nan or infinity: the training diverged, so there is no map")
    if len(x) < 3 * K:
        raise ValueError(f"a map needs at least {3 * K} points, got {len(x)}")
    points, parameters = _points(x, method, dimensions, seed)
    trust, continuity, recall = quality(x, points)
    return Map(points.astype(np.float32), recall, embeddings.space, method, parameters, trust, continuity, K)


def align(run: Run, snapshots: Snapshots, method: str = "umap", seed: int = 0) -> Aligned:
    """Draw a run's snapshots as maps that follow from one another.

    A code of one or two dimensions is drawn as it is.  "pca": every snapshot on the last one's axes.  "umap": backwards
    from the last, which begins at the run's own UMAP where there is one; each map begins at the later one's points, is
    then turned onto them, and given the same spread.  ValueError for a method or a number of images that cannot be.
    """
    metric, m = run.facts["metric"], len(snapshots.rows)
    x = [Embeddings(v, None, snapshots.rows, "", metric).comparable for v in snapshots.codes]
    if method not in ("pca", "umap"):
        raise ValueError(f"no aligned maps by {method!r}: choose pca or umap")
    if x[0].shape[1] <= 2:
        method, parameters, points = "raw", {}, [np.pad(v, ((0, 0), (0, 2 - v.shape[1]))) for v in snapshots.codes]
    elif method == "pca":
        centre, axes, share = principal_axes(x[-1], 2)
        parameters = {"axes": "of the last snapshot", "variance": [round(float(v), 4) for v in share]}
        points = [np.pad((v - centre) @ axes.T, ((0, 0), (0, 2 - len(axes)))) for v in x]
    elif m < 3 * K:
        raise ValueError(f"a map needs at least {3 * K} points, got {m}")
    else:
        own = run.maps.get(f"{run.spaces[0]}.umap.2")
        points, parameters = _umaps(x, None if own is None else own.points[snapshots.rows], seed)
    k = min(K, (m - 1) // 2)
    whole = method == "raw" or not k
    trust = [1.0 if whole else neighbours.trustworthiness(v, p, k) for v, p in zip(x, points, strict=True)]
    return Aligned(np.stack(points).astype(np.float32), method, parameters, np.array(trust, np.float32), k)


def bake_aligned(run: Run, method: str = "umap", seed: int = 0) -> Aligned | None:
    """`align`, kept in the run; None for a run without snapshots."""
    snapshots = run.snapshots
    if snapshots is None:
        return None
    made = align(run, snapshots, method, seed)
    write_aligned(run.path / "aligned.npz", made)
    return made


def procrustes(points: Float[np.ndarray, "n p"], onto: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """The points moved and turned (or mirrored), not scaled, to lie as near to others as they can: least squares."""
    from scipy.linalg import orthogonal_procrustes  # takes a moment to import

    centre, target = points.mean(0), onto.mean(0)
    turn, _ = orthogonal_procrustes(points - centre, onto - target)
    return (points - centre) @ turn + target


def _umaps(x: list[np.ndarray], start: np.ndarray | None, seed: int) -> tuple[list[np.ndarray], dict[str, Any]]:
    """UMAPs of the same rows at k moments, made backwards, each from the later one."""
    from umap import UMAP

    parameters = {"n_neighbors": 15, "min_dist": 0.1, "n_epochs": 200, "random_state": seed}
    points: list[np.ndarray] = []
    for v in reversed(x):
        init: Any = points[0] if points else start if start is not None else "pca"
        made = UMAP(n_components=2, n_jobs=1, init=init, **parameters).fit_transform(v)
        if points:  # the size of a UMAP means nothing: give it the later one's
            made = procrustes(made * np.sqrt(points[0].var(0).sum() / made.var(0).sum()), points[0])
        points.insert(0, made)
    return points, parameters | {"init": "the later map; the last: " + ("PCA" if start is None else "the run's UMAP")}


def quality(
    x: Float[np.ndarray, "n d"], points: Float[np.ndarray, "n p"]
) -> tuple[float, float, Float[np.ndarray, " n"]]:
    """Trustworthiness (are neighbours on the map neighbours?), continuity (are neighbours on the map still?), and each
    point's recall: the share of its K nearest neighbours in x that are among its K nearest on the map."""
    return (
        neighbours.trustworthiness(x, points, K),
        neighbours.trustworthiness(points, x, K),
        neighbours.shared(x, points, K).astype(np.float32),
    )


def principal_axes(
    x: Float[np.ndarray, "n d"], dimensions: int
) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "p d"], Float[np.ndarray, " p"]]:
    """PCA: the centre, the axes, and each axis's share of the variance; y -> (y - centre) @ axes.T puts any further
    point on the same map.  Signs are fixed, for the same picture every time."""
    centre = x.mean(0)
    _, s, axes = np.linalg.svd(x - centre, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])
    return centre, (axes * signs[:, None])[:dimensions], s[:dimensions] ** 2 / (s**2).sum()


def _points(x: np.ndarray, method: str, dimensions: int, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
    """Where the points fall, and every parameter that decided it."""
    if method == "raw":
        return np.pad(x, ((0, 0), (0, max(0, 2 - x.shape[1])))), {}
    if method == "pca":
        centre, axes, share = principal_axes(x, dimensions)
        return (x - centre) @ axes.T, {"variance": [round(float(v), 4) for v in share]}
    if method == "umap":
        from umap import UMAP

        umap = {"n_neighbors": 15, "min_dist": 0.1, "random_state": seed}
        return UMAP(n_components=dimensions, n_jobs=1, **umap).fit_transform(x), umap
    from sklearn.manifold import TSNE

    parameters: dict[str, Any] = {"perplexity": min(30.0, (len(x) - 1) / 3), "init": "pca", "random_state": seed}
    return TSNE(n_components=dimensions, **parameters).fit_transform(x), parameters
