"""Data sets by name, or from a folder, tar or zip of images, each as one uint8 tensor (`Images`)."""

import difflib
from collections.abc import Callable
from pathlib import Path

from sslcore.data.archives import ARCHIVES, open_zip, read_archive
from sslcore.data.folder import list_files, load_folder
from sslcore.data.images import Images, Split, portions
from sslcore.data.picture import SUFFIXES
from sslcore.data.standard import cifar10, digits, fashion_mnist, mnist, to_download
from sslcore.data.synthetic import sprites

__all__ = ["Images", "Split", "load", "names", "portions", "sprites", "survey", "to_download"]

SETS: dict[str, Callable[[Split], Images]] = {
    "cifar10": cifar10,
    "digits": digits,
    "fashion-mnist": fashion_mnist,
    "mnist": mnist,
    "sprites": lambda split: sprites(20_000, seed=0) if split == "train" else sprites(4_000, seed=1, split="test"),
}

SIZES = {  # the shape of an image, and how many there are to train on
    "cifar10": ((3, 32, 32), 50_000),
    "digits": ((1, 8, 8), 1437),
    "fashion-mnist": ((1, 28, 28), 60_000),
    "mnist": ((1, 28, 28), 60_000),
    "sprites": ((3, 32, 32), 20_000),
}


def names() -> list[str]:
    """The data sets known by name."""
    return sorted(SETS)


def load(name_or_path: str | Path, split: Split = "train", size: int = 32) -> Images:
    """A split of a named data set, or of a folder, tar or zip of images (a `Path` is never taken for a name).

    Images of a folder become size x size: the short side is resized to `size`, then the centre is cropped. Named sets
    keep the size they were published in. ValueError: unknown name or split, or nothing to read; OSError: no download.
    """
    if split not in ("train", "test"):
        raise ValueError(f"no split {split!r}; there are 'train' and 'test'")
    if isinstance(name_or_path, str) and name_or_path in SETS:
        return SETS[name_or_path](split)
    return load_folder(_found(name_or_path), split, size)


def survey(name_or_path: str | Path, size: int = 32) -> tuple[tuple[int, int, int], int]:
    """The shape [c, h, w] of a data set's images and how many there are to train on, before any of them is decoded.

    Of a folder or archive both are upper limits: some files may be held out, broken, or grey.  ValueError as for `load`.
    """
    if isinstance(name_or_path, str) and name_or_path in SIZES:
        return SIZES[name_or_path]
    path = _found(name_or_path)
    if path.is_dir():
        n = len(list_files(path.resolve()))
    elif path.name.lower().endswith(".zip"):
        archive, members = open_zip(path)
        archive.close()
        n = len(members)
    else:
        n = sum(1 for _ in read_archive(path))
    if not n:
        raise ValueError(f"{path} holds no images ({', '.join(SUFFIXES)})")
    return (3, size, size), n


def _found(name_or_path: str | Path) -> Path:
    """The folder or archive of this path; ValueError where it is neither, nor the name of a data set."""
    path = Path(name_or_path).expanduser()
    if path.is_dir() or (path.is_file() and path.name.lower().endswith(ARCHIVES)):
        return path
    if path.is_file():
        raise ValueError(f"{path} is a file; give a folder of images, or a {', '.join(ARCHIVES)} of one")
    close = difflib.get_close_matches(str(name_or_path).lower(), names(), n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise ValueError(
        f"no data set or folder {str(name_or_path)!r}; {hint}known: {', '.join(names())};"
        " or give the path of a folder of images"
    )
