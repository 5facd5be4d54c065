"""Sprites: coloured shapes whose true factors are known, after dSprites (Matthey, Higgins, Hassabis, Lerchner 2017)."""

import math

import torch
from jaxtyping import Float32, Int64, UInt8
from torch import Tensor

from sslcore.data.items import Data, Split

SHAPES = ("square", "ellipse", "heart")
SIZE = 32  # pixels a side
RADIUS = 8  # pixels: the farthest a shape of scale 1 reaches from its centre
# How high a heart's centre of mass lies above its square's centre, in sides: a half disc of radius r has its own 4r/3pi
# beyond the middle of the side, and the two weigh pi/4 beside the square's 1. The tip is the farthest point from it.
HEART_CENTRE = math.pi / (4 + math.pi) * (1 / 2 + 2 / (3 * math.pi)) / math.sqrt(2)
HEART_SIDE = 1 / (HEART_CENTRE + math.sqrt(1 / 2))
CHUNK = 4096  # images at once: 16 MiB for each [n, 32, 32] on the way

# Each range gives every picture one set of factors only. Hue stops at blue, before violet returns to red; rotation
# stops short of 90 degrees, where the square repeats (so for squares, and squares only, the ends of it look alike).
RANGES = {
    "hue": (0.0, 2 / 3),  # turns: red 0, green 1/3, blue 2/3
    "scale": (0.5, 1.0),
    "rotation": (0.0, 90.0),  # degrees, clockwise on the screen
    "x": (8.0, 24.0),  # pixels from the left edge to the shape's centre of mass
    "y": (8.0, 24.0),  # pixels from the upper edge
}


def sprites(n: int = 20_000, seed: int = 0, split: Split = "train") -> Data:
    """`n` shapes on black, RGB 32 x 32, anti-aliased; factors drawn uniformly and independently; label = shape."""
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    generator = torch.Generator().manual_seed(seed)
    shape = torch.randint(len(SHAPES), (n,), generator=generator)
    factors = {name: low + (high - low) * torch.rand(n, generator=generator) for name, (low, high) in RANGES.items()}
    columns = [shape, *factors.values()]
    pixels = torch.cat([draw(*chunk) for chunk in zip(*(f.split(CHUNK) for f in columns), strict=True)])
    return Data(pixels, shape, SHAPES, "sprites", split, {"shape": shape, **factors}, "sprites")


def sprites_of(split: Split) -> Data:
    """The shapes of `--data sprites`: 20,000 to train, 4,000 to test."""
    return sprites(20_000, 0, split) if split == "train" else sprites(4_000, 1, split)


def draw(
    shape: Int64[Tensor, " n"],
    hue: Float32[Tensor, " n"],
    scale: Float32[Tensor, " n"],
    rotation: Float32[Tensor, " n"],
    x: Float32[Tensor, " n"],
    y: Float32[Tensor, " n"],
) -> UInt8[Tensor, "n 3 32 32"]:
    """Pictures of the given factors (units: see RANGES); a pixel is as bright as the share of it that is covered."""
    grid = torch.arange(SIZE) + 0.5
    across = (grid - x[:, None])[:, None, :]  # [n, 1, w]
    down = (grid - y[:, None])[:, :, None]  # [n, h, 1]
    radius = (scale * RADIUS)[:, None, None]
    angle = (rotation * (math.pi / 180))[:, None, None]
    cos, sin = angle.cos() / radius, angle.sin() / radius
    u, v = cos * across + sin * down, cos * down - sin * across  # [n, h, w], in the shape's own frame
    distance = torch.empty_like(u)
    for k, outline in enumerate((to_square, to_ellipse, to_heart)):
        chosen = shape == k
        distance[chosen] = outline(u[chosen], v[chosen])
    covered = (0.5 - radius * distance).clamp(0, 1)  # a pixel is 1 wide
    return (255 * covered[:, None] * hue_to_rgb(hue)[:, :, None, None]).round().to(torch.uint8)


# Signed distances (below 0 inside) to outlines that fit the unit disc, with the centre of mass at 0. v points down.


def to_square(
    u: Float32[Tensor, "n h w"], v: Float32[Tensor, "n h w"], side: float = math.sqrt(2)
) -> Float32[Tensor, "n h w"]:
    a, b = u.abs() - side / 2, v.abs() - side / 2
    return torch.hypot(a.clamp(min=0), b.clamp(min=0)) + torch.maximum(a, b).clamp(max=0)


def to_ellipse(u: Float32[Tensor, "n h w"], v: Float32[Tensor, "n h w"]) -> Float32[Tensor, "n h w"]:
    """Half axes 1 and 0.6; exact on the outline and to first order beside it: a level set's value over its slope."""
    level, slope = torch.hypot(u, v / 0.6), torch.hypot(u, v / 0.36)
    return (level - 1) * (level + 1e-6) / (slope + 1e-6)  # finite at the centre


def to_heart(u: Float32[Tensor, "n h w"], v: Float32[Tensor, "n h w"]) -> Float32[Tensor, "n h w"]:
    """A square on its corner, with a half disc on each of its upper sides."""
    a, b = u.abs(), HEART_SIDE * HEART_CENTRE - v  # from the square's centre; b points up
    disc = torch.hypot(a - HEART_SIDE * math.sqrt(1 / 8), b - HEART_SIDE * math.sqrt(1 / 8)) - HEART_SIDE / 2
    return torch.minimum(disc, to_square((a - b) * math.sqrt(1 / 2), (a + b) * math.sqrt(1 / 2), HEART_SIDE))


def hue_to_rgb(hue: Float32[Tensor, " n"]) -> Float32[Tensor, "n 3"]:
    """The fully saturated, fully bright colour of a hue in turns, as RGB 0..1."""
    distance = (6 * hue[:, None] + torch.tensor([0.0, 4.0, 2.0])) % 6 - 3  # from the opposite hue
    return (distance.abs() - 1).clamp(0, 1)
