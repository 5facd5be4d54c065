"""Published data sets: scikit-learn's digits (Alpaydin & Kaynak 1998), MNIST (LeCun et al. 1998), Fashion-MNIST (Xiao
et al. 2017, arXiv:1708.07747) and CIFAR-10 (Krizhevsky 2009).

Files are looked for in $SSLCORE_DATA (else data/ of the project), then beside the project in shared/data, and are
downloaded into the first of these when neither has them. No pickle is read: CIFAR-10 comes from its binary version.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from sslcore.data.folder import load_folder
from sslcore.data.idx import read_idx
from sslcore.data.items import Data, Split
from sslcore.files import named_folder

PROJECT = Path(__file__).resolve().parents[2]
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
CIFAR10_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


DOWNLOADS = {"mnist": 12, "fashion-mnist": 31, "cifar10": 170}  # megabytes


def digits(split: Split) -> Data:
    """1,797 handwritten digits, 8 x 8, in a fixed stratified split: 1,437 to train, 360 to test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    train, test = train_test_split(np.arange(len(bunch.target)), test_size=0.2, stratify=bunch.target, random_state=0)
    indices = np.sort(train if split == "train" else test)
    pixels = np.rint(bunch.images[indices] * 255 / 16).astype(np.uint8)  # ink is counted 0..16
    labels = torch.from_numpy(bunch.target[indices]).long()
    return Data(torch.from_numpy(pixels)[:, None], labels, DIGITS, "digits", split, source="digits")


def mnist(split: Split) -> Data:
    """70,000 handwritten digits, grey 28 x 28: 60,000 to train, 10,000 to test."""
    folder = find(places("mnist"), idx_files(split), download_mnist, "put the four .gz files of MNIST there")
    return read_idx_set(folder, DIGITS, "mnist", split)


def fashion_mnist(split: Split) -> Data:
    """70,000 pieces of clothing, grey 28 x 28: 60,000 to train, 10,000 to test."""
    by_hand = "put the four .gz files there, or on Debian: apt-get install dataset-fashion-mnist"
    folder = find(places("fashion-mnist"), idx_files(split), download_fashion_mnist, by_hand)
    return read_idx_set(folder, CLOTHES, "fashion-mnist", split)


def cifar10(split: Split) -> Data:
    """60,000 photos, RGB 32 x 32: 50,000 to train, 10,000 to test.

    `name` is "cifar10-jpeg" where only the lossy JPEG version (cifar10-jpeg.tar.gz) was found.
    """
    batches = [f"data_batch_{i}.bin" for i in range(1, 6)] if split == "train" else ["test_batch.bin"]
    folders = places("cifar10")
    archives = [root / "cifar10-jpeg.tar.gz" for root in roots()]
    if not any(holds(folder, batches) for folder in folders):
        for archive in filter(Path.is_file, archives):
            return replace(load_folder(archive, split, size=32), source="cifar10")
    by_hand = f"put cifar-10-binary.tar.gz (CIFAR-10, binary version) into {roots()[0]}"
    folder = find(folders, batches, download_cifar10, by_hand)
    records = np.concatenate([read_cifar10_batch(folder / batch) for batch in batches])  # [n, 1 + 3 * 32 * 32]
    pixels = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32))
    return Data(pixels, torch.from_numpy(records[:, 0]).long(), CIFAR10, "cifar10", split, source="cifar10")


def roots() -> list[Path]:
    """Where data sets may lie; downloads go to the first."""
    return [named_folder("SSLCORE_DATA", PROJECT / "data"), PROJECT.parent / "shared" / "data"]


def places(name: str) -> list[Path]:
    """The folders in which a data set's files may lie."""
    inside = {"mnist": "MNIST/raw", "fashion-mnist": "FashionMNIST/raw", "cifar10": "cifar-10-batches-bin"}
    return [*(root / inside[name] for root in roots()), *([DEBIAN_FASHION_MNIST] if name == "fashion-mnist" else [])]


def to_download(name: str) -> int:
    """Megabytes that `load` would fetch for this data set: 0 where it is on this machine, or has no files."""
    files = ["data_batch_1.bin"] if name == "cifar10" else [*idx_files("train"), *idx_files("test")]
    here = name not in DOWNLOADS or any(holds(folder, files) for folder in places(name))
    if name == "cifar10":
        here = here or any((root / "cifar10-jpeg.tar.gz").is_file() for root in roots())
    return 0 if here else DOWNLOADS[name]


def holds(folder: Path, files: list[str]) -> bool:
    return all((folder / file).is_file() or (folder / f"{file}.gz").is_file() for file in files)


def find(folders: list[Path], files: list[str], download: Callable[[Path], None], by_hand: str) -> Path:
    """The first folder that holds all files; when none does they are downloaded, and the first folder holds them."""
    for folder in folders:
        if holds(folder, files):
            return folder
    try:
        download(roots()[0])
    except (OSError, RuntimeError) as error:  # torchvision raises both
        raise OSError(f"{folders[0]} holds no {files[0]} and the download failed; {by_hand}") from error
    return folders[0]


def idx_files(split: Split) -> list[str]:
    stem = "train" if split == "train" else "t10k"
    return [f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"]


def read_idx_set(folder: Path, classes: tuple[str, ...], name: str, split: Split) -> Data:
    paths = [folder / file for file in idx_files(split)]
    images, labels = (p if p.is_file() else p.with_name(f"{p.name}.gz") for p in paths)
    x, y = read_idx(images, ndim=3), read_idx(labels, ndim=1).long()
    if len(x) != len(y):
        raise ValueError(f"{images} holds {len(x)} images, {labels.name} beside it {len(y)} labels; delete both")
    if y.max() >= len(classes):
        raise ValueError(f"{labels} is corrupt: it holds label {int(y.max())}, there are {len(classes)} classes")
    return Data(x[:, None], y, classes, name, split, source=name)


def read_cifar10_batch(path: Path) -> np.ndarray:
    """uint8 [n, 1 + 3072]: a label, then the red, green and blue planes."""
    width = 1 + 3 * 32 * 32
    if path.stat().st_size == 0 or path.stat().st_size % width:
        raise ValueError(f"{path} is corrupt: {path.stat().st_size} bytes are no multiple of {width}; delete it")
    records = np.fromfile(path, dtype=np.uint8).reshape(-1, width)
    if records[:, 0].max() >= len(CIFAR10):
        raise ValueError(f"{path} is corrupt: it holds label {records[:, 0].max()}, there are 10 classes; delete it")
    return records


def download_mnist(root: Path) -> None:
    from torchvision.datasets import MNIST

    MNIST(root, download=True)


def download_fashion_mnist(root: Path) -> None:
    from torchvision.datasets import FashionMNIST

    FashionMNIST(root, download=True)


def download_cifar10(root: Path) -> None:
    from torchvision.datasets.utils import download_and_extract_archive

    download_and_extract_archive(CIFAR10_URL, str(root), md5=CIFAR10_MD5)
