"""What a step of training changes: a model, its optimiser, and the average of its weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sslcore.objectives import Objective
from sslcore.run.config import Config
from sslcore.train import optimisers
from sslcore.train.graphs import Replayed
from sslcore.train.state import load_state, save_state

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class Learner:
    """An objective that learns: `step` moves it by one batch and never waits for the device.

    `fabric` gives device, arithmetic and processes; `graphs` says whether a step is replayed as a CUDA graph.
    """

    def __init__(self, config: Config, objective: Objective, fabric: Fabric, graphs: bool = False):
        self.config, self.objective, self.fabric = config, objective, fabric
        self.generator = torch.Generator(fabric.device)  # of views, masks and noise
        fused = not (config.clip and config.precision == "16")
        self.plain_optimiser = optimisers.build(config.optimiser, objective, config.rate, config.weight_decay, fused)
        self.model: Any
        self.optimiser: Any
        self.model, self.optimiser = fabric.setup(objective, self.plain_optimiser)
        self.backward: Callable[[Any], None] = fabric.backward
        if fabric.world_size == 1 and fabric.strategy.precision.precision == "32-true":
            # Fabric has nothing to do, and takes 5 % of a small step to find that out
            self.model, self.optimiser, self.backward = objective, self.plain_optimiser, Tensor.backward
        self.average = optimisers.Average(objective, config.average) if config.average else None
        self.differentiate = Replayed(self.gradients, self.generator) if graphs else self.gradients
        self.steps = 0

    @property
    def shown(self) -> Objective:
        """The weights that are kept and looked at: the average's, where there is one."""
        return self.average.module if self.average else self.objective  # type: ignore[return-value]

    def gradients(self, x: Tensor) -> dict[str, Tensor]:
        """The terms on a batch, detached, their sum's gradients left in the parameters."""
        terms = self.model(x, self.generator)
        self.optimiser.zero_grad()
        self.backward(sum(terms.values()))
        return {name: term.detach() for name, term in terms.items()}

    def step(self, x: Tensor, rate: float) -> dict[str, Tensor]:
        """Learn from a batch at this rate; -> the terms before it."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        terms = self.differentiate(x)
        if self.config.clip:  # the norm stays on the device, finite or not
            self.fabric.clip_gradients(self.model, self.optimiser, max_norm=self.config.clip, error_if_nonfinite=False)
        self.optimiser.step()
        self.objective.after_step()
        if self.average:
            self.average.update(self.objective, first=self.steps == 0)
        self.steps += 1
        return terms

    def compile(self) -> None:
        """Compile the parts of the objective, each at its first call."""
        for part in self.objective.children():
            part.compile()

    def save(self, path: Path) -> None:
        """Write what it needs to go on as if it had never stopped."""
        scaler = self.fabric.strategy.precision.state_dict()
        save_state(path, self.steps, self._models, self.plain_optimiser, scaler)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        self.steps, scaler = load_state(path, self._models, self.plain_optimiser)
        self.fabric.strategy.precision.load_state_dict(scaler)

    @property
    def _models(self) -> dict[str, nn.Module]:
        return {"model": self.objective} | ({"average": self.average.module} if self.average else {})
