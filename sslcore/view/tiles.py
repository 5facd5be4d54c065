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
        row = rows[i // columns] if rows else ""
        if rows and i % columns == 0:
            cells.append(f"<div style='align-self:start;padding-top:1.6rem;font-size:1.2rem'><i>{row}</i></div>")
        frame = f"outline:{frames[i]};outline-offset:2px;" if frames and i in frames else ""
        image = "<div style='aspect-ratio:1'></div>"
        if picture is not None:
            name = (f"{row}: " if rows else "") + re.sub("<.*?>", " ", caption)
            image = f"<img alt='{name}' src='{_source(picture)}' style='width:100%;image-rendering:pixelated;{frame}'>"
        below = f"<div style='margin-top:.3rem'>{caption}</div>"
        cells.append(f"<div style='text-align:center;font-size:.8rem;line-height:1.25'>{image}{below}</div>")
    grid = f"{'1rem ' * bool(rows)}repeat({columns},minmax(0,{width}px))"
    return f"<div style='display:grid;grid-template-columns:{grid};gap:.5rem'>{''.join(cells)}</div>"


def _source(picture: Any) -> str:
    x = np.asarray(picture)
    x = x if x.dtype == np.uint8 else (x * 255).round().astype(np.uint8)
    return charts.uri(charts.rgb(x[None])[0])
