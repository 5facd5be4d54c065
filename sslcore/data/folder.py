"""A folder of images, or a tar or zip of one, decoded once and cached.

Subfolders are classes; a flat folder is unlabelled; a lone folder around everything counts for nothing. Where the top
holds train/ and test/ (or else val/), these are the splits and all beside them is left out. Otherwise a hash of each
image's path sends about 1 in 5 to test.
"""

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count, islice
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from sslcore.data.archives import ARCHIVES, Source, is_image, read_archive, several
from sslcore.data.items import Data, Split
from sslcore.data.picture import SUFFIXES, decode
from sslcore.files import named_folder

CHUNK = 512  # files read ahead of their decoding
VERSION = 1  # of the cache; to be raised when the same files come to give other tensors


def load_folder(path: Path, split: Split, size: int) -> Data:
    """A split of the images in a folder or archive, size x size; ValueError where there is none that can be read.

    They are decoded once, to disk, and memory maps what lies there: they may be more than it holds.  OSError where the
    disk has no room for them.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1 pixel, not {size}")
    root = path.resolve()
    files = list_files(root) if root.is_dir() else {PurePosixPath(root.name): root}
    cache = cache_folder() / f"{identity(root, files, size)}.safetensors"
    found = read_cache(cache)
    if found is None:
        members = iter(files.items()) if root.is_dir() else read_archive(root)
        folder = workplace(cache.parent)
        try:
            found = assemble(root, members, size, folder)
            if folder is not None:
                write_cache(cache, *found)
        except (OSError, SafetensorError) as error:
            raise OSError(f"{path} cannot be decoded into {folder or tempfile.gettempdir()}: {error}") from error
    tensors, facts = found
    if facts["skipped"]:
        warnings.warn(f"{path}: {facts['skipped']}", stacklevel=3)
    if f"{split}.pixels" not in tensors:
        raise ValueError(f"{path} holds no {split} images")
    labels = tensors.get(f"{split}.labels")
    classes = () if labels is None else tuple(json.loads(facts["classes"]))
    name = next((root.name[: -len(s)] for s in ARCHIVES[::-1] if root.name.lower().endswith(s)), root.name)
    return Data(tensors[f"{split}.pixels"], labels, classes, name, split, source=str(root))


def list_files(root: Path) -> dict[PurePosixPath, Path]:
    """The image files below `root` by relative path, sorted; no hidden file, no link that leads outside."""
    files = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            relative = PurePosixPath(path.relative_to(root).as_posix())
            # A link is followed only to a regular file (opening a pipe would wait for ever) inside the folder.
            if is_image(relative) and path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(root)):
                files[relative] = path
    return dict(sorted(files.items()))


def assemble(
    root: Path, members: Iterator[tuple[PurePosixPath, Source]], size: int, folder: Path | None
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Every file decoded: {"train.pixels": uint8 [n, c, size, size], "train.labels": int64 [n], "test...} and facts."""
    rows: dict[PurePosixPath, int] = {}
    broken = []

    def decoded() -> Iterator[np.ndarray]:
        row = count()
        with ThreadPoolExecutor() as pool:
            while chunk := list(islice(members, CHUNK)):
                found = pool.map(partial(decode, size=size), [source for _, source in chunk])
                for (relative, _), image in zip(chunk, found, strict=True):
                    if image is None:
                        broken.append(str(relative))
                    else:
                        rows[relative] = next(row)
                        yield image.numpy()
        if not rows:
            what = f"image that can be read; broken: {several(broken)}" if broken else f"images ({', '.join(SUFFIXES)})"
            raise ValueError(f"{root} holds no {what}")

    pixels = on_disk(decoded(), folder)
    channels = 1 if all(bool((image == image[:1]).all()) for image in pixels) else 3
    splits = arrange(sorted(rows))
    classes = sorted({label for split in splits.values() for label in split.values() if label is not None})
    tensors, loose = {}, []
    for split, members_of in splits.items():
        labelled = any(label is not None for label in members_of.values())
        kept = {path: label for path, label in members_of.items() if not labelled or label is not None}
        loose += [str(path) for path in members_of if path not in kept]
        if kept:
            images = (pixels[rows[path], :channels] for path in kept)
            tensors[f"{split}.pixels"] = torch.from_numpy(on_disk(images, folder))
        if labelled:
            tensors[f"{split}.labels"] = torch.tensor([classes.index(label) for label in kept.values() if label])
    skipped = [f"{len(broken)} broken: {several(broken)}"] if broken else []
    skipped += [f"{len(loose)} beside the class folders: {several(loose)}"] if loose else []
    return tensors, {
        "classes": json.dumps(classes),
        "skipped": f"skipped images, {'; '.join(skipped)}" if skipped else "",
    }


