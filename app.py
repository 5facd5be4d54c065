"""Home: the runs there are, where to start, how to train a new one."""

import streamlit as st

from sslcore.run import checkpoints, runs
from sslcore.view import widgets

widgets.page(
    "Home",
    "See what self-supervised models learn: autoencoders, variational autoencoders and contrastive models, trained by "
    "this code on real images. Every picture here is computed from one of the runs below, and says which.",
    tour=(
        ("A path through it", "Three pages, one idea each: **squeeze** images through a narrow code, **sample** new ones from it, then "
         "learn with nothing to rebuild at all."),
        ("The runs", "Each card is a trained model; its picture is the map of its code, coloured by a class it was never told. Read "
         "its accuracy **beside the baselines** in grey: raw pixels are hard to beat."),
        ("Train your own", "A minute or two on a laptop makes a run of your own, on your own folder of images too. It appears here "
         "as soon as it has begun."),
    ),
)  # fmt: skip

st.header("A path through it")
steps: tuple[tuple[int, str, dict[str, str]], ...] = (
    (1, "**Squeeze.** An autoencoder puts similar images together, without a label.", {"run": "ae-fashion"}),
    (2, "**Sample.** Random codes of an autoencoder are gibberish; a VAE's are garments.", {"run": "vae-fashion"}),
    (5, "**Contrast.** Only two views and a temperature: what τ makes of the negatives.", {}),
)
for column, (number, text, query) in zip(st.columns(3), steps, strict=True):
    with column.container(border=True, height="stretch"):
        file, name, icon = widgets.PAGES[number]
        st.markdown(text)
        st.page_link(file, label=name, icon=icon, query_params=query)

found = runs(checkpoints())
st.header(f"The runs ({len(found)})" if found else "No runs yet")
if not found:
    st.info("Train one in a minute or two: `python -m sslcore train vae --data fashion-mnist --name my-vae`")

for start in range(0, len(found), 4):
    for column, run in zip(st.columns(4), found[start : start + 4], strict=False):
        with column.container(border=True, height="stretch"):
            try:
                widgets.card(run)
            except ValueError as error:
                st.markdown(f"**{run.name}**")
                st.warning(str(error))

st.header("Train your own")
left, right = st.columns(2)
commands = ("train vae --data fashion-mnist --epochs 20 --name my-vae", "evaluate my-vae", "project my-vae")
left.code("\n".join(f"python -m sslcore {command}" for command in commands), language="bash", wrap_lines=True)
right.markdown(
    "The Training page has a form with every option, takes **your own images** as a folder or a .zip, and shows the "
    "model learn. On a command line, `--data` takes a name (digits, sprites, mnist, fashion-mnist, cifar10) or a path. A "
    "run appears here as soon as it has begun."
)
right.page_link(widgets.PAGES[7][0], label="Train a model", icon=widgets.PAGES[7][2])
widgets.code("sslcore.run.Run", label="How a run looks on disk")
