"""Parts of the mutual-information page: a run's ceilings, critics that learn, and what is not a bound."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from sslcore.run import Run
from sslcore.view import cached, widgets
from sslcore.view.components.tick import tick
from sslcore.view.information import figures, measures, words

Curve = Sequence[dict[str, Any]]  # rows of `sslcore.information.curve`
CRITICS, BATCH = ("Separable", "Bilinear", "Joint"), 64


@st.cache_data(max_entries=256, show_spinner="Computing ...", hash_funcs=cached.until("embeddings.npz"))
def computed(what: str, *arguments: Any) -> Any:
    """What the function of `measures` that is so called makes of these."""
    return getattr(measures, what)(*arguments)


def of_run(what: str, run: Run, *arguments: Any) -> Any:
    """Measured on the run's own pairs, until its file changes; a broken file is a sentence."""
    with cached.sentence():
        return computed(what, run, *arguments)


def ceilings(run: Run, at_training: Curve, tried: Curve, n: int) -> None:
    """The most that the τ of training, or else one that is tried, can read at N; what retrieval proves without any."""
    left, right = st.columns(2)
    with left:
        st.markdown(words.TAU_CEILING if at_training else words.TRIED_CEILING if tried else words.NO_CEILING)
        for row in at_training or tried:
            if row["n"] == n:
                st.latex(words.tau_ceiling(row))
    with right:
        last = of_run("retrieval", run).query("n <= @n").iloc[-1]
        st.markdown(words.retrieval(last))
        st.latex(words.fano(last))


def critics(nats: float, d: int, optimal: float) -> None:
    """Critics of correlated Gaussians, to be trained; the best one there is reads `optimal` nats at N = BATCH."""
    st.subheader("A critic that has to be learned")
    left, middle, right = st.columns([4, 3, 2], vertical_alignment="bottom")
    names = left.pills(
        "Critics", CRITICS, selection_mode="multi", default=CRITICS, key="mi_critics", bind="query-params"
    )
    steps = middle.slider("Steps", 200, 2000, 600, 200, key="mi_steps", bind="query-params")
    if right.button("Train them", disabled=not names, width="stretch"):
        st.session_state["mi_training"] = measures.Training(names, nats, d, steps, BATCH)
    training = st.session_state.get("mi_training")
    if training is None or training.of != (nats, d):
        st.info(f"At N = {BATCH} the best critic reads {optimal:.2f} of {nats:g} nats. What can others learn to read?")
    else:
        learned(training, optimal)


@st.fragment
def learned(training: measures.Training, optimal: float) -> None:
    """The critics' curves; while they train, this runs again and again, and each time trains for a moment."""
    nats, d = training.of
    before = training.running
    if training.running:
        training.running = not st.button("Stop and keep what there is", key="mi_stop")
    if training.running:
        training.advance(0.4)
        st.progress(training.share, training.progress)
    figure = figures.learning(training.curves, optimal, nats, BATCH)
    rows = [(critic, step, y) for critic, curve in training.curves.items() for step, y in enumerate(curve)]
    table = pd.DataFrame(rows, columns=["critic", "step", "bound"])
    alt = "The bound of critics as they learn"
    widgets.figure(figure, "learned", alt, table, about=words.learned(nats, d, BATCH))
    st.markdown(words.CRITICS)
    if before:  # once more after the last step, without the button
        tick(0.2, "learned")


def not_a_bound() -> None:
    """The fair bit, for which log(2N - 1) - loss is more than there is to know."""
    st.markdown(words.BIT)
    bits = computed("fair_bits")
    st.dataframe(bits.style.format(precision=4).format("{:.0f}", subset=["N"]), hide_index=True)
    st.latex(words.bit(bits))
    st.markdown(words.BLOCK)
