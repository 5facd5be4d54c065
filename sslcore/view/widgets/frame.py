"""A page's frame: its title and style, what is folded away, errors as sentences, the code behind a figure."""

import gc
import math
import sys
from collections.abc import Callable

import streamlit as st
from streamlit import net_util

from sslcore.run import checkpoints
from sslcore.view import listing
from sslcore.view.cached import sentence
from sslcore.view.components import lecture

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

NAMES = ("run", "other", "job")  # in the address, of runs: one may be called "inf"

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
    settle(len(sys.modules))
    stay_offline()
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="masthead"):
        st.title(title)
        lecture.mount(tour)
    st.markdown(lead)
    with sentence():
        checkpoints()  # what is named for it may be no folder
    for name, value in st.query_params.to_dict().items():
        if name not in NAMES and _infinite(value):  # Streamlit's own number fields would end in a traceback
            st.error("The address sets a number that is infinite: open the page without it, from the list on the left.")
            st.stop()


def _infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


@st.fragment
def folded(label: str, key: str, content: Callable[[], None], expanded: bool = False) -> None:
    """An expander whose content is made, and sent to the browser, once it is open: a page opens the sooner."""
    box = st.expander(label, expanded, key=f"folded-{key}", on_change="rerun")
    if box.open:
        with box:
            content()


def code(*names: str, label: str = "Show the code") -> None:
    """ "Show the code": what computed a figure, each like "sslcore.losses.nt_xent" or, in a browser, "walk/walk.js
    straight"."""

    def content() -> None:
        for name in names:
            text, path, line = listing.script(*name.split()) if ".js " in name else listing.source(name)
            st.caption(f"{path}, line {line}")
            st.code(text, language="javascript" if path.endswith(".js") else "python")

    folded(label, names[0], content)


@st.cache_resource(max_entries=1, show_spinner=False)
def settle(modules: int) -> None:
    """Streamlit collects garbage after every rerun, 85 ms with pandas and plotly loaded: exempt what is there.

    Called again once more modules are loaded.
    """
    gc.collect()
    gc.freeze()


def stay_offline() -> None:
    """Streamlit would ask a web service for this machine's address, to compare it with the Origin of who knocks."""
    net_util.get_external_ip = lambda: None
