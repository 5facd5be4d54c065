"""Training images a second: this project's loop beside the one a learner writes, and beside no loop at all."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from sslcore.data import load
from sslcore.data.form import Form
from sslcore.data.items import ready
from sslcore.networks.layers import channels_last
from sslcore.run.config import Config
from sslcore.train import train

HIDDEN = 128
WIDTH = 16  # of SimCLR's convolutions
LATENT = 32
ROUNDS = 3
SECONDS = 10.0  # that a loop runs in a round: its first seconds hold more snapshots than their share


def training() -> list[dict]:
    """Rows of objective, batch, rates and ratios: medians of alternating rounds in one process.

    Each loop runs with every core, on Fashion-MNIST, with the same network.  The learner's is torchvision's data set,
    `ToTensor`, a `DataLoader` with shuffling, sigmoid and binary cross-entropy (or squared error), Adam, `.item()` at
    each step; for SimCLR torchvision's transforms, image by image, in the learner's own process.  The bare step is
    forward (views included), backward and optimiser on one batch, again and again: what no loop can beat.
    """
    rows = []
    for name, learner, batches in (
        ("autoencoder", _learner_autoencoder, (128, 512)),
        ("vae", _learner_vae, (128, 512)),
        ("simclr", _learner_simclr, (512,)),
    ):
        for batch in batches:
            rounds = [(_learner(learner, batch), _ours(name, batch), _bare(name, batch)) for _ in range(ROUNDS)]
            rates = [median(rate) for rate in zip(*rounds, strict=True)]
            network = f"conv, width {WIDTH}" if name == "simclr" else f"784-{HIDDEN}-{LATENT}"
            row = {"objective": name, "network": network, "batch": batch}
            row |= dict(zip(("learner's images/s", "sslcore images/s", "bare step's images/s"), rates, strict=True))
            row["sslcore / learner's"] = median(ours / theirs for theirs, ours, _ in rounds)
            rows.append(row | {"sslcore / bare": median(ours / bare for _, ours, bare in rounds)})
    return rows


def _config(objective: str, batch: int) -> Config:
    if objective == "simclr":
        return Config(objective=objective, batch=batch, epochs=100, network={"width": WIDTH})
    network, settings = {"hidden": (HIDDEN,)}, {"latent": LATENT}
    return Config(objective=objective, batch=batch, epochs=100, network=network, settings=settings)


def _ours(objective: str, batch: int) -> float:
    """Images a second of `train`, everything that it writes along the way included, its first row left out."""
    with tempfile.TemporaryDirectory() as folder:
        rows: Any = train(_config(objective, batch), Path(folder) / "run", "cpu")
        first = next(rows)
        start, row = time.perf_counter(), first
        while time.perf_counter() - start < SECONDS:
            row = next(rows)
        rate = (row["step"] - first["step"]) * batch / (time.perf_counter() - start)
        rows.close()
    return rate


def _bare(objective: str, batch: int) -> float:
    """Images a second of the step alone."""
    data = load("fashion-mnist")
    model = channels_last(_config(objective, batch).build(data.form))
    optimiser = torch.optim.AdamW(model.parameters(), fused=True)
    x, steps, start = ready(data.items[:batch]), 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        optimiser.zero_grad()
        sum(model(x).values()).backward()
        optimiser.step()
        steps += 1
    return steps * batch / (time.perf_counter() - start)


def _learner(build: Callable[[], tuple[nn.Module, Callable, Callable]], batch: int) -> float:
    """Images a second of the loop of a tutorial."""
    from torchvision.datasets import FashionMNIST

    ours = load("fashion-mnist")
    data = FashionMNIST.__new__(FashionMNIST)  # torchvision's own __getitem__, without looking for a download
    data.data, data.targets = ours.items[:, 0], ours.labels
    model, loss_of, transform = build()
    data.transform, data.target_transform = transform, None
    loader = torch.utils.data.DataLoader(data, batch, shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    seen, start = 0, time.perf_counter()
    for x, _ in loader:
        loss = loss_of(model, x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item()
        seen += batch
        if seen == batch:
            start = time.perf_counter()  # the first batch warms up
        elif time.perf_counter() - start > SECONDS:
            break
    return (seen - batch) / (time.perf_counter() - start)


def _learner_autoencoder() -> tuple[nn.Module, Callable, Callable]:
    from torchvision.transforms import ToTensor

    def loss(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
        x = x.view(len(x), -1)
        return F.mse_loss(model(x), x)

    return nn.Sequential(_encoder(), nn.Linear(HIDDEN, LATENT), _decoder()), loss, ToTensor()


def _learner_vae() -> tuple[nn.Module, Callable, Callable]:
    from torchvision.transforms import ToTensor

    heads = {"mu": nn.Linear(HIDDEN, LATENT), "log_var": nn.Linear(HIDDEN, LATENT)}
    model = nn.ModuleDict({"encoder": _encoder(), **heads, "decoder": _decoder()})

    def loss(model: nn.ModuleDict, x: torch.Tensor) -> torch.Tensor:
        x = x.view(len(x), -1)
        h = model["encoder"](x)
        mu, log_var = model["mu"](h), model["log_var"](h)
        z = mu + torch.randn_like(mu) * (0.5 * log_var).exp()
        distortion = F.binary_cross_entropy(model["decoder"](z), x, reduction="sum")
        return (distortion - 0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum()) / len(x)

    return model, loss, ToTensor()


def _learner_simclr() -> tuple[nn.Module, Callable, Callable]:
    from torchvision.transforms import v2

    one = v2.Compose([
        v2.RandomResizedCrop(28, scale=(0.3, 1.0)), v2.RandomHorizontalFlip(),
        v2.RandomApply([v2.ColorJitter(0.4, 0.4)], 0.8), v2.ToImage(), v2.ToDtype(torch.float32, scale=True),
    ])  # fmt: skip
    objective: Any = _config("simclr", 2).build(Form("images", (1, 28, 28)))

    def loss(model: nn.Module, views: list[torch.Tensor]) -> torch.Tensor:
        z = F.normalize(model(torch.cat(views)), dim=1)
        scores = z @ z.T / 0.1 - 1e9 * torch.eye(len(z))
        return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z) // 2))

    return nn.Sequential(objective.encoder, objective.projector), loss, lambda image: [one(image), one(image)]


def _encoder() -> nn.Sequential:
    return nn.Sequential(nn.Linear(784, HIDDEN), nn.ReLU())


def _decoder() -> nn.Sequential:
    return nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 784), nn.Sigmoid())
