"""Pictures with captions as HTML: quicker than a figure, and the text stays text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sslcore.view import charts


def tiles(
    pictures: Sequence[Any],
    captions: Sequence[str],
    columns: int,
    rows: Sequence[str] = (),
    frames: Mapping[int, str] | None = None,
) -> str:
    """Pictures [c, h, w] (uint8, or floats in 0..1; None leaves a gap) as HTML, each above its caption.

    `rows` names the rows; `frames` are CSS outlines by place.  Captions are HTML.  Text stays text, in the page's own
    colours, and nothing needs to load before it can be seen.
    """
    width = 128 if columns < 8 else 110
    cells = []
    for i, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        if rows and i % columns == 0:
            cells.append(
                f"<div style='align-self:start;padding-top:1.6rem;font-size:1.2rem'><i>{rows[i // columns]}</i></div>"
            )
        frame = f"outline:{frames[i]};outline-offset:2px;" if frames and i in frames else ""
        drawn = "<div style='aspect-ratio:1'></div>"
        if picture is not None:
            x = np.asarray(picture)
            x = x if x.dtype == np.uint8 else (x * 255).round().astype(np.uint8)
            name = (f"{rows[i // columns]}: " if rows else "") + re.sub("<.*?>", " ", caption)
            drawn = f"<img alt='{name}' src='{charts.uri(charts.rgb(x[None])[0])}' style='width:100%;image-rendering:pixelated;{frame}'>"
        cells.append(
            f"<div style='text-align:center;font-size:.8rem;line-height:1.25'>{drawn}<div style='margin-top:.3rem'>{caption}</div></div>"
        )
    grid = f"{'1rem ' * bool(rows)}repeat({columns},minmax(0,{width}px))"
    return f"<div style='display:grid;grid-template-columns:{grid};gap:.5rem'>{''.join(cells)}</div>"
