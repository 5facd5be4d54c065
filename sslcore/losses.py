"""Contrastive losses as pure functions of embeddings; every one is in nats."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def nt_xent(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"], temperature: float) -> Float[Tensor, ""]:
    """NT-Xent of SimCLR (Chen et al. 2020, arXiv:2002.05709, equation 1).

    a[i] and b[i] are two views of image i, not yet normalised.  Each of the 2n views is told from the 2n - 2 views of
    other images; the mean over all 2n is returned, at least log(1 + (2n - 2) e^(-(1 + 1/(n - 1)) / temperature)).
    Raises ValueError for fewer than two pairs or a temperature that is not positive.
    """
    n = len(a)
    if n < 2:
        raise ValueError(f"NT-Xent compares a pair with other pairs: it needs at least 2, got {n}")
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"the temperature must be positive, got {temperature}")
    z = F.normalize(torch.cat([a, b]), dim=1)  # [2n, d]
    scores = z @ z.T / temperature  # [2n, 2n]
    scores.fill_diagonal_(-torch.inf)  # a view is not its own partner
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(scores, partner)
