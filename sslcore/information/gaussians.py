"""Correlated Gaussians: pairs whose mutual information is known exactly (Belghazi 2018; Poole 2019, 1905.06922)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Generator, Tensor

from sslcore.information.bounds import ESTIMATORS

Pairs = tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]


@dataclass(frozen=True)
class CorrelatedGaussian:
    """x and y standard normal in d dimensions, each pair of coordinates with correlation rho, so that I = -d/2 log(1 -
    rho^2) nats. ValueError unless d >= 1 and 0 <= I <= 10 d: beyond, float32 samples cannot hold the difference."""

    dimensions: int
    mutual_information: float

    def __post_init__(self) -> None:
        if self.dimensions < 1:
            raise ValueError(f"dimensions is {self.dimensions}, must be at least 1")
        if not 0 <= self.mutual_information <= 10 * self.dimensions:
            raise ValueError(
                f"mutual_information is {self.mutual_information} nats, must lie in 0..{10 * self.dimensions},"
                f" 10 nats for each of the {self.dimensions} dimensions: ask for less, or for more dimensions"
            )

    @property
    def rho(self) -> float:
        return math.sqrt(-math.expm1(-2 * self.mutual_information / self.dimensions))

    @property
    def noise(self) -> float:
        """The standard deviation sqrt(1 - rho^2) of y given x."""
        return math.exp(-self.mutual_information / self.dimensions)

    def sample(self, n: int, generator: Generator | None = None) -> Pairs:
        """n independent pairs: x [n, d] and y [n, d]."""
        device = generator.device if generator else None
        x, e = torch.randn(2, n, self.dimensions, generator=generator, device=device)
        return x, self.rho * x + self.noise * e

    def critic(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float64[Tensor, "n n"]:
        """[i, j] = log p(x_i, y_j) / (p(x_i) p(y_j)), the best critic there is."""
        x, y = x.double(), y.double()
        xx, yy = x.square().sum(1)[:, None], y.square().sum(1)
        precision = 1 / self.noise**2
        constant = self.mutual_information - precision * self.rho**2 / 2 * (xx + yy)
        return torch.addmm(constant, precision * self.rho * x, y.T)

    def log_conditional(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float64[Tensor, "n n"]:
        """[i, j] = log p(y_i | x_j), as `leave_one_out` wants it."""
        log_marginal = -(y.double().square().sum(1) + self.dimensions * math.log(2 * math.pi)) / 2
        return self.critic(x, y).T + log_marginal[:, None]

    def curve(self, sizes: Sequence[int], pairs: int = 2048, generator: Generator | None = None) -> list[dict]:
        """Each of ESTIMATORS at its best critic for batches of each size: rows of estimator, n, mean, standard_error
        (over batches) and values (one a batch). A size gets pairs / n batches, at least 2 and at most 128."""
        rows = []
        for n in sizes:
            batches = min(max(pairs // n, 2), 128)
            scores = (self.critic(*self.sample(n, generator)) for _ in range(batches))
            values = torch.tensor([[e.at_optimum(log_r) for e in ESTIMATORS] for log_r in scores], dtype=torch.float64)
            for estimator, column in zip(ESTIMATORS, values.T, strict=True):
                rows.append(
                    {
                        "estimator": estimator.name,
                        "n": n,
                        "mean": column.mean().item(),
                        "standard_error": column.std().item() / math.sqrt(batches),
                        "values": column.tolist(),
                    }
                )
        return rows
