"""What the evaluation page says of the numbers: nothing that they do not."""

import math
from collections.abc import Mapping
from typing import Any

from sslcore.view.evaluation.tables import BASELINES

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
    r"\begin{gathered} \mathrm{ELBO} = L_1 \le L_k = \mathbb E \log \tfrac1k \textstyle\sum_{j=1}^k w_j \le \log p(x) \\"
    r"w_j = p(x|z_j)\,p(z_j) / q(z_j|x),\ z_j \sim q(z|x) \\"
    r"\mathrm{ESS} = (\textstyle\sum_j w_j)^2 / \textstyle\sum_j w_j^2 \end{gathered}"
)
AUROC = r"\mathrm{AUROC} = P(s_{\text{outsider}} > s_{\text{held-out}}) + \tfrac12 P(s_{\text{outsider}} = s_{\text{held-out}})"


def against_few(few: Mapping[str, list[dict[str, Any]]]) -> str:
    """Where the run stands beside its best baseline at each number of labels; closer than two standard errors is even."""
    said = []
    for i, row in enumerate(few["run"]):
        key, best = max(((key, few[key][i]) for key in BASELINES), key=lambda pair: pair[1]["mean"])
        noise = 2 * math.hypot(row["std"] / math.sqrt(row["draws"]), best["std"] / math.sqrt(best["draws"]))
        gap = row["mean"] - best["mean"]
        place = "no more than" if abs(gap) < noise else "above" if gap > 0 else "**below**"
        said.append(f"{place} {100 * best['mean']:.1f} % from {row['labels']:,} labels ({BASELINES[key]})")
    return f"Beside its best baseline it is {', '.join(said)}."


def of_bounds(found: Mapping[str, Any]) -> str:
    """What the bounds gained, and whether the last one has arrived."""
    last, units = found["bounds"][-1], found["units"]
    gain = last["bound"] - found["elbo"]
    text = f"Lₖ lies {gain:.2f} nats above the ELBO at k = {last['k']:,}: so much, at least, the posterior costs. "
    if last["largest"] > 0.2:
        text += (f"One draw carries {100 * last['largest']:.0f} % of the weight of a median image, so log p(x) may lie well above. ")  # fmt: skip
    return text + f"{units['active']} of {len(units['kl'])} dimensions are in use (variance of μ above 0.01)."


def of_anomaly(found: Mapping[str, Any], data: str) -> str:
    """Which scores take the outsider for more familiar than the data, and whether brightness alone would do."""
    likelihoods = {key: found["scores"][key] for key in ("elbo", "bound") if key in found["scores"]}
    text = f"Trained on {data}; the outsider is {found['outsider']}. "
    if likelihoods and max(likelihoods.values()) < 0.5:
        text += "The likelihood is **higher on the outsider** than on held-out images of its own kind. "
    best = max([*found["scores"].values(), found["distance"]["run"]])
    control = max(found["brightness"], 1 - found["brightness"])
    if control >= best:
        text += (
            f"Mean brightness alone separates them better ({control:.2f}) than anything the model says ({best:.2f}). "
        )
    return text.strip()


def of_fine_tuning(found: Mapping[str, Any]) -> str:
    """Whether the run's weights were a better start than fresh ones."""
    gap = found["trained"]["mean"] - found["scratch"]["mean"]
    noise = 2 * math.hypot(found["trained"]["std"], found["scratch"]["std"]) / math.sqrt(found["seeds"])
    if abs(gap) < noise:
        return f"From {found['labels']:,} labels the run's weights are no better a start than fresh ones ({100 * gap:+.1f} points, within the noise)."
    way = "a better" if gap > 0 else "a **worse**"
    return (
        f"From {found['labels']:,} labels the run's weights are {way} start than fresh ones ({100 * gap:+.1f} points)."
    )
