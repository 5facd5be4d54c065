"""Mutual information: what two views share, as far as N candidates can show it; and estimators where it is known."""

from typing import Any

import pandas as pd
import streamlit as st

from sslcore.view import cached, widgets
from sslcore.view.components.tick import tick
from sslcore.view.information import figures, measures, words

SIZES = [2**i for i in range(1, 15)]
TEMPERATURES = ("off", 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0)
CRITICS, BATCH = ("Separable", "Bilinear", "Joint"), 64

widgets.page("Mutual information", words.LEAD, words.TOUR)
run = widgets.choose_run(lambda facts: "pair" in facts["abilities"], "contrastive run")


@st.cache_data(max_entries=256, show_spinner="Computing ...")
def computed(stamp: int, what: str, *arguments: Any) -> Any:
    return getattr(measures, what)(*arguments)


def of_run(what: str, *arguments: Any) -> Any:
    """Measured on the run's own pairs, until its file changes; a broken file is a sentence."""
    with cached.sentence():
        path = run.path / "embeddings.npz"
        return computed(path.stat().st_mtime_ns, what, str(run.path), *arguments)


@st.fragment
def trained_encoder() -> None:
    information = cached.read(run, "metrics").get("information") or of_run("measured")
    test, images = information["test"], information["test"]["images"]
    largest = test["at_best"][-1]["n"]
    one, two, three = st.columns([3, 3, 3], vertical_alignment="bottom")
    n = one.select_slider("Read at N", SIZES, largest, key="mi_n", bind="query-params")
    tau = two.select_slider("Try an evaluation τ", TEMPERATURES, key="mi_tau", bind="query-params")
    also = three.pills("Also draw", ["training images", "Fano"], selection_mode="multi", default=["training images"],
                       key="mi_also", bind="query-params")  # fmt: skip
    if n > largest:
        st.warning(words.too_large(n, largest, images))
        n = largest
    live = [] if tau == "off" else of_run("tried", float(tau))
    fano = of_run("retrieval") if "Fano" in also else None
    drawn, table = figures.of_run(information, "training images" in also, live, fano, n)
    rows = {"best τ": test["at_best"], "τ of training": test["at_training"], "τ you try": live}
    left, right = st.columns([3, 2])
    with left:
        gallery = f"{len(cached.read(run, 'gallery')):,} pairs for a τ you try and for retrieval"
        about = widgets.about(run, n=f"{images:,} pairs", seed=0, band="± 2 s.e. over disjoint batches", gallery=gallery,
                              best_τ="chosen on one half of the pairs, scored on the other")  # fmt: skip
        alt = "InfoNCE of held-out pairs against N, with its ceilings"
        widgets.figure(drawn, "bound", alt, table, about=about)
    with right:
        st.latex(words.BOUND)
        st.latex(words.substituted(next(row for row in test["at_best"] if row["n"] == n)))
        st.latex(words.CHAIN)
        st.markdown(words.SYMBOLS)
    st.dataframe(words.reading(rows, n), hide_index=True, width="stretch")
    left, right = st.columns(2)
    with left:
        st.markdown("**A ceiling of τ.** At the τ of training, even a perfect encoder reads no more than")
        for row in (row for row in test["at_training"] if row["n"] == n):
            st.latex(words.tau_ceiling(row))
    with right:
        found = of_run("retrieval").query("n <= @n").iloc[-1]
        st.markdown(f"**Without any τ.** Among {found['n']:,.0f} images the second view is found first "
                    f"{100 * found['accuracy']:.1f} % of the time. The error e alone proves (Fano)")  # fmt: skip
        st.latex(words.fano(found))


st.header("What this run's two views share", divider=True)
trained_encoder()
st.markdown(words.BELIEVE)
widgets.code(
    "sslcore.information.bounds.infonce",
    "sslcore.information.curves.curve",
    "sslcore.information.curves.ceiling",
    "sslcore.information.curves.fano",
)
st.header("Where the answer is known: correlated Gaussians", divider=True)


