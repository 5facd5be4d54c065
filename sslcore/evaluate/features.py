"""What frozen features are worth to a classifier.

kNN: cosine, votes weighted by e^(s/0.07) (Wu et al. 2018, arXiv:1805.01978), k = 10 and 200.  Linear probe: multinomial
logistic regression on standardised features, its penalty chosen on a tenth of the labels.  Few labels: the same from 10
to 10,000 labels in all, several draws of each, on features that keep their relative scales.
"""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

NEIGHBOURS = (10, 200)
PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4)
ALONE = (1e-2,)  # the penalty where a tenth of the labels would be too few to choose it by
ENOUGH = 1000  # labels that are not
LABELS = (10, 100, 1000, 10_000)
DRAWS = {10_000: 3}  # where not 5


def accuracies(
    train: Float[Tensor, "n d"],
    test: Float[Tensor, "m d"],
    train_labels: Int64[Tensor, " n"],
    test_labels: Int64[Tensor, " m"],
) -> dict[str, float]:
    """kNN and linear accuracy on the test part, as fractions."""
    return {
        **{f"knn_{k}": acc for k, acc in knn(train, test, train_labels, test_labels).items()},
        "linear": linear_probe(train, test, train_labels, test_labels),
    }


def knn(
    train: Float[Tensor, "n d"],
    test: Float[Tensor, "m d"],
    train_labels: Int64[Tensor, " n"],
    test_labels: Int64[Tensor, " m"],
) -> dict[int, float]:
    """Accuracy for each k of NEIGHBOURS (at most n)."""
    classes = int(torch.cat([train_labels, test_labels]).max()) + 1
    train, right = F.normalize(train, dim=1), dict.fromkeys(NEIGHBOURS, 0)
    for x, y in zip(F.normalize(test, dim=1).split(500), test_labels.split(500), strict=True):
        similarity, nearest = (x @ train.T).topk(min(max(NEIGHBOURS), len(train)), dim=1)  # [500, k], best first
        weights = (similarity / 0.07).exp()
        for k in NEIGHBOURS:
            votes = torch.zeros(len(x), classes, device=x.device)
            votes.scatter_add_(1, train_labels[nearest[:, :k]], weights[:, :k])
            right[k] += int((votes.argmax(1) == y).sum())
    return {k: n / len(test) for k, n in right.items()}


def linear_probe(
    train: Float[Tensor, "n d"],
    test: Float[Tensor, "m d"],
    train_labels: Int64[Tensor, " n"],
    test_labels: Int64[Tensor, " m"],
) -> float:
    """Accuracy of logistic regression on frozen features; the penalty is chosen without the test part."""
    return _probe(*_standardised(train, test), train_labels, test_labels, PENALTIES)


def few_labels(
    train: Float[Tensor, "n d"],
    test: Float[Tensor, "m d"],
    train_labels: Int64[Tensor, " n"],
    test_labels: Int64[Tensor, " m"],
) -> list[dict[str, Any]]:
    """The linear probe's accuracy from few labels: mean and standard deviation over draws, a row for each of LABELS
    that names every class and is there.

    Features are centred and divided by one number, taken from all training images.  Standardised each by itself, those
    that hardly vary would be blown up to noise as loud as the rest: on Fashion-MNIST a PCA then reads 24 % from 10
    labels and not 45 %.
    """
    centre, scale = train.mean(0), train.var(0).mean().sqrt().clamp(min=1e-6)
    train, test = (train - centre) / scale, (test - centre) / scale
    rows = []
    for count in LABELS:
        if not len(train_labels.unique()) <= count <= len(train):
            continue
        chosen = [stratified(train_labels, count, seed) for seed in range(DRAWS.get(count, 5))]
        penalties = PENALTIES if count >= ENOUGH else ALONE
        found = torch.tensor([_probe(train[i], test, train_labels[i], test_labels, penalties) for i in chosen])
        rows.append({"labels": count, "mean": float(found.mean()), "std": float(found.std()), "draws": len(found)})
    return rows


def stratified(labels: Int64[Tensor, " n"], count: int, seed: int) -> Int64[Tensor, " count"]:
    """Indices of `count` images at random, spread over the classes as evenly as these allow."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed)).to(labels.device)
    turn = torch.zeros_like(labels)  # each image's turn within its class
    for k in labels.unique():
        of_class = labels[order] == k
        turn[of_class] = torch.arange(int(of_class.sum()), device=labels.device)
    return order[turn.argsort(stable=True)[:count]]


def _standardised(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    mean, std = train.mean(0), train.std(0).clamp(min=1e-6)
    return (train - mean) / std, (test - mean) / std


def _probe(train: Tensor, test: Tensor, y: Tensor, v: Tensor, penalties: Sequence[float]) -> float:
    """Accuracy on the test part; where there are several penalties, a tenth of the training part chooses."""
    classes = int(torch.cat([y, v]).max()) + 1
    best, scale, start = -1.0, penalties[0], None
    if len(penalties) > 1:
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0)).to(train.device)
        fitted, held = order[len(train) // 10 :], order[: max(1, len(train) // 10)]
        x, layer = train[fitted], None
        for penalty in penalties:  # strongest first, each starting from the last
            layer = _logistic(x, y[fitted], classes, penalty, layer)
            if (accuracy := _accuracy(layer, train[held], y[held])) > best:
                best, scale, start = accuracy, penalty, layer
    return _accuracy(_logistic(train, y, classes, scale, start), test, v)


def _logistic(x: Tensor, y: Tensor, classes: int, penalty: float, start: nn.Linear | None) -> nn.Linear:
    """The layer that minimises cross-entropy + penalty/2 |W|^2."""
    layer = copy.deepcopy(start)
    if layer is None:  # its weights lie [classes, d]: the gradient of [d, classes] takes twelve times as long
        layer = nn.utils.skip_init(nn.Linear, x.shape[1], classes, device=x.device)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=100, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(layer(x), y) + penalty / 2 * layer.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return layer


@torch.no_grad()
def _accuracy(layer: nn.Linear, x: Tensor, y: Tensor) -> float:
    return float((layer(x).argmax(1) == y).float().mean())
