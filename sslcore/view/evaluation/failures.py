"""What goes wrong among runs: of each kind the clearest case, where the runs have been measured to show one."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sslcore.view.evaluation.tables import BASELINES
from sslcore.view.temperature.trained import group

Every = Mapping[str, tuple[dict[str, Any], dict[str, Any]]]  # facts and metrics of runs, by name


class Failure(NamedTuple):
    """Something that a run shows going wrong."""

    title: str
    run: str
    text: str
    page: int  # of widgets.PAGES, where to look at it


def failures(every: Every) -> list[Failure]:
    kinds = (posterior_collapse, bunched, pushed_apart, dimensional_collapse, below_baselines, likes_strangers)
    return [found for kind in kinds for found in kind(every)]


def posterior_collapse(every: Every) -> Iterator[Failure]:
    units = {name: found["likelihood"]["units"] for name, (_, found) in every.items() if "likelihood" in found}
    dead = {name: len(of["kl"]) - of["active"] for name, of in units.items()}
    if dead and max(dead.values()):
        name = max(dead, key=lambda name: dead[name])
        beta = every[name][0]["config"]["settings"].get("beta", 1)
        text = f"{dead[name]} of {len(units[name]['kl'])} dimensions say nothing about any image (β = {beta:g}): silence was cheaper."
        yield Failure("Posterior collapse", name, text, 2)


def bunched(every: Every) -> Iterator[Failure]:
    if contrast := _at_temperatures(every):
        excess = {name: of["uniformity"] - of["uniformity_of_uniform"] for name, of in contrast.items()}
        name = max(excess, key=lambda name: excess[name])
        text = f"Trained at τ = {_tau(every, name):g}, its images stay bunched: uniformity {excess[name]:.2f} above the uniform law's."
        yield Failure("Bunched together", name, text, 5)


def pushed_apart(every: Every) -> Iterator[Failure]:
    if contrast := {name: of for name, of in _at_temperatures(every).items() if "tolerance" in of}:
        least, most = (pick(contrast, key=lambda name: contrast[name]["tolerance"]) for pick in (min, max))
        text = (
            f"Trained at τ = {_tau(every, least):g}, other images of the same class are negatives like all others: their mean cosine "
            f"is {contrast[least]['tolerance']:.2f}, against {contrast[most]['tolerance']:.2f} at τ = {_tau(every, most):g}."
        )
        yield Failure("A class pushed apart", least, text, 5)


def dimensional_collapse(every: Every) -> Iterator[Failure]:
    filled = {
        (name, space): (row["participation_ratio"], row["dimensions"], found["geometry"]["rows"]["random"])
        for name, (_, found) in every.items()
        for space, row in found.get("geometry", {}).get("rows", {}).items()
        if "contrast" in found and space not in BASELINES
    }
    if filled:
        name, space = min(filled, key=lambda at: filled[at][0] / filled[at][1])
        ratio, d, random = filled[name, space]
        text = (
            f"Its space {space} has {d} dimensions and spreads over about {ratio:.1f} of them (participation ratio); before "
            f"training, {random['dimensions']} dimensions spread over {random['participation_ratio']:.1f}."
        )
        yield Failure("Dimensional collapse", name, text, 1)


def below_baselines(every: Every) -> Iterator[Failure]:
    behind = {
        name: max(row["knn_10"] for row in found["baselines"].values()) - found["knn_10"]
        for name, (facts, found) in every.items()
        if "baselines" in found and next(iter(facts["spaces"].values())) > 3  # a code to be drawn is not held to it
    }
    if behind and max(behind.values()) > 0.01:
        name = max(behind, key=lambda name: behind[name])
        score = every[name][1]["knn_10"]
        text = f"kNN accuracy {100 * score:.1f} %, {100 * behind[name]:.1f} points below the best of its baselines."
        yield Failure("Worse than doing nothing", name, text, 1)


def likes_strangers(every: Every) -> Iterator[Failure]:
    known = {
        name: found["anomaly"]
        for name, (_, found) in every.items()
        if "elbo" in found.get("anomaly", {}).get("scores", {})
    }
    if known:
        name = min(known, key=lambda name: known[name]["scores"]["elbo"])
        score = known[name]["scores"]["elbo"]
        if score < 0.5:
            text = f"An image of {known[name]['outsider']} has the higher ELBO {100 * (1 - score):.0f} % of the time, though the model has seen none."
            yield Failure("A likelihood that prefers strangers", name, text, 8)


def _at_temperatures(every: Every) -> dict[str, dict[str, Any]]:
    """What was measured of two views, in the largest set of runs that differ in temperature and seed alone."""
    sets: dict[str, dict[str, dict[str, Any]]] = {}
    for name, (facts, found) in every.items():
        if "contrast" in found:
            sets.setdefault(group(facts), {})[name] = found["contrast"]
    largest = max(sets.values(), key=len, default={})
    return largest if len({_tau(every, name) for name in largest}) > 1 else {}


def _tau(every: Every, name: str) -> float:
    return every[name][0]["config"]["settings"]["temperature"]
