"""Words and formulas of the page of reconstructions and samples."""

import numpy as np

LEAD = (
    "An autoencoder copies an image through a narrow code. A VAE does it so that **codes drawn at random are images "
    "too**: compare what both make of a code that no image has."
)
TOUR = (
    (
        "Reconstructions",
        "The second row is what came back through the code: what is **lost** there, the code had no room for. The "
        "third row paints the error, blue where too dark, orange where too bright.",
    ),
    (
        "One image, in nats",
        "Each bar is what one dimension of the code says about this image, in nats. A **dead** dimension says nothing "
        "about any image: the model has found that silence is cheaper.",
    ),
    (
        "Samples",
        "Codes drawn at random, decoded. A VAE makes garments of them, **an autoencoder does not**: nothing ever asked "
        "its codes to fill the space that random ones come from.",
    ),
    (
        "All codes together, against the prior",
        "Where the histogram follows the curve, a random code lands among those of real images. Where it does not, the "
        "decoder is asked about places that it has never seen.",
    ),
    (
        "The plane of two dimensions, decoded",
        "Let your eye walk from corner to corner: in a good code one garment turns into the next **gradually**, and "
        "there is no place where nothing recognisable lies.",
    ),
)
ROWS = "input · reconstruction · error (blue too dark, orange too bright)"
ELBO = (
    r"\log p(x) \ge \mathrm{ELBO} = -\underbrace{\mathbb{E}_{q(z|x)}[-\log p(x|z)]}_{\text{distortion}}"
    r" - \underbrace{\mathrm{KL}(q(z|x)\,\|\,p(z))}_{\text{rate}}"
)
POINT = (
    "Point at a number to see what it measures, at a bar for its dimension. Distortion: one sample of z, seed 0; the "
    "picture is at the mean."
)
PRIOR, FITTED = "N(0, 1), the VAE's prior", "Gaussian fitted to the codes"
LAWS = {
    PRIOR: r"z \sim \mathcal N(0, T^2),\quad x = g(z)",
    FITTED: r"z \sim \mathcal N(\bar z, T^2\,\mathrm{Cov}(z)),\quad x = g(z)",
}
NEVER_ASKED = ": nothing ever asked its codes to be Gaussian"
AGGREGATE = r"q(z) = \tfrac1n \textstyle\sum_i q(z|x_i) \quad\text{against}\quad p(z) = \mathcal N(0, 1)"
HOLES = "Between the codes of an autoencoder there are **holes**: places that no image was ever put in."


def axes(first: int, second: int, prior: bool) -> str:
    """What the plane of two dimensions shows."""
    steps = "even steps in probability of N(0, 1)" if prior else "even steps between the codes' 1 % and 99 % points"
    return f"Dimension {first} runs right and {second} up, in {steps}; the others stay at their mean."


def spread(z: np.ndarray) -> str:
    """How far the codes [n, d] are from the prior's own mean and deviation."""
    deviations, means = z.std(0), z.mean(0)
    return (
        f"Deviations of the {len(deviations)} dimensions: {deviations.min():.2f} to {deviations.max():.2f}; "
        f"means {means.min():.2f} to {means.max():.2f}."
    )
