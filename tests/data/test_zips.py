"""Zips, whole, damaged and malicious."""

import os
import zipfile

import numpy as np
import pytest

from data.painting import load, make_classes, paint, zipped
from sslcore.data import archives


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
