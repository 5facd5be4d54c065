"""Training images a second: this project's loop beside the one a learner writes, same network, batch and optimiser."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from sslcore.config import Config
from sslcore.data import load
from sslcore.train import train

BATCH = 128
HIDDEN = (128, 64)
LATENT = 32
ROUNDS = 3
SECONDS = 4.0  # that a loop runs in a round


def training() -> list[dict]:
    """Rows of objective, both rates and their ratio: medians of alternating rounds in one process.

    Each loop runs with every core, on Fashion-MNIST.  The learner's is torchvision's data set, `ToTensor`, a
    `DataLoader` with shuffling, sigmoid and binary cross-entropy (or squared error), Adam, `.item()` at each step.
    """
    rows = []
    for name, learner in (("autoencoder", _learner_autoencoder), ("vae", _learner_vae)):
        ours, theirs = zip(*((_ours(name), _learner(learner)) for _ in range(ROUNDS)), strict=True)
        row = {"objective": name, "network": f"784-{HIDDEN[0]}-{HIDDEN[1]}-{LATENT}", "batch": BATCH}
        row |= {"learner's images/s": median(theirs), "sslcore images/s": median(ours)}
        rows.append(row | {"ratio": median(a / b for a, b in zip(ours, theirs, strict=True))})
    return rows


def _ours(objective: str) -> float:
    """Images a second of `train`, everything that it writes along the way included, its first row left out."""
    config = Config(
        objective=objective, batch=BATCH, epochs=100, network={"hidden": HIDDEN}, settings={"latent": LATENT}
    )
    with tempfile.TemporaryDirectory() as folder:
        rows: Any = train(config, Path(folder) / "run", "cpu")
        first = next(rows)
        start, row = time.perf_counter(), first
        while time.perf_counter() - start < SECONDS:
            row = next(rows)
        rate = (row["step"] - first["step"]) * BATCH / (time.perf_counter() - start)
        rows.close()
    return rate


def _learner(build: Callable[[], tuple[nn.Module, Callable]]) -> float:
    """Images a second of the loop of a tutorial."""
    from torchvision.datasets import FashionMNIST
    from torchvision.transforms import ToTensor

    images = load("fashion-mnist")
    data = FashionMNIST.__new__(FashionMNIST)  # torchvision's own __getitem__, without looking for a download
    data.data, data.targets, data.transform, data.target_transform = (
        images.pixels[:, 0],
        images.labels,
        ToTensor(),
        None,
    )
    loader = torch.utils.data.DataLoader(data, BATCH, shuffle=True)
    model, loss_of = build()
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    seen, start = 0, time.perf_counter()
    for x, _ in loader:
        if seen == BATCH:
            start = time.perf_counter()  # the first batch warms up
        loss = loss_of(model, x.view(len(x), -1))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
        seen += len(x)
        if seen > BATCH and time.perf_counter() - start > SECONDS:
            break
    return (seen - BATCH) / (time.perf_counter() - start)


def _learner_autoencoder() -> tuple[nn.Module, Callable]:
    def loss(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(model(x), x)

    return nn.Sequential(_encoder(), nn.Linear(HIDDEN[1], LATENT), *_decoder(), nn.Sigmoid()), loss


def _learner_vae() -> tuple[nn.Module, Callable]:
    model = nn.ModuleDict({"encoder": _encoder(), "mu": nn.Linear(HIDDEN[1], LATENT)})
    model["log_var"] = nn.Linear(HIDDEN[1], LATENT)
    model["decoder"] = nn.Sequential(*_decoder(), nn.Sigmoid())

    def loss(model: nn.ModuleDict, x: torch.Tensor) -> torch.Tensor:
        h = model["encoder"](x)
        mu, log_var = model["mu"](h), model["log_var"](h)
        z = mu + torch.randn_like(mu) * (0.5 * log_var).exp()
        distortion = F.binary_cross_entropy(model["decoder"](z), x, reduction="sum")
        return (distortion - 0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum()) / len(x)

    return model, loss


def _encoder() -> nn.Sequential:
    return nn.Sequential(nn.Linear(784, HIDDEN[0]), nn.ReLU(), nn.Linear(HIDDEN[0], HIDDEN[1]), nn.ReLU())


def _decoder() -> list[nn.Module]:
    return [
        nn.Linear(LATENT, HIDDEN[1]),
        nn.ReLU(),
        nn.Linear(HIDDEN[1], HIDDEN[0]),
        nn.ReLU(),
        nn.Linear(HIDDEN[0], 784),
    ]
