"""What one rerun of the training page leaves for the next."""

from dataclasses import dataclass

import streamlit as st

from sslcore.view.components.live import Frame


@dataclass
class Desk:
    """A visitor's: each is taken up, and emptied, by the rerun that shows it."""

    started: bool = False  # a training, so that the form closes
    run: str = ""  # to be chosen
    wrong: str = ""  # why what was asked for could not be done
    deleting: str = ""  # the job whose deletion asks once more
    shown: Frame | None = None  # of the training on the screen


def desk() -> Desk:
    return st.session_state.setdefault("training", Desk())
