"""Batches of one tensor of images: an index on the device where they fit, else read ahead of the step that needs them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor


def batches(
    pixels: UInt8[Tensor, "n c h w"], order: Int64[Tensor, "steps b"], where: torch.device, resident: bool
) -> Iterator[Float[Tensor, "b c h w"]]:
    """The images of each row of `order`, 0..1, on the device.

    Images that are not resident lie in memory that maps a file (`sslcore.data.folder`'s cache): a thread reads the
    next batch while the device is busy with this one.
    """
    if resident:
        for rows in order:
            yield pixels.index_select(0, rows).float().div_(255)  # a tenth of the time of pixels[rows]
        return

    def read(rows: Tensor) -> Tensor:
        found = pixels.index_select(0, rows)
        return found.pin_memory() if where.type == "cuda" else found

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, order[0]) if len(order) else None
        for rows in [*order[1:], None]:
            found, ahead = ahead.result(), None if rows is None else reader.submit(read, rows)  # type: ignore[union-attr]
            yield found.to(where, non_blocking=True).float().div_(255)
