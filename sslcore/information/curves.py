"""Mutual information of a run's two views, from held-out pairs of embeddings a_i, b_i [m, d], in nats.

The critic is cosine / temperature, so the bounds hold only for pairs that neither the encoder nor the temperature was
fitted to. Vectors are scaled to unit length here. What is bounded is I(a; b), at most that between the views; a pool
of m pairs never shows more than log m. ValueError unless a and b are finite, alike in shape, m >= 2, temperature > 0.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64
from torch import Generator, Tensor

TEMPERATURES = tuple(0.02 * 2 ** (i / 2) for i in range(13))  # 0.02 to 1.28: where the best is looked for
CHUNK = 512  # rows and columns of a block of scores: 2 MB, which a cache holds, take a third of the time of 32 MB


@torch.no_grad()
def infonce_chunked(a: Float[Tensor, "m d"], b: Float[Tensor, "m d"], temperature: float, chunk: int = CHUNK) -> float:
    """InfoNCE with all m pairs as candidates: a lower bound, never above log m. Memory grows as m d + chunk^2, time as
    m^2; the same number as `infonce(a @ b.T / temperature)` of unit vectors."""
    a, b = unit(a, b)
    return infonce_unit(a, b, positive(temperature), chunk)


def infonce_unit(a: Tensor, b: Tensor, temperature: float, chunk: int = CHUNK) -> float:
    total = torch.zeros((), dtype=torch.float64, device=a.device)
    for rows, own in zip(a.split(chunk), b.split(chunk), strict=True):
        blocks = [(rows @ columns.T / temperature).logsumexp(1) for columns in b.split(chunk)]
        total += ((rows * own).sum(1) / temperature - torch.stack(blocks).logsumexp(0)).sum()
    return math.log(len(a)) + total.item() / len(a)


@torch.no_grad()
def best_temperature(a: Float[Tensor, "m d"], b: Float[Tensor, "m d"], n: int, temperatures: Sequence[float]) -> float:
    """The temperature of the largest InfoNCE over disjoint batches of n. These pairs are then spent: score others."""
    a, b = unit(a, b)
    return max(temperatures, key=lambda t: batches(a, b, n, positive(t)).mean().item())


@torch.no_grad()
def curve(
    a: Float[Tensor, "m d"],
    b: Float[Tensor, "m d"],
    temperatures: Sequence[float],
    sizes: Sequence[int],
    generator: Generator | None = None,
) -> list[dict]:
    """InfoNCE against n, for sizes in rising order: one row a size. With one temperature all pairs are scored; with
    several, the best for each n is chosen on a random half of the pairs, and the row scores the other half.

    A row: n; temperature; bound, the mean over `batches` disjoint batches, and its standard_error (nan if there is but
    one); ceiling, log n; temperature_ceiling, see `ceiling`; pool_ceiling, log of the pairs scored; slope, d bound / d
    log n, near 1 if n is what limits it and near 0 if converged (nan for a single size); and censored: so close to its
    ceiling that it should be read ">=". ValueError if a size exceeds the pairs.
    """
    a, b = unit(a, b)
    if not temperatures:
        raise ValueError("temperatures are empty, must hold at least one")
    if sorted(set(sizes)) != list(sizes):
        raise ValueError(f"sizes are {list(sizes)}, must rise")
    order = torch.randperm(len(a), generator=generator, device=generator.device if generator else None).to(a.device)
    half = len(a) // 2 if len(temperatures) > 1 else 0
    choice, score = order[:half], order[half:]

    rows: list[dict] = []
    for n in sizes:
        temperature = best_temperature(a[choice], b[choice], n, temperatures) if half else temperatures[0]
        values = batches(a[score], b[score], n, positive(temperature))
        bound, top = values.mean().item(), ceiling(temperature, n)
        rows.append(
            {
                "n": n,
                "temperature": temperature,
                "bound": bound,
                "standard_error": values.std().item() / math.sqrt(len(values)) if len(values) > 1 else math.nan,
                "batches": len(values),
                "ceiling": math.log(n),
                "temperature_ceiling": top,
                "pool_ceiling": math.log(len(score)),
                # A full nat is still missing at n = e^I, so a gap of less than one says n < e^I; where the whole
                # scale is under two nats, half of it must do.
                "censored": bound > max(top - 1, top / 2),
            }
        )
    slopes = torch.full((len(rows),), math.nan)
    if len(rows) > 1:
        bounds, logs = (torch.tensor([row[key] for row in rows]) for key in ("bound", "ceiling"))
        (slopes,) = torch.gradient(bounds, spacing=(logs,))
    return [{**row, "slope": slope} for row, slope in zip(rows, slopes.tolist(), strict=True)]


def ceiling(temperature: float, n: int) -> float:
    """The most InfoNCE of n unit vectors can read at this temperature: all n as far apart as a simplex allows."""
    return math.log(n) - math.log1p((n - 1) * math.exp(-(1 + 1 / (n - 1)) / positive(temperature)))


@torch.no_grad()
def top1_accuracy(a: Float[Tensor, "m d"], b: Float[Tensor, "m d"], chunk: int = CHUNK) -> float:
    """The share of a_i whose nearest of all b is b_i, by cosine. A tie is an error: a collapsed encoder scores 0."""
    a, b = unit(a, b)
    correct = 0
    for i, (rows, own) in enumerate(zip(a.split(chunk), b.split(chunk), strict=True)):
        rivals = []
        for j, columns in enumerate(b.split(chunk)):
            scores = rows @ columns.T
            rivals.append((scores.fill_diagonal_(-math.inf) if i == j else scores).amax(1))
        # Equal vectors may differ by rounding, some 1e-16.
        correct += int(((rows * own).sum(1) > torch.stack(rivals).amax(0) + 1e-12).sum())
    return correct / len(a)


def fano(accuracy: float, n: int) -> float:
    """A lower bound without a temperature (Fano): log n - h(e) - e log(n - 1) from the error e of picking the one of
    n that belongs. 0 at chance and below. Of the accuracy of a sample it is biased up a little: it is convex in e."""
    if not (0 <= accuracy <= 1 and n >= 2):
        raise ValueError(f"accuracy is {accuracy} of {n}, must lie in 0..1 of at least 2")
    error = 1 - accuracy
    if accuracy <= 1 / n:
        return 0.0
    entropy = -sum(p * math.log(p) for p in (accuracy, error) if p > 0)
    return math.log(n) - entropy - error * math.log(n - 1)


def batches(a: Tensor, b: Tensor, n: int, temperature: float) -> Float64[Tensor, " k"]:
    """InfoNCE of each of the m // n disjoint batches of n unit pairs."""
    if not 2 <= n <= len(a):
        raise ValueError(f"batches of {n} pairs from a pool of {len(a)}: n must lie in 2..{len(a)}, or take more pairs")
    k = len(a) // n
    a, b = (v[: k * n].view(k, n, -1) for v in (a, b))
    if n > CHUNK:
        return torch.tensor([infonce_unit(x, y, temperature) for x, y in zip(a, b, strict=True)], dtype=torch.float64)
    at_once = CHUNK**2 // n**2
    values = []
    for x, y in zip(a.split(at_once), b.split(at_once), strict=True):
        scores = x @ y.mT / temperature  # [k, n, n]
        values.append(math.log(n) + (scores.diagonal(dim1=1, dim2=2) - scores.logsumexp(2)).mean(1))
    return torch.cat(values)


def unit(a: Tensor, b: Tensor) -> tuple[Float64[Tensor, "m d"], Float64[Tensor, "m d"]]:
    """Both in float64 and at unit length, or ValueError."""
    if a.ndim != 2 or a.shape != b.shape or len(a) < 2:
        raise ValueError(
            f"embeddings have shapes {tuple(a.shape)} and {tuple(b.shape)}, must both be [m, d], m >= 2: one pair a row"
        )
    if not (torch.isfinite(a).all() and torch.isfinite(b).all()):
        raise ValueError("embeddings hold nan or infinity, must be finite: the run may have diverged")
    return F.normalize(a.double(), dim=1), F.normalize(b.double(), dim=1)


def positive(temperature: float) -> float:
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}, must be above 0 and finite")
    return temperature
