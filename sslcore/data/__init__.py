"""Data sets by name, or from a folder, tar or zip of images or a file of arrays, each as one tensor (`items.Data`).

form       what one item is              items      a data set as one tensor
standard   the field's data sets         synthetic  drawn by this code, with known factors
folder     images of one's own           archives   the same in a tar or zip
arrays     items of any kind, as .npz    uploads    zips that a visitor hands over
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from sslcore.data.form import Form
from sslcore.files import expanded

if TYPE_CHECKING:
    from sslcore.data.items import Data, Split

GREY, RGB = Form("images", (1, 28, 28)), Form("images", (3, 32, 32))
SETS = {  # what an item is, and how many there are to train on
    "cifar10": (RGB, 50_000),
    "digits": (Form("images", (1, 8, 8)), 1437),
    "fashion-mnist": (GREY, 60_000),
    "mnist": (GREY, 60_000),
    "sprites": (RGB, 20_000),
}


def names() -> list[str]:
    """The data sets known by name."""
    return sorted(SETS)


def load(name_or_path: str | Path, split: Split = "train", size: int = 32) -> Data:
    """A split of a named data set, of a folder, tar or zip of images, or of an .npz (a `Path` is never a name).

    Images of a folder become size x size: the short side is resized to `size`, then the centre is cropped. Named sets
    keep the size they were published in. ValueError: unknown name or split, or nothing to read; OSError: no download.
    """
    from sslcore.data.arrays import load_arrays
    from sslcore.data.folder import load_folder
    from sslcore.data.standard import cifar10, digits, fashion_mnist, mnist
    from sslcore.data.synthetic import sprites_of

    if split not in ("train", "test"):
        raise ValueError(f"no split {split!r}; there are 'train' and 'test'")
    if isinstance(name_or_path, str) and name_or_path in SETS:
        loaders = {"cifar10": cifar10, "digits": digits, "fashion-mnist": fashion_mnist, "mnist": mnist}
        return (loaders | {"sprites": sprites_of})[name_or_path](split)
    path = _found(name_or_path)
    return load_arrays(path, split) if _is_arrays(path) else load_folder(path, split, size)


def survey(name_or_path: str | Path, size: int = 32) -> tuple[Form, int]:
    """What the items of a data set are and how many there are to train on, before any image is decoded.

    Of a folder or archive both are upper limits: some files may be held out, broken or grey.  ValueError as for `load`.
    """
    from sslcore.data.archives import open_zip, read_archive
    from sslcore.data.arrays import load_arrays
    from sslcore.data.folder import list_files
    from sslcore.data.picture import SUFFIXES

    if isinstance(name_or_path, str) and name_or_path in SETS:
        return SETS[name_or_path]
    path = _found(name_or_path)
    if _is_arrays(path):
        train = load_arrays(path, "train")
        return train.form, len(train)
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
    return Form("images", (3, size, size)), n


def to_download(name: str) -> int:
    """Megabytes that `load` would fetch for this data set: 0 where it is on this machine, or has no files."""
    from sslcore.data import standard

    return standard.to_download(name)


def _is_arrays(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".npz"


def _found(name_or_path: str | Path) -> Path:
    """The folder, archive or file of arrays of this path; ValueError where it is none, nor the name of a data set."""
    from sslcore.data.archives import ARCHIVES

    path = expanded(name_or_path)
    if path.is_dir() or _is_arrays(path) or (path.is_file() and path.name.lower().endswith(ARCHIVES)):
        return path
    if path.is_file():
        raise ValueError(
            f"{path} is a file; give a folder of images, a {', '.join(ARCHIVES)} of one, or arrays as .npz"
        )
    close = difflib.get_close_matches(str(name_or_path).lower(), names(), n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise ValueError(
        f"no data set or folder {str(name_or_path)!r}; {hint}known: {', '.join(names())};"
        " or give the path of a folder of images"
    )
