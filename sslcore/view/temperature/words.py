"""Words and formulas of the temperature page."""

LEAD = (
    "A contrastive loss divides every cosine by a temperature τ before its softmax: at a small τ only the hardest "
    "negatives count, at a large τ all count alike."
)
TOUR = (
    (
        ".component, .st-key-tau",
        "Make τ smaller: the softmax sharpens until only the **hardest negatives** push the anchor away. Make it "
        "larger: all push alike, near or far.",
    ),
    (
        ".st-key-figure-accuracy",
        "The same model, trained at each τ, beside its baselines. Where is it best, and is the difference larger than "
        "the noise?",
    ),
    (
        ".st-key-figure-geometry",
        "What τ trades: a small one spreads the images **evenly**, a large one tolerates neighbours of the same class.",
    ),
    (
        ".st-key-figure-trained",
        "Positives against negatives, one row a run. What counts is how far the two lie **apart**, not where on the "
        "axis.",
    ),
)
ON_THE_MAP = (
    "Hard negatives in the head's output are near in the encoder's space too where a line is short. A long line: the "
    "head has folded away what tells the two apart, or the map has torn them."
)
MEASURES = (
    r"\text{alignment}=\mathbb{E}_i|a_i-b_i|^2\qquad"
    r"\text{uniformity}=\log\mathbb{E}_{i\ne j}\,e^{-2|a_i-a_j|^2}\qquad"
    r"\text{tolerance}=\mathbb{E}_{i\ne j,\,y_i=y_j}\,a_i^\top a_j"
)
COSINES = (
    "Cosines of the head's outputs for two views of each held-out image; accuracies are of the backbone, on the whole "
    "test set, by the protocol in each run's metrics.json."
)
YOURS = (
    "This run was trained without a temperature; this τ is yours. It says how a softmax at that τ would weigh the "
    "run's cosines, not how they were learned."
)


def note(n: int) -> str:
    """What the lab's numbers are of, where n images are held out."""
    return (
        "b_j stands for the second view of image j, drawn when the run was saved; its pixels are not kept, so each "
        "image "
        f"is shown as it is. The negatives here are the other {n - 1:,} held-out images; in training a view meets "
        f"2 × batch − 2 views of others, so P_ii and the pull are those of a softmax over {n:,} candidates, not of a "
        "training batch."
    )
