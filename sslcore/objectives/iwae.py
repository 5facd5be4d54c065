"""IWAE (Burda, Grosse & Salakhutdinov 2016, arXiv:1509.00519): a VAE whose bound averages k importance weights.

L_k = E log 1/k sum_j w_j rises with k from the ELBO (k = 1) to log p(x).  Its gradient weights that of each log w_j by
w_j / sum w, which comes of differentiating the logsumexp.
"""

import math

from pydantic import Field
from torch import Generator, Tensor

from sslcore.objectives.vae import VAE, Latent


class IWAE(VAE):
    class Config(Latent):
        k: int = Field(50, ge=1, le=5000, description="draws of z an image; 1 is the evidence lower bound")

    formula = (
        r"\mathcal L = \underbrace{-\mathbb E_{z_1 \dots z_k \sim q(z|x)}\Big[\log\tfrac1k\sum_{j=1}^k"
        r"\tfrac{p(x|z_j)\,p(z_j)}{q(z_j|x)}\Big]}_{\text{negative bound}}"
    )
    headline = ("latent", "k")

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        log_w = self.log_weights(self.observe(x, generator), self.config.k, generator)  # [k, b]
        return {"negative_bound": math.log(self.config.k) - log_w.logsumexp(0).mean()}  # nats per image
