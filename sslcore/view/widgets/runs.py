"""The choice of a run, and words about it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.data.form import Kind
from sslcore.project import neighbours
from sslcore.run import Run, checkpoints, runs
from sslcore.run.facts import Facts
from sslcore.view.cached import until
from sslcore.view.faces import noun

COMPARED = 5000  # images whose neighbours are compared: each with every other


def choose_run(*abilities: str, kind: Kind | None = None, what: str = "run", default: str | None = None) -> Run:
    """A run with these abilities, of this kind of items or of any, picked in the sidebar and kept in the address.

    Where there is none, it ends the page with the command that trains one; says so where the address names one that is
    gone.
    """

    def fits(facts: Facts) -> bool:
        return {*abilities} <= {*facts["abilities"]} and kind in (None, facts["form"]["kind"])

    there = _there(fits)
    if not there:
        objective = "simclr" if "pair" in abilities else "vae"
        command = f"python -m sslcore train {objective} --data fashion-mnist --name my-{objective}"
        st.info(f"There is no {what} yet. Train one: `{command}`")
        st.stop()
    return there[_chosen("Run", "run", [*there], what, default)]


def choose_beside(run: Run, *abilities: str, default: str | None = None) -> Run | None:
    """Another run with these abilities, on the same data, to stand beside it; or none."""

    def fits(facts: Facts) -> bool:
        same = facts["data"]["digests"] == run.facts["data"]["digests"]
        return same and {*abilities} <= {*facts["abilities"]} and facts != run.facts

    there = _there(fits)
    return there.get(_chosen("Beside it", "other", ["none", *there], "run", default))


def _there(fits: Callable[[Facts], bool]) -> dict[str, Run]:
    """The runs whose facts fit, by name; what cannot be read is said to be left out."""
    there = {}
    for run in runs(checkpoints()):
        try:
            if fits(run.facts):
                there[run.name] = run
        except ValueError as error:
            st.sidebar.warning(f"**{run.name}** is left out: {error}")
    return there


def _chosen(label: str, key: str, names: list[str], what: str, default: str | None) -> str:
    """One of these names; a sentence where the address asks for another."""
    asked = st.query_params.get(key)
    if asked is not None and asked not in names:
        words = " ".join(asked.replace("`", "'").split())  # as code, as whoever made the link wrote it
        here = ", ".join(name for name in names if name != "none") or "none"
        st.warning(f"The link asks for the {what} `{words}`, which is not here; showing another. Here are: {here}.")
    index = names.index(default) if default in names else 0
    return st.sidebar.selectbox(label, names, index=index, key=key, bind="query-params")


def provenance(run: Run, **facts: object) -> None:
    """The line under pictures: what `about` says."""
    st.caption(about(run, **facts))


def about(run: Run, **facts: object) -> str:
    """The line under a figure: which run, on which data, and every parameter of the figure."""
    return origin(run, **facts).replace(run.name, f"**{run.name}**", 1)


def origin(run: Run, **facts: object) -> str:
    """What `about` says, as plain text."""
    data, seed = run.facts["data"]["name"], run.facts["config"]["seed"]
    parts = [f"run {run.name}", f"{data}, held-out {noun(run)}", f"training seed {seed}"]
    return " · ".join(parts + [f"{name.replace('_', ' ')} {value}" for name, value in facts.items()])


@st.cache_data(max_entries=64, show_spinner=False)
def density(points: np.ndarray) -> np.ndarray:
    """`neighbours.density`, once for each map."""
    return neighbours.density(points)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=until())
def changed(run: Run, other: Run, k: int) -> pd.DataFrame:
    """The share of its k nearest that two runs agree on, for each of the first COMPARED images, the least first."""
    x, y = (of.embeddings().comparable[:COMPARED] for of in (run, other))
    shared = neighbours.shared(x, y, k)
    order = np.argsort(shared, kind="stable")
    return pd.DataFrame({"image": order, "shared": shared[order]})
