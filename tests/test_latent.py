"""Paths and planes of the code."""

import math

import pytest
import torch

from sslcore import latent

T = torch.linspace(0, 1, 11)


def test_paths_end_where_they_should():
    a, b = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    for path in (latent.straight, latent.spherical):
        z = path(a, b, T)
        assert torch.allclose(z[0], a, atol=1e-5)
        assert torch.allclose(z[-1], b, atol=1e-5)


def test_a_spherical_path_keeps_its_length_and_its_speed():
    a, b = torch.eye(5)[0] * 3, torch.eye(5)[1] * 3
    z = latent.spherical(a, b, T)
    assert torch.allclose(z.norm(dim=1), torch.full((11,), 3.0))
    assert torch.allclose((z[1:] * z[:-1]).sum(1) / 9, torch.full((10,), math.cos(math.pi / 20)), atol=1e-5)
    assert latent.straight(a, b, T).norm(dim=1).min() < 2.2


def test_a_spherical_path_between_opposite_or_empty_codes_is_straight():
    a = torch.eye(4)[0]
    assert torch.allclose(latent.spherical(a, -a, T), latent.straight(a, -a, T))
    assert torch.allclose(latent.spherical(a, 0 * a, T), latent.straight(a, 0 * a, T))


@pytest.mark.parametrize(("kind", "chosen"), [("dimensions", (0, 2)), ("principal", ()), ("images", (3, 4, 5))])
def test_planes_are_orthonormal_and_read_like_a_picture(kind, chosen):
    codes = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    origin, u, v = latent.axes(codes, kind, chosen)
    assert torch.allclose(torch.stack([u @ u, v @ v, u @ v]), torch.tensor([1.0, 1.0, 0.0]), atol=1e-5)
    x, y = torch.tensor([0.0, 1.0]), torch.tensor([-2.0, 0.0, 2.0])
    grid = latent.plane(origin, u, v, x, y)
    assert torch.allclose(grid[0], origin + 2 * v, atol=1e-5)
    assert torch.allclose(grid[-1], origin + u - 2 * v, atol=1e-5)
    if kind == "images":
        for i in chosen:
            on_plane = origin + ((codes[i] - origin) @ u) * u + ((codes[i] - origin) @ v) * v
            assert torch.allclose(on_plane, codes[i], atol=1e-4)


def test_three_images_on_a_line_are_no_plane():
    with pytest.raises(ValueError, match="three different images"):
        latent.axes(torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), "images", (1, 1, 2))


def test_random_codes_have_the_moments_they_claim():
    generator = torch.Generator().manual_seed(0)
    prior = latent.sample_prior(50_000, 2, 0.7, generator)
    assert torch.allclose(prior.std(0), torch.tensor([0.7, 0.7]), rtol=0.02)
    codes = torch.randn(500, 3, generator=generator) @ torch.tensor([[2.0, 1, 0], [0, 1, 0], [0, 0, 0.1]]) + 5
    drawn = latent.sample_fitted(codes, 100_000, 1.0, generator)
    assert torch.allclose(drawn.T.cov(), codes.T.cov(), atol=0.06)
    assert torch.allclose(drawn.mean(0), codes.mean(0), atol=0.03)


def test_quantiles_cut_the_normal_into_equal_shares():
    q = latent.quantiles(9)
    share = torch.special.ndtr(q)
    assert torch.allclose(share, (torch.arange(9) + 0.5) / 9, atol=1e-6)