def arrange(paths: list[PurePosixPath]) -> dict[str, dict[PurePosixPath, str | None]]:
    """The class (None: loose) of each path, by split; both splits have members where there are two paths or more."""
    inner = {path: path.parts for path in paths}
    while len({parts[0] for parts in inner.values()}) == 1 and all(len(parts) > 1 for parts in inner.values()):
        inner = {path: parts[1:] for path, parts in inner.items()}
    tops = {parts[0] for parts in inner.values() if len(parts) > 1}
    held_out = "test" if "test" in tops else "val"
    if {"train", held_out} <= tops:
        members = {
            split: {path: parts[1:] for path, parts in inner.items() if parts[0] == top and len(parts) > 1}
            for split, top in (("train", "train"), ("test", held_out))
        }
    else:
        share = {path: hash_share("/".join(parts)) for path, parts in inner.items()}
        ranked = sorted(paths, key=lambda path: share[path])
        n_test = min(max(sum(s < 0.2 for s in share.values()), 1), len(paths) - 1)
        test = set(ranked[:n_test])
        members = {
            "train": {path: parts for path, parts in inner.items() if path not in test},
            "test": {path: parts for path, parts in inner.items() if path in test},
        }
    return {
        split: {path: parts[0] if len(parts) > 1 else None for path, parts in of_split.items()}
        for split, of_split in members.items()
    }


def hash_share(text: str) -> float:
    """A fixed number in 0..1, as good as random."""
    return int.from_bytes(hashlib.sha256(os.fsencode(text)).digest()[:8]) / 2**64


def cache_folder() -> Path:
    return named_folder("SSLCORE_CACHE", "~/.cache/sslcore")


def identity(root: Path, files: dict[PurePosixPath, Path], size: int) -> str:
    """A hash that changes when any file is added, removed, renamed or written, or the folder moves."""
    sha = hashlib.sha256(json.dumps([VERSION, size, str(root)]).encode())
    for relative, path in files.items():
        facts = path.stat()
        sha.update(json.dumps([str(relative), facts.st_size, facts.st_mtime_ns]).encode())
    return sha.hexdigest()


def read_cache(path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """What `assemble` gave, or None where it is not cached or the file is damaged."""
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    except (OSError, SafetensorError):
        return None


def workplace(folder: Path) -> Path | None:
    """The cache's folder, once something can be written there; else None, for the system's own, and a warning."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        warnings.warn(f"the images are not cached and will be decoded again: {error}", stacklevel=4)
        return None
    return folder


def on_disk(images: Iterable[np.ndarray], folder: Path | None) -> np.ndarray:
    """One or more images, uint8 [c, h, w], as one array [n, c, h, w] that maps a nameless file, gone once unused."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for image in images:
            file.write(image.data)
        file.flush()
        return np.memmap(file, np.uint8, "c").reshape(-1, *image.shape)


def write_cache(path: Path, tensors: dict[str, Tensor], facts: dict[str, str]) -> None:
    """Save under a temporary name and rename, so that no reader sees half a file."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        save_file(tensors, Path(folder, path.name), metadata=facts)
        os.replace(Path(folder, path.name), path)
