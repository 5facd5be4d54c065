"""Tars, whole, damaged and malicious."""

import io
import tarfile

import pytest

from data.painting import load, make_classes, pack, paint
from sslcore.data import archives


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
