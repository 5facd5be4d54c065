"""The gallery of failures: the clearest case of each among all runs."""

from urllib.parse import quote

import streamlit as st

from sslcore.run import Run, checkpoints, runs
from sslcore.view import cached, widgets
from sslcore.view.evaluation.failures import Every, failures


def metrics() -> Every:
    """Of every run that can be read; a broken one is named where it is chosen."""
    return _metrics(runs(checkpoints()))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=cached.until())
def _metrics(every: list[Run]) -> Every:
    readable = {}
    for run in every:
        try:
            readable[run.name] = run.facts, run.metrics
        except ValueError:
            continue
    return readable


def gallery(every: Every) -> None:
    cases = failures(every)
    st.markdown(
        "The clearest case of each among the runs here." if cases else "No run here has been measured to show one."
    )
    for start in range(0, len(cases), 3):
        for column, case in zip(st.columns(3), cases[start : start + 3], strict=False):
            with column.container(border=True, height="stretch"):
                file, name, _ = widgets.PAGES[case.page]
                address = file.split("_", 1)[1].removesuffix(".py")
                st.markdown(f"**{case.title}**: {case.run}")
                st.markdown(f"{case.text} [See it: {name}]({address}?run={quote(case.run)})")
