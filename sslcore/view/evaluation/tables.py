"""Tables of the evaluation page.

`Named` is what is compared, metrics by name: the run, and perhaps another beside it.  Baselines are the first one's.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

Named = Mapping[str, dict[str, Any]]

BASELINES = {"pixels": "raw pixels", "pca": "PCA of the pixels", "random": "random encoder"}
RANKS = {  # columns of `geometry` that are shown, and their heads
    "features": "features",
    "dimensions": "d",
    "rankme": "RankMe",
    "entropy_rank": "entropy rank",
    "participation_ratio": "participation ratio",
    "total_variance": "total variance",
    "mean_cosine": "mean cosine",
}


def accuracies(named: Named) -> pd.DataFrame:
    """kNN and linear accuracy in %: a row for each run, then for each baseline."""
    keys = {"knn_10": "kNN, k = 10", "knn_200": "kNN, k = 200", "linear": "linear probe"}
    rows = {name: found for name, found in named.items() if "knn_10" in found}
    rows |= {BASELINES[key]: row for key, row in next(iter(named.values())).get("baselines", {}).items()}
    return pd.DataFrame([{"features": n, **{t: 100 * row[k] for k, t in keys.items()}} for n, row in rows.items()])


def geometry(named: Named) -> pd.DataFrame:
    """Ranks, spread and hubness: a row for each space of each run, then for each baseline."""
    table = []
    for name, found in named.items():
        for space, row in found.get("geometry", {}).get("rows", {}).items():
            if space not in BASELINES:
                table.append({"features": f"{name}, {space}", "of": name, **row})
    every = next(iter(named.values()))["geometry"]["rows"]
    table += [{"features": title, "of": title, **every[key]} for key, title in BASELINES.items()]
    return pd.DataFrame(table)


def markdown(table: pd.DataFrame, heads: Mapping[str, str], digits: int = 1) -> str:
    """Columns of a table, by the heads they get, as a Markdown table."""
    rows = [
        [f"{v:,.{digits}f}" if isinstance(v, float) else str(v) for v in row]
        for row in table[list(heads)].to_numpy(object)
    ]
    lines = [list(heads.values()), ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
