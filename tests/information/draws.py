"""Means over many draws, and pairs of unit vectors."""

import math

import torch
from torch import Tensor


def monte_carlo(draw, count: int) -> tuple[Tensor, Tensor]:
    """Mean and standard error of `count` draws of a row of numbers."""
    values = torch.tensor([draw() for _ in range(count)], dtype=torch.float64)
    return values.mean(0), values.std(0) / math.sqrt(count)


def unit_pairs(m: int, d: int, generator: torch.Generator, noise: float = 0.7) -> tuple[Tensor, Tensor]:
    a = torch.randn(m, d, generator=generator)
    return a, a + noise * torch.randn(m, d, generator=generator)
