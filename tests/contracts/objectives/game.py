"""A game of two players (Goodfellow et al. 2014, arXiv:1406.2661) in one backward pass: each sees the other held."""

import torch
from pydantic import Field
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from sslcore.objectives import Objective


class Game(Objective):
    class Config(Objective.Config):
        noise: int = Field(2, ge=1, description="dimensions of the generator's noise")

    takes = ("points",)
    players = 2
    formula = (
        r"\mathcal L = \underbrace{-\log D(x)-\log(1-D(\bar g))}_{\text{critic}}"
        r"+\underbrace{-\log\bar D(g)}_{\text{forger}}"
    )
    headline = ("noise",)

    def __init__(self, encoder, config):
        super().__init__(encoder, config)
        self.verdict = nn.Linear(encoder.dim, 1)
        self.forger = nn.Sequential(nn.Linear(config.noise, 16), nn.ReLU(), nn.Linear(16, encoder.form.size))

    def forward(self, x, generator=None):
        forged = self.forger(torch.randn(len(x), self.config.noise, device=x.device, generator=generator))
        judge = nn.Sequential(self.encoder, self.verdict)
        critic = F.softplus(-judge(x)).mean() + F.softplus(judge(forged.detach())).mean()
        frozen = {name: tensor.detach() for name, tensor in judge.state_dict(keep_vars=True).items()}
        return {"critic": critic, "forger": F.softplus(-functional_call(judge, frozen, forged)).mean()}

    def generate(self, n, generator=None):
        return self.forger(torch.randn(n, self.config.noise, generator=generator))
