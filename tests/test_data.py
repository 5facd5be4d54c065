"""Data sets: exact, deterministic, and patient with whatever a user's folder holds."""

import colorsys
import gzip
import inspect
import io
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import warnings
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sslcore import data
from sslcore.data import Images, archives, folder, portions, standard, uploads
from sslcore.data.idx import read_idx
from sslcore.data.picture import decode

RED, WHITE = (255, 0, 0), (255, 255, 255)
load = inspect.unwrap(data.load)  # without the run-time check of types, so that its own check of `split` is seen


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("cache") / "sslcore"
    monkeypatch.setenv("SSLCORE_CACHE", str(path))
    return path


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


@pytest.fixture
def empty_root(tmp_path, monkeypatch):
    """A data root that holds nothing, and no other place to look."""
    monkeypatch.setenv("SSLCORE_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(standard, "PROJECT", tmp_path / "elsewhere" / "project")
    monkeypatch.setattr(standard, "DEBIAN_FASHION_MNIST", tmp_path / "debian")
    return tmp_path / "root"


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


# Images


def test_images_moves_takes_and_hashes():
    images = data.sprites(10, seed=3)
    some = images.take(torch.tensor([7, 2]))
    assert (len(some), some.shape, some.classes) == (2, (3, 32, 32), images.classes)
    assert torch.equal(some.pixels[0], images.pixels[7])
    assert some.labels is not None
    assert some.labels.tolist() == images.labels[[7, 2]].tolist()
    assert torch.equal(some.factors["x"], images.factors["x"][[7, 2]])
    assert images.to("cpu").digest == images.digest != some.digest
    meta = images.to("meta")
    assert {meta.pixels.device.type, meta.labels.device.type, meta.factors["hue"].device.type} == {"meta"}


def test_digest_sees_labels():
    x = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    assert (
        Images(x, torch.tensor([0, 1]), ("a", "b"), "s", "train").digest
        != Images(x, torch.tensor([1, 0]), ("a", "b"), "s", "train").digest
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": torch.zeros(2, 1, 4, 4)}, r"uint8 \[n, c, h, w\], not float32 \[2, 1, 4, 4\]"),
        ({"pixels": torch.zeros(2, 4, 4, dtype=torch.uint8)}, "pixels must be"),
        ({"labels": torch.tensor([0, 1, 0])}, r"labels must be int64 \[2\]"),
        ({"labels": torch.tensor([0.0, 1.0])}, "labels must be int64"),
        ({"labels": None}, "labels and classes go together"),
        ({"factors": {"x": torch.zeros(3)}}, "factor 'x'"),
    ],
)
def test_images_refuses(change, message):
    good = {"pixels": torch.zeros(2, 1, 4, 4, dtype=torch.uint8), "labels": torch.tensor([0, 1]), "classes": ("a", "b")}
    with pytest.raises(ValueError, match=message):
        Images(**(good | change), name="s", split="train")


# Names


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


# Published sets


def test_digits():
    train, test = load("digits"), load("digits", "test")
    assert (len(train), len(test), train.shape) == (1437, 360, (1, 8, 8))
    assert (train.pixels.min(), train.pixels.max()) == (0, 255)
    assert all(0.19 < a / (a + b) < 0.21 for a, b in zip(test.labels.bincount(), train.labels.bincount(), strict=True))

    from sklearn.datasets import load_digits

    ours = torch.cat([train.pixels, test.pixels]).double().sum((1, 2, 3))
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
    assert (len(images), images.shape, len(images.classes), images.name) == (n, (1, 28, 28), 10, name)
    assert images.pixels.sum(dtype=torch.int64).item() / images.pixels.numel() == pytest.approx(mean, abs=5e-5)
    assert images.labels.unique().tolist() == list(range(10))


def write_idx(path: Path, items: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, items.ndim]) + struct.pack(f">{items.ndim}I", *items.shape)
    content = header + items.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_reads_torchvision_layout(suffix, empty_root):
    raw = empty_root / "MNIST" / "raw"
    pixels = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    write_idx(raw / f"t10k-images-idx3-ubyte{suffix}", pixels)
    write_idx(raw / f"t10k-labels-idx1-ubyte{suffix}", np.array([7, 0, 9]))
    images = load("mnist", "test")
    assert images.pixels[:, 0].tolist() == pixels.tolist()
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
        assert (images.name, images.shape) == ("cifar10", (3, 32, 32))
        assert images.labels.bincount().tolist() == [n] * 10


