"""Home: the runs there are, where to start, how to train a new one."""

import streamlit as st

from sslcore.run import checkpoints, runs
from sslcore.view import widgets
from sslcore.view.home import words

widgets.page("Home", words.LEAD, words.TOUR)
st.header("A path through it")
for column, (number, text, query) in zip(st.columns(3), words.STEPS, strict=True):
    with column.container(border=True, height="stretch"):
        file, name, icon = widgets.PAGES[number]
        st.markdown(text)
        st.page_link(file, label=name, icon=icon, query_params=query)

every = runs(checkpoints())
st.header(f"The runs ({len(every)})" if every else "No runs yet")
if not every:
    st.info("Train one in a minute or two: `python -m sslcore train vae --data fashion-mnist --name my-vae`")
for start in range(0, len(every), 4):
    for column, run in zip(st.columns(4), every[start : start + 4], strict=False):
        with column.container(border=True, height="stretch"):
            try:
                widgets.card(run)
            except ValueError as error:
                st.markdown(f"**{run.name}**")
                st.warning(str(error))

st.header("Train your own")
left, right = st.columns(2)
left.code(words.COMMANDS, language="bash", wrap_lines=True)
right.markdown(words.OWN)
right.page_link(widgets.PAGES[7][0], label="Train a model", icon=widgets.PAGES[7][2])
widgets.code("sslcore.run.Run", label="How a run looks on disk")