@st.fragment
def gaussians() -> None:
    from sslcore.information import ESTIMATORS, CorrelatedGaussian  # torch: after the first figure

    one, two, three = st.columns([3, 3, 2], vertical_alignment="bottom")
    nats = one.slider("True mutual information I, nats", 0.0, 12.0, 4.0, 0.5, key="mi_nats", bind="query-params")
    d = two.slider("Dimensions d", 2, 64, 20, key="mi_d", bind="query-params")
    largest = three.select_slider("Largest N", [128, 512, 2048], 512, key="mi_largest", bind="query-params")
    names = st.pills("Estimators", [e.name for e in ESTIMATORS], selection_mode="multi", key="mi_estimators",
                     default=["InfoNCE", "NWJ", "SMILE, τ = 5", "Leave-one-out"], bind="query-params")  # fmt: skip
    task, (rows, share) = CorrelatedGaussian(d, nats), computed(0, "known", nats, d, largest)
    drawn, off = figures.of_gaussians(rows, names, ESTIMATORS, nats)
    left, right = st.columns([3, 2])
    with left:
        table = rows[rows["estimator"].isin(names)]
        alt, about = "Estimates of a known mutual information against N", words.provenance(task, rows, measures.PAIRS)
        widgets.figure(drawn, "gaussians", alt, table, about=about)
    with right:
        st.latex(words.gaussian(nats, d, task.rho))
        st.latex(words.CRITIC)
        st.markdown(words.notes(nats, names, off, largest, share))
    st.markdown(words.guarantees([e for e in ESTIMATORS if e.name in names]))
    st.caption(words.SYMBOLS_TABLE)
    st.subheader("A critic that has to be learned")
    one, two, three = st.columns([4, 3, 2], vertical_alignment="bottom")
    critics = one.pills("Critics", CRITICS, selection_mode="multi", default=CRITICS, key="mi_critics",
                        bind="query-params")  # fmt: skip
    steps = two.slider("Steps", 200, 2000, 600, 200, key="mi_steps", bind="query-params")
    if three.button("Train them", disabled=not critics, width="stretch"):
        st.session_state["mi_training"] = measures.Training(critics, nats, d, steps, BATCH)
    optimal = float(rows.query("estimator == 'InfoNCE' and n == @BATCH")["mean"].iloc[0])
    training = st.session_state.get("mi_training")
    if training is None or training.of != (nats, d):
        st.info(f"At N = {BATCH} the best critic reads {optimal:.2f} of {nats:g} nats. What can others learn to read?")
    else:
        learned(training, optimal)


@st.fragment
def learned(training: measures.Training, optimal: float) -> None:
    """Critics of these Gaussians; while they train, this runs again and again, and each time trains for a moment."""
    nats, d = training.of
    before = training.running
    if training.running:
        training.running = not st.button("Stop and keep what there is", key="mi_stop")
    if training.running:
        training.advance(0.4)
        st.progress(training.share, training.progress)
    drawn = figures.learning(training.curves, optimal, nats, BATCH)
    table = pd.DataFrame([(critic, step, bound) for critic, values in training.curves.items()
                          for step, bound in enumerate(values)], columns=["critic", "step", "bound"])  # fmt: skip
    about = (f"Gaussians, d = {d} · I = {nats:g} · n = {BATCH} pairs a step · Adam, rate 0.001 · seed 0 · means and "
             "± 2 s.e. of 20 steps; each step is scored on fresh pairs before it learns from them")  # fmt: skip
    widgets.figure(drawn, "learned", "The bound of critics as they learn", table, about=about)
    st.markdown(words.CRITICS)
    if before:  # once more after the last step, without the button
        tick(0.2, "learned")


gaussians()
widgets.code(
    "sslcore.information.bounds.nwj",
    "sslcore.information.bounds.donsker_varadhan",
    "sslcore.information.bounds.smile",
    "sslcore.information.bounds.leave_one_out",
    "sslcore.information.critics.Separable",
    "sslcore.information.critics.Bilinear",
    "sslcore.information.critics.Joint",
    "sslcore.information.critics.train_critic",
)


def not_a_bound() -> None:
    st.markdown(words.BIT)
    bits = computed(0, "fair_bits")
    st.dataframe(bits.style.format(precision=4).format("{:.0f}", subset=["N"]), hide_index=True)
    st.latex(words.bit(bits))
    st.markdown(words.BLOCK)


widgets.folded("Why log(2N − 1) − loss is not a bound", "not-a-bound", not_a_bound)
widgets.code("sslcore.view.information.measures.fair_bit")
