"""The model card of a run: what it is, how to make it again, what it scores."""

from collections.abc import Mapping
from typing import Any

from sslcore.files import write
from sslcore.run import Run
from sslcore.run.metrics import ACCURACIES, baseline

LICENCES = {
    "digits": "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998, UCI), CC BY 4.0; from scikit-learn.",
    "sprites": "Drawn by this project's own code; same licence as the code.",
    "mnist": "MNIST (LeCun, Cortes & Burges), CC BY-SA 3.0.",
    "cifar10": "CIFAR-10 (Krizhevsky 2009); no licence stated, research use.",
    "fashion-mnist": (
        "Fashion-MNIST, copyright (c) 2017 Zalando SE, https://tech.zalando.com, MIT licence:\n\n"
        "> Permission is hereby granted, free of charge, to any person obtaining a copy of this software and "
        'associated documentation files (the "Software"), to deal in the Software without restriction, '
        "including without limitation the rights to use, copy, modify, merge, publish, distribute, "
        "sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is "
        "furnished to do so, subject to the following conditions: The above copyright notice and this "
        "permission notice shall be included in all copies or substantial portions of the Software. THE "
        'SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT '
        "LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. "
        "IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER "
        "LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN "
        "CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
    ),
}


def nats_of(settings: Mapping[str, Any]) -> str:
    """What the nats of a model with a likelihood are of, in a sentence, from its settings as config.json has them."""
    if settings["likelihood"] == "gaussian":
        return (
            "Nats of a Gaussian density of grey levels in 0..1: they may be positive, and are not those of a Bernoulli."
        )
    return {
        "none": "Nats of grey levels (not binarised): a cross-entropy, right to compare runs by, not a likelihood.",
        "dynamic": "Nats of pixels drawn black or white by their grey level (dynamic binarisation).",
        "static": "Nats of pixels made white above 1/2 and black below (static binarisation).",
    }[settings.get("binarise", "none")]


def write_card(run: Run) -> None:
    """Write README.md into the run's folder from its config and metrics."""
    write(run.path / "README.md", card(run).encode())


def card(run: Run) -> str:
    facts, config, made = run.facts, run.config, run.facts["made"]
    data = facts["data"]
    minutes = f"{made.get('seconds', 0) / 60:.1f} minutes" if "seconds" in made else "an unfinished first epoch"
    state = "" if made["finished"] else f" Interrupted after {made.get('epochs', 0):.2f} epochs."
    lines = [
        f"# {run.name}",
        "",
        f"{config.objective} on {data['name']}, {data['items']['train']:,} training {run.form}; {config.epochs} epochs "
        f"in {minutes} on {made['device']}, torch {made['torch']}, seed {config.seed}.{state}",
        "",
        *([config.note, ""] if config.note else []),
        "Trained by",
        "",
        f"    {config.command(run.name)}",
        "",
        *_scores(run),
        "## Data and licence",
        "",
        f"The gallery holds held-out {run.form.kind} of {data['name']}. "
        + LICENCES.get(data["source"], "Share this run only with the right to share them."),
        "",
    ]
    return "\n".join(lines)


def _scores(run: Run) -> list[str]:
    lines = [*_accuracies(run), *_few_labels(run), *_likelihood(run)]
    return ["## What it scores", "", *lines] if lines else []


def _accuracies(run: Run) -> list[str]:
    metrics = run.metrics
    if metrics.features is None or metrics.items is None:
        return []
    rows = {
        f"{run.name} ({metrics.space})" if name == "run" else baseline(name, run.form.kind): row
        for name, row in metrics.features.items()
    }
    return [
        f"Accuracy on {metrics.items['test']:,} held-out {run.form.kind}, from {metrics.items['train']:,} labelled "
        "ones; the protocol is in metrics.json.",
        "",
        "| features | kNN, k=10 | kNN, k=200 | linear |",
        "|---|---|---|---|",
        *(
            f"| {name} | " + " | ".join(f"{100 * row[key]:.1f} %" for key in ACCURACIES) + " |"
            for name, row in rows.items()
        ),
        "",
    ]


def _few_labels(run: Run) -> list[str]:
    """A line for the run, with its best baseline at each number of labels."""
    few = run.metrics.labels
    if not few:
        return []
    parts = []
    for i, row in enumerate(few["run"]):
        name, best = max(((name, few[name][i]["mean"]) for name in few if name != "run"), key=lambda pair: pair[1])
        beside = f"best baseline: {baseline(name, run.form.kind)} {100 * best:.1f} %"
        parts.append(f"{row['labels']:,} labels {100 * row['mean']:.1f} % ({beside})")
    return [f"Linear probe from few labels, mean of several draws: {'; '.join(parts)}.", ""]


def _likelihood(run: Run) -> list[str]:
    measured = run.metrics.likelihood
    if not measured:
        return []
    units, last = measured["units"], measured["bounds"][-1]
    return [
        f"ELBO {measured['elbo']:.2f}, importance-sampled log p(x) at least {last['bound']:.2f} from {last['k']:,} "
        f"draws of z, means over {measured['items']:,} held-out {run.form.kind}; {units['active']} of "
        f"{len(units['kl'])} dimensions in use. " + nats_of(measured),
        "",
    ]