def test_cifar10_binary(empty_root):
    record = bytes([3]) + bytes([10]) * 1024 + bytes([20]) * 1024 + bytes([30]) * 1024
    batches = empty_root / "cifar-10-batches-bin"
    batches.mkdir(parents=True)
    (batches / "test_batch.bin").write_bytes(2 * record)
    images = load("cifar10", "test")
    assert (images.name, len(images), images.shape, images.classes[3]) == ("cifar10", 2, (3, 32, 32), "cat")
    assert images.labels.tolist() == [3, 3]
    assert images.pixels[0, :, 5, 5].tolist() == [10, 20, 30]
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


# Sprites


@pytest.fixture(scope="module")
def sprites():
    return data.sprites(2000, seed=5)


def test_sprites_are_deterministic(sprites):
    assert data.sprites(2000, seed=5).digest == sprites.digest != data.sprites(2000, seed=6).digest
    assert sprites.labels.bincount().min() > 500
    assert set(sprites.factors) == {"shape", "hue", "scale", "rotation", "x", "y"}


def test_sprites_splits():
    test = load("sprites", "test")
    assert (len(test), test.split, test.classes) == (4000, "test", ("square", "ellipse", "heart"))
    assert test.digest != data.sprites(4000, seed=0).digest  # not the beginning of the training set


def test_sprite_position_and_scale(sprites):
    light = sprites.pixels.double().amax(1)  # [n, h, w]
    mass, centres = light.sum((1, 2)), torch.arange(32).double() + 0.5
    assert torch.allclose(light.sum(1) @ centres / mass, sprites.factors["x"].double(), atol=0.1)
    assert torch.allclose(light.sum(2) @ centres / mass, sprites.factors["y"].double(), atol=0.1)
    for k, area in enumerate((2, 0.6 * torch.pi, 2.070)):  # of the unit shapes
        chosen = sprites.labels == k
        radius = 8 * sprites.factors["scale"][chosen].double()
        assert torch.allclose(mass[chosen] / 255 / radius**2, torch.tensor(area).double(), rtol=0.03)
    border = torch.cat([light[:, [0, -1]].flatten(), light[:, :, [0, -1]].flatten()])
    assert border.max() < 150  # corners touch the edge; none is cut off


def test_sprite_hue(sprites):
    flat = sprites.pixels.flatten(2).amax(2).double() / 255  # [n, 3], each channel where it is brightest
    hues = torch.tensor([colorsys.rgb_to_hsv(*rgb)[0] for rgb in flat.tolist()])
    assert torch.allclose(hues.float(), sprites.factors["hue"], atol=2e-3)


def test_sprite_rotation_is_clockwise(sprites):
    light = sprites.pixels.double().amax(1)[sprites.labels == 1]  # ellipses: the axis of greatest spread
    turned = {name: sprites.factors[name].double()[sprites.labels == 1] for name in ("x", "y", "rotation")}
    centres = torch.arange(32) + 0.5
    across, down = centres - turned["x"][:, None], centres - turned["y"][:, None]
    xx = (light * across[:, None, :] ** 2).sum((1, 2))
    yy = (light * down[:, :, None] ** 2).sum((1, 2))
    xy = (light * across[:, None, :] * down[:, :, None]).sum((1, 2))
    angle = torch.rad2deg(torch.atan2(2 * xy, xx - yy) / 2)
    assert ((angle - turned["rotation"] + 90) % 180 - 90).abs().max() < 2


def test_sprite_rotation_turns_every_shape():
    from sslcore.data.synthetic import draw

    for shape in range(3):
        same = {"hue": 0.0, "scale": 1.0, "x": 16.0, "y": 16.0}
        columns = {name: torch.full((2,), value) for name, value in same.items()}
        a, b = draw(torch.full((2,), shape), rotation=torch.tensor([0.0, 45.0]), **columns)
        assert (a.int() - b.int()).abs().sum() > 2000


def test_no_sprites():
    with pytest.raises(ValueError, match="at least 1"):
        data.sprites(0)


# Folders


