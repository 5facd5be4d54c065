"""What a representation is worth, by the field's protocols, always beside what doing nothing gives.

kNN: cosine, votes weighted by e^(s/0.07) (Wu et al. 2018, arXiv:1805.01978), k = 10 and 200.  Linear probe:
multinomial logistic regression on standardised features, its penalty chosen on a tenth of the training set.  Alignment
and uniformity: Wang & Isola 2020 (arXiv:2005.10242); tolerance: Wang & Liu 2021 (arXiv:2012.09740).
"""

import copy
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from sslcore import card, information
from sslcore.data import Images, load
from sslcore.data.folder import cache_folder
from sslcore.files import write_json
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.train import device

NEIGHBOURS = (10, 200)
PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4)
PCA = 128  # components of the baseline
PROTOCOL = 1  # of the cached baselines


def evaluate(run: Run, on: str = "auto") -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure a run on its whole data set, yielding (what, figures) as they come; writes metrics.json and the card.

    Accuracies are fractions of the test images.  Raises ValueError where the data set is not the one trained on.
    """
    where, config, facts = device(on), run.config, run.facts
    train, test = (load(config.data, split, config.size) for split in ("train", "test"))
    if train.digest != facts["data"]["digest"]:
        raise ValueError(f"{run.name} was trained on other images than {config.data} holds now: its digest differs")
    objective = run.objective().to(where)
    metrics: dict[str, Any] = {
        "space": run.spaces[0],
        "train_images": len(train),
        "test_images": len(test),
        "device": where.type,
        "protocol": {
            "knn": "cosine, weights exp(s/0.07)",
            "linear": "logistic regression, LBFGS, standardised; L2 chosen on a tenth of train; test once",
            "pca": f"{PCA} components",
            "random": "the run's encoder before training, same seed",
        },
    }
    if train.labels is not None and test.labels is not None:
        labels = (train.labels.to(where), test.labels.to(where))
        metrics |= accuracies(embed(objective, train.pixels, where), embed(objective, test.pixels, where), *labels)
        yield "features", {key: metrics[key] for key in ("knn_10", "knn_200", "linear")}
        metrics["baselines"] = {}
        for name, figures in _baselines(run, objective, train, test, labels, where):
            metrics["baselines"][name] = figures
            yield name, figures
    metrics["terms"] = _mean_values(objective, test, where)
    yield "held-out terms", metrics["terms"]
    if hasattr(objective, "pair"):
        metrics |= contrast(objective, train, test, where)
        yield "contrast", metrics["contrast"]
    write_json(run.path / "metrics.json", metrics)
    card.write_card(run)


def embed(objective: Objective, pixels: UInt8[Tensor, "n c h w"], where: torch.device) -> Float[Tensor, "n d"]:
    """The space that is evaluated, for all images, on the device."""
    return _over(objective.embed, pixels, where)


@torch.no_grad()
def _over(compute: Callable[[Tensor], Tensor], pixels: Tensor, where: torch.device) -> Tensor:
    """What compute makes of all images, in batches on the device."""
    return torch.cat([compute(chunk.to(where).float() / 255) for chunk in pixels.split(1000)])


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
    mean, std = train.mean(0), train.std(0).clamp(min=1e-6)
    train, test = (train - mean) / std, (test - mean) / std
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0)).to(train.device)
    chosen, fitted = order[len(train) // 10 :], order[: max(1, len(train) // 10)]
    classes = int(torch.cat([train_labels, test_labels]).max()) + 1

    best, scale, weights = -1.0, PENALTIES[0], None
    for penalty in PENALTIES:  # strongest first, each starting from the last
        weights = _logistic(train[chosen], train_labels[chosen], classes, penalty, weights)
        held = _accuracy(weights, train[fitted], train_labels[fitted])
        if held > best:
            best, scale, start = held, penalty, weights
    return _accuracy(_logistic(train, train_labels, classes, scale, start), test, test_labels)


def _logistic(x: Tensor, y: Tensor, classes: int, penalty: float, start: Tensor | None) -> Tensor:
    """Weights [d + 1, classes] (the last row is the bias) that minimise cross-entropy + penalty/2 |W|^2."""
    weights = torch.zeros(x.shape[1] + 1, classes, device=x.device) if start is None else start.clone()
    weights.requires_grad_(True)
    optimiser = torch.optim.LBFGS([weights], max_iter=100, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        logits = x @ weights[:-1] + weights[-1]
        loss = F.cross_entropy(logits, y) + penalty / 2 * weights[:-1].square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return weights.detach()


def _accuracy(weights: Tensor, x: Tensor, y: Tensor) -> float:
    return float(((x @ weights[:-1] + weights[-1]).argmax(1) == y).float().mean())


def _baselines(
    run: Run, trained: Objective, train: Images, test: Images, labels: tuple[Tensor, Tensor], where: torch.device
) -> Iterator[tuple[str, dict[str, float]]]:
    """Raw pixels and PCA (cached: they depend on the data alone), and the run's own encoder before training."""
    cached = cache_folder() / f"baselines-{PROTOCOL}-{train.digest}-{test.digest}.json"
    if cached.exists():
        known = json.loads(cached.read_text())
    else:
        x, u = (images.pixels.to(where).float().flatten(1) / 255 for images in (train, test))
        centre = x.mean(0)
        axes = torch.linalg.eigh((x - centre).T @ (x - centre)).eigenvectors[:, -PCA:]
        reduced = accuracies((x - centre) @ axes, (u - centre) @ axes, *labels)
        known = {"pixels": accuracies(x, u, *labels), "pca": reduced}
        cached.parent.mkdir(parents=True, exist_ok=True)
        write_json(cached, known)
    yield from known.items()
    untrained = before_training(run, trained, train.pixels[:10_000]).to(where)
    x, u = (_over(untrained.encoder, images.pixels, where) for images in (train, test))
    yield "random", accuracies(x, u, *labels)


