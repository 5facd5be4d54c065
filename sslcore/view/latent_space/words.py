"""Words and formulas of the latent-space page."""

from collections.abc import Iterable

from sslcore.run.maps import Map

LEAD = (
    "Every point is one held-out image, placed by what the model makes of it. **Point** at one to see it, **click** it "
    "for its nearest neighbours in the code, draw a **lasso** around all that lie somewhere."
)
TOUR = (
    (
        ".st-key-run",
        "A run is a model, its data and its seed. Choose another, and the same images are placed anew.",
    ),
    (
        ".component, .js-plotly-plot",
        "One point an image, near what the model takes for **similar**. On a UMAP or t-SNE map trust who is whose "
        "neighbour, not how far apart two islands lie.",
    ),
    (
        ".st-key-colour",
        "Colour by **neighbour recall** to see where the map lies: where it is low, points were torn from their true "
        "neighbours.",
    ),
    (
        ".st-key-other",
        "Put a second run beside this one: the images whose neighbourhood changed most are where the two disagree.",
    ),
)
METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA", "raw": "raw code"}


def hints(neighbours: int) -> str:
    """What a map is good for, as long as nothing is chosen on it."""
    return (
        "- What lies **together** is alike to the model; *far apart* on a map means little, save on raw codes and "
        "PCA.\n"
        f"- A click draws lines to the {neighbours} nearest **in the code**. Long lines: the map has torn them apart.\n"
        "- Arrow keys walk from point to point; a class in the legend shows it alone."
    )


def label(key: str) -> str:
    """ "UMAP of h, 2-D" from a map's key."""
    space, method, dimensions = key.split(".")
    return f"{METHODS[method]} of {space}, {dimensions}-D"


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys of maps as they are offered: codes as they are first, then UMAPs."""
    return sorted(keys, key=lambda key: ("raw" not in key, "umap" not in key, key))


def trust(of: Map, dimensions: int) -> str:
    """How far a map can be trusted, in numbers."""
    measured = [
        f"trustworthiness {of.trustworthiness:.3f}",
        f"continuity {of.continuity:.3f}",
        f"neighbours kept {100 * of.recall.mean():.0f} % (k = {of.k})",
    ]
    if "variance" in of.parameters:
        measured.append(f"variance shown {100 * sum(of.parameters['variance'][:dimensions]):.0f} %")
    return "How far to trust it: " + " · ".join(measured)


def distance(space: str, metric: str) -> str:
    """LaTeX: how far apart two codes are."""
    if metric == "cosine":
        return rf"d(i, j) = 1 - \frac{{{space}_i \cdot {space}_j}}{{\|{space}_i\| \|{space}_j\|}}"
    symbol = r"\mu" if space == "mu" else space
    return rf"d(i, j) = \|{symbol}_i - {symbol}_j\|"
