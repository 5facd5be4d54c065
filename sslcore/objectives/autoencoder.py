"""Autoencoder (Rumelhart et al. 1986), denoising by option (Vincent et al. 2008): squeeze an image through a code."""

from typing import Any

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from sslcore.objectives._reconstruction import Reconstruction


class Autoencoder(Reconstruction):
    class Config(Reconstruction.Config):
        latent: int = Field(32, ge=1, le=4096, description="dimensions of the code z")
        noise: float = Field(0.0, ge=0, le=1, description="deviation of the noise that the input gets; 0 = plain")

    formula = r"\mathcal L = \underbrace{\tfrac{1}{chw}\lVert g(f(x)) - x\rVert^2}_{\text{squared error}}"
    headline = ("latent",)

    def __init__(self, encoder: Any, config: Config):
        super().__init__(encoder, config)
        self.code = nn.Linear(encoder.dim, config.latent)
        self.decoder = encoder.mirror(config.latent)

    def forward(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        noisy = x
        if self.config.noise:
            noisy = x + self.config.noise * torch.randn(x.shape, device=x.device, generator=generator)
        return {"squared_error": F.mse_loss(self.decode(self.embed(noisy)), x)}

    def spaces(self, x: Tensor) -> dict[str, Tensor]:
        return {"z": self.code(self.encoder(x))}

    def decode(self, z: Tensor) -> Tensor:
        """Codes [b, latent] -> images [b, c, h, w] in 0..1."""
        return self.decoder(z).sigmoid()

    def values(self, x: Tensor, generator: Generator | None = None) -> dict[str, Tensor]:
        return {"squared_error": F.mse_loss(self.decode(self.embed(x)), x, reduction="none").mean((1, 2, 3))}
