"""Figures and pictures with their exports."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from sslcore.run.gallery import Gallery
from sslcore.view import charts, freeze
from sslcore.view.faces import noun
from sslcore.view.widgets.frame import settle

if TYPE_CHECKING:
    import plotly.graph_objects as go


def figure(
    shown: "go.Figure",
    key: str,
    alt: str,
    table: pd.DataFrame | None = None,
    about: str = "",
    **more: Any,
) -> None:
    """Show a figure with its exports (SVG from its toolbar, HTML and CSV below).

    `about` (see there) is the line under it, on the page and in the frozen file.
    """
    settle(len(sys.modules))
    tools = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": key}}
    st.plotly_chart(shown, key=f"figure-{key}", config=tools, alt=alt, **more)
    with st.popover("Export", help="Take this figure or its numbers with you"):
        st.caption("SVG: the camera in the figure's toolbar. PNG: the one in the frozen file's.")
        st.download_button(
            "Freeze: interactive HTML",
            lambda: freeze.frozen(shown, alt, about, key),
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


def items(gallery: Gallery, rows: np.ndarray | list[int], columns: int, alt: str, scale: int = 2) -> None:
    """A contact sheet of these items' pictures; where they are texts, a table of them."""
    if gallery.pictures is None:
        texts = {"row": rows, "class": [gallery.name(i) for i in rows], noun(gallery): [gallery.texts[i] for i in rows]}
        st.dataframe(texts, hide_index=True, width="stretch")
        return
    pixels = gallery.pictures[rows]
    height, width = pixels.shape[2:]  # a clip's frames stand side by side
    pictures(pixels, max(1, columns * height // width), alt, scale=scale)


def save_picture(sheet: Callable[[], np.ndarray], key: str, label: str = "PNG") -> None:
    st.download_button(
        label, lambda: charts.png(sheet()), f"{key}.png", "image/png", key=f"{key}-png", on_click="ignore"
    )
