"""Does a model notice images of another kind?  AUROC of its scores on held-out images against an outsider's.

A likelihood need not fall on an outsider (Nalisnick et al. 2019, arXiv:1810.09136): whether it does depends on the
decoder and the pair of data sets, so the sign is measured, beside the mean brightness, which knows nothing.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from sslcore.data import load, to_download
from sslcore.evaluate import likelihood
from sslcore.evaluate.subject import Subject, sample, values

OUTSIDERS = {"fashion-mnist": "mnist", "mnist": "fashion-mnist"}
IMAGES = 2000  # a side
CODES = 10_000  # training images whose nearest counts
DRAWS = 50  # of the importance-sampled bound
STRANGER = {"elbo": -1, "distortion": 1, "rate": 1, "squared_error": 1}  # the sign of what should grow on an outsider


def detection(subject: Subject) -> dict[str, Any]:
    """AUROC of each score, 0..1: the chance that an outsider scores higher than a held-out image; 1/2 is no better.

    Where no outsider lies on this machine, `missing` says so: nothing is downloaded.
    """
    name = subject.train.source
    if name not in OUTSIDERS:
        return {
            "missing": f"no outsider of the same shape is known for {name}; there is one for {', '.join(OUTSIDERS)}"
        }
    outsider = OUTSIDERS[name]
    if to_download(outsider):
        return {"missing": f"the outsider {outsider} is not on this machine, and nothing is downloaded to evaluate"}
    familiar, strange = (sample(data, IMAGES).items for data in (subject.test, load(outsider, "test")))

    scores: dict[str, float] = {}
    own, other = (values(subject.objective, items, subject.where) for items in (familiar, strange))
    for key, sign in STRANGER.items():
        if key in own:
            scores[key] = auroc(sign * own[key], sign * other[key])
    if "likelihood" in subject.objective.abilities:
        bounds = (likelihood.bound_of_each(subject.objective, items, DRAWS) for items in (familiar, strange))
        scores["bound"] = auroc(*(-bound for bound in bounds))

    def of_distance(row: str) -> float:
        metric = subject.objective.metric if row in ("run", "random") else "euclidean"
        known = subject.features(row)[0]
        order = torch.randperm(len(known), generator=torch.Generator().manual_seed(0))[:CODES].to(known.device)
        near = (distance(subject.encode(row, items), known[order], metric) for items in (familiar, strange))
        return auroc(*near)

    light = (items.float().mean((1, 2, 3)) for items in (familiar, strange))
    return {
        "outsider": outsider,
        "items": len(familiar),
        "outsiders": len(strange),
        "draws": DRAWS,
        "scores": scores,
        "distance": dict(subject.rows(f"distance-{outsider}", of_distance)),
        "brightness": auroc(*light),
    }


def auroc(familiar: Float[Tensor, " n"], strange: Float[Tensor, " m"]) -> float:
    """The share of pairs in which the strange one scores higher; ties count half (Mann & Whitney 1947)."""
    ordered = familiar.sort().values
    below, upto = (torch.searchsorted(ordered, strange.contiguous(), side=side) for side in ("left", "right"))
    return float((below + upto).double().mean()) / (2 * len(familiar))


def distance(x: Float[Tensor, "n d"], known: Float[Tensor, "m d"], metric: str) -> Float[Tensor, " n"]:
    """From each row to the nearest known one; of unit vectors where the metric is cosine."""
    if metric == "cosine":
        x, known = F.normalize(x, dim=1), F.normalize(known, dim=1)
    return torch.cat([torch.cdist(rows, known).amin(1) for rows in x.split(500)])
