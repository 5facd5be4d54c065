"""One image file, of any kind a user may have, as an RGB tensor."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")  # whatever a file is called, Pillow tries no other reader on it
# What Pillow raises on damaged files.
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


def decode(source: Path | BytesIO | None, size: int) -> Tensor | None:
    """uint8 [3, size, size]: short side resized to `size` (anti-aliased), centre cropped; None if it cannot be read.

    EXIF rotation is applied, transparency is laid on white, 16 bits become 8, and of an animation the first frame is
    taken. An image of more pixels than Pillow's limit against decompression bombs counts as one that cannot be read.
    """
    from PIL import Image, ImageOps

    if source is None:
        return None
    try:
        with Image.open(source, formats=FORMATS) as file:
            file.draft(None, (2 * size, 2 * size))  # a large JPEG decodes faster at a half, a quarter or an eighth
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I"):  # 16-bit grey, which convert() would clip to white
                image = Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.BICUBIC)
    except (*DAMAGED, Image.DecompressionBombError):
        return None
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()