def test_folder_of_classes(tmp_path):
    root = make_classes(tmp_path / "pets")
    train, test = load(root, size=8), load(root, "test", size=8)
    assert (train.classes, train.name, train.shape, train.split) == (("a", "b"), "pets", (3, 8, 8), "train")
    assert len(train) + len(test) == 40
    assert 2 <= len(test) <= 16
    colours = [{tuple(p[:, 0, 0].tolist()) for p in images.pixels} for images in (train, test)]
    assert colours[0].isdisjoint(colours[1])
    for images in (train, test):
        assert torch.equal(images.labels, (images.pixels[:, 2, 0, 0] == 255).long())
    assert test.factors is None


def test_split_does_not_depend_on_place(tmp_path):
    a, b = make_classes(tmp_path / "one"), make_classes(tmp_path / "two")
    assert load(a, "test").digest == load(b, "test").digest
    assert load(pack(a, tmp_path / "three.tar.gz"), "test").digest == load(a, "test").digest
    (a / "a" / "00.png").unlink()
    before = {tuple(p[:, 0, 0].tolist()) for p in load(b, "test").pixels}
    assert {tuple(p[:, 0, 0].tolist()) for p in load(a, "test").pixels} <= before  # the others stay where they were


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


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_bytes_never_raise():
    random = np.random.default_rng(0)
    picture = Image.fromarray(random.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("png", "jpeg", "gif", "bmp", "webp"):
        stream = io.BytesIO()
        picture.save(stream, kind, **({"exif": exif} if kind in ("png", "jpeg", "webp") else {}))
        for _ in range(100):
            content = bytearray(stream.getvalue())
            for position in random.integers(0, min(len(content), 300), 3):
                content[position] = random.integers(256)
            pixels = decode(io.BytesIO(bytes(content)), 4)
            assert pixels is None or pixels.shape == (3, 4, 4)


def test_bomb_is_broken(tmp_path, monkeypatch):
    paint(tmp_path / "bomb.png", 1, (300, 300), "1")
    paint(tmp_path / "good.png", RED, (8, 8))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.warns(UserWarning, match=r"1 broken: bomb\.png"):
        assert len(load(tmp_path)) == 1


# Kinds of image


def decoded(path: Path, size: int = 8) -> torch.Tensor:
    pixels = decode(path, size)
    assert pixels is not None
    return pixels


def near(pixels: torch.Tensor, colour: tuple[int, int, int], tolerance: int = 3) -> bool:
    return bool(((pixels.int() - torch.tensor(colour)[:, None, None]).abs() <= tolerance).all())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp", ".bmp", ".gif"])
def test_formats(suffix, tmp_path):
    assert near(decoded(paint(tmp_path / f"x{suffix}")), RED)


def test_short_side_fits_and_centre_is_kept(tmp_path):
    wide = Image.new("RGB", (48, 16), "blue")
    wide.paste(RED, (16, 0, 32, 16))
    wide.save(tmp_path / "wide.png")
    wide.rotate(90, expand=True).save(tmp_path / "tall.png")
    assert near(decoded(tmp_path / "wide.png", 16), RED)
    assert near(decoded(tmp_path / "tall.png", 16), RED)
    paint(tmp_path / "line.png", RED, (3000, 1))
    assert near(decoded(tmp_path / "line.png"), RED)


def test_resize_is_anti_aliased(tmp_path):
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "x.png")
    assert near(decoded(tmp_path / "x.png")[:, :, 1:-1], (128, 128, 128), 10)


def test_same_size_is_exact(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(x).save(tmp_path / "x.png")
    assert torch.equal(decoded(tmp_path / "x.png"), torch.from_numpy(x).permute(2, 0, 1))


def test_large_jpeg(tmp_path):
    assert near(decoded(paint(tmp_path / "x.jpg", RED, (2000, 1500)), 16), RED)
    assert near(decoded(paint(tmp_path / "y.jpg", 77, (2000, 1500), "L"), 16), (77, 77, 77))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_on_white(mode, tmp_path):
    if mode == "PA":
        image = Image.new("P", (8, 8), 1)
        image.putpalette([*WHITE, *RED])
        image.save(tmp_path / "x.png", transparency=1)
    else:
        Image.new(mode, (8, 8)).save(tmp_path / "x.png")  # black, of no opacity
    assert near(decoded(tmp_path / "x.png"), WHITE)
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    half.save(tmp_path / "half.webp", lossless=True)
    assert near(decoded(tmp_path / "half.webp"), (127, 127, 127))


def test_palette_bits_and_16_bits(tmp_path):
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, *RED])
    palette.save(tmp_path / "palette.png")
    assert near(decoded(tmp_path / "palette.png"), RED)
    assert near(decoded(paint(tmp_path / "bit.png", 1, mode="1")), WHITE)
    ramp = np.tile(np.linspace(0, 65535, 256).round().astype(np.uint16), (256, 1))
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    assert torch.equal(decoded(tmp_path / "deep.png", 256)[0, 0].int(), torch.arange(256, dtype=torch.int32))


