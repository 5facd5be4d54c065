"""What the evaluation page says of the numbers: nothing that they do not."""

import math
from collections.abc import Mapping
from typing import Any

from sslcore.data.form import Kind
from sslcore.run.metrics import BASELINES
from sslcore.view.baselines import titles

LEAD = (
    "What a run has learned, measured on held-out images, always beside **what doing nothing gives**: raw pixels, a "
    "PCA of them, and the same encoder before training."
)
TOUR = (
    (
        "What the features are worth",
        "Read each number beside those **below** it: a random encoder and a PCA are hard to beat, and the words say "
        "where the run is no better.",
    ),
    (
        ".st-key-figure-few",
        "With ten labels in all, or with ten thousand? The **order** of the curves can change, and the bars say how "
        "much a draw of labels matters.",
    ),
    (
        ".st-key-figure-spectrum",
        "How fast the curve falls is how many directions are in use. The three ranks beside it do not agree, for each "
        "answers another question.",
    ),
    (
        ".st-key-figure-anomaly",
        "Does the model notice images of another kind? Below one half, it finds the outsider **more** familiar than "
        "what it was trained on.",
    ),
    (
        "A gallery of failures",
        "What goes wrong among the runs here, measured in each. Follow a link to see it with your own eyes.",
    ),
)
RANKME = (
    "RankMe is uncentred: a mean that all share counts as a direction. The other two are of the centred covariance. "
    "Variance and cosine are of the features as they are: a rank of noise around a constant is high, its cosine 1."
)
KNN = r"\hat y = \arg\max_c \sum_{i \in N_k(x)} e^{\cos(h, h_i)/0.07}\,[y_i = c]"
PROBE = r"\min_{W, b}\ \tfrac1n\sum_i -\log \mathrm{softmax}(W h_i + b)_{y_i} + \tfrac{\rho}{2}\lVert W \rVert^2"
RANKS = (
    r"\begin{gathered} \text{RankMe} = e^{-\sum_k p_k \log p_k},\ p_k = \sigma_k / \textstyle\sum_j \sigma_j \\"
    r"\text{entropy rank} = e^{-\sum_k q_k \log q_k},\ q_k = \lambda_k / \textstyle\sum_j \lambda_j \\"
    r"\text{participation ratio} = (\textstyle\sum_k \lambda_k)^2 / \textstyle\sum_k \lambda_k^2 \end{gathered}"
)
HUBNESS = (
    r"\begin{gathered} N_{10}(x) = \#\{x' : x \text{ is among the 10 nearest of } x'\} \\"
    r"\text{hubness} = \mathbb E\big[(N_{10} - 10)^3\big] / \mathrm{sd}(N_{10})^3 \end{gathered}"
)
VIEWS = (
    r"\begin{gathered} \text{alignment} = \mathbb E\lVert a - b \rVert^2 \\"
    r"\text{uniformity} = \log \mathbb E_{x \ne x'} e^{-2 \lVert a - a' \rVert^2} \\"
    r"\text{of the uniform law: } \log {}_0F_1(; \tfrac d2; 4) - 4 \end{gathered}"
)
BOUNDS = (
    r"\begin{gathered} \mathrm{ELBO} = L_1 \le L_k = \mathbb E \log \tfrac1k"
    r" \textstyle\sum_{j=1}^k w_j \le \log p(x) \\"
    r"w_j = p(x|z_j)\,p(z_j) / q(z_j|x),\ z_j \sim q(z|x) \\"
    r"\mathrm{ESS} = (\textstyle\sum_j w_j)^2 / \textstyle\sum_j w_j^2 \end{gathered}"
)
AUROC = (
    r"\mathrm{AUROC} = P(s_{\text{outsider}} > s_{\text{held-out}})"
    r" + \tfrac12 P(s_{\text{outsider}} = s_{\text{held-out}})"
)


def not_measured(run: str, partly: bool) -> str:
    """What a run that was not wholly measured takes."""
    state = "was measured in part only" if partly else "has not been evaluated yet"
    return f"{run} {state}; this measures it, in a few minutes: `python -m sslcore evaluate {run}`"


def against_few(few: Mapping[str, list[dict[str, Any]]], kind: Kind = "images") -> str:
    """Where the run stands beside its best baseline at each number of labels; within two standard errors is even."""
    said = []
    for i, row in enumerate(few["run"]):
        key, best = max(((key, few[key][i]) for key in BASELINES), key=lambda pair: pair[1]["mean"])
        place = _place(row["mean"] - best["mean"], 2 * math.hypot(_error(row), _error(best)))
        said.append(f"{place} {100 * best['mean']:.1f} % from {row['labels']:,} labels ({titles(kind)[key]})")
    return f"Beside its best baseline it is {', '.join(said)}."


def of_bounds(measured: Mapping[str, Any]) -> str:
    """What the bounds gained, and whether the last one has arrived."""
    last, units = measured["bounds"][-1], measured["units"]
    gain = last["bound"] - measured["elbo"]
    text = f"Lₖ lies {gain:.2f} nats above the ELBO at k = {last['k']:,}: so much, at least, the posterior costs. "
    if last["largest"] > 0.2:
        share = f"{100 * last['largest']:.0f} %"
        text += f"One draw carries {share} of the weight of a median image, so log p(x) may lie well above. "
    return text + f"{units['active']} of {len(units['kl'])} dimensions are in use (variance of μ above 0.01)."


def of_anomaly(measured: Mapping[str, Any], data: str) -> str:
    """Which scores take the outsider for more familiar than the data, and whether brightness alone would do."""
    scores = measured["scores"]
    likelihoods = [scores[key] for key in ("elbo", "bound") if key in scores]
    text = f"Trained on {data}; the outsider is {measured['outsider']}. "
    if likelihoods and max(likelihoods) < 0.5:
        text += "The likelihood is **higher on the outsider** than on held-out images of its own kind. "
    best = max([*scores.values(), measured["distance"]["run"]])
    alone = max(measured["brightness"], 1 - measured["brightness"])
    if alone >= best:
        text += f"Mean brightness alone separates them better ({alone:.2f}) than anything the model says ({best:.2f}). "
    return text.strip()


def other_way_round(outsider: str) -> str:
    """How to measure the outsider's data against this run's."""
    train = f"`python -m sslcore train vae --data {outsider} --name my-{outsider}`"
    return f"The other way round takes a run on {outsider}: {train}, then `python -m sslcore evaluate my-{outsider}`."


def of_fine_tuning(measured: Mapping[str, Any]) -> str:
    """Whether the run's weights were a better start than fresh ones."""
    gap = measured["trained"]["mean"] - measured["scratch"]["mean"]
    spread = 2 * math.hypot(measured["trained"]["std"], measured["scratch"]["std"]) / math.sqrt(measured["seeds"])
    start, points = f"From {measured['labels']:,} labels the run's weights are", f"{100 * gap:+.1f} points"
    if abs(gap) <= spread:
        return f"{start} no better a start than fresh ones ({points}, within the noise)."
    return f"{start} {'a better' if gap > 0 else 'a **worse**'} start than fresh ones ({points})."


def _error(row: Mapping[str, Any]) -> float:
    """The standard error of a mean over draws of labels."""
    return row["std"] / math.sqrt(row["draws"])


def _place(gap: float, within: float) -> str:
    return "no more than" if abs(gap) <= within else "above" if gap > 0 else "**below**"
