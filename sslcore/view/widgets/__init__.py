"""What pages share.

frame     title and style, what is folded away       runs     the choice of a run, and words about it
figures   figures and pictures with their exports                        cards    a run on the home page
"""

from sslcore.view.widgets.cards import card
from sslcore.view.widgets.figures import figure, items, pictures, save_picture, save_table
from sslcore.view.widgets.frame import PAGES, code, folded, page
from sslcore.view.widgets.runs import (
    COMPARED,
    about,
    changed,
    choose_beside,
    choose_run,
    density,
    origin,
    provenance,
)

__all__ = [
    "COMPARED",
    "PAGES",
    "about",
    "card",
    "changed",
    "choose_beside",
    "choose_run",
    "code",
    "density",
    "figure",
    "folded",
    "items",
    "origin",
    "page",
    "pictures",
    "provenance",
    "save_picture",
    "save_table",
]