def test_cmyk(tmp_path):
    paint(tmp_path / "x.jpg", (0, 255, 255, 0), mode="CMYK")
    assert near(decoded(tmp_path / "x.jpg"), RED, 6)


def test_exif_rotation(tmp_path):
    image = Image.new("RGB", (16, 16), "black")
    image.paste(RED, (0, 0, 16, 8))  # red above
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate clockwise to show
    image.save(tmp_path / "x.jpg", exif=exif, quality=95)
    pixels = decoded(tmp_path / "x.jpg", 16)
    assert near(pixels[:, :, 12:], RED, 20)  # red at the right
    assert near(pixels[:, :, :4], (0, 0, 0), 20)


def test_first_frame(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, WHITE)]
    for suffix in (".gif", ".webp"):
        frames[0].save(tmp_path / f"x{suffix}", save_all=True, append_images=frames[1:])
        assert near(decoded(tmp_path / f"x{suffix}"), RED)


def test_grey_only_when_all_are(tmp_path):
    for i in range(10):
        paint(tmp_path / "grey" / f"{i}.png", (i, i, i))
        paint(tmp_path / "grey" / f"{i}.gif", 10 * i, mode="L")
    assert load(tmp_path / "grey").shape == (1, 32, 32)
    paint(tmp_path / "grey" / "x.png", RED)
    assert {load(tmp_path / "grey", split).shape for split in ("train", "test")} == {(3, 32, 32)}


# Tars


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz"])
def test_tar(suffix, tmp_path):
    path = pack(make_classes(tmp_path / "pets"), tmp_path / f"archive{suffix}")
    for split in ("train", "test"):
        images = load(path, split)
        assert (images.name, images.classes) == ("archive", ("a", "b"))
        assert images.digest == load(tmp_path / "pets", split).digest


def test_malicious_tar(tmp_path):
    picture = paint(tmp_path / "secret.png").read_bytes()
    path = tmp_path / "in" / "x.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as tar:
        for name in ("good.png", "../escape.png", "/absolute.png", "a/../../escape.png"):
            member = tarfile.TarInfo(name)
            member.size = len(picture)
            tar.addfile(member, io.BytesIO(picture))
        for kind, target in ((tarfile.SYMTYPE, str(tmp_path / "secret.png")), (tarfile.LNKTYPE, "good.png")):
            member = tarfile.TarInfo(f"link{kind.decode()}.png")
            member.type, member.linkname = kind, target
            tar.addfile(member)
        member = tarfile.TarInfo("pipe.png")
        member.type = tarfile.FIFOTYPE
        tar.addfile(member)
    assert len(load(path)) == 1
    with pytest.raises(ValueError, match="no test images"):
        load(path, "test")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["in", "secret.png", "x.tar"]


def test_oversized_tar_member_is_broken(tmp_path, monkeypatch):
    paint(tmp_path / "pets" / "a.png")
    paint(tmp_path / "pets" / "b.bmp", size=(64, 64))
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.warns(UserWarning, match=r"1 broken: pets/b\.bmp"):
        assert len(load(pack(tmp_path / "pets", tmp_path / "x.tar"))) == 1


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_damaged_tar(suffix, tmp_path):
    path = pack(make_classes(tmp_path / "pets"), tmp_path / f"x{suffix}")
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2 + 100], b"I am no tar", b""):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"x\.tar"):
            load(path)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_tar_cut_anywhere_is_refused_or_whole(suffix, tmp_path):
    path = pack(make_classes(tmp_path / "pets"), tmp_path / f"x{suffix}")
    content = path.read_bytes()
    whole = len(load(path))
    for length in range(1, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        try:
            found = len(load(path))
        except ValueError:
            continue
        assert found == whole


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"x\.png is a file; give a folder of images"):
        load(paint(tmp_path / "x.png"))


