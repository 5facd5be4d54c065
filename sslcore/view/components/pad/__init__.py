"""A plane of the code under the pointer, for one run or two side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from sslcore.run import Run
from sslcore.view.components import State, Store, register, show
from sslcore.view.components.stores import answers

PAD = register("pad", "plane", "choose", "decode")


def pad(key: str, runs: Sequence[Run], stores: Mapping[str, Store], provenance: str) -> State:
    """State: the plane (kind, ranks d1 d2 of its dimensions, images i1 i2 i3), the place on it, the posterior's image.

    Stores: gallery; code, decoder and answer of the first run, code2, decoder2 and answer2 of the second.
    """
    panes: list[dict[str, Any]] = [
        {"title": run.name, "suffix": "2" if i else "", "prior": "prior" in run.facts["abilities"]}
        for i, run in enumerate(runs)
    ]
    state = {"plane": "principal", "d1": 0, "d2": 1, "i1": 0, "i2": 1, "i3": 2, "pad": [0.0, 0.0], "posterior": 0}
    state |= {"view": [0.0, 0.0, 1.0], "_codes": [], "_codes2": []}
    alt = f"Latent pad: a plane of the code of {' and of '.join(run.name for run in runs)}"
    every = {**stores, **answers({pane["suffix"]: run for pane, run in zip(panes, runs, strict=True)}, stores, key)}
    return show(PAD, key, {"panes": panes, "provenance": provenance}, state, every, alt)
