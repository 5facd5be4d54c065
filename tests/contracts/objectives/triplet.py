"""Triplets (Schroff et al. 2015, arXiv:1503.03832): two views of an image nearer than another image, by a margin."""

import torch
from pydantic import Field
from torch import nn
from torch.nn import functional as F

from sslcore.augment import Policy
from sslcore.objectives import Objective


class Triplet(Objective):
    class Config(Objective.Config):
        margin: float = Field(0.5, gt=0, description="by which a stranger is to be farther away")

    formula = r"\mathcal L = \frac1n\sum_i\max(0,\ \lVert a_i-b_i\rVert-\lVert a_i-b_{i+1}\rVert+m)"
    headline = ("margin",)

    def __init__(self, encoder, config):
        super().__init__(encoder, config)
        self.head = nn.Linear(encoder.dim, 8)

    def forward(self, x, generator=None):
        a, b = self.pair(x, generator)
        return {"triplet": F.triplet_margin_loss(a, b, b.roll(1, 0), self.config.margin)}

    def pair(self, x, generator=None):
        views = torch.cat([Policy()(x, generator), Policy()(x, generator)])
        a, b = self.head(self.encoder(views)).chunk(2)
        return a, b
