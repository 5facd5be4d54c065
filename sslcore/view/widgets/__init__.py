"""What pages share.

frame     title and style, what is folded away, errors as sentences      runs     the choice of a run, and reading it
figures   figures and pictures with their exports                        cards    a run on the home page
"""

from sslcore.view.widgets.cards import card, verdict
from sslcore.view.widgets.figures import figure, pictures, save_picture, save_table
from sslcore.view.widgets.frame import PAGES, code, folded, page, sentence
from sslcore.view.widgets.runs import (
    COMPARED,
    about,
    changed,
    choose_run,
    decode,
    density,
    model,
    origin,
    provenance,
    read,
    stamp,
)

__all__ = [
    "COMPARED",
    "PAGES",
    "about",
    "card",
    "changed",
    "choose_run",
    "code",
    "decode",
    "density",
    "figure",
    "folded",
    "model",
    "origin",
    "page",
    "pictures",
    "provenance",
    "read",
    "save_picture",
    "save_table",
    "sentence",
    "stamp",
    "verdict",
]
