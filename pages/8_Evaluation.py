"""Evaluation: what a run's features and likelihood are worth, beside what doing nothing gives."""

from functools import partial

import streamlit as st

from sslcore.run.metrics import BASELINES, verdict
from sslcore.view import cached, widgets
from sslcore.view.evaluation import failures_panel, figures, panels, tables, words

widgets.page("Evaluation", words.LEAD, words.TOUR)
run = widgets.choose_run(default="vae-fashion")
other = widgets.choose_beside(run)
named: tables.Named = {of.name: cached.read(of, "metrics") for of in (run, other) if of is not None}
metrics, kind, every = named[run.name], run.form.kind, failures_panel.metrics()
FEATURES = (("knn_10", "kNN (k = 10)"), ("knn_200", "kNN (k = 200)"), ("linear", "linear probe"))


about = partial(panels.about, run, named)


def features() -> None:
    st.header("What the features are worth")
    table, n = tables.accuracies(named, kind), metrics.items["test"]
    st.markdown(tables.markdown(table, {"features": "accuracy in %", **{key: key for key in table.columns[1:]}}))
    for key, what in FEATURES:
        baselines = {name: metrics.features[name][key] for name in BASELINES}
        st.markdown(f"- {what}: {verdict(metrics.features['run'][key], baselines, n, kind)}")
    widgets.provenance(run, space=metrics.space, n=f"{n:,}", labels=f"{metrics.items['train']:,}")
    widgets.save_table(table, "accuracies")
    st.latex(words.KNN)


def labels() -> None:
    figure, table = figures.few_labels(named, kind)
    origin = about(bars="± one deviation over draws of labels", n=f"{metrics.items['test']:,}")
    widgets.figure(figure, "few", "Accuracy of a linear probe against the number of labels", table, about=origin)
    st.markdown(words.against_few(metrics.labels, kind))
    st.latex(words.PROBE)


def geometry() -> None:
    st.header("How much of the space is used")
    figure, table = figures.spectra(named)
    n = f"{metrics.geometry['items']:,}"
    alt = "Eigenvalues of the covariance of each space, as shares of the largest"
    widgets.figure(figure, "spectrum", alt, table, about=about(n=n))
    table = tables.geometry(named, kind)
    st.markdown(tables.markdown(table, tables.RANKS, 2))
    st.caption(words.RANKME)
    st.latex(words.RANKS)
    alt = "Hubness of each space and baseline, beside that of uniform points"
    widgets.figure(figures.hubness(table, named, kind), "hubness", alt, table, about=about(n=n, k=10))
    st.latex(words.HUBNESS)


def contrast() -> None:
    st.header("Two views of an image")
    figure, table = figures.views(named)
    origin = about(n=f"{metrics.contrast['items']:,} pairs", space="z")
    widgets.figure(figure, "views", "Alignment against uniformity, with the uniform law's", table, about=origin)
    st.latex(words.VIEWS)


def likelihood() -> None:
    st.header("What the code says, and how likely an image is")
    panels.likelihood(run, named)


def anomaly() -> None:
    st.header("Images of another kind")
    panels.anomaly(run, named, every)


def finetune() -> None:
    st.header("Trained on from here")
    figure, table = figures.fine_tuning(named)
    tuned = metrics.finetune
    how = {name: tuned[name] for name in ("epochs", "batch", "seeds")}
    origin = about(labels=f"{tuned['labels']:,}", **how, bars="± one deviation over seeds")
    widgets.figure(figure, "finetune", "Accuracy fine-tuned, from scratch, and of frozen features", table, about=origin)
    st.markdown(words.of_fine_tuning(tuned))


for name, measured in named.items():
    if not measured.geometry:
        st.info(words.not_measured(name, partly=bool(measured)))
for section in (features, labels, geometry, contrast, likelihood, anomaly, finetune):
    if getattr(metrics, section.__name__):  # the part of metrics.json that it shows
        section()
st.header("A gallery of failures")
failures_panel.gallery(every)
widgets.code(
    "sslcore.evaluate.features.knn",
    "sslcore.evaluate.features.few_labels",
    "sslcore.evaluate.geometry.ranks",
    "sslcore.evaluate.likelihood.of_groups",
    "sslcore.evaluate.anomaly.auroc",
)