# Zips


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_zip(tmp_path):
    root = make_classes(tmp_path / "pets")
    files = {str(file.relative_to(tmp_path)): file.read_bytes() for file in root.rglob("*.png")}
    path = zipped(tmp_path / "Archive.ZIP", {"pets/": b"", "pets/notes.txt": b"text", **files})
    for split in ("train", "test"):
        images = load(path, split)
        assert (images.name, images.classes) == ("Archive", ("a", "b"))
        assert images.digest == load(root, split).digest


def test_a_zip_leads_nowhere_and_writes_nothing(tmp_path):
    picture = paint(tmp_path / "secret.png").read_bytes()
    path = tmp_path / "in" / "x.zip"
    path.parent.mkdir()
    names = (
        "good.png",
        "../escape.png",
        "/absolute.png",
        "a/../../escape.png",
        "..\\escape.png",
        "__MACOSX/._good.png",
    )
    zipped(path, dict.fromkeys(names, picture))
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(tmp_path / "secret.png"))
    assert len(load(path)) == 1
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["in", "secret.png", "x.zip"]


def test_a_zip_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"bomb\.zip would unpack from [\d,]+ bytes to 100,000,000, which no zip"):
        load(zipped(tmp_path / "bomb.zip", {"bomb.bmp": bytes(100_000_000)}))


def test_members_of_a_zip_that_share_their_bytes_are_refused(tmp_path):
    """Fifield's bomb: a directory that names the same compressed bytes again and again."""
    path = zipped(tmp_path / "quilt.zip", {f"{i}.png": os.urandom(5000) for i in range(9)})
    with zipfile.ZipFile(path) as archive:
        offsets = [member.header_offset for member in archive.infolist()]
    content = path.read_bytes()[: offsets[1]]
    whole, directory = path.read_bytes(), b""
    at = whole.index(b"PK\1\2")
    while whole[at : at + 4] == b"PK\1\2":
        entry = bytearray(whole[at : at + 46 + whole[at + 28]])
        entry[42:46] = bytes(4)
        directory, at = directory + entry, at + len(entry)
    end = bytearray(whole[at:])
    end[16:20] = len(content).to_bytes(4, "little")
    path.write_bytes(content + directory + end)
    with pytest.raises(ValueError, match=r"quilt\.zip would unpack"):
        load(path)


def test_a_member_larger_than_its_directory_says_is_broken(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.png": paint(tmp_path / "a.png").read_bytes(), "lie.bmp": bytes(50_000_000)})
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\1\2")
    content[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.warns(UserWarning, match=r"1 broken: lie\.bmp"):
        assert len(load(path)) == 1


def test_a_zip_of_too_many_files_is_refused_before_they_are_listed(tmp_path, monkeypatch):
    path = zipped(tmp_path / "many.zip", {f"{i}.png": b"" for i in range(100)})
    monkeypatch.setattr(archives, "MAX_DIRECTORY", 2000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(ValueError, match=r"many\.zip holds too many files"):
        load(path)


def test_an_encrypted_zip_says_so(tmp_path):
    path = zipped(tmp_path / "locked.zip", {"a.png": b"x" * 50})
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + flags] |= 1
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"locked\.zip is encrypted \(a\.png\): pack the images again without a password"
    ):
        load(path)


def test_a_zip_packed_unusually_says_so(tmp_path):
    with pytest.raises(ValueError, match=r"x\.zip is packed in a way that is not read \(a\.png\)"):
        load(zipped(tmp_path / "x.zip", {"a.png": b"x" * 50}, zipfile.ZIP_LZMA))


def test_a_zip_without_images_says_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match=r"x\.zip holds no images \(.*\), but a\.txt, b/c\.exe$"):
        load(zipped(tmp_path / "x.zip", {"a.txt": b"text", "b/c.exe": b"MZ"}))
    with pytest.raises(ValueError, match="nor anything else"):
        load(zipped(tmp_path / "empty.zip", {}))


@pytest.mark.parametrize("content", [b"", b"I am no zip", b"PK\5\6", b"PK\3\4" * 20])
def test_what_is_no_zip_says_so(content, tmp_path):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.zip is no zip that can be read to its end"):
        load(tmp_path / "x.zip")


