"""Parts of the evaluation page: likelihoods, and outsiders, which may be what another run was trained on."""

from typing import Any

import streamlit as st

from sslcore.run import Run, checkpoints, runs
from sslcore.run.card import nats_of
from sslcore.view import widgets
from sslcore.view.evaluation import figures, tables, words
from sslcore.view.evaluation.failures import Every


def about(run: Run, named: tables.Named, **facts: Any) -> str:
    """Where a figure is from: the run, what stands beside it, and its parameters."""
    others = ", ".join(name for name in named if name != run.name)
    return widgets.about(run, **({"beside": others} if others else {}), **facts)


def likelihood(run: Run, named: tables.Named) -> None:
    nats = named[run.name].likelihood or {}
    left, right = st.columns(2)
    with left:
        figure, table = figures.kl(named)
        origin = about(run, named, n=f"{nats['units']['items']:,}", in_use="filled: variance of μ above 0.01")
        alt = "Mean KL of each dimension, largest first; dimensions not in use are open"
        widgets.figure(figure, "kl", alt, table, about=origin)
    with right:
        figure, table = figures.bounds(named)
        error = f"± {nats['elbo_error']:.1f} nats over images, shared by all k"
        origin = about(run, named, n=f"{nats['items']:,}", standard_error=error, seed=0)
        alt = "Bounds on log p(x) against the number of draws, with effective sample sizes"
        widgets.figure(figure, "bounds", alt, table, about=origin)
    st.markdown(f"ELBO **{nats['elbo']:.2f}**. {words.of_bounds(nats)}")
    st.caption(nats_of(nats))
    for name, metrics in named.items():
        if metrics.likelihood and nats_of(metrics.likelihood) != nats_of(nats):
            theirs = nats_of(metrics.likelihood)
            st.warning(f"{name}: {theirs} They cannot be compared with those of {run.name}.")
    st.latex(words.BOUNDS)


def anomaly(run: Run, named: tables.Named, every: Every) -> None:
    """The run's scores; and those of a run on the outsider's data, of which this run's data are the outsider."""
    measured, data = named[run.name].anomaly or {}, run.facts["data"]["name"]
    if "missing" in measured:
        st.caption(f"Not measured: {measured['missing']}.")
        return
    outsider = measured["outsider"]
    figure, table = figures.anomaly(named, run.form.kind)
    n = f"{measured['items']:,} held-out, {measured['outsiders']:,} of {outsider}"
    origin = about(run, named, n=n, distance="to the nearest of 10,000 training codes")
    widgets.figure(figure, "anomaly", f"AUROC of each score, {data} against {outsider}", table, about=origin)
    st.markdown(words.of_anomaly(measured, data))
    st.latex(words.AUROC)
    reverse = next((of for of in runs(checkpoints()) if _is_reverse(of, every, outsider, data)), None)
    if reverse is None:
        st.caption(words.other_way_round(outsider))
        return
    figure, table = figures.anomaly({reverse.name: every[reverse.name][1]})
    alt = f"The other way round: AUROC of each score, {outsider} against {data}"
    origin = widgets.about(reverse, the_other_way_round=f"the outsider is {data}")
    widgets.figure(figure, "anomaly-reverse", alt, table, about=origin)


def _is_reverse(of: Run, every: Every, outsider: str, data: str) -> bool:
    """Whether a run is on the outsider's data, and had these data for an outsider."""
    if of.name not in every:
        return False
    facts, metrics = every[of.name]
    return facts["data"]["name"] == outsider and (metrics.anomaly or {}).get("outsider") == data
