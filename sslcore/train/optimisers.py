"""What takes the steps: AdamW (Loshchilov & Hutter 2019), SGD with momentum, LARS (You et al. 2017, arXiv:1708.03888).

Weight decay is for matrices and kernels only: biases and the gains of norms have none, as in SimCLR's paper.
"""

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

MOMENTUM = 0.9  # of SGD and LARS
TRUST = 1e-3  # of LARS: a layer's step as a share of its weights' length, at a rate of 1


def build(name: str, model: nn.Module, rate: float, weight_decay: float, fused: bool = True) -> torch.optim.Optimizer:
    """The optimiser "adamw", "sgd" or "lars" of a model's parameters; those without decay are a group of their own.

    A fused one takes all its steps in one kernel, and does not let 16-bit gradients be unscaled before, to be clipped.
    """
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    split = [(weights, weight_decay), (others, 0.0)] if weight_decay and others else [(weights + others, weight_decay)]
    groups: list[dict[str, Any]] = [{"params": some, "weight_decay": decay} for some, decay in split]
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=rate, fused=fused)
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM, fused=fused)
    return LARS(groups, lr=rate)


def rate_at(step: int, steps: int, warmup: int, peak: float) -> float:
    """The learning rate of a step: a straight line up over the first `warmup` steps, then half a cosine down to 0."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


class Average:
    """The moving average of a model's weights, in `module`; its buffers are the model's own.  It waits for nothing."""

    def __init__(self, model: nn.Module, decay: float):
        self.module, self.decay = copy.deepcopy(model), decay

    @torch.no_grad()
    def update(self, model: nn.Module, first: bool) -> None:
        """Take a step's weights in; those of the first step are the average."""
        mine: list[Tensor] = list(self.module.parameters())
        theirs: list[Tensor] = list(model.parameters())
        torch._foreach_lerp_(mine, theirs, 1.0 if first else 1 - self.decay)
        for kept, now in zip(self.module.buffers(), model.buffers(), strict=True):
            kept.copy_(now)


class LARS(torch.optim.Optimizer):
    """SGD with momentum whose step is as long for every layer, as a share of the layer's own weights.

    Vectors (biases, the gains of norms) take plain steps.  It never waits for the device.
    """

    def __init__(self, params: Iterable[Any], lr: float):
        super().__init__(params, {"lr": lr, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, group["lr"], group["weight_decay"])

    def _move(self, p: Tensor, rate: float, weight_decay: float) -> None:
        change = p.grad.add(p, alpha=weight_decay)  # type: ignore[union-attr]
        if p.ndim > 1:
            size, length = p.norm(), change.norm()
            change = change * torch.where((size > 0) & (length > 0), TRUST * size / length, 1.0)
        if "momentum_buffer" not in self.state[p]:
            self.state[p]["momentum_buffer"] = torch.zeros_like(p)
        momentum = self.state[p]["momentum_buffer"].mul_(MOMENTUM).add_(change)
        p.sub_(momentum, alpha=rate)
