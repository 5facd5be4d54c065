"""Critics that are learned: x [n, d], y [n, d] -> scores [n, n] (the shapes compared in Poole 2019, 1905.06922)."""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from sslcore.information.gaussians import CorrelatedGaussian


class Separable(nn.Module):
    """f(x, y) = g(x) . h(y), as in contrastive learning: n evaluations of each network for n x n scores."""

    def __init__(self, dimensions: int, hidden: int = 128, features: int = 32):
        super().__init__()
        self.g = mlp(dimensions, hidden, features)
        self.h = mlp(dimensions, hidden, features)

    def forward(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
        return self.g(x) @ self.h(y).T


class Bilinear(nn.Module):
    """f(x, y) = x W y. It lacks the |y|^2 in the log r of Gaussians, so even its best bound stays below."""

    def __init__(self, dimensions: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(dimensions, dimensions))

    def forward(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
        return x @ self.weight @ y.T


class Joint(nn.Module):
    """f(x, y) = a network of both: any function at all, for n x n evaluations."""

    def __init__(self, dimensions: int, hidden: int = 128):
        super().__init__()
        self.network = mlp(2 * dimensions, hidden, 1)

    def forward(self, x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
        n = len(x)
        xs, ys = x[:, None].expand(n, n, -1), y[None].expand(n, n, -1)
        return self.network(torch.cat([xs, ys], 2)).squeeze(2)


def mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    )


def train_critic(
    critic: nn.Module,
    task: CorrelatedGaussian,
    bound: Callable[[Tensor], Tensor],
    steps: int,
    batch: int = 128,
    rate: float = 1e-3,
    generator: Generator | None = None,
) -> Iterator[dict]:
    """Maximise a lower bound with Adam, yielding step and bound at every step. A batch is scored before it is learnt
    from and never seen again, so each row is the value of a critic on fresh pairs: it overstates nothing."""
    optimiser = torch.optim.Adam(critic.parameters(), lr=rate)
    for step in range(steps):
        value = bound(critic(*task.sample(batch, generator)))
        if not torch.isfinite(value):
            raise FloatingPointError(f"bound is {value.item()} at step {step}: lower the rate, or take a tamer bound")
        optimiser.zero_grad()
        (-value).backward()
        optimiser.step()
        yield {"step": step, "bound": value.item()}
