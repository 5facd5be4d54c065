"""Contrastive losses as pure functions of embeddings; every one is in nats."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from sslcore.distributed import gather

ROWS = 2048  # of scores at once: of a large batch, one score matrix is in memory and not three


def nt_xent(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"], temperature: float) -> Float[Tensor, ""]:
    """NT-Xent of SimCLR (Chen et al. 2020, arXiv:2002.05709, equation 1).

    a[i] and b[i] are two views of image i, not yet normalised.  Each of the 2n views is told from the 2n - 2 views of
    other images; the mean over all 2n is returned, at least log(1 + (2n - 2) e^(-(1 + 1/(n - 1)) / temperature)).
    Among several processes n counts everyone's pairs, and each returns the mean over its own.
    Raises ValueError for fewer than two pairs or a temperature that is not positive.
    """
    if not (temperature > 0 and math.isfinite(temperature)):
        raise ValueError(f"the temperature must be positive, got {temperature}")
    a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
    (every_a, first), (every_b, _) = gather(a), gather(b)
    n, every = len(a), len(every_a)
    if every < 2:
        raise ValueError(f"NT-Xent compares a pair with other pairs: it needs at least 2, got {every}")
    views, candidates = torch.cat([a, b]) / temperature, torch.cat([every_a, every_b])  # [2n, d], [2 every, d]
    own = first + torch.arange(n, device=a.device)
    own, partner = torch.cat([own, own + every]), torch.cat([own + every, own])
    total = torch.zeros((), device=a.device)
    for z, i, j in zip(views.split(ROWS), own.split(ROWS), partner.split(ROWS), strict=True):
        scores = (z @ candidates.T).scatter_(1, i[:, None], -torch.inf)  # a view is not its own partner
        total = total + F.cross_entropy(scores, j, reduction="sum")
    return total / len(views)
