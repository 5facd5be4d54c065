"""Images and archives made for a test, and what is read of them."""

import gzip
import inspect
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from sslcore import data
from sslcore.data.picture import decode

RED, WHITE = (255, 0, 0), (255, 255, 255)
load = inspect.unwrap(data.load)  # without the run-time check of types, so that its own check of `split` is seen


def paint(path: Path, colour=RED, size=(8, 8), mode="RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def make_classes(root: Path, n: int = 20) -> Path:
    """n images in each of the classes a and b, all different."""
    for i in range(n):
        paint(root / "a" / f"{i:02}.png", (i, 0, 0))
        paint(root / "b" / f"{i:02}.png", (0, i, 255))
    return root


def pack(source: Path, path: Path) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as tar:
        tar.add(source, arcname=source.name)
    return path


def write_idx(path: Path, items: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, items.ndim]) + struct.pack(f">{items.ndim}I", *items.shape)
    content = header + items.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def decoded(path: Path, size: int = 8) -> torch.Tensor:
    pixels = decode(path, size)
    assert pixels is not None
    return pixels


def near(pixels: torch.Tensor, colour: tuple[int, int, int], tolerance: int = 3) -> bool:
    return bool(((pixels.int() - torch.tensor(colour)[:, None, None]).abs() <= tolerance).all())


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
