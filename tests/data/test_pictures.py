"""Kinds of picture, and bytes that are none."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from data.painting import RED, WHITE, decoded, near, paint
from sslcore.data.picture import decode


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
