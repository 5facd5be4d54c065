"""A user's folder of images: its classes, its splits, and patience with whatever else it holds."""

import io
import os

import numpy as np
import pytest
import torch
from PIL import Image

from data.painting import RED, load, make_classes, pack, paint


def test_folder_of_classes(tmp_path):
    root = make_classes(tmp_path / "pets")
    train, test = load(root, size=8), load(root, "test", size=8)
    assert (train.classes, train.name, train.form.shape, train.split) == (("a", "b"), "pets", (3, 8, 8), "train")
    assert len(train) + len(test) == 40
    assert 2 <= len(test) <= 16
    colours = [{tuple(p[:, 0, 0].tolist()) for p in images.items} for images in (train, test)]
    assert colours[0].isdisjoint(colours[1])
    for images in (train, test):
        assert torch.equal(images.labels, (images.items[:, 2, 0, 0] == 255).long())
    assert test.factors is None


def test_split_does_not_depend_on_place(tmp_path):
    a, b = make_classes(tmp_path / "one"), make_classes(tmp_path / "two")
    assert load(a, "test").digest == load(b, "test").digest
    assert load(pack(a, tmp_path / "three.tar.gz"), "test").digest == load(a, "test").digest
    (a / "a" / "00.png").unlink()
    before = {tuple(p[:, 0, 0].tolist()) for p in load(b, "test").items}
    assert {tuple(p[:, 0, 0].tolist()) for p in load(a, "test").items} <= before  # the others stay where they were


def test_two_images_make_two_splits(tmp_path):
    for i in range(2):
        paint(tmp_path / f"{i}.png", (i, 0, 9))
    assert [len(load(tmp_path, split)) for split in ("train", "test")] == [1, 1]
    (tmp_path / "0.png").unlink()
    assert len(load(tmp_path)) == 1
    with pytest.raises(ValueError, match="holds no test images"):
        load(tmp_path, "test")


def test_flat_folder_is_unlabelled(tmp_path):
    for i in range(5):
        paint(tmp_path / f"{i}.bmp")
    images = load(tmp_path)
    assert images.labels is None
    assert images.classes == ()


@pytest.mark.parametrize("held_out", ["test", "val"])
def test_given_splits(held_out, tmp_path):
    paint(tmp_path / "train" / "a" / "1.png")
    paint(tmp_path / "train" / "b" / "deep" / "2.png")
    paint(tmp_path / held_out / "b" / "1.png")
    paint(tmp_path / "cover.png")
    assert load(tmp_path).labels.tolist() == [0, 1]
    assert load(tmp_path, "test").labels.tolist() == [1]  # b is class 1 though the split has no a


def test_unlabelled_test_split(tmp_path):
    paint(tmp_path / "train" / "a" / "1.png")
    paint(tmp_path / "train" / "b" / "1.png")
    paint(tmp_path / "test" / "1.png")
    assert load(tmp_path).classes == ("a", "b")
    assert load(tmp_path, "test").labels is None


def test_images_beside_class_folders_are_left_out(tmp_path):
    make_classes(tmp_path, 3)
    paint(tmp_path / "cover.png")
    with pytest.warns(UserWarning, match=r"1 beside the class folders: cover\.png"):
        n = len(load(tmp_path)) + len(load(tmp_path, "test"))
    assert n == 6


def test_hidden_files_are_ignored(tmp_path):
    paint(tmp_path / "1.png")
    for hidden in (".thumb.png", ".cache/1.png", "__MACOSX/1.png", "__MACOSX/._1.png"):
        paint(tmp_path / hidden)
    (tmp_path / "notes.txt").write_text("text")
    assert len(load(tmp_path)) == 1


def test_links_that_lead_outside_are_ignored(tmp_path):
    paint(tmp_path / "outside" / "secret.png")
    root = tmp_path / "inside"
    paint(root / "1.png")
    (root / "file.png").symlink_to(tmp_path / "outside" / "secret.png")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "nothing.png").symlink_to(tmp_path / "gone")
    os.mkfifo(root / "pipe.png")
    assert len(load(root)) == 1


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"holds no images \(\.png, "):
        load(tmp_path)
    (tmp_path / "a.png").write_text("text")
    with pytest.raises(ValueError, match=r"no image that can be read; broken: a\.png"):
        load(tmp_path)


def test_broken_files_are_named_and_skipped(tmp_path):
    make_classes(tmp_path, 5)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    for kind in ("png", "jpeg", "gif", "bmp", "webp"):
        stream = io.BytesIO()
        noise.save(stream, kind)
        (tmp_path / "a" / f"cut.{kind}").write_bytes(stream.getvalue()[: len(stream.getvalue()) // 2])
    (tmp_path / "a" / "text.png").write_text("I am no picture")
    (tmp_path / "a" / "empty.png").touch()
    (tmp_path / "a" / "postscript.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.warns(UserWarning, match=r"skipped images, 8 broken: a/cut\.bmp, a/cut\.gif, a/cut\.jpeg, \.\.\.$"):
        train = load(tmp_path)
    with pytest.warns(UserWarning, match="8 broken"):  # from the cache, too
        test = load(tmp_path, "test")
    assert len(train) + len(test) == 10


def test_bomb_is_broken(tmp_path, monkeypatch):
    paint(tmp_path / "bomb.png", 1, (300, 300), "1")
    paint(tmp_path / "good.png", RED, (8, 8))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.warns(UserWarning, match=r"1 broken: bomb\.png"):
        assert len(load(tmp_path)) == 1


def test_grey_only_when_all_are(tmp_path):
    for i in range(10):
        paint(tmp_path / "grey" / f"{i}.png", (i, i, i))
        paint(tmp_path / "grey" / f"{i}.gif", 10 * i, mode="L")
    assert load(tmp_path / "grey").form.shape == (1, 32, 32)
    paint(tmp_path / "grey" / "x.png", RED)
    assert {load(tmp_path / "grey", split).form.shape for split in ("train", "test")} == {(3, 32, 32)}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"x\.png is a file; give a folder of images"):
        load(paint(tmp_path / "x.png"))
