"""The codes that the page decodes or counts.  Torch is imported where it is used."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sslcore.run import Run
from sslcore.view import cached, charts
from sslcore.view.colours import COLOURS
from sslcore.view.reconstructions.words import PRIOR

if TYPE_CHECKING:
    from torch import Tensor


def of_gallery(run: Run) -> np.ndarray:
    """The code of each image, [n, d]: of a model with a prior the mean of its posterior."""
    return cached.read(run, "embeddings").vectors


def at_random(run: Run, n: int, law: str, temperature: float, seed: int) -> "Tensor":
    """Codes [n, d] drawn from one of `words.LAWS`."""
    import torch

    from sslcore import latent

    codes, generator = torch.from_numpy(of_gallery(run)), torch.Generator().manual_seed(seed)
    if law == PRIOR:
        return latent.sample_prior(n, codes.shape[1], temperature, generator)
    return latent.sample_fitted(codes, n, temperature, generator)


def on_a_plane(run: Run, side: int, prior: bool) -> tuple["Tensor", int, int]:
    """A grid [side * side, d] over the two dimensions of largest variance, and which they are."""
    import torch

    from sslcore import latent

    codes = torch.from_numpy(of_gallery(run))
    first, second = codes.var(0).topk(2).indices.sort().values.tolist()
    origin, u, v = latent.axes(codes, "dimensions", (first, second))
    origin[[first, second]] = 0
    if prior:
        x = y = latent.quantiles(side)
    else:
        ends = torch.quantile(codes[:, [first, second]], torch.tensor([0.01, 0.99]), dim=0)
        x, y = (torch.linspace(float(ends[0, k]), float(ends[1, k]), side) for k in range(2))
    return latent.plane(origin, u, v, x, y), first, second


def aggregate(run: Run, prior: bool) -> np.ndarray:
    """The codes of all images together, [n, d]: of a model with a prior one draw of each posterior, seed 0."""
    codes = of_gallery(run)
    if not prior:
        return codes
    noise = np.random.default_rng(0).standard_normal(codes.shape)
    return codes + noise * np.exp(0.5 * cached.read(run, "embeddings", "log_var").vectors)


def against_prior(codes: np.ndarray, k: int) -> tuple[go.Figure, pd.DataFrame]:
    """The histogram of dimension k of codes [n, d] beside the density of N(0, 1)."""
    edges = np.linspace(min(-4, codes[:, k].min()), max(4, codes[:, k].max()), 61)
    centre = (edges[1:] + edges[:-1]) / 2
    heights = np.histogram(codes[:, k], edges, density=True)[0]
    prior = np.exp(-(centre**2) / 2) / np.sqrt(2 * np.pi)
    bars = {"type": "bar", "name": "codes of the gallery", "marker": {"color": COLOURS[0]}, "y": heights}
    curve = {"type": "scatter", "name": "N(0, 1)", "line": {"color": COLOURS[5], "width": 3}, "y": prior}
    traces = [bars | {"x": centre}, curve | {"x": centre}]
    figure = charts.figure(traces, f"z, dimension {k}", "density", 320, bargap=0)
    return figure, pd.DataFrame({"z": centre, "codes": heights, "prior": prior})
