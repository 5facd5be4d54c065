"""Images as one object, and the names of data sets."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from data.painting import load
from sslcore import data
from sslcore.data import synthetic
from sslcore.data.items import Data, portions


def test_images_moves_takes_and_hashes():
    images = synthetic.sprites(10, seed=3)
    some = images.take(torch.tensor([7, 2]))
    assert (len(some), some.form.shape, some.classes) == (2, (3, 32, 32), images.classes)
    assert torch.equal(some.items[0], images.items[7])
    assert some.labels is not None
    assert some.labels.tolist() == images.labels[[7, 2]].tolist()
    assert torch.equal(some.factors["x"], images.factors["x"][[7, 2]])
    assert images.to("cpu").digest == images.digest != some.digest
    meta = images.to("meta")
    assert {meta.items.device.type, meta.labels.device.type, meta.factors["hue"].device.type} == {"meta"}


def test_digest_sees_labels():
    x = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    assert (
        Data(x, torch.tensor([0, 1]), ("a", "b"), "s", "train").digest
        != Data(x, torch.tensor([1, 0]), ("a", "b"), "s", "train").digest
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": torch.zeros(2, 1, 4, 4)}, r"float32 \[n, d\], not float32 \[2, 1, 4, 4\]"),
        ({"items": torch.zeros(2, 4, 4, dtype=torch.uint8)}, "items must be"),
        ({"labels": torch.tensor([0, 1, 0])}, r"labels must be int64 \[2\]"),
        ({"labels": torch.tensor([0.0, 1.0])}, "labels must be int64"),
        ({"labels": None}, "labels and classes go together"),
        ({"factors": {"x": torch.zeros(3)}}, "factor 'x'"),
    ],
)
def test_images_refuses(change, message):
    good = {"items": torch.zeros(2, 1, 4, 4, dtype=torch.uint8), "labels": torch.tensor([0, 1]), "classes": ("a", "b")}
    with pytest.raises(ValueError, match=message):
        Data(**(good | change), name="s", split="train")


def test_portions_are_smaller_the_larger_the_images():
    where = torch.device("cpu")
    for shape, wanted in (((3, 32, 32), 4), ((1, 8, 8), 4), ((3, 64, 64), 1), ((3, 256, 256), 1)):
        pixels = torch.randint(256, (6, *shape), dtype=torch.uint8)
        found = list(portions(pixels, where, 4))
        assert len(found[0]) == wanted
        assert torch.equal(torch.cat(found), pixels.float() / 255)


def test_import_is_light():
    code = "import sys, sslcore.data; print({'sklearn', 'torchvision', 'PIL'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_names():
    assert data.names() == ["cifar10", "digits", "fashion-mnist", "mnist", "sprites"]


def test_unknown_name_suggests():
    with pytest.raises(
        ValueError, match=r"no data set or folder 'fasion-mnist'; did you mean 'fashion-mnist'\? known: "
    ):
        load("fasion-mnist")
    with pytest.raises(ValueError, match=r"'zzz'; known: cifar10, .*; or give the path of a folder of images"):
        load("zzz")
    with pytest.raises(ValueError, match="no data set or folder 'mnist'"):
        load(Path("mnist"))


def test_unknown_split_and_size(tmp_path):
    with pytest.raises(ValueError, match="no split 'valid'; there are 'train' and 'test'"):
        load("digits", "valid")
    with pytest.raises(ValueError, match="size must be at least 1"):
        load(tmp_path, size=0)
