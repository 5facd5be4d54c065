"""What lies between two images: paths, traversals, every dimension by hand, and a plane of the code."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from sslcore import latent
from sslcore.objectives.vae import kl_to_prior
from sslcore.view import charts, widgets

FRAMES = 11
PICKS = 44  # images to choose from
SIDE = 15  # of the decoded plane
REACH = 2.5  # deviations that a traversal goes either way

widgets.page(
    "Interpolation",
    "Walk through the code and see it decoded. In a good code, **halfway between two images is an image**; halfway "
    "between their pixels is a double exposure.",
)
run = widgets.choose_run(lambda facts: "decode" in facts["abilities"], "autoencoder or VAE", default="vae-fashion")
gallery = widgets.read(run, "gallery")
vae = "log_var" in run.facts["spaces"]
codes = torch.from_numpy(widgets.read(run, "embeddings").vectors)
latent_size = codes.shape[1]
if vae:
    spread = torch.from_numpy(widgets.read(run, "embeddings", "log_var").vectors)
    importance = kl_to_prior(codes, spread).mean(0)
    importance_name = "mean KL, nats"
else:
    importance, importance_name = codes.var(0), "variance over images"
order = importance.argsort(descending=True).tolist()


def pick(name: str, default: int) -> int:
    """An image by number or by a click on its thumbnail; both are the same setting."""
    key = name.lower()
    clicked = st.session_state.get(f"pick-{key}", {}).get("selection", {}).get("point_indices", [])
    if clicked and clicked[0] != st.session_state.get(f"clicked-{key}"):
        st.session_state[key] = st.session_state[f"clicked-{key}"] = clicked[0]
    i = st.number_input(
        f"Image {name}", 0, len(gallery) - 1, min(default, len(gallery) - 1), key=key, bind="query-params"
    )
    names = [f"{gallery.name(j)} #{j}".strip() for j in range(min(PICKS, len(gallery)))]
    figure = charts.picker(gallery.pixels[:PICKS], names, 11, i)
    st.plotly_chart(figure, key=f"pick-{key}", on_select="rerun", selection_mode="points", theme=None,
                    config={"displayModeBar": False}, alt=f"Click a thumbnail to make it image {name}")  # fmt: skip
    return i


@st.fragment
def path() -> None:
    st.header("From A to B")
    left, right = st.columns(2)
    with left:
        a = pick("A", 0)
    with right:
        b = pick("B", 5)
    t = torch.linspace(0, 1, FRAMES)
    za, zb = codes[a], codes[b]
    ends = gallery.pixels[[a, b]].astype(np.float32)
    mix = (ends[0] + t.numpy()[:, None, None, None] * (ends[1] - ends[0])).round().astype(np.uint8)
    strips = {
        "straight": widgets.decode(run, latent.straight(za, zb, t)),
        "spherical": widgets.decode(run, latent.spherical(za, zb, t)),
        "in pixels": mix,
    }
    formulas = {
        "straight": r"z(t) = (1 - t)\,z_A + t\,z_B",
        "spherical": r"z(t) = \tfrac{\sin((1-t)\omega)}{\sin\omega}\,z_A + \tfrac{\sin(t\omega)}{\sin\omega}\,z_B",
        "in pixels": r"x(t) = (1 - t)\,x_A + t\,x_B",
    }
    st.latex(r"\begin{array}{rl}" + r"\\".join(rf"\text{{{n}}} & {f}" for n, f in formulas.items()) + r"\end{array}")
    for name, strip in strips.items():
        label, frames = st.columns([1, 10], vertical_alignment="center")
        label.markdown(f"**{name}**")
        with frames:
            widgets.pictures(strip, FRAMES, f"{FRAMES} steps from image {a} to image {b}, {name}")
    on_the_way(za, zb, ends)
    cosine = float(torch.nn.functional.cosine_similarity(za, zb, dim=0))
    st.caption(
        f"|z_A| = {za.norm():.2f}, |z_B| = {zb.norm():.2f}, |z_A - z_B| = {(za - zb).norm():.2f}, cosine {cosine:.2f}"
    )
    widgets.provenance(run, A=a, B=b, frames=FRAMES)
    widgets.folded("The path on the map", "path", lambda: on_map(za, zb))


@st.fragment
def on_the_way(za: torch.Tensor, zb: torch.Tensor, ends: np.ndarray) -> None:
    """One place on the three ways: moving along redraws no more than this."""
    slider, *places = st.columns([4, 1, 1, 1, 4], vertical_alignment="center")
    here = slider.slider("Position t on the path", 0.0, 1.0, 0.5, 0.05, key="t", bind="query-params")
    at = torch.tensor([here])
    codes_there = torch.cat([latent.straight(za, zb, at), latent.spherical(za, zb, at)])
    mixed = (ends[0] + here * (ends[1] - ends[0])).round().astype(np.uint8)
    frames = [*widgets.decode(run, codes_there), mixed]
    for place, name, frame in zip(places, ("straight", "spherical", "in pixels"), frames, strict=False):
        with place:
            widgets.pictures(frame[None], 1, f"t = {here}, {name}", name, 4)


def on_map(za: torch.Tensor, zb: torch.Tensor) -> None:
    """Both paths on the plane of largest variance, where they can be drawn exactly."""
    origin, u, v = latent.axes(codes, "principal", ()) if latent_size > 2 else plane_of_two()
    t = torch.linspace(0, 1, 41)
    xy = ((codes - origin) @ torch.stack([u, v]).T).numpy()
    pale = {"size": 4, "color": charts.GREY, "opacity": 0.4}
    traces = [charts.trace(xy, mode="markers", name="images", hoverinfo="skip", marker=pale)]
    for i, (name, way) in enumerate({"straight": latent.straight, "spherical": latent.spherical}.items()):
        line = ((way(za, zb, t) - origin) @ torch.stack([u, v]).T).numpy()
        style = {"color": charts.COLOURS[5 * i], "width": 4, "dash": "solid" if i == 0 else "dash"}
        traces.append(charts.trace(line, mode="lines", name=name, line=style))
    up = {"title": {"text": "second direction"}, "scaleanchor": "x"}
    figure = charts.figure(traces, "first direction", up, 380)
    widgets.figure(figure, "path", "Both paths drawn over the codes of all images")
    kind = "the two principal directions of the codes" if latent_size > 2 else "the code itself"
    st.caption(f"The plane is {kind}, so the path is drawn where it really is; a UMAP has no place for it.")


def plane_of_two() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A 2-d code is its own plane; a 1-d one is a line in it."""
    origin = torch.zeros(latent_size)
    u = torch.eye(latent_size)[0]
    return origin, u, torch.eye(latent_size)[1] if latent_size > 1 else torch.zeros(1)


