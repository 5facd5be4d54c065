"""A momentum encoder and a queue of its keys, after MoCo (He et al. 2020, arXiv:1911.05722)."""

import copy

import torch
from pydantic import Field
from torch.nn import functional as F

from sslcore.augment import Policy
from sslcore.objectives import Objective


class Momentum(Objective):
    class Config(Objective.Config):
        temperature: float = Field(0.2, gt=0, description="divides the cosines")
        momentum: float = Field(0.9, ge=0, lt=1, description="of the second encoder's weights")
        queue: int = Field(64, ge=2, description="keys that are kept")

    metric = "cosine"
    formula = r"\mathcal L = -\log\frac{e^{q\cdot k/\tau}}{e^{q\cdot k/\tau}+\sum_j e^{q\cdot k_j/\tau}}"
    headline = ("temperature", "momentum")

    def __init__(self, encoder, config):
        super().__init__(encoder, config)
        self.second = copy.deepcopy(encoder).requires_grad_(False)
        self.register_buffer("keys", F.normalize(torch.randn(config.queue, encoder.dim), dim=1))

    @property
    def temperature(self):
        return self.config.temperature

    def forward(self, x, generator=None):
        q, k = self.pair(x, generator)
        q, k = F.normalize(q, dim=1), F.normalize(k, dim=1)
        scores = torch.cat([(q * k).sum(1, keepdim=True), q @ self.keys.T], 1) / self.temperature
        self.latest = k  # joins the queue after the step, which needs the queue as it was
        return {"info_nce": -scores.log_softmax(1)[:, 0].mean()}

    def pair(self, x, generator=None):
        a, b = Policy()(x, generator), Policy()(x, generator)
        with torch.no_grad():
            k = self.second(b)
        return self.encoder(a), k

    @torch.no_grad()
    def after_step(self):
        self.keys.copy_(torch.cat([self.latest, self.keys])[: len(self.keys)])
        for slow, quick in zip(self.second.parameters(), self.encoder.parameters(), strict=True):
            slow.lerp_(quick, 1 - self.config.momentum)
