"""Evaluation: what a run's features and likelihood are worth, beside what doing nothing gives."""

from typing import Any

import streamlit as st

from sslcore.run import card, checkpoints, runs
from sslcore.view import cached, widgets
from sslcore.view.evaluation import failures_panel as gallery
from sslcore.view.evaluation import figures, tables, words

widgets.page(
    "Evaluation",
    "What a run has learned, measured on held-out images, always beside **what doing nothing gives**: raw pixels, a PCA "
    "of them, and the same encoder before training.",
    tour=(
        ("What the features are worth", "Read each number beside those **below** it: a random encoder and a PCA are hard to beat, "
         "and the words say where the run is no better."),
        (".st-key-figure-few", "With ten labels in all, or with ten thousand? The **order** of the curves can change, and the bars say how much "
         "a draw of labels matters."),
        (".st-key-figure-spectrum", "How fast the curve falls is how many directions are in use. The three ranks beside it do not "
         "agree, for each answers another question."),
        (".st-key-figure-anomaly", "Does the model notice images of another kind? Below one half, it finds the outsider **more** "
         "familiar than what it was trained on."),
        ("A gallery of failures", "What goes wrong among the runs here, measured in each. Follow a link to see it with your own eyes."),
    ),
)  # fmt: skip
run = widgets.choose_run(default="vae-fashion")
other = widgets.choose_beside(run)
both = [of for of in (run, other) if of is not None]
named: tables.Named = {of.name: cached.read(of, "metrics") for of in both}
metrics = named[run.name]


def about(**facts: Any) -> str:
    """Where a figure is from: the run, what stands beside it, and its parameters."""
    return widgets.about(run, **({"beside": other.name} if other else {}), **facts)


def features() -> None:
    st.header("What the features are worth")
    table = tables.accuracies(named)
    st.markdown(tables.markdown(table, {"features": "accuracy in %", **{key: key for key in table.columns[1:]}}))
    for key, what in (("knn_10", "kNN (k = 10)"), ("knn_200", "kNN (k = 200)"), ("linear", "linear probe")):
        known = {name: row[key] for name, row in metrics["baselines"].items()}
        st.markdown(f"- {what}: {widgets.verdict(metrics[key], known, metrics['test_images'])}")
    widgets.provenance(
        run, space=metrics["space"], n=f"{metrics['test_images']:,}", labels=f"{metrics['train_images']:,}"
    )
    widgets.save_table(table, "accuracies")
    st.latex(words.KNN)
    if "few_labels" in metrics:
        drawn, table = figures.few_labels(named)
        widgets.figure(drawn, "few", "Accuracy of a linear probe against the number of labels", table,
                       about=about(bars="± one deviation over draws of labels", n=f"{metrics['test_images']:,}"))  # fmt: skip
        st.markdown(words.against_few(metrics["few_labels"]))
        st.latex(words.PROBE)


def geometry() -> None:
    st.header("How much of the space is used")
    drawn, table = figures.spectra(named)
    n = f"{metrics['geometry']['images']:,}"
    alt = "Eigenvalues of the covariance of each space, as shares of the largest"
    widgets.figure(drawn, "spectrum", alt, table, about=about(n=n))
    table = tables.geometry(named)
    st.markdown(tables.markdown(table, tables.RANKS, 2))
    st.caption("RankMe is uncentred: a mean that all share counts as a direction. The other two are of the centred covariance. "
               "Variance and cosine are of the features as they are: a rank of noise around a constant is high, its cosine 1.")  # fmt: skip
    st.latex(words.RANKS)
    alt = "Hubness of each space and baseline, beside that of uniform points"
    widgets.figure(figures.hubness(table, named), "hubness", alt, table, about=about(n=n, k=10))
    st.latex(words.HUBNESS)


def views() -> None:
    st.header("Two views of an image")
    drawn, table = figures.views(named)
    widgets.figure(drawn, "views", "Alignment against uniformity, with the uniform law's", table,
                   about=about(n=f"{metrics['contrast']['images']:,} pairs", space="z"))  # fmt: skip
    st.latex(words.VIEWS)


