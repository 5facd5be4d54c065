"""What lies between two images: paths, every dimension by hand, and a plane of the code, all under the pointer."""

import numpy as np
import streamlit as st

from sslcore.run import Run
from sslcore.view import cached, widgets
from sslcore.view.components import stores
from sslcore.view.components.dimensions import dimensions
from sslcore.view.components.pad import pad
from sslcore.view.components.walk import walk

PICKS = 22  # thumbnails to choose from

widgets.page(
    "Interpolation",
    "Walk through the code and see it decoded. In a good code, **halfway between two images is an image**; halfway "
    "between their pixels is a double exposure.",
    tour=(
        ("From A to B", "Choose two images. Halfway between their codes lies **one image**; halfway between their pixels lie two, "
         "each half there."),
        ("Every dimension, by hand", "One row a dimension, the most used first. Drag one and ask what it stands for: in most codes it is "
         "nothing with a name. A row whose pictures are all the same is **dead**."),
        ("A plane of the code", "Drag over the plane. In the grey, far from every code, the decoder has to guess: see what the "
         "autoencoder makes of such a **hole**, and what the VAE does."),
    ),
)  # fmt: skip
run = widgets.choose_run(lambda facts: "decode" in facts["abilities"], "autoencoder or VAE", default="vae-fashion")
other = widgets.choose_run(
    lambda facts: "decode" in facts["abilities"] and facts["data"]["digest"] == run.facts["data"]["digest"] and facts != run.facts,
    key="other", label="Beside it", optional=True, default="ae-fashion" if run.name == "vae-fashion" else None,
)  # fmt: skip
gallery = cached.read(run, "gallery")
if other is not None and not np.array_equal(gallery.indices, cached.read(other, "gallery").indices):
    st.warning(f"{other.name} keeps other images in its gallery than {run.name}, so it cannot stand beside it.")
    other = None
n, latent = min(len(gallery), stores.MOST), next(iter(run.facts["spaces"].values()))
importance = "mean KL in nats" if "log_var" in run.facts["spaces"] else "variance over the images"


def told(of: Run, suffix: str) -> dict[str, stores.Store]:
    """The codes and the decoder of a run, in the browser once for all figures of the page."""
    found = {f"code{suffix}": stores.code(of, f"code{suffix}")}
    decoder, why = stores.decoder(of, f"decoder{suffix}")
    if decoder is None:
        st.info(why)
    return found | ({f"decoder{suffix}": decoder} if decoder else {})


images = {"gallery": stores.gallery(run)}
first = images | told(run, "")
if n < len(gallery):
    st.caption(f"Of the {len(gallery):,} images of the gallery, the first {n:,} are here.")


@st.fragment
def path() -> None:
    st.header("From A to B")
    walk(f"walk-{run.name}", run, first, range(min(PICKS, n)), widgets.origin(run, n=n))


@st.fragment
def by_hand() -> None:
    st.header("Every dimension, by hand")
    st.latex(r"z \leftarrow \mu(x),\qquad z_k \leftarrow v,\qquad x' = g(z)")
    dimensions(f"dimensions-{run.name}", run, first, widgets.origin(run, n=n, number=importance))
    st.caption(f"The number is the dimension's {importance}: the first change the picture most, the last hardly. Each "
               "picture of a strip is decoded where it stands above its slider, around the code as it is.")  # fmt: skip


@st.fragment
def plane() -> None:
    st.header("A plane of the code")
    st.latex(r"z = o + x\,u + y\,v,\qquad u \perp v,\ \|u\| = \|v\| = 1")
    both = [run] if other is None else [run, other]
    every = first if other is None else first | told(other, "2")
    pad("-".join(["pad", *(of.name for of in both)]), both, every, " | ".join(widgets.origin(of, n=n) for of in both))
    st.caption("One unit is as long on both axes. Grey is far from every code: no image was put there. Rings: the nearest "
               "code, and the chosen one (double-click or Enter) with its posterior at 2 σ; dashed: the prior at 1 and 2 σ. "
               "Codes are projected onto the plane; pictures are decoded on it. Shift-drag or two fingers move it.")  # fmt: skip


path()
by_hand()
if latent > 1:
    plane()
else:
    st.caption("A code of one dimension has no plane.")
widgets.code(
    "walk/walk.js straight",
    "walk/walk.js spherical",
    "pad/pad.js planeOf",
    "kit/decode.js Decoder",
    "sslcore.browser.decoder.export",
)
