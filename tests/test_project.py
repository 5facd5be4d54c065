"""Maps: quality measures where the answer is known, and every method once."""

import numpy as np
import pytest

from sslcore.project import K, align, bake, bake_aligned, principal_axes, procrustes, project, quality
from sslcore.project.neighbours import nearest
from sslcore.run import Run
from sslcore.run.gallery import Embeddings

RNG = np.random.default_rng(0)


def embeddings(x, metric="euclidean"):
    return Embeddings(x.astype(np.float32), None, np.arange(len(x)), "z", metric)


def test_a_map_that_keeps_everything_scores_one_and_noise_scores_chance():
    x = RNG.standard_normal((400, 2))
    trust, continuity, recall = quality(x, 3 * x[:, ::-1] + 1)
    assert (trust, continuity, recall.mean()) == (1, 1, 1)
    trust, continuity, recall = quality(x, RNG.standard_normal((400, 2)))
    assert trust == pytest.approx(0.5, abs=0.03)
    assert continuity == pytest.approx(0.5, abs=0.03)
    assert recall.mean() == pytest.approx(10 / 399, abs=0.01)


def test_trustworthiness_is_the_papers_sum():
    """Venna & Kaski 2001, written out: ranks in x of those that are neighbours on the map only."""
    x, points = RNG.standard_normal((60, 5)), RNG.standard_normal((60, 2))
    n, k = 60, 10
    distance = np.linalg.norm(x[:, None] - x[None], axis=2)
    rank = distance.argsort(1).argsort(1)  # 0 is the point itself
    true, drawn = nearest(x, K), nearest(points, K)
    penalty = sum(rank[i, j] - k for i in range(n) for j in set(drawn[i]) - set(true[i]))
    assert quality(x, points)[0] == pytest.approx(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty)


def test_pca_finds_the_plane_and_is_repeatable():
    x = RNG.standard_normal((300, 2)) @ RNG.standard_normal((2, 8)) + 4
    made = project(embeddings(x), "pca", 3)
    assert sum(made.parameters["variance"][:2]) == pytest.approx(1, abs=1e-3)
    assert made.trustworthiness == pytest.approx(1, abs=1e-3)
    assert (project(embeddings(x), "pca", 3).points == made.points).all()


def test_further_points_fall_onto_the_same_pca():
    x = RNG.standard_normal((60, 5)) * [3, 2, 1, 1, 1]
    centre, axes, _ = principal_axes(x, 2)
    assert (x - centre) @ axes.T == pytest.approx(project(embeddings(x), "pca", 2).points, abs=1e-4)


@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_neighbour_maps_keep_clusters_apart_and_their_seed(method):
    centres = RNG.standard_normal((4, 10)) * 8
    labels = np.arange(200) % 4
    x = embeddings(centres[labels] + RNG.standard_normal((200, 10)))
    made = project(x, method, 2, seed=3)
    near = nearest(made.points, K)
    assert (labels[near] == labels[:, None]).mean() > 0.98
    assert made.parameters["random_state"] == 3
    assert (project(x, method, 2, seed=3).points == made.points).all()


def test_cosine_spaces_are_compared_by_direction():
    x = RNG.standard_normal((100, 6))
    lengths = RNG.uniform(0.1, 9, (100, 1))
    one, two = project(embeddings(x, "cosine"), "pca", 2), project(embeddings(x * lengths, "cosine"), "pca", 2)
    assert one.points == pytest.approx(two.points, abs=1e-4)


def test_a_code_of_two_dimensions_is_never_reduced(checkpoints):
    run = Run(checkpoints / "vae-2d")
    (made,) = list(bake(run))
    assert made.key == "mu.raw.2"
    assert (made.points == run.embeddings().vectors).all()
    assert made.trustworthiness == 1


@pytest.mark.parametrize(
    ("x", "method", "dimensions", "says"),
    [
        (np.full((50, 4), np.nan), "pca", 2, "nan or infinity"),
        (RNG.standard_normal((20, 4)), "pca", 2, "at least 30 points"),
        (RNG.standard_normal((50, 4)), "pacmap", 2, "no map 'pacmap'"),
        (RNG.standard_normal((50, 4)), "pca", 5, "2 or 3 dimensions"),
    ],
)
def test_what_has_no_map_says_why(x, method, dimensions, says):
    with pytest.raises(ValueError, match=says):
        project(embeddings(x), method, dimensions)


def test_procrustes_undoes_a_turn_a_mirror_and_a_move():
    points = RNG.standard_normal((50, 2))
    angle = 2.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for moved in (points @ turn + [3, -7], points * [-1, 1] @ turn - 4):
        assert procrustes(moved, points) == pytest.approx(points, abs=1e-9)
    assert procrustes(2 * points, points).std(0) == pytest.approx(2 * points.std(0))  # turned, and not scaled


def test_snapshots_on_the_axes_of_the_last(checkpoints):
    run = Run(checkpoints / "vae")
    made, snapshots = bake_aligned(run, "pca"), run.snapshots
    last = project(embeddings(snapshots.codes[-1]), "pca", 2)
    assert made.points[-1] == pytest.approx(last.points, abs=1e-4)
    assert made.trustworthiness[-1] == pytest.approx(last.trustworthiness, abs=1e-6)
    centre, axes, _ = principal_axes(snapshots.codes[-1], 2)
    assert made.points[0] == pytest.approx((snapshots.codes[0] - centre) @ axes.T, abs=1e-4)
    assert run.aligned.points == pytest.approx(made.points, abs=1e-2)  # kept in half precision
    assert run.aligned.parameters == made.parameters


def test_snapshots_of_two_dimensions_are_drawn_as_they_are(checkpoints):
    run = Run(checkpoints / "vae-2d")
    made = align(run, run.snapshots, "umap")
    assert made.method == "raw"
    assert (made.points == run.snapshots.codes).all()
    assert (made.trustworthiness == 1).all()


def test_umaps_of_snapshots_follow_from_one_another(checkpoints):
    """A point moves less from one aligned map to the next than between maps that know nothing of each other."""
    run = Run(checkpoints / "vae")
    snapshots = run.snapshots
    made = align(run, snapshots, "umap", seed=1)
    alone = np.stack([project(embeddings(v), "umap", 2, seed=1).points for v in snapshots.codes])

    def travelled(points):
        return np.linalg.norm(np.diff(points, axis=0), axis=2).mean() / points.std()

    assert travelled(made.points) < 0.7 * travelled(alone)
    assert made.trustworthiness[-1] > project(embeddings(snapshots.codes[-1]), "umap", 2, seed=1).trustworthiness - 0.05
    assert made.parameters["random_state"] == 1
    assert (align(run, snapshots, "umap", seed=1).points == made.points).all()


def test_aligned_maps_of_another_run_are_refused(checkpoints):
    run = Run(checkpoints / "vae")
    bake_aligned(run, "pca")
    kept = dict(np.load(run.path / "aligned.npz"))
    np.savez(run.path / "aligned.npz", **kept | {"points": kept["points"][:, :50]})
    with pytest.raises(ValueError, match="bake it again"):
        _ = run.aligned
    with pytest.raises(ValueError, match="no aligned maps by 'tsne'"):
        align(run, run.snapshots, "tsne")
