"""The IDX format of MNIST (LeCun, Cortes & Burges 1998): 0, 0, type, ndim, dims as big-endian uint32, items."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor

UINT8 = 0x08


def read_idx(path: Path, ndim: int) -> Tensor:
    """The uint8 tensor of `ndim` dims in an IDX file, plain or .gz; ValueError names the file if it is corrupt."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        try:
            header = file.read(4 + 4 * ndim)
            if len(header) < 4 + 4 * ndim or header[:4] != bytes([0, 0, UINT8, ndim]):
                raise ValueError(f"{path} is no IDX file of uint8 [{ndim} dims]: it begins with {header[:4]!r}")
            dims = struct.unpack(f">{ndim}I", header[4:])
            # Chunk by chunk, so that memory follows what the file holds and not what its header claims.
            items = bytearray()
            while len(items) <= math.prod(dims) and (chunk := file.read(1 << 20)):
                items += chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path} is corrupt ({error}); delete it and load again") from error
    if not items or len(items) != math.prod(dims):
        size = f"more than {math.prod(dims)}" if len(items) > math.prod(dims) else len(items)
        raise ValueError(f"{path} is corrupt: its header says {list(dims)}, it holds {size} bytes; delete it")
    return torch.frombuffer(items, dtype=torch.uint8).reshape(dims)
