"""Neighbours, on layouts small enough to count by hand."""

import numpy as np

from sslcore.project.neighbours import density, nearest, shared, trustworthiness

LINE = np.array([[0.0], [1.0], [3.0], [7.0]])


def test_the_nearest_leave_the_point_itself_out():
    assert [set(row) for row in nearest(LINE, 2).tolist()] == [{1, 2}, {0, 2}, {0, 1}, {1, 2}]


def test_many_points_are_compared_a_part_at_a_time_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((70, 3)), rng.standard_normal((70, 3))
    whole = shared(x, y, 5), trustworthiness(x, y, 5)
    monkeypatch.setattr("sslcore.project.neighbours.ROWS", 16)
    assert (shared(x, y, 5) == whole[0]).all()
    assert trustworthiness(x, y, 5) == whole[1]


def test_the_same_layout_shares_every_neighbour_however_it_is_turned_and_scaled():
    x = np.random.default_rng(0).standard_normal((60, 2))
    turned = 5 * x @ np.array([[0.0, -1.0], [1.0, 0.0]]) + 3
    assert shared(x, turned, 7).tolist() == [1.0] * 60


def test_unrelated_layouts_share_what_chance_gives():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((400, 3)), rng.standard_normal((400, 3))
    assert abs(shared(x, y, 20).mean() - 20 / 399) < 0.01


def test_density_is_a_share_of_all_points_and_does_not_know_the_scale():
    points = np.array([[0.0, 0.0], [0.04, 0.0], [0.5, 0.0], [1.0, 0.0]])
    assert density(points).tolist() == [0.5, 0.5, 0.25, 0.25]
    assert density(1000 * points).tolist() == [0.5, 0.5, 0.25, 0.25]
