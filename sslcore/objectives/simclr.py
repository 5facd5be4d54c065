"""SimCLR (Chen et al. 2020, arXiv:2002.05709): tell each image's other view from the views of all other images."""

from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional as F

from sslcore.augment import Policy
from sslcore.losses import nt_xent
from sslcore.networks.layers import projector
from sslcore.objectives import Objective

Width = Annotated[int, Field(ge=2, le=8192)]


class SimCLR(Objective):
    class Config(Objective.Config):
        temperature: float = Field(0.1, gt=0, le=100, description="divides the cosine similarities")
        projector: tuple[Width, ...] = Field((128, 64), min_length=1, description="widths of the projection head")
        views: Policy = Field(default_factory=Policy, description="how a view is made")

    recipe: ClassVar = {"network": {"encoder": "conv"}, "batch": 512, "rate": 2e-3, "weight_decay": 1e-4}
    metric = "cosine"
    formula = (
        r"\mathcal L = -\frac{1}{2n}\sum_{i=1}^{2n}\log\frac{e^{s_{i\,p(i)}/\tau}}{\sum_{k\ne i}e^{s_{ik}/\tau}}"
        r"\qquad s_{ik} = \cos(z_i, z_k),\ p(i)\text{ the other view}"
    )
    headline = ("temperature",)

    def __init__(self, encoder: Any, config: Config):
        super().__init__(encoder, config)
        self.projector = projector(encoder.dim, *config.projector)

    @property
    def temperature(self) -> float:
        """What the cosines are divided by."""
        return self.config.temperature

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        a, b = self.pair(x, generator)
        return {"nt_xent": nt_xent(a, b, self.config.temperature)}

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        h = self.encoder(x)
        return {"h": h, "z": self.projector(h)}

    def pair(self, x: Tensor, generator: Generator | None = None) -> tuple[Tensor, Tensor]:
        """Images [b, c, h, w] -> the head's outputs for two views of each, [b, d] twice, not normalised.

        One forward of all 2b views, as in the paper: batch norm sees both together.
        """
        views = torch.cat([self.config.views(x, generator), self.config.views(x, generator)])
        a, b = self.projector(self.encoder(views)).chunk(2)
        return a, b

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """The cosine of two fresh views of each image."""
        return {"view_cosine": F.cosine_similarity(*self.pair(x, generator))}