@st.fragment
def traversals() -> None:
    st.header("Every dimension, one at a time")
    left, right = st.columns(2)
    i = left.number_input("Around image", 0, len(gallery) - 1, 0, key="around", bind="query-params")
    shown = right.slider("Dimensions", 1, min(32, latent_size), min(10, latent_size), key="shown", bind="query-params") \
        if latent_size > 1 else 1  # fmt: skip
    st.latex(rf"z \leftarrow \mu(x),\quad z_k \leftarrow v,\quad v \in [-{REACH}\,s_k, {REACH}\,s_k]")
    for k in order[:shown]:
        scale = 1.0 if vae else float(codes[:, k].std())
        middle = 0.0 if vae else float(codes[:, k].mean())
        values = middle + scale * torch.linspace(-REACH, REACH, 13)
        label, frames = st.columns([1, 8], vertical_alignment="center")
        label.markdown(f"**z{k}** · {importance[k]:.2f}")
        with frames:
            strip = widgets.decode(run, latent.traversal(codes[i], k, values))
            widgets.pictures(
                strip, len(values), f"Dimension {k} from {values[0]:.1f} to {values[-1]:.1f} around image {i}"
            )
    st.caption(f"The number is the dimension's {importance_name}; the first change the picture most, the last hardly.")
    widgets.provenance(run, image=i, scale="1" if vae else "the deviation of the codes")


def by_hand() -> None:
    low, high = -4.0, 4.0
    if not vae:
        low, high = float(codes.min()), float(codes.max())
    one, two, three, _ = st.columns([1, 1, 1, 3])
    start = one.number_input("Image", 0, len(gallery) - 1, 0, key="hand")
    if two.button("To this image"):
        set_sliders(codes[start])
    if three.button("Reset to 0"):
        set_sliders(torch.zeros(latent_size))
    if three.button("Random"):
        set_sliders(torch.randn(latent_size) * (1 if vae else codes.std(0)) + (0 if vae else codes.mean(0)))
    picture, sliders = st.columns([1, 3])
    z = torch.zeros(latent_size)
    with sliders:
        columns = st.columns(4)
        for place, k in enumerate(order):
            z[k] = columns[place % 4].slider(f"z{k}", low, high, 0.0, 0.05, key=f"z{k}")
    with picture:
        widgets.pictures(widgets.decode(run, z[None]), 1, "The image of the code on the sliders", scale=6)
        widgets.provenance(run, z="as on the sliders")


def set_sliders(z: torch.Tensor) -> None:
    for k in range(latent_size):
        st.session_state[f"z{k}"] = round(float(z[k]), 2)


