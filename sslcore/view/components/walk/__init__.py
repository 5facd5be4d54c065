"""From image A to image B: three ways at the same t, their strips, and both paths on the plane of the codes."""

from collections.abc import Mapping, Sequence

from sslcore.run import Run
from sslcore.view.components import State, Store, register, show
from sslcore.view.components.stores import answers

WALK = register("walk", "plane", "choose", "decode")


def walk(key: str, run: Run, stores: Mapping[str, Store], picks: Sequence[int], provenance: str) -> State:
    """State a, b (images) and t (0..1).  Stores: gallery, code, decoder (where the browser has one), answer."""
    state = {"a": 0, "b": 5, "t": 0.5, "_codes": []}
    facts = {"picks": list(picks), "provenance": provenance}
    alt = "Interpolation from image A to image B: straight, spherical and in pixel space"
    return show(WALK, key, facts, state, {**stores, **answers({"": run}, stores, key)}, alt)
