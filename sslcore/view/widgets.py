"""What pages share: their frame, the choice of a run, figures with exports, provenance, the code behind a figure."""

import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from sslcore import neighbours
from sslcore.run import Run, checkpoints, runs
from sslcore.view import charts, freeze, listing
from sslcore.view.components import lecture

if TYPE_CHECKING:
    import plotly.graph_objects as go

COMPARED = 5000  # images whose neighbours are compared: each with every other
HEADLINES = ("latent", "beta", "k", "temperature")  # settings that a card shows
PAGES = (
    ("app.py", "Home", ":material/home:"),
    ("pages/1_Latent_space.py", "Latent space", ":material/scatter_plot:"),
    ("pages/2_Reconstructions_and_samples.py", "Reconstructions and samples", ":material/compare:"),
    ("pages/3_Interpolation.py", "Interpolation", ":material/route:"),
    ("pages/4_Augmentations.py", "Augmentations", ":material/crop:"),
    ("pages/5_Temperature.py", "Temperature", ":material/thermostat:"),
    ("pages/6_Mutual_information.py", "Mutual information", ":material/show_chart:"),
    ("pages/7_Training.py", "Training", ":material/model_training:"),
    ("pages/8_Evaluation.py", "Evaluation", ":material/analytics:"),
)


# pixels stay square and whole; the first page is called by its name and not by its file's; Streamlit's own greys and
# its button on a dark page have too little contrast
STYLE = """<style>
.block-container {padding-top: 3rem}
[class*="st-key-store-"] {position: absolute; width: 0 !important; height: 0; overflow: hidden}
[data-testid="stImage"] img {image-rendering: pixelated; border-radius: 0}
[data-testid="stSidebarNav"] li:first-child p {font-size: 0}
[data-testid="stSidebarNav"] li:first-child p::after {content: "Home"; font-size: 0.875rem}
[data-testid="stCaptionContainer"] {color: inherit; opacity: 0.8}
[data-testid="stBaseButton-primary"] {background: #0072B2; border-color: #0072B2; color: #FFF}
[data-testid="stMarkdownContainer"]:has(> table), [data-testid="stMarkdownContainer"] :has(> table) {overflow-x: auto}
@media (min-width: 900px) { [class*="st-key-job-"] {flex-wrap: nowrap} }
@media (max-width: 640px) { .block-container {padding-top: 4.5rem} }
.st-key-masthead h1 {font-size: clamp(1.8rem, 3vw, 2.75rem)}
.st-key-masthead > :first-child {flex: 1 1 20rem; width: auto}
.st-key-masthead > .st-key-lecture {flex: 0 1 auto; width: auto}
</style>"""


def page(title: str, lead: str, tour: lecture.Tour = ()) -> None:
    """Open a page: every file in pages/ calls this first.  `lead` says in a sentence what there is to see.

    `tour` is where to look, step by step: a heading's text or a CSS selector, and one or two sentences.
    """
    # a material icon here, unlike in a link, would be fetched from outside
    st.set_page_config(page_title=f"{title} · SSL Scope", page_icon="🔭", layout="wide")
    _settle(len(sys.modules))
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="masthead"):
        st.title(title)
        lecture.mount(tour)
    st.markdown(lead)


def choose_run(
    fits: Callable[[dict[str, Any]], bool] = lambda facts: True,
    what: str = "run",
    key: str = "run",
    label: str = "Run",
    default: str | None = None,
    optional: bool = False,
) -> Run | None:
    """A run that fits, picked in the sidebar and kept in the URL.

    `fits` looks at `Run.facts`.  Ends the page with the command that trains one where there is none; says so where the
    URL names one that is gone.  `optional` adds "none", which gives None.
    """
    found: dict[str, Run] = {}
    for run in runs(checkpoints()):
        try:
            if fits(run.facts):
                found[run.name] = run
        except ValueError as error:
            st.sidebar.warning(f"**{run.name}** is left out: {error}")
    if not found and not optional:
        st.info(f"There is no {what} yet. Train one: `{_train(what)}`")
        st.stop()
    asked = st.query_params.get(key)
    if asked is not None and asked not in found and not (optional and asked == "none"):
        st.warning(f"The link asks for the {what} {asked!r}, which is not here; showing another. Here are: "
                   f"{', '.join(found) or 'none'}.")  # fmt: skip
    names = [*(["none"] if optional else []), *found]
    index = names.index(default) if default in names else 0
    name = st.sidebar.selectbox(label, names, index=index, key=key, bind="query-params")
    return found.get(name)


