"""Words and formulas of the augmentations page."""

LEAD = (
    "A contrastive model is never told a label, only that two random **views** of one image belong together: what the "
    "views change is what it learns to ignore. Here are the views, drawn as in training, and what the encoder makes of "
    "them before and after."
)
TOUR = (
    (
        ".st-key-crop",
        "These knobs say what a view may look like. Whatever they change, **the encoder learns to ignore**: here, and "
        "only here, you tell it what does not matter.",
    ),
    (
        ".stHtml",
        "Two views, a above b, of one image, six times. Under each pair stands the cosine of its codes, before → after "
        "training. Alone it means little: compare it with what *different* images score, below.",
    ),
    (
        "Together, before and after",
        "Green are views of one image, grey are **different** images. Training has worked as far as the green has left "
        "the grey.",
    ),
    (
        "The pair's way on the map",
        "Each line leads from the image to one of its views, one augmentation at a time. Look for the step that "
        "**moves the point farthest**: that is what this encoder minds most.",
    ),
    (
        "Invariance profile: one augmentation at a time",
        "In the shaded range the encoder was asked to stay near 1. Then look at the panels that are **not in "
        "training**: what holds there, nobody taught it.",
    ),
)
SPACE = "z: the head's output, which the loss compares. h: the encoder's, which is used afterwards."
PAIR = r"a = t(x),\quad b = t'(x),\qquad t, t' \sim \mathcal T,\qquad (a, b)\text{ is a positive pair}"
UNDER = "Under each pair: the cosine of its two views before → **after** training."
IDENTICAL = (
    "b is a copy of a, so their cosine is 1 for *any* encoder: the pair asks for nothing. A training on such pairs "
    "still lowers its loss, by pushing different images apart, and little is learned."
)
TOGETHER = (
    "A high cosine means something only where *different* images are far apart: grey is what views of different images "
    "have in common. Training has worked where the pairs leave the grey."
)
WAY = (
    "The projection is linear, so each view falls exactly where it belongs. Dashed: a joined to b of every pair. The "
    "chosen pair's way from the image, step by step: **orange** to a, **blue** to b."
)
PROFILE = (
    "How fast an image stops resembling itself. The panels to compare are those **not in training**: nothing taught "
    "the encoder to ignore them. A cosine is invariance only as far as it stays above the dashes of its own colour."
)
COSINE = r"c_o(s) = \frac1n\sum_{i=1}^{n}\cos\big(f(x_i),\,f(o_s(x_i))\big)"
TWO = (
    "**How invariant this trained encoder is to two augmentations together**, each at full strength; alone on the "
    "diagonal. This is *not* Figure 5 of the SimCLR paper, the accuracy after *training* with each pair: that takes "
    "one training a cell."
)
MATRIX = (
    r"M_{jk} = c^{\text{trained}}_{jk} - c^{\text{untrained}}_{jk},\qquad "
    r"c_{jk} = \frac1n\sum_i\cos\big(f(x_i),\,f(o_k(o_j(x_i)))\big)"
)


def projection(space: str) -> str:
    """LaTeX: where a view falls on the map."""
    return rf"p = W^\top\Big(\frac{{{space}}}{{\lVert {space}\rVert}} - \text{{mean}}\Big)"


def means(encoder: str, pairs: float, strangers: float) -> str:
    """What an encoder's cosines are on average."""
    return f"{encoder}: mean {pairs:.2f} for one image's views, {strangers:.2f} for different images"
