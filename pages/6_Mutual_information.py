"""Mutual information: what two views share, as far as N candidates can show it; and estimators where it is known."""

import streamlit as st

from sslcore.view import cached, widgets
from sslcore.view.information import figures, measures, panels, words
from sslcore.view.information.panels import computed, of_run

SIZES = [2**i for i in range(1, 15)]
TEMPERATURES = ("off", 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0)
ESTIMATORS = ["InfoNCE", "NWJ", "SMILE, τ = 5", "Leave-one-out"]  # shown at first

widgets.page("Mutual information", words.LEAD, words.TOUR)
run = widgets.choose_run("pair", what="contrastive run")


@st.fragment
def trained_encoder() -> None:
    contrast = cached.read(run, "metrics").contrast
    information = contrast["information"] if contrast else of_run("measured", run)
    test, images = information["test"], information["test"]["items"]
    largest, training = test["at_best"][-1]["n"], ["training images"]
    left, middle, right = st.columns([3, 3, 3], vertical_alignment="bottom")
    n = left.select_slider("Read at N", SIZES, largest, key="mi_n", bind="query-params")
    tau = middle.select_slider("Try an evaluation τ", TEMPERATURES, key="mi_tau", bind="query-params")
    also = right.pills(
        "Also draw", [*training, "Fano"], selection_mode="multi", default=training, key="mi_also", bind="query-params"
    )
    if n > largest:
        st.warning(words.too_large(n, largest, images))
        n = largest
    live = [] if tau == "off" else of_run("tried", run, float(tau))
    fano = of_run("retrieval", run) if "Fano" in also else None
    figure, table = figures.of_run(information, "training images" in also, live, fano, n)
    rows = {"best τ": test["at_best"], "τ of training": test["at_training"], "τ you try": live}
    left, right = st.columns([3, 2])
    with left:
        about = widgets.about(run, n=f"{images:,} pairs", **words.origin(len(cached.read(run, "gallery"))))
        widgets.figure(figure, "bound", "InfoNCE of held-out pairs against N, with its ceilings", table, about=about)
    with right:
        st.latex(words.BOUND)
        st.latex(words.substituted(next(row for row in test["at_best"] if row["n"] == n)))
        st.latex(words.CHAIN)
        st.markdown(words.SYMBOLS)
    st.dataframe(words.reading(rows, n), hide_index=True, width="stretch")
    panels.ceilings(run, test["at_training"], live, n)


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
    from sslcore import information  # torch: after the first figure

    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    nats = left.slider("True mutual information I, nats", 0.0, 12.0, 4.0, 0.5, key="mi_nats", bind="query-params")
    d = middle.slider("Dimensions d", 2, 64, 20, key="mi_d", bind="query-params")
    largest = right.select_slider("Largest N", [128, 512, 2048], 512, key="mi_largest", bind="query-params")
    every = [estimator.name for estimator in information.ESTIMATORS]
    names = st.pills(
        "Estimators", every, selection_mode="multi", default=ESTIMATORS, key="mi_estimators", bind="query-params"
    )
    task, (rows, share) = information.CorrelatedGaussian(d, nats), computed("known", nats, d, largest)
    figure, off = figures.of_gaussians(rows, names, information.ESTIMATORS, nats)
    left, right = st.columns([3, 2])
    with left:
        alt, about = "Estimates of a known mutual information against N", words.provenance(task, rows, measures.PAIRS)
        widgets.figure(figure, "gaussians", alt, rows[rows["estimator"].isin(names)], about=about)
    with right:
        st.latex(words.gaussian(nats, d, task.rho))
        st.latex(words.CRITIC)
        st.markdown(words.notes(nats, names, off, largest, share))
    st.markdown(words.guarantees([estimator for estimator in information.ESTIMATORS if estimator.name in names]))
    st.caption(words.SYMBOLS_TABLE)
    optimal = rows.query("estimator == 'InfoNCE' and n == @panels.BATCH")["mean"].iloc[0]
    panels.critics(nats, d, float(optimal))


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
widgets.folded("Why log(2N − 1) − loss is not a bound", "not-a-bound", panels.not_a_bound)
widgets.code("sslcore.view.information.measures.fair_bit")
