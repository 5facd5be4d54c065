"""VAE (Kingma & Welling 2014, arXiv:1312.6114): maximise the evidence lower bound (ELBO).

beta weights the KL term (Higgins et al. 2017); free bits stop it from collapsing (Kingma et al. 2016,
arXiv:1606.04934); a Gaussian likelihood learns one deviation for all pixels (Rybkin et al. 2021, arXiv:2006.13202).
"""

import math
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from sslcore.objectives import Objective


class VAE(Objective):
    class Config(Objective.Config):
        latent: int = Field(32, ge=1, le=4096, description="dimensions of z")
        beta: float = Field(1.0, ge=0, le=1000, description="weight of the KL term; 1 is the evidence lower bound")
        likelihood: Literal["bernoulli", "gaussian"] = Field("bernoulli", description="p(x|z) of a pixel")
        free_bits: float = Field(0.0, ge=0, le=10, description="nats of KL that each dimension has for free")
        warmup: int = Field(0, ge=0, description="steps over which beta rises from 0")

    steps: Tensor

    def __init__(self, encoder: Any, config: Config):
        super().__init__(encoder, config)
        self.heads = nn.Linear(encoder.dim, 2 * config.latent)
        self.decoder = encoder.mirror(config.latent)
        if config.likelihood == "gaussian":
            self.log_std = nn.Parameter(torch.zeros(()))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        mu, log_var = self._posterior(x)
        distortion = self._distortion(x, sample(mu, log_var, generator)).mean()
        rate = kl_to_prior(mu, log_var).mean(0).clamp(min=self.config.free_bits).sum()  # [latent] before the sum
        weight = self.config.beta
        if self.config.warmup:
            weight = weight * (self.steps / self.config.warmup).clamp(max=1)
        return {"distortion": distortion, "rate": weight * rate}  # nats per image

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        mu, log_var = self._posterior(x)
        return {"mu": mu, "log_var": log_var}

    def decode(self, z: Tensor) -> Tensor:
        """Codes [b, latent] -> the mean of p(x|z), images [b, c, h, w] in 0..1."""
        return self.decoder(z).sigmoid()

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Distortion (one sample of z), rate (exact) and the ELBO they make, in nats, whatever beta is."""
        mu, log_var = self._posterior(x)
        distortion = self._distortion(x, sample(mu, log_var, generator))
        rate = kl_to_prior(mu, log_var).sum(1)
        return {"elbo": -distortion - rate, "distortion": distortion, "rate": rate}

    def after_step(self) -> None:
        self.steps += 1

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), each [b, latent]."""
        mu, log_var = self.heads(self.encoder(x)).chunk(2, dim=1)
        return mu, log_var

    def _distortion(self, x: Tensor, z: Tensor) -> Tensor:
        """-log p(x|z) in nats, [b].  On grey levels the Bernoulli form is a cross-entropy, not a likelihood."""
        logits = self.decoder(z)
        if self.config.likelihood == "bernoulli":
            nats = F.binary_cross_entropy_with_logits(logits, x, reduction="none")  # on logits: stable and quicker
        else:
            nats = -Normal(logits.sigmoid(), self.log_std.clamp(min=math.log(1e-3)).exp()).log_prob(x)
        return nats.sum((1, 2, 3))


def sample(mu: Tensor, log_var: Tensor, generator: Generator | None = None) -> Tensor:
    """z ~ N(mu, e^log_var) by reparameterisation: gradients reach both.  [b, d] -> [b, d]."""
    noise = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype, generator=generator)
    return mu + noise * (0.5 * log_var).exp()


def kl_to_prior(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, e^log_var) || N(0, 1)) of each dimension, in nats.  [b, d] -> [b, d]."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
