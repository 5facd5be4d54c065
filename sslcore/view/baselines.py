"""What baselines are called in a figure's legend or a table's row."""

from sslcore.data.form import Kind
from sslcore.run.metrics import BASELINES, baseline


def titles(kind: Kind = "images") -> dict[str, str]:
    """By name, as in a sentence but without its article: "raw pixels", "PCA", "random encoder"."""
    return {name: baseline(name, kind).removeprefix("the ").removeprefix("a ") for name in BASELINES}