def read(run: Run, what: str, *arguments: Any) -> Any:
    """An attribute of a run (or a method's result), cached until its files change; a broken file ends the page."""
    with sentence():
        return _read(str(run.path), stamp(run), what, arguments)


def model(run: Run) -> Any:
    """The trained objective, in eval mode on the CPU, shared by all visitors; ends the page where it cannot be read."""
    with sentence():
        return _model(str(run.path), stamp(run))


def decode(run: Run, codes: np.ndarray) -> np.ndarray:
    """Codes [n, latent] -> images, uint8 [n, c, h, w]."""
    import torch

    objective = model(run)
    with torch.inference_mode():
        x = objective.decode(torch.as_tensor(np.asarray(codes), dtype=torch.float32))
    return (x * 255).round().byte().numpy()


@contextmanager
def sentence() -> Iterator[None]:
    """What a user got wrong, or a broken file, becomes one sentence on the page instead of a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        st.error(str(error))
        st.stop()


def figure(
    drawn: "go.Figure",
    key: str,
    alt: str,
    table: pd.DataFrame | None = None,
    about: str = "",
    **more: Any,
) -> None:
    """Show a figure with its exports (SVG from its toolbar, HTML and CSV below).

    `about` (see there) is the line under it, on the page and in the frozen file.
    """
    _settle(len(sys.modules))
    tools = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": key}}
    st.plotly_chart(drawn, key=f"figure-{key}", config=tools, alt=alt, **more)
    with st.popover("Export", help="Take this figure or its numbers with you"):
        st.caption("SVG: the camera in the figure's toolbar. PNG: the one in the frozen file's.")
        st.download_button(
            "Freeze: interactive HTML",
            lambda: freeze.frozen(drawn, alt, about, key),
            f"{key}.html",
            "text/html",
            key=f"{key}-html",
            on_click="ignore",
            help="One file that opens from disk, without a network",
        )
        if table is not None:
            save_table(table, key)
    if about:
        st.caption(about)


def save_table(table: pd.DataFrame, key: str, label: str = "Numbers as CSV") -> None:
    st.download_button(
        label, lambda: table.to_csv(index=False).encode(), f"{key}.csv", "text/csv", key=f"{key}-csv", on_click="ignore"
    )


def pictures(pixels: np.ndarray, columns: int, alt: str, caption: str = "", scale: int = 2, key: str = "") -> None:
    """A contact sheet, uint8 [n, c, h, w], that fills the width it has; with `key`, it can be saved as PNG."""
    sheet = charts.sheet(pixels, columns, scale)
    st.image(sheet, caption=caption or None, alt=alt, width="stretch", output_format="PNG")
    if key:
        save_picture(lambda: sheet, key)


def save_picture(sheet: Callable[[], np.ndarray], key: str, label: str = "PNG") -> None:
    st.download_button(
        label, lambda: charts.png(sheet()), f"{key}.png", "image/png", key=f"{key}-png", on_click="ignore"
    )


def card(run: Run) -> None:
    """A run on the home page: its map, what it is, what it scores beside its baselines, and where to look at it."""
    facts, metrics, maps = run.facts, run.metrics, read(run, "maps")
    made, config = facts["made"], facts["config"]
    drawn = next((maps[key] for key in maps if ".umap." in key or ".raw." in key), None) or next(
        iter(maps.values()), None
    )
    if drawn is not None:
        picture = charts.splat(drawn.points, read(run, "gallery").labels)
        st.image(picture, alt=f"Map of {run.name}, coloured by class", output_format="PNG", width="stretch")
    st.markdown(f"**{run.name}**")
    settings = " · ".join(f"{name} {config['settings'][name]}" for name in HEADLINES if name in config["settings"])
    st.caption(f"{config['objective']} on {facts['data']['name']} · {settings}")
    if "knn_10" in metrics:
        for key, name in (("knn_10", "kNN"), ("linear", "linear")):
            known = {baseline: row[key] for baseline, row in metrics["baselines"].items()}
            st.markdown(
                f"{name} **{100 * metrics[key]:.1f} %**, {verdict(metrics[key], known, metrics['test_images'])}"
            )
            st.caption(" · ".join(f"{baseline} {100 * score:.1f}" for baseline, score in known.items()))
    day = (made["finished"] or "unfinished")[:10]
    st.caption(f"{config['epochs']} epochs · {day} · {made['device']}")
    st.page_link(PAGES[1][0], label="Look at it", icon=PAGES[1][2], query_params={"run": run.name})


def verdict(score: float, baselines: dict[str, float], n: int) -> str:
    """Words for an accuracy on n images beside its best baseline; less than two standard errors apart is no more."""
    name, best = max(baselines.items(), key=lambda item: item[1])
    name = {"pixels": "raw pixels", "pca": "a PCA", "random": "a random encoder"}.get(name, name)
    noise = 2 * math.sqrt((score * (1 - score) + best * (1 - best)) / n)
    if abs(score - best) < noise:
        return f"no more than {name}"
    return f"above {name}" if score > best else f"**below** {name}"


def provenance(run: Run, **facts: object) -> None:
    """The line under pictures: what `about` says."""
    st.caption(about(run, **facts))


def about(run: Run, **facts: object) -> str:
    """The line under a figure: which run, on which data, and every parameter of the figure."""
    return origin(run, **facts).replace(run.name, f"**{run.name}**", 1)


def origin(run: Run, **facts: object) -> str:
    """What `about` says, as plain text."""
    made = run.facts
    parts = [f"run {run.name}", f"{made['data']['name']}, held-out images", f"training seed {made['config']['seed']}"]
    return " · ".join(parts + [f"{name.replace('_', ' ')} {value}" for name, value in facts.items()])


@st.fragment
def folded(label: str, key: str, content: Callable[[], None], expanded: bool = False) -> None:
    """An expander whose content is made, and sent to the browser, once it is open: a page opens the sooner."""
    box = st.expander(label, expanded, key=f"folded-{key}", on_change="rerun")
    if box.open:
        with box:
            content()


def code(*names: str, label: str = "Show the code") -> None:
    """ "Show the code": what computed a figure, each like "sslcore.losses.nt_xent", or in a browser "kit/decode.js Decoder"."""

    def content() -> None:
        for name in names:
            text, path, line = listing.script(*name.split()) if ".js " in name else listing.source(name)
            st.caption(f"{path}, line {line}")
            st.code(text, language="javascript" if path.endswith(".js") else "python")

    folded(label, names[0], content)


@st.cache_data(max_entries=64, show_spinner=False)
def density(points: np.ndarray) -> np.ndarray:
    """`neighbours.density`, once for each map."""
    return neighbours.density(points)


def changed(one: Run, two: Run, k: int) -> pd.DataFrame:
    """For each of the first COMPARED images, the share of its k nearest that two runs agree on; the least agreed on first."""
    return _changed(str(one.path), stamp(one), str(two.path), stamp(two), k)


@st.cache_data(max_entries=16, show_spinner=False)
def _changed(one: str, stamp: tuple[int, ...], two: str, other_stamp: tuple[int, ...], k: int) -> pd.DataFrame:
    x, y = (Run(Path(path)).embeddings().comparable[:COMPARED] for path in (one, two))
    shared = neighbours.shared(x, y, k)
    order = np.argsort(shared, kind="stable")
    return pd.DataFrame({"image": order, "shared": shared[order]})


def _train(what: str) -> str:
    kind = "simclr" if "contrastive" in what else "vae"
    return f"python -m sslcore train {kind} --data fashion-mnist --name my-{kind}"


def stamp(run: Run) -> tuple[int, ...]:
    """When each of the run's files was last written: what caches depend on."""
    return tuple(path.stat().st_mtime_ns for path in sorted(run.path.glob("*.*")))


@st.cache_resource(max_entries=256, show_spinner=False)
def _read(path: str, stamp: tuple[int, ...], what: str, arguments: tuple) -> Any:
    found = getattr(Run(Path(path)), what)
    return found(*arguments) if callable(found) else found


@st.cache_resource(max_entries=16, show_spinner="Reading the model ...")
def _model(path: str, stamp: tuple[int, ...]) -> Any:
    import torch

    torch.set_num_threads(1)  # pages compute little at a time: more threads than idle cores cost ten times the time
    return Run(Path(path)).objective()


@st.cache_resource(max_entries=1, show_spinner=False)
def _settle(modules: int) -> None:
    """Streamlit collects garbage after every rerun, 85 ms with pandas and plotly loaded: exempt what is there.

    Called again once more modules are loaded.
    """
    gc.collect()
    gc.freeze()
