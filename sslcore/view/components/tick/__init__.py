"""Runs a fragment again and again, each time once the page has come to rest.

Streamlit's own `run_every` asks for the next run whatever the page is doing.  One that follows upon a rerun of the
whole page can reach the browser before that page's end has: its place is not there yet, and the window goes white.
"""

import streamlit as st

from sslcore.view.components import HERE, KIT

_TICK = st.components.v2.component("sslscope-tick", js=KIT[0].read_text() + (HERE / "tick" / "tick.js").read_text())


def tick(seconds: float, key: str) -> None:
    """Run the fragment that calls this again after so many seconds; it stops when a run does not call it."""
    _TICK(key=f"tick-{key}", data=seconds, on_tick_change=lambda: None)
