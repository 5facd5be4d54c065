"""What goes wrong among runs: of each kind the clearest case, where the runs have been measured to show one."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sslcore.run.facts import Facts
from sslcore.run.metrics import BASELINES, Metrics
from sslcore.view.temperature.trained import group

Every = Mapping[str, tuple[Facts, Metrics]]  # of runs, by name


class Failure(NamedTuple):
    """Something that a run shows going wrong."""

    title: str
    run: str
    text: str
    page: int  # of widgets.PAGES, where to look at it


def failures(every: Every) -> list[Failure]:
    kinds = (posterior_collapse, bunched, pushed_apart, dimensional_collapse, below_baselines, likes_strangers)
    return [failure for kind in kinds for failure in kind(every)]


def posterior_collapse(every: Every) -> Iterator[Failure]:
    units = {name: metrics.likelihood["units"] for name, (_, metrics) in every.items() if metrics.likelihood}
    dead = {name: len(of["kl"]) - of["active"] for name, of in units.items()}
    if dead and max(dead.values()):
        name = max(dead, key=lambda name: dead[name])
        beta = every[name][0]["config"]["settings"].get("beta", 1)
        said = f"{dead[name]} of {len(units[name]['kl'])} dimensions say nothing about any image (β = {beta:g})"
        yield Failure("Posterior collapse", name, f"{said}: silence was cheaper.", 2)


def bunched(every: Every) -> Iterator[Failure]:
    if contrast := _at_temperatures(every):
        excess = {name: of["uniformity"] - of["uniformity_of_uniform"] for name, of in contrast.items()}
        name = max(excess, key=lambda name: excess[name])
        said = f"Trained at τ = {every[name][0]['temperature']:g}, its images stay bunched"
        yield Failure("Bunched together", name, f"{said}: uniformity {excess[name]:.2f} above the uniform law's.", 5)


def pushed_apart(every: Every) -> Iterator[Failure]:
    tolerance = {name: of["tolerance"] for name, of in _at_temperatures(every).items() if "tolerance" in of}
    if tolerance:
        least, most = (pick(tolerance, key=lambda name: tolerance[name]) for pick in (min, max))
        cold, warm = (every[name][0]["temperature"] for name in (least, most))
        text = (
            f"Trained at τ = {cold:g}, other images of the same class are negatives like all others: their mean cosine "
            f"is {tolerance[least]:.2f}, against {tolerance[most]:.2f} at τ = {warm:g}."
        )
        yield Failure("A class pushed apart", least, text, 5)


def dimensional_collapse(every: Every) -> Iterator[Failure]:
    filled = {
        (name, space): (row["participation_ratio"], row["dimensions"], metrics.geometry["rows"]["random"])
        for name, (_, metrics) in every.items()
        if metrics.contrast and metrics.geometry
        for space, row in metrics.geometry["rows"].items()
        if space not in BASELINES
    }
    if filled:
        name, space = min(filled, key=lambda at: filled[at][0] / filled[at][1])
        ratio, d, random = filled[name, space]
        text = (
            f"Its space {space} has {d} dimensions and spreads over about {ratio:.1f} of them (participation ratio); "
            f"before training, {random['dimensions']} dimensions spread over {random['participation_ratio']:.1f}."
        )
        yield Failure("Dimensional collapse", name, text, 1)


def below_baselines(every: Every) -> Iterator[Failure]:
    scores = {
        name: {of: row["knn_10"] for of, row in metrics.features.items()}
        for name, (facts, metrics) in every.items()
        if metrics.features and next(iter(facts["spaces"].values())) > 3  # a code to be drawn is not held to it
    }
    behind = {name: max(of[baseline] for baseline in BASELINES) - of["run"] for name, of in scores.items()}
    if behind and max(behind.values()) > 0.01:
        name = max(behind, key=lambda name: behind[name])
        said = f"kNN accuracy {100 * scores[name]['run']:.1f} %, {100 * behind[name]:.1f} points"
        yield Failure("Worse than doing nothing", name, f"{said} below the best of its baselines.", 1)


def likes_strangers(every: Every) -> Iterator[Failure]:
    scores = {
        name: (metrics.anomaly["scores"]["elbo"], metrics.anomaly["outsider"])
        for name, (_, metrics) in every.items()
        if metrics.anomaly and "elbo" in metrics.anomaly.get("scores", {})
    }
    name = min(scores, key=lambda name: scores[name][0], default="")
    if name and scores[name][0] < 0.5:
        score, outsider = scores[name]
        said = f"An image of {outsider} has the higher ELBO {100 * (1 - score):.0f} % of the time"
        yield Failure("A likelihood that prefers strangers", name, f"{said}, though the model has seen none.", 8)


def _at_temperatures(every: Every) -> dict[str, Mapping[str, Any]]:
    """What was measured of two views, in the largest set of runs that differ in temperature and seed alone."""
    sets: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name, (facts, metrics) in every.items():
        if metrics.contrast and "temperature" in facts["abilities"]:
            sets.setdefault(group(facts), {})[name] = metrics.contrast
    largest = max(sets.values(), key=len, default={})
    return largest if len({every[name][0]["temperature"] for name in largest}) > 1 else {}