@pytest.mark.filterwarnings("ignore:.*skipped images")
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_damaged_zip_is_refused_or_read_in_part(tmp_path):
    """Cut anywhere, or with bytes overwritten: one sentence that names it, or the images that are whole."""
    whole = zipped(
        tmp_path / "x.zip", {f"{i}.png": paint(tmp_path / f"{i}.png", (i, 0, 0)).read_bytes() for i in range(20)}
    )
    content, random = whole.read_bytes(), np.random.default_rng(0)
    damaged = [content[:length] for length in range(1, len(content), 97)]
    for _ in range(150):
        one = bytearray(content)
        for position in random.integers(0, len(one), 5):
            one[position] = random.integers(256)
        damaged.append(bytes(one))
    for one in damaged:
        whole.write_bytes(one)
        try:
            assert 0 < len(load(whole)) <= 20
        except ValueError as error:
            assert "x.zip" in str(error)  # noqa: PT017


def test_an_oversized_member_of_a_zip_is_broken(tmp_path, monkeypatch):
    files = {"a.png": paint(tmp_path / "a.png"), "b.bmp": paint(tmp_path / "b.bmp", size=(64, 64))}
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.warns(UserWarning, match=r"1 broken: b\.bmp"):
        assert len(load(zipped(tmp_path / "x.zip", {name: file.read_bytes() for name, file in files.items()}))) == 1


# Uploads


def test_an_upload_is_kept_by_its_content(tmp_path, empty_root):
    content = zipped(tmp_path / "x.zip", {"a.png": paint(tmp_path / "a.png").read_bytes()}).read_bytes()
    path = uploads.keep("../My photos (1).zip", content)
    assert path.parent == empty_root.resolve() / "uploads"
    assert path.name.startswith("My-photos-1-")
    assert uploads.keep("../My photos (1).zip", content) == path
    assert len(load(path)) == 1
    assert uploads.keep("...", content).name.startswith("images-")


def test_an_upload_that_would_be_refused_is_not_kept(tmp_path, empty_root, monkeypatch):
    bomb = zipped(tmp_path / "x.zip", {"bomb.bmp": bytes(100_000_000)}).read_bytes()
    for content, says in ((b"text", "^photos.zip is no zip"), (bomb, "^photos.zip would unpack from")):
        with pytest.raises(ValueError, match=says):
            uploads.keep("photos.zip", content)
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 10)
    with pytest.raises(ValueError, match="at most 10 are taken: give its path instead"):
        uploads.keep("photos.zip", bomb)
    assert list(empty_root.rglob("*.zip*")) == []


def test_a_survey_tells_what_there_is_before_it_is_loaded(tmp_path):
    for name in ("digits", "sprites", "fashion-mnist"):
        try:
            images = load(name)
        except OSError:
            continue
        assert data.survey(name) == (images.shape, len(images))
    root = make_classes(tmp_path / "pets")
    packed = zipped(tmp_path / "x.zip", {str(p.relative_to(tmp_path)): p.read_bytes() for p in root.rglob("*.png")})
    for path in (root, pack(root, tmp_path / "x.tar"), packed):
        assert data.survey(path, 16) == ((3, 16, 16), 40)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no images"):
        data.survey(tmp_path / "empty")
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        data.survey("digts")


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


# Cache


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
    assert near(load(path.parent).pixels[0], RED)
    paint(path, WHITE)
    os.utime(path, (1, 1))
    assert load(path.parent).shape == (1, 32, 32)
    assert load(path.parent, size=16).shape == (1, 16, 16)
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


def test_cache_that_cannot_be_written(tmp_path, cache):
    cache.write_text("a file where the folder should be")
    paint(tmp_path / "1.png")
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
    both = [pixels.permute(1, 2, 0).numpy().tobytes() for images in (train, held_out) for pixels in images.pixels]
    assert sorted(both) == sorted(pixels.tobytes() for pixels in noise)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, where nothing can be written")
def test_no_room_for_decoded_images_is_a_sentence(tmp_path, cache, monkeypatch):
    paint(tmp_path / "1.png")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: open("/dev/full", "wb"))  # noqa: SIM115
    with pytest.raises(OSError, match=r"cannot be decoded into .*sslcore: .*No space left"):
        load(tmp_path)
    assert list(cache.iterdir()) == []
