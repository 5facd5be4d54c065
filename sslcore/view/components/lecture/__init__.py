"""The lecture kit: presenter mode, keys, a tour of the page, and its address to copy.  `widgets.page` mounts it.

It acts on the document outside of its shadow root, through the test ids and `st-key-` classes that Streamlit documents.
A figure is a component, a Plotly chart or a picture; figures of one kind in the columns of one row are one figure.
"""

from collections.abc import Sequence

from sslcore.view.components import register

Tour = Sequence[tuple[str, str]]  # (a heading's text or a CSS selector, what to look at there)
_LECTURE = register("lecture")


def mount(tour: Tour = ()) -> None:
    """The page's own buttons.  Steps whose target is not there are skipped; `**bold**` works in their texts."""
    _LECTURE.render(key="lecture", data={"tour": [list(step) for step in tour]})
