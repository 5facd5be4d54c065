"""Decoded images are kept, read back, and made again where they must be."""

import os
import tempfile
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.painting import RED, WHITE, load, make_classes, near, paint
from sslcore.data import folder
from sslcore.data.picture import decode


def test_cache_is_read_back(tmp_path, cache, monkeypatch):
    root = make_classes(tmp_path / "pets")
    first = [load(root, split) for split in ("train", "test")]
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(folder, "decode", None)  # a second decoding would fail
    second = [load(root, split) for split in ("train", "test")]
    assert [i.digest for i in first] == [i.digest for i in second]
    assert [(i.classes, i.name) for i in first] == [(i.classes, i.name) for i in second]


def test_cache_sees_changes(tmp_path, cache):
    path = paint(tmp_path / "pets" / "1.png", RED)
    assert near(load(path.parent).items[0], RED)
    paint(path, WHITE)
    os.utime(path, (1, 1))
    assert load(path.parent).form.shape == (1, 32, 32)
    assert load(path.parent, size=16).form.shape == (1, 16, 16)
    assert len(list(cache.iterdir())) == 3


def test_damaged_cache_is_made_again(tmp_path, cache):
    root = make_classes(tmp_path / "pets")
    digest = load(root).digest
    for content in (b"", b"rubbish" * 9):
        next(cache.iterdir()).write_bytes(content)
        assert load(root).digest == digest
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(root)


def test_cache_that_cannot_be_written(tmp_path, cache, monkeypatch):
    cache.write_text("a file where the folder should be")
    paint(tmp_path / "1.png")
    with pytest.raises(ValueError, match=r"\$SSLCORE_CACHE is .*, which is no folder"):
        load(tmp_path)
    monkeypatch.setenv("SSLCORE_CACHE", str(cache / "below it"))
    with pytest.warns(UserWarning, match="not cached"):
        assert len(load(tmp_path)) == 1


def test_images_are_decoded_to_disk_and_not_held_in_memory(tmp_path, monkeypatch):
    held, most = weakref.WeakSet(), []

    def counted(source, size):
        held.add(pixels := decode(source, size))
        most.append(len(held))
        return pixels

    monkeypatch.setattr(folder, "CHUNK", 8)
    monkeypatch.setattr(folder, "decode", counted)
    noise = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), np.uint8)
    for i, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{i:03}.png")
    train = load(tmp_path, size=8)
    assert len(most) == 200
    assert max(most) <= 2 * folder.CHUNK
    held_out = load(tmp_path, "test", size=8)  # from the cache
    both = [pixels.permute(1, 2, 0).numpy().tobytes() for images in (train, held_out) for pixels in images.items]
    assert sorted(both) == sorted(pixels.tobytes() for pixels in noise)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, where nothing can be written")
def test_no_room_for_decoded_images_is_a_sentence(tmp_path, cache, monkeypatch):
    paint(tmp_path / "1.png")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: open("/dev/full", "wb"))  # noqa: SIM115
    with pytest.raises(OSError, match=r"cannot be decoded into .*sslcore: .*No space left"):
        load(tmp_path)
    assert list(cache.iterdir()) == []
