"""What stands for an item on a page: a picture or a short text; and what items of a kind are called."""

from typing import Any

import numpy as np

from sslcore.data.form import Kind
from sslcore.run import Run
from sslcore.run.gallery import Gallery

NOUNS: dict[Kind, str] = {"images": "images", "clips": "clips", "tokens": "texts", "points": "points"}


def noun(of: Run | Gallery) -> str:
    """What its items are called, in the plural."""
    return NOUNS[of.form.kind]


def faces(gallery: Gallery, rows: np.ndarray | slice = slice(None)) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Facts and arrays of a store of these items: `texts` among facts or `pixels` among arrays, and their `labels`."""
    pictures = gallery.pictures
    facts = {"texts": np.array(gallery.texts)[rows].tolist()} if pictures is None else {}
    arrays = {} if pictures is None else {"pixels": pictures[rows]}
    if gallery.labels is not None:
        arrays["labels"] = gallery.labels[rows].astype(np.int32)
    return facts, arrays
