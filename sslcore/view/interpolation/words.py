"""Words and formulas of the interpolation page."""

LEAD = (
    "Walk through the code and see it decoded. In a good code, **halfway between two images is an image**; halfway "
    "between their pixels is a double exposure."
)
TOUR = (
    (
        "From A to B",
        "Choose two images. Halfway between their codes lies **one image**; halfway between their pixels lie two, each "
        "half there.",
    ),
    (
        "Every dimension, by hand",
        "One row a dimension, the most used first. Drag one and ask what it stands for: in most codes it is nothing "
        "with a name. A row whose pictures are all the same is **dead**.",
    ),
    (
        "A plane of the code",
        "Drag over the plane. In the grey, far from every code, the decoder has to guess: see what the autoencoder "
        "makes of such a **hole**, and what the VAE does.",
    ),
)
BY_HAND = r"z \leftarrow \mu(x),\qquad z_k \leftarrow v,\qquad x' = g(z)"
PLANE = r"z = o + x\,u + y\,v,\qquad u \perp v,\ \|u\| = \|v\| = 1"
PAD = (
    "One unit is as long on both axes. Grey is far from every code: no image was put there. Rings: the nearest code, "
    "and the chosen one (double-click or Enter) with its posterior at 2 σ; dashed: the prior at 1 and 2 σ. Codes are "
    "projected onto the plane; pictures are decoded on it. Shift-drag or two fingers move it."
)


def strips(importance: str) -> str:
    """What the rows of dimensions show."""
    return (
        f"The number is the dimension's {importance}: the first change the picture most, the last hardly. Each picture "
        "of a strip is decoded where it stands above its slider, around the code as it is."
    )
