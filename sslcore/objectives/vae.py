"""VAE (Kingma & Welling 2014, arXiv:1312.6114): maximise the evidence lower bound (ELBO).

beta weights the KL term (Higgins et al. 2017); free bits stop it from collapsing (Kingma et al. 2016,
arXiv:1606.04934); a Gaussian likelihood learns one deviation for all pixels (Rybkin et al. 2021, arXiv:2006.13202);
binarised images are those that the field's Bernoulli likelihoods are of (Burda et al. 2016, arXiv:1509.00519).
"""

import math
from typing import Any, Literal

import torch
from pydantic import Field, model_validator
from torch import Generator, Tensor, nn
from torch.distributions import Normal
from torch.nn import functional as F

from sslcore import distributed
from sslcore.objectives._reconstruction import Reconstruction

MAX_LOG_VAR = 20.0  # of a held-out image, however far from all others; in training it would hide that it diverges


class Latent(Reconstruction.Config):
    """What every model with a Gaussian posterior has: a code and a likelihood."""

    latent: int = Field(32, ge=1, le=4096, description="dimensions of z")
    likelihood: Literal["bernoulli", "gaussian"] = Field("bernoulli", description="p(x|z) of a pixel")
    binarise: Literal["none", "dynamic", "static"] = Field(
        "none", description="black-and-white pixels: drawn anew at each step, grey > 1/2, or left grey"
    )

    @model_validator(mode="after")
    def _is_bernoulli(self) -> "Latent":
        if self.binarise != "none" and self.likelihood != "bernoulli":
            raise ValueError(
                f"binarise {self.binarise} needs the bernoulli likelihood, not {self.likelihood}: black-and-white "
                "pixels have no density; leave binarise at none"
            )
        return self


class VAE(Reconstruction):
    class Config(Latent):
        beta: float = Field(1.0, ge=0, le=1000, description="weight of the KL term; 1 is the evidence lower bound")
        free_bits: float = Field(0.0, ge=0, le=10, description="nats of KL that each dimension has for free")
        warmup: int = Field(0, ge=0, le=10**9, description="steps over which beta rises from 0")

    formula = (
        r"\mathcal L = \underbrace{\mathbb E_{q(z|x)}[-\log p(x|z)]}_{\text{distortion}} + "
        r"\underbrace{\beta\,\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}"
    )
    headline = ("latent", "beta")
    prior = "N(0, 1)"
    steps: Tensor

    def __init__(self, encoder: Any, config: Latent):
        super().__init__(encoder, config)
        self.heads = nn.Linear(encoder.dim, 2 * config.latent)
        self.decoder = encoder.mirror(config.latent)
        if config.likelihood == "gaussian":
            self.log_std = nn.Parameter(torch.zeros(()))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        x = self.observe(x, generator)
        mu, log_var = self.posterior(x)
        distortion = self.distortion(x, sample(mu, log_var, generator)).mean()
        rates = distributed.mean(kl_to_prior(mu, log_var).mean(0))  # [latent]
        rate = rates.clamp(min=self.config.free_bits).sum()
        weight = self.config.beta
        if self.config.warmup:
            weight = weight * (self.steps / self.config.warmup).clamp(max=1)
        return {"distortion": distortion, "rate": weight * rate}  # nats per image

    @property
    def likelihood(self) -> str:
        """The law p(x|z) of a pixel."""
        return self.config.likelihood

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        """The posterior of the image; of one whose pixels are drawn, that of the grey levels, which are their mean."""
        mu, log_var = self.posterior(self.observe(x) if self.config.binarise == "static" else x)
        return {"mu": mu, "log_var": log_var}

    def decode(self, z: Tensor) -> Tensor:
        """Codes [b, latent] -> the mean of p(x|z), images [b, c, h, w] in 0..1."""
        return self.decoder(z).sigmoid()

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        """Distortion (one sample of z), rate (exact) and the ELBO they make, in nats, whatever beta is."""
        x = self.observe(x, generator)
        mu, log_var = self.posterior(x)
        distortion = self.distortion(x, sample(mu, log_var, generator))
        rate = kl_to_prior(mu, log_var).sum(1)
        return {"elbo": -distortion - rate, "distortion": distortion, "rate": rate}

    def after_step(self) -> None:
        self.steps += 1

    def observe(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """The images that the likelihood is of: grey levels in 0..1, or 0s and 1s made of them.  [b, c, h, w]."""
        if self.config.binarise == "dynamic":
            return torch.bernoulli(x, generator=generator)
        return (x > 0.5).to(x.dtype) if self.config.binarise == "static" else x

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x) for observed images, each [b, latent]; out of training it cannot overflow."""
        mu, log_var = self.heads(self.encoder(x)).chunk(2, dim=1)
        return mu, log_var if self.training else log_var.clamp(max=MAX_LOG_VAR)

    def distortion(self, x: Tensor, z: Tensor) -> Tensor:
        """-log p(x|z) in nats of observed images [b, c, h, w] and codes [..., b, latent] -> [..., b].

        On grey levels the Bernoulli form is a cross-entropy, not a likelihood.
        """
        logits = self.decoder(z.flatten(0, -2)).unflatten(0, z.shape[:-1])  # [..., b, c, h, w]
        x = x.expand_as(logits)
        if self.config.likelihood == "bernoulli":
            nats = F.binary_cross_entropy_with_logits(logits, x, reduction="none")  # on logits: stable and quicker
        else:
            std = self.log_std.clamp(min=math.log(1e-3)).exp()
            nats = -Normal(logits.sigmoid(), std, validate_args=False).log_prob(x)  # a check would wait for the device
        return nats.sum((-3, -2, -1))

    def log_weights(self, x: Tensor, k: int, generator: Generator | None = None) -> Tensor:
        """log p(x|z) p(z) / q(z|x) in nats for k draws of z from q(z|x): observed images [b, c, h, w] -> [k, b].

        The mean of the weights themselves is p(x) in expectation; the mean of these logs is the ELBO.
        """
        mu, log_var = self.posterior(x)
        z = sample(mu.expand(k, *mu.shape), log_var.expand(k, *mu.shape), generator)  # [k, b, latent]
        log_ratio = 0.5 * ((z - mu).square() / log_var.exp() + log_var - z.square()).sum(-1)  # log p(z) / q(z|x)
        return log_ratio - self.distortion(x, z)


def sample(mu: Tensor, log_var: Tensor, generator: Generator | None = None) -> Tensor:
    """z ~ N(mu, e^log_var) by reparameterisation: gradients reach both.  [..., d] -> [..., d]."""
    noise = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype, generator=generator)
    return mu + noise * (0.5 * log_var).exp()


def kl_to_prior(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, e^log_var) || N(0, 1)) of each dimension, in nats.  [b, d] -> [b, d]."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var)