@st.fragment
def pad() -> None:
    st.header("A plane of the code")
    kinds = {"principal": "two principal directions", "dimensions": "two dimensions", "images": "through three images"}
    kind = st.segmented_control("Plane", list(kinds), default="principal", format_func=kinds.get, key="plane",
                                bind="query-params", required=True)  # fmt: skip
    columns = st.columns(3)
    if kind == "dimensions":
        chosen = tuple(columns[n].selectbox(f"Dimension {n + 1}", order, n, key=f"d{n + 1}") for n in range(2))
    elif kind == "images":
        chosen = tuple(columns[n].number_input(f"Image {n + 1}", 0, len(gallery) - 1, n, key=f"i{n + 1}",
                       bind="query-params") for n in range(3))  # fmt: skip
    else:
        chosen = ()
    i = st.number_input("Posterior of image", 0, len(gallery) - 1, 0, key="posterior", bind="query-params", width=200)
    with widgets.sentence():
        origin, u, v = latent.axes(codes, kind, chosen)
    basis = torch.stack([u, v])
    xy = (codes - origin) @ basis.T
    ends = torch.quantile(xy, torch.tensor([0.005, 0.995]), dim=0)
    middle, half = ends.mean(0), float((ends[1] - ends[0]).max()) / 2 * 1.1
    x, y = (middle[k] + torch.linspace(-half, half, SIDE) for k in range(2))
    grid = latent.plane(origin, u, v, x, y)
    nearest = torch.cdist((grid - origin) @ basis.T, xy).amin(1).numpy()
    usual = float(torch.cdist(xy, xy).kthvalue(6, dim=1).values.quantile(0.99))
    decoded = widgets.decode(run, grid)
    faded = decoded.astype(np.float32)
    far = nearest > max(usual, half / SIDE)
    faded[far] = 0.45 * faded[far] + 0.55 * 128
    step = float(x[1] - x[0])
    sheet = charts.sheet(faded.astype(np.uint8), SIDE, 2, 0)
    behind = charts.image(sheet, float(x[0]) - step / 2, float(y[0]) - step / 2, step * SIDE, step * SIDE)
    dots = {"size": 4, "color": charts.COLOURS[1], "opacity": 0.7}
    names = [f"{gallery.name(j)} #{j}" for j in range(len(gallery))]
    said = {"text": names, "hovertemplate": "%{text}<extra></extra>"}
    traces = [charts.trace(xy.numpy(), mode="markers", name="codes of the images", marker=dots, **said)]
    if vae:
        style = {"color": charts.COLOURS[5], "width": 3}
        outline = ellipse(xy[i], spread[i], basis)
        traces.append(charts.trace(outline, mode="lines", name=f"q(z | image {i}), 2 σ", line=style))
    shown = [{"range": [float(k[0]) - step / 2, float(k[-1]) + step / 2], "showgrid": False} for k in (x, y)]
    across = {"title": {"text": "u"}, "constrain": "domain"} | shown[0]
    up = {"title": {"text": "v"}, "scaleanchor": "x"} | shown[1]
    figure = charts.figure(traces, across, up, 720, images=[behind])
    table = pd.DataFrame({"u": xy[:, 0], "v": xy[:, 1], "index": gallery.indices})
    widgets.figure(figure, "plane", f"A plane of the code decoded on a grid of {SIDE} by {SIDE}, with all codes", table)
    st.latex(r"z = o + x\,u + y\,v,\qquad u \perp v,\ \|u\| = \|v\| = 1")
    st.caption("One unit is the same length on both axes. Faded pictures are far from every code: no image was put there. "
               "Codes are projected onto the plane; the grid is decoded on it.")  # fmt: skip
    widgets.provenance(run, plane=kinds[kind], **({"chosen": chosen} if chosen else {}))


def ellipse(centre: torch.Tensor, log_var: torch.Tensor, basis: torch.Tensor) -> np.ndarray:
    """Two deviations of the posterior as it falls on the plane: the projected Gaussian's own ellipse.  [65, 2]."""
    covariance = basis @ torch.diag(log_var.exp()) @ basis.T
    values, vectors = torch.linalg.eigh(covariance)
    angle = torch.linspace(0, 2 * torch.pi, 65)
    circle = torch.stack([angle.cos(), angle.sin()], 1)
    return (centre + 2 * (circle * values.clamp(min=0).sqrt()) @ vectors.T).numpy()


path()
traversals()
st.header("By hand: one slider a dimension")
label = f"{latent_size} sliders, sorted by {importance_name}"
widgets.folded(label, "sliders", by_hand, expanded=latent_size <= 4)
if latent_size > 1:
    pad()
widgets.code(
    "sslcore.latent.straight",
    "sslcore.latent.spherical",
    "sslcore.latent.traversal",
    "sslcore.latent.plane",
    "sslcore.latent.axes",
)
