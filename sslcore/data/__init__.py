"""Data sets by name, or from a folder or tar of images, each as one uint8 tensor (`Images`)."""

import difflib
from collections.abc import Callable
from pathlib import Path

from sslcore.data.folder import SUFFIXES_TAR, load_folder
from sslcore.data.images import Images, Split
from sslcore.data.standard import cifar10, digits, fashion_mnist, mnist
from sslcore.data.synthetic import sprites

__all__ = ["Images", "Split", "load", "names", "sprites"]

SETS: dict[str, Callable[[Split], Images]] = {
    "cifar10": cifar10,
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    "mnist": mnist,
    "sprites": lambda split: sprites(20_000, seed=0) if split == "train" else sprites(4_000, seed=1, split="test"),
}


def names() -> list[str]:
    """The data sets known by name."""
    return sorted(SETS)


def load(name_or_path: str | Path, split: Split = "train", size: int = 32) -> Images:
    """A split of a named data set, or of a folder or tar of images (a `Path` is never taken for a name).

    Images of a folder become size x size: the short side is resized to `size`, then the centre is cropped. Named sets
    keep the size they were published in. ValueError: unknown name or split, or nothing to read; OSError: no download.
    """
    if split not in ("train", "test"):
        raise ValueError(f"no split {split!r}; there are 'train' and 'test'")
    if isinstance(name_or_path, str) and name_or_path in SETS:
        return SETS[name_or_path](split)
    path = Path(name_or_path).expanduser()
    if path.is_dir() or (path.is_file() and path.name.lower().endswith(SUFFIXES_TAR)):
        return load_folder(path, split, size)
    if path.is_file():
        raise ValueError(f"{path} is a file; give a folder of images, or a {', '.join(SUFFIXES_TAR)} of one")
    close = difflib.get_close_matches(str(name_or_path).lower(), names(), n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise ValueError(
        f"no data set or folder {str(name_or_path)!r}; {hint}known: {', '.join(names())};"
        " or give the path of a folder of images"
    )