def likelihood() -> None:
    st.header("What the code says, and how likely an image is")
    found = metrics["likelihood"]
    left, right = st.columns(2)
    with left:
        drawn, table = figures.kl(named)
        widgets.figure(drawn, "kl", "Mean KL of each dimension, largest first; dimensions not in use are open", table,
                       about=about(n=f"{found['units']['images']:,}", in_use="filled: variance of μ above 0.01"))  # fmt: skip
    with right:
        drawn, table = figures.bounds(named)
        error = f"± {found['elbo_error']:.1f} nats over images, shared by all k"
        widgets.figure(drawn, "bounds", "Bounds on log p(x) against the number of draws, with effective sample sizes", table,
                       about=about(n=f"{found['images']:,}", standard_error=error, seed=0))  # fmt: skip
    st.markdown(f"ELBO **{found['elbo']:.2f}**. {words.of_bounds(found)}")
    st.caption(card.nats_of(found))
    theirs = named[other.name].get("likelihood") if other else None
    if other and theirs and card.nats_of(theirs) != card.nats_of(found):
        st.warning(f"{other.name}: {card.nats_of(theirs)} They cannot be compared with those of {run.name}.")
    st.latex(words.BOUNDS)


def anomaly() -> None:
    st.header("Images of another kind")
    found, data = metrics["anomaly"], run.facts["data"]["name"]
    if "missing" in found:
        st.caption(f"Not measured: {found['missing']}.")
        return
    drawn, table = figures.anomaly(named)
    n = f"{found['images']:,} held-out, {found['outsiders']:,} of {found['outsider']}"
    widgets.figure(drawn, "anomaly", f"AUROC of each score, {data} against {found['outsider']}", table,
                   about=about(n=n, distance="to the nearest of 10,000 training codes"))  # fmt: skip
    st.markdown(words.of_anomaly(found, data))
    st.latex(words.AUROC)
    outsider = found["outsider"]
    reverse = [of for of in runs(checkpoints()) if of.name in every and every[of.name][0]["data"]["name"] == outsider
               and every[of.name][1].get("anomaly", {}).get("outsider") == data]  # fmt: skip
    for of in reverse[:1]:
        drawn, table = figures.anomaly({of.name: every[of.name][1]})
        widgets.figure(drawn, "anomaly-reverse", f"The other way round: AUROC of each score, {outsider} against {data}", table,
                       about=widgets.about(of, the_other_way_round=f"the outsider is {data}"))  # fmt: skip
    if not reverse:
        st.caption(f"The other way round takes a run on {outsider}: `python -m sslcore train vae --data {outsider} --name my-{outsider}`, "
                   f"then `python -m sslcore evaluate my-{outsider}`.")  # fmt: skip


def fine_tuning() -> None:
    st.header("Trained on from here")
    found = metrics["finetune"]
    drawn, table = figures.fine_tuning(named)
    widgets.figure(drawn, "finetune", "Accuracy fine-tuned, from scratch, and of frozen features", table,
                   about=about(labels=f"{found['labels']:,}", epochs=found["epochs"], batch=found["batch"], seeds=found["seeds"],
                               bars="± one deviation over seeds"))  # fmt: skip
    st.markdown(words.of_fine_tuning(found))


every = gallery.metrics()
for of in both:
    if "geometry" not in named[of.name]:
        state = "was measured in part only" if named[of.name] else "has not been evaluated yet"
        st.info(f"{of.name} {state}; this measures it, in a few minutes: `python -m sslcore evaluate {of.name}`")
sections = {
    "knn_10": features,
    "geometry": geometry,
    "contrast": views,
    "likelihood": likelihood,
    "anomaly": anomaly,
    "finetune": fine_tuning,
}
for key, section in sections.items():
    if key in metrics:
        section()
st.header("A gallery of failures")
gallery.gallery(every)
widgets.code(
    "sslcore.evaluate.features.knn",
    "sslcore.evaluate.features.few_labels",
    "sslcore.evaluate.geometry.ranks",
    "sslcore.evaluate.likelihood.of_groups",
    "sslcore.evaluate.anomaly.auroc",
)
