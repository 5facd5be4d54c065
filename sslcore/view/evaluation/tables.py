"""Tables of the evaluation page.

`Named` is what is compared, metrics by name: the run, and perhaps another beside it.  Baselines are the first one's.
"""

from collections.abc import Mapping

import pandas as pd

from sslcore.data.form import Kind
from sslcore.run.metrics import BASELINES, Metrics
from sslcore.view.baselines import titles

Named = Mapping[str, Metrics]

ACCURACIES = {"knn_10": "kNN, k = 10", "knn_200": "kNN, k = 200", "linear": "linear probe"}
RANKS = {  # columns of `geometry` that are shown, and their heads
    "features": "features",
    "dimensions": "d",
    "rankme": "RankMe",
    "entropy_rank": "entropy rank",
    "participation_ratio": "participation ratio",
    "total_variance": "total variance",
    "mean_cosine": "mean cosine",
}


def accuracies(named: Named, kind: Kind = "images") -> pd.DataFrame:
    """kNN and linear accuracy in %: a row for each run, then for each baseline."""
    rows = {name: metrics.features["run"] for name, metrics in named.items() if metrics.features}
    first = next(iter(named.values())).features or {}
    rows |= {title: first[key] for key, title in titles(kind).items() if key in first}
    return pd.DataFrame(
        [{"features": n, **{t: 100 * row[k] for k, t in ACCURACIES.items()}} for n, row in rows.items()]
    )


def geometry(named: Named, kind: Kind = "images") -> pd.DataFrame:
    """Ranks, spread and hubness: a row for each space of each run, then for each baseline."""
    measured = {name: metrics.geometry["rows"] for name, metrics in named.items() if metrics.geometry}
    table = [
        {"features": f"{name}, {space}", "of": name, **row}
        for name, rows in measured.items()
        for space, row in rows.items()
        if space not in BASELINES
    ]
    baselines = next(iter(measured.values()))
    table += [{"features": title, "of": title, **baselines[key]} for key, title in titles(kind).items()]
    return pd.DataFrame(table)


def markdown(table: pd.DataFrame, heads: Mapping[str, str], digits: int = 1) -> str:
    """Columns of a table, by the heads they get, as a Markdown table."""
    rows = [
        [f"{v:,.{digits}f}" if isinstance(v, float) else str(v) for v in row]
        for row in table[list(heads)].to_numpy(object)
    ]
    lines = [list(heads.values()), ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
