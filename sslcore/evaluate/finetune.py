"""What training has left in the weights: the encoder trained on with few labels, beside the same from scratch."""

import copy
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor, nn
from torch.nn import functional as F

from sslcore.data.items import ready
from sslcore.evaluate.features import stratified
from sslcore.evaluate.subject import Subject
from sslcore.run.embed import over

LABELS = 1000
EPOCHS = 20
BATCH = 64
RATE = 1e-3
SEEDS = 3


def fine_tune(subject: Subject, labels: Int64[Tensor, " n"], truth: Int64[Tensor, " m"]) -> dict[str, Any]:
    """Test accuracy of encoder and linear head, all of it trained on LABELS labels (or all there are): mean and
    standard deviation over SEEDS draws of labels, from the run's weights (`trained`) and from fresh ones (`scratch`).

    `labels` are of the training items, `truth` of the test items.  Works on copies.
    """
    count = min(LABELS, len(labels))
    classes = int(torch.cat([labels, truth]).max()) + 1
    part: dict[str, Any] = {"labels": count, "seeds": SEEDS, "epochs": EPOCHS, "batch": BATCH, "rate": RATE}
    for kind in ("trained", "scratch"):
        accuracies = []
        for seed in range(SEEDS):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                if kind == "trained":
                    encoder = copy.deepcopy(subject.objective.encoder)
                else:
                    untrained = subject.run.config.build(subject.train.form)
                    untrained.begin(subject.train.items)
                    encoder = untrained.encoder
                model = nn.Sequential(encoder, nn.Linear(encoder.dim, classes)).to(subject.where)
            chosen = stratified(labels, count, seed)
            fit(model, subject.train.items[chosen.cpu()].to(subject.where), labels[chosen], seed)
            guesses = over(model, subject.test.items, subject.where).argmax(1)
            accuracies.append((guesses == truth).float().mean())
        every = torch.stack(accuracies)
        part[kind] = {"mean": float(every.mean()), "std": float(every.std())}
    return part


def fit(model: nn.Module, items: Tensor, labels: Tensor, seed: int) -> None:
    """EPOCHS of AdamW whose rate falls to 0 on a cosine; leaves the model in eval mode."""
    generator = torch.Generator(items.device).manual_seed(seed)
    batch = min(BATCH, len(items))
    steps = EPOCHS * (len(items) // batch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    model.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(items), device=items.device, generator=generator)
        for rows in order[: len(items) // batch * batch].view(-1, batch):
            loss = F.cross_entropy(model(ready(items[rows])), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()
