"""The choice of a run, and words about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.project import neighbours
from sslcore.run import Run, checkpoints, runs
from sslcore.view.cached import stamp

COMPARED = 5000  # images whose neighbours are compared: each with every other


def choose_run(
    fits: Callable[[dict[str, Any]], bool] = lambda facts: True,
    what: str = "run",
    key: str = "run",
    label: str = "Run",
    default: str | None = None,
    optional: bool = False,
) -> Run | None:
    """A run that fits, picked in the sidebar and kept in the URL.

    `fits` looks at `Run.facts`.  Ends the page with the command that trains one where there is none; says so where the
    URL names one that is gone.  `optional` adds "none", which gives None.
    """
    found: dict[str, Run] = {}
    for run in runs(checkpoints()):
        try:
            if fits(run.facts):
                found[run.name] = run
        except ValueError as error:
            st.sidebar.warning(f"**{run.name}** is left out: {error}")
    if not found and not optional:
        st.info(f"There is no {what} yet. Train one: `{_train(what)}`")
        st.stop()
    asked = st.query_params.get(key)
    if asked is not None and asked not in found and not (optional and asked == "none"):
        words = " ".join(asked.replace("`", "'").split())  # as code, as whoever made the link wrote it
        st.warning(f"The link asks for the {what} `{words}`, which is not here; showing another. Here are: "
                   f"{', '.join(found) or 'none'}.")  # fmt: skip
    names = [*(["none"] if optional else []), *found]
    index = names.index(default) if default in names else 0
    name = st.sidebar.selectbox(label, names, index=index, key=key, bind="query-params")
    return found.get(name)


def _train(what: str) -> str:
    kind = "simclr" if "contrastive" in what else "vae"
    return f"python -m sslcore train {kind} --data fashion-mnist --name my-{kind}"


def provenance(run: Run, **facts: object) -> None:
    """The line under pictures: what `about` says."""
    st.caption(about(run, **facts))


def about(run: Run, **facts: object) -> str:
    """The line under a figure: which run, on which data, and every parameter of the figure."""
    return origin(run, **facts).replace(run.name, f"**{run.name}**", 1)


def origin(run: Run, **facts: object) -> str:
    """What `about` says, as plain text."""
    made = run.facts
    parts = [f"run {run.name}", f"{made['data']['name']}, held-out images", f"training seed {made['config']['seed']}"]
    return " · ".join(parts + [f"{name.replace('_', ' ')} {value}" for name, value in facts.items()])


@st.cache_data(max_entries=64, show_spinner=False)
def density(points: np.ndarray) -> np.ndarray:
    """`neighbours.density`, once for each map."""
    return neighbours.density(points)


def changed(one: Run, two: Run, k: int) -> pd.DataFrame:
    """For each of the first COMPARED images, the share of its k nearest that two runs agree on; the least agreed on first."""
    return _changed(str(one.path), stamp(one), str(two.path), stamp(two), k)


@st.cache_data(max_entries=16, show_spinner=False)
def _changed(one: str, stamp: tuple[int, ...], two: str, other_stamp: tuple[int, ...], k: int) -> pd.DataFrame:
    x, y = (Run(Path(path)).embeddings().comparable[:COMPARED] for path in (one, two))
    shared = neighbours.shared(x, y, k)
    order = np.argsort(shared, kind="stable")
    return pd.DataFrame({"image": order, "shared": shared[order]})
