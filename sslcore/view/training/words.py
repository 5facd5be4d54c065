"""Words of the training page."""

from collections.abc import Sequence
from typing import Any

from sslcore.run import Run
from sslcore.view.faces import noun

LEAD = (
    "Train a model and see it learn. Then, how a run learned: drag the slider, or press play, and the map of its code, "
    "what it makes of the same images and its loss go through the training together."
)
TOUR = (
    (
        ".st-key-folded-train",
        "A model of your own, on data of your own: it trains while you look, and goes on when you close the page.",
    ),
    (
        ".controls",
        "Press **play**, or drag. At epoch 0 nothing has been learned yet: whatever order you see there, the untrained "
        "network makes it.",
    ),
    (
        ".map",
        "The map of the same images at each epoch, each begun at its neighbour: watch which classes **part**, and "
        "which never do.",
    ),
    (
        ".loss",
        "Click into the loss to go to that epoch. The curve flattens early; does the map stand still then?",
    ),
)


def warmup(beta: float, steps: int) -> str:
    return f"β rises from 0 to {beta:g} over the first {steps:,} steps, and the sum of the terms with it."


def origin(run: Run, headline: Sequence[str]) -> str:
    """The line under the figure: how the run was trained."""
    config, made, data = run.facts["config"], run.facts["made"], run.facts["data"]["name"]
    settings = [f"{name} {_short(config['settings'][name])}" for name in headline if name in config["settings"]]
    parts = [f"run {run.name}", f"{data}, held-out {noun(run)}", f"training seed {config['seed']}"]
    parts += [f"batch {config['batch']}", f"learning rate {config['rate']:g}", *settings]
    return " · ".join([*parts, made["device"] if made["finished"] else f"{made['device']}, unfinished"])


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
