"""Every dimension of a code: a traversal strip and a live slider each."""

from collections.abc import Mapping

from sslcore.run import Run
from sslcore.view.components import State, Store, register, show
from sslcore.view.components.stores import answers

DIMENSIONS = register("dimensions", "choose", "decode")


def dimensions(key: str, run: Run, stores: Mapping[str, Store], provenance: str) -> State:
    """State around (the image), z (the code on the sliders), shown.  Stores as `walk`."""
    state = {"around": 0, "z": [], "shown": 10, "_codes": []}
    alt = "One slider for each dimension of the code, with the images it leads through"
    return show(DIMENSIONS, key, {"provenance": provenance}, state, {**stores, **answers({"": run}, stores, key)}, alt)
