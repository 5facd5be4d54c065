"""Published sets: exact, wherever they lie, and a sentence where they do not."""

import gzip
import os
import struct
import tarfile

import numpy as np
import pytest
import torch

from data.painting import load, paint, write_idx
from sslcore import data
from sslcore.data import standard
from sslcore.data.idx import read_idx


def test_digits():
    train, test = load("digits"), load("digits", "test")
    assert (len(train), len(test), train.form.shape) == (1437, 360, (1, 8, 8))
    assert (train.items.min(), train.items.max()) == (0, 255)
    assert all(0.19 < a / (a + b) < 0.21 for a, b in zip(test.labels.bincount(), train.labels.bincount(), strict=True))

    from sklearn.datasets import load_digits

    ours = torch.cat([train.items, test.items]).double().sum((1, 2, 3))
    theirs = torch.from_numpy((load_digits().images * 255 / 16).round().sum((1, 2)))
    assert torch.equal(ours.sort().values, theirs.sort().values)  # every image once


@pytest.mark.parametrize(
    ("name", "split", "n", "mean"),
    [
        ("mnist", "train", 60_000, 33.3184),
        ("mnist", "test", 10_000, 33.7912),
        ("fashion-mnist", "train", 60_000, 72.9404),
        ("fashion-mnist", "test", 10_000, 73.1466),
    ],
)
def test_idx_sets_are_exact(name, split, n, mean, no_network):
    try:
        images = load(name, split)
    except OSError as error:
        pytest.skip(str(error))
    assert (len(images), images.form.shape, len(images.classes), images.name) == (n, (1, 28, 28), 10, name)
    assert images.items.sum(dtype=torch.int64).item() / images.items.numel() == pytest.approx(mean, abs=5e-5)
    assert images.labels.unique().tolist() == list(range(10))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_reads_torchvision_layout(suffix, empty_root):
    raw = empty_root / "MNIST" / "raw"
    pixels = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    write_idx(raw / f"t10k-images-idx3-ubyte{suffix}", pixels)
    write_idx(raw / f"t10k-labels-idx1-ubyte{suffix}", np.array([7, 0, 9]))
    images = load("mnist", "test")
    assert images.items[:, 0].tolist() == pixels.tolist()
    assert images.labels.tolist() == [7, 0, 9]


def test_idx_set_with_wrong_labels(empty_root):
    raw = empty_root / "MNIST" / "raw"
    write_idx(raw / "train-images-idx3-ubyte", np.zeros((3, 2, 2)))
    write_idx(raw / "train-labels-idx1-ubyte", np.array([1, 2]))
    with pytest.raises(ValueError, match=r"3 images, .* 2 labels"):
        load("mnist")
    write_idx(raw / "train-labels-idx1-ubyte", np.array([1, 2, 10]))
    with pytest.raises(ValueError, match="train-labels-idx1-ubyte is corrupt: it holds label 10"):
        load("mnist")


HEADER = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 2)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b""),
        ("short-header", HEADER[:9]),
        ("magic", b"\1" + HEADER[1:] + bytes(8)),
        ("short", HEADER + bytes(7)),
        ("long", HEADER + bytes(9)),
        ("none", bytes([0, 0, 8, 3]) + struct.pack(">3I", 0, 2, 2)),
        ("huge", bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(8)),
        ("cut.gz", gzip.compress(HEADER + os.urandom(5000))[:-2000]),
        ("text.gz", b"not found"),
    ],
)
def test_corrupt_idx_is_named(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=name):
        read_idx(path, ndim=3)


def test_cifar10():
    if not any((root / "cifar-10-batches-bin").is_dir() for root in standard.roots()):
        pytest.skip("the exact CIFAR-10 is not here")
    for split, n in (("train", 5000), ("test", 1000)):
        images = load("cifar10", split)
        assert (images.name, images.form.shape) == ("cifar10", (3, 32, 32))
        assert images.labels.bincount().tolist() == [n] * 10


def test_cifar10_binary(empty_root):
    record = bytes([3]) + bytes([10]) * 1024 + bytes([20]) * 1024 + bytes([30]) * 1024
    batches = empty_root / "cifar-10-batches-bin"
    batches.mkdir(parents=True)
    (batches / "test_batch.bin").write_bytes(2 * record)
    images = load("cifar10", "test")
    assert (images.name, len(images), images.form.shape, images.classes[3]) == ("cifar10", 2, (3, 32, 32), "cat")
    assert images.labels.tolist() == [3, 3]
    assert images.items[0, :, 5, 5].tolist() == [10, 20, 30]
    (batches / "test_batch.bin").write_bytes(record[:-1])
    with pytest.raises(ValueError, match=r"test_batch\.bin is corrupt"):
        load("cifar10", "test")


def test_cifar10_jpeg_says_so(empty_root, tmp_path):
    for label in standard.CIFAR10:
        for split in ("train", "test"):
            paint(tmp_path / "made" / split / label / "0000.jpg", size=(32, 32))
    empty_root.mkdir()
    with tarfile.open(empty_root / "cifar10-jpeg.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "made" / "train", "train")
        tar.add(tmp_path / "made" / "test", "test")
    images = load("cifar10", "test")
    assert (images.name, images.split, images.classes) == ("cifar10-jpeg", "test", standard.CIFAR10)
    assert images.labels.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mnist", "MNIST"),
        ("fashion-mnist", "apt-get install dataset-fashion-mnist"),
        ("cifar10", "cifar-10-binary.tar.gz"),
    ],
)
def test_no_download_says_what_to_do(name, advice, empty_root, no_network):
    with pytest.raises(OSError, match=f"the download failed; put .*{advice}"):
        load(name)


def test_what_would_be_downloaded_is_known_before(empty_root):
    assert [data.to_download(name) for name in ("digits", "sprites", "mnist", "fashion-mnist", "cifar10")] == [
        0,
        0,
        12,
        31,
        170,
    ]
    write_idx(empty_root / "MNIST" / "raw" / "train-images-idx3-ubyte.gz", np.zeros((3, 2, 2)))
    write_idx(empty_root / "MNIST" / "raw" / "train-labels-idx1-ubyte.gz", np.array([1, 2, 3]))
    assert data.to_download("mnist") == 12
    write_idx(empty_root / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz", np.zeros((3, 2, 2)))
    write_idx(empty_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz", np.array([1, 2, 3]))
    assert data.to_download("mnist") == 0
