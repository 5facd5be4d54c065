"""Batches of one tensor of items: an index on the device where they fit, else read ahead of the step."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Int64
from torch import Tensor

from sslcore.data.items import ready


def batches(items: Tensor, order: Int64[Tensor, "steps b"], where: torch.device, resident: bool) -> Iterator[Tensor]:
    """The items of each row of `order`, `ready` and on the device; a batch is overwritten by the next.

    Items that are not resident lie in memory that maps a file (`sslcore.data.folder`'s cache): a thread reads the next
    batch while the device is busy with this one.
    """
    if resident:
        chosen = batch = None
        for rows in order:
            chosen = torch.index_select(items, 0, rows, out=chosen)  # a tenth of the time of items[rows]
            batch = ready(chosen, batch)
            yield batch
        return

    def read(rows: Tensor) -> Tensor:
        chosen = items.index_select(0, rows)
        return chosen.pin_memory() if where.type == "cuda" else chosen

    with ThreadPoolExecutor(1) as reader:
        ahead = [reader.submit(read, rows) for rows in order[:1]]
        for rows in [*order[1:], None]:
            chosen = ahead.pop().result()
            if rows is not None:
                ahead.append(reader.submit(read, rows))
            yield ready(chosen.to(where, non_blocking=True))
