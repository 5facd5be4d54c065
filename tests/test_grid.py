"""The grid of a map: what lies where, what has no place, and which points a lasso holds."""

import numpy as np
import pytest

from sslcore.browser.grid import NOWHERE, TOP, Grid, quantise


def contains(polygon: np.ndarray, x: float, y: float) -> bool:
    """Even-odd, one point and one edge at a time."""
    odd = False
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, 1, 0), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


@pytest.mark.parametrize("corners", [3, 4, 9, 120])
def test_a_lasso_is_the_even_odd_rule(corners):
    """Corners on points, edges along them, loops that cross themselves: as one point at a time says."""
    rng = np.random.default_rng(corners)
    plane = Grid(rng.integers(0, 40, (1500, 2)).astype(np.uint16), np.zeros(2), 1.0)
    polygon = rng.integers(-3, 44, (corners, 2)).astype(float)
    expected = [i for i, (x, y) in enumerate(plane.cells.astype(float)) if contains(polygon, x, y)]
    assert len(expected) > 9
    assert plane.inside(polygon).tolist() == expected


def test_both_axes_have_one_scale():
    points = np.random.default_rng(0).normal(size=(500, 2)) * [3, 1] + 7
    plane = quantise(points)
    back = plane.low + plane.span * plane.cells / TOP
    assert np.abs(back - points).max() <= plane.span / TOP
    assert plane.cells[:, 0].min() == 0
    assert plane.cells[:, 0].max() == TOP
    y = plane.cells[:, 1].astype(int)
    assert y.min() + y.max() == pytest.approx(TOP, abs=1)  # the shorter axis lies in the middle
    assert np.allclose(plane.cell(points), plane.cells, atol=0.51)


def test_what_is_not_a_number_has_no_place_and_is_in_no_lasso():
    points = np.random.default_rng(0).normal(size=(50, 2))
    points[3], points[7, 1], points[9, 0] = np.nan, np.inf, -np.inf
    plane = quantise(points)
    assert np.flatnonzero(~plane.present).tolist() == [3, 7, 9]
    everything = np.array([[-1, -1], [NOWHERE + 9, -1], [NOWHERE + 9, NOWHERE + 9], [-1, NOWHERE + 9]], float)
    assert plane.inside(everything).tolist() == [i for i in range(50) if i not in (3, 7, 9)]


@pytest.mark.parametrize("points", [np.ones((1, 2)), np.ones((9, 2)), np.full((4, 2), np.nan)])
def test_points_without_extent_lie_in_the_middle(points):
    plane = quantise(points)
    assert (plane.cells == (TOP // 2 if np.isfinite(points).all() else NOWHERE)).all()


def test_a_line_is_a_strip_in_the_middle():
    plane = quantise(np.stack([np.linspace(-2, 2, 11), np.zeros(11)], 1))
    assert set(plane.cells[:, 1].tolist()) == {TOP // 2}