def before_training(run: Run, trained: Objective, pixels: UInt8[Tensor, "n c h w"]) -> Objective:
    """The run's objective as it was before its first step (same seed), in eval mode on the CPU.

    Batch norm's statistics are the average over `pixels`, seen as in training, as a training at rate 0 would leave
    them: with those of initialisation it would be judged unfairly.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed)
        objective = run.config.build((pixels.shape[1], pixels.shape[2], pixels.shape[3]))
    objective.encoder.normalise = copy.deepcopy(trained.encoder.normalise).cpu()
    for module in objective.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # the plain average: after few batches a running one would still remember its start
    generator = torch.Generator().manual_seed(run.config.seed)
    objective.train()
    with torch.no_grad():
        for chunk in pixels.split(500):
            if len(chunk) > 1:  # batch norm cannot take the deviation of one
                objective(chunk.float() / 255, generator)
    return objective.eval()


@torch.no_grad()
def _mean_values(objective: Objective, images: Images, where: torch.device) -> dict[str, float]:
    """The mean over held-out images of what the objective says of each."""
    generator = torch.Generator(where).manual_seed(0)
    sums: dict[str, float] = {}
    for chunk in images.pixels.split(1000):
        for name, values in objective.values(chunk.to(where).float() / 255, generator).items():
            sums[name] = sums.get(name, 0.0) + float(values.double().sum())
    return {name: total / len(images) for name, total in sums.items()}


def contrast(objective: Objective, train: Images, test: Images, where: torch.device) -> dict[str, Any]:
    """Alignment, uniformity, tolerance and the bound against N, of the head's outputs for up to 10,000 images a split.

    The bound is scored on pairs that neither the encoder nor the temperature was fitted to ("test"), and for contrast
    on pairs of training images ("train"); each at the temperature of training and at the best one.
    """
    found: dict[str, Any] = {"information": {}}
    temperature = objective.config.temperature
    for split, images in (("test", test), ("train", train)):
        a, b = pairs(objective, images.pixels[:10_000], where)
        sizes = [2**i for i in range(1, 20) if 2**i <= len(a) // 4]  # at least two batches, even of half the pairs
        found["information"][split] = {
            "images": len(a),
            "at_training": information.curve(a, b, [temperature], sizes, torch.Generator().manual_seed(0)),
            "at_best": information.curve(a, b, information.TEMPERATURES, sizes, torch.Generator().manual_seed(0)),
        }
        if split == "test":
            labels = None if images.labels is None else images.labels[: len(a)].to(where)
            found["contrast"] = {
                "images": len(a),
                "dimensions": a.shape[1],
                "alignment": alignment(a, b),
                "uniformity": uniformity(a),
                "uniformity_of_uniform": uniform_uniformity(a.shape[1]),
                **({"tolerance": tolerance(a, labels)} if labels is not None else {}),
            }
    return found


@torch.no_grad()
def pairs(
    objective: Objective, pixels: UInt8[Tensor, "n c h w"], where: torch.device
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
    """Unit-length outputs of the head for two views of each image, batch norm in eval mode."""
    generator = torch.Generator(where).manual_seed(0)
    both = [objective.pair(chunk.to(where).float() / 255, generator) for chunk in pixels.split(1000)]
    a, b = (F.normalize(torch.cat(view), dim=1) for view in zip(*both, strict=True))
    return a, b


def alignment(a: Float[Tensor, "n d"], b: Float[Tensor, "n d"]) -> float:
    """Mean squared distance of two views on the unit sphere, 0..4; 0 is perfect, 2 is chance."""
    return float((a - b).square().sum(1).mean())


def uniformity(z: Float[Tensor, "n d"]) -> float:
    """log of the mean of exp(-2 |z - z'|^2) over distinct pairs of unit vectors; lower is more uniform."""
    n = len(z)
    total = sum(float((-4 * (1 - rows.double() @ z.double().T)).exp().sum()) for rows in z.split(1000))
    return math.log((total - n) / (n * (n - 1)))  # each vector's pair with itself is exp(0) = 1


def uniform_uniformity(d: int) -> float:
    """The uniformity of the uniform law on the sphere in d dimensions: -4 + log 0F1(; d/2; 4)."""
    term, total = 1.0, 1.0
    for k in range(100):
        term *= 4 / ((d / 2 + k) * (k + 1))
        total += term
    return math.log(total) - 4


def tolerance(z: Float[Tensor, "n d"], labels: Int64[Tensor, " n"]) -> float:
    """Mean cosine of distinct images of the same class: high where a class is kept together."""
    total = count = 0.0
    for k in labels.unique():
        same = z[labels == k].double()
        total += float(same.sum(0).square().sum()) - len(same)
        count += len(same) * (len(same) - 1)
    return total / max(count, 1)
