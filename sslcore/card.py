"""The model card of a run: what it is, how to make it again, what it scores."""

from sslcore.files import write
from sslcore.run import Run

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
        f"{config.objective} on {data['name']}, {data['train_images']:,} training images of "
        f"{'x'.join(map(str, facts['shape']))}; {config.epochs} epochs in {minutes} on {made['device']}, "
        f"torch {made['torch']}, seed {config.seed}.{state}",
        "",
        *([config.note, ""] if config.note else []),
        "Trained by",
        "",
        f"    {config.command(run.name)}",
        "",
        *_scores(run),
        "## Data and licence",
        "",
        f"The gallery holds held-out images of {data['name']}. "
        + LICENCES.get(data["name"].removesuffix("-jpeg"), "Share this run only with the right to share them."),
        "",
    ]
    return "\n".join(lines)


def _scores(run: Run) -> list[str]:
    metrics = run.metrics
    if "knn_10" not in metrics:
        return []
    rows = {f"{run.name} ({metrics['space']})": metrics, **metrics["baselines"]}
    keys = ("knn_10", "knn_200", "linear")
    return [
        "## What it scores",
        "",
        f"Accuracy on {metrics['test_images']:,} held-out images, from {metrics['train_images']:,} labelled ones; "
        "the protocol is in metrics.json.",
        "",
        "| features | kNN, k=10 | kNN, k=200 | linear |",
        "|---|---|---|---|",
        *[f"| {name} | " + " | ".join(f"{100 * row[key]:.1f} %" for key in keys) + " |" for name, row in rows.items()],
        "",
    ]
