"""The image files in a tar or zip, streamed: nothing is written to disk, whatever the names in it say."""

import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath

from sslcore.data.picture import SUFFIXES

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")
MAX_BYTES = 256 << 20  # of one image file in an archive, which is read into memory whole

# of a zip, whose directory is read into memory whole, and whose deflate makes a thousand bytes of one
MAX_DIRECTORY = 32 << 20  # bytes of directory: some 300,000 files
MAX_UNPACKED = 16 << 30  # bytes of all images together
MAX_RATIO, FREE = 100, 16 << 20  # unpacked to packed bytes, of a zip that unpacks to more than FREE
DEFLATE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others can ask for gigabytes to begin with
# what zipfile raises on damaged files
DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OverflowError, struct.error, zlib.error)

Source = Path | BytesIO | None  # None: too large to be read, or damaged


def read_archive(path: Path) -> Iterator[tuple[PurePosixPath, Source]]:
    """The image files in a tar or zip by their names in it; ValueError for one that cannot or should not be read."""
    return read_zip(path) if path.name.lower().endswith(".zip") else read_tar(path)


def is_image(relative: PurePosixPath) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in relative.parts)
    return relative.suffix.lower() in SUFFIXES and not hidden and not relative.is_absolute()


class _Header(tarfile.TarInfo):
    """tarfile takes a header that is cut off or garbage for the end of the archive, and is silent about the rest."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf == bytes(tarfile.BLOCKSIZE):  # what ends a whole archive
                raise
            raise tarfile.ReadError(f"a broken header: {error}") from error


def read_tar(path: Path) -> Iterator[tuple[PurePosixPath, Source]]:
    """Of a tar, only regular files."""
    try:
        with tarfile.open(path, "r|*", tarinfo=_Header) as tar:
            for member in tar:
                relative = PurePosixPath(member.name)
                if not member.isreg() or not is_image(relative):
                    continue
                file = tar.extractfile(member) if member.size <= MAX_BYTES else None
                yield relative, BytesIO(file.read()) if file else None
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no tar that can be read to its end ({error})") from error


def read_zip(path: Path) -> Iterator[tuple[PurePosixPath, Source]]:
    """Of a zip, only regular files; one that is built to unpack to far more than it is, or is locked, is refused."""
    archive, members = open_zip(path)
    with archive:
        for relative, member in members.items():
            yield relative, _unpack(archive, member) if member.file_size <= MAX_BYTES else None


def open_zip(path: Path) -> tuple[zipfile.ZipFile, dict[PurePosixPath, zipfile.ZipInfo]]:
    """A zip and the images in it by name, of which none is unpacked yet; ValueError for what should not be."""
    _check_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise ValueError(f"{path} is no zip that can be read to its end ({error})") from error
    try:
        return archive, _check_members(path, archive.infolist())
    except ValueError:
        archive.close()
        raise


def _check_directory(path: Path) -> None:
    """ValueError for a zip whose directory would fill the memory before a single file of it is looked at."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - (22 + 2**16 + 20)))
        tail = file.read()
    at = len(tail) - 22 if tail[-22:-18] == b"PK\5\6" and tail[-2:] == b"\0\0" else tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 22:
        raise ValueError(f"{path} is no zip that can be read to its end (its directory is missing)")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if length > MAX_DIRECTORY or tail[max(0, at - 20) :].startswith(b"PK\6\7"):  # the latter: 64-bit counts
        raise ValueError(f"{path} holds too many files, or is too large, for a zip: give a folder or a tar of them")


def _check_members(path: Path, listed: list[zipfile.ZipInfo]) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The images among a zip's members by their names; ValueError for what should not be unpacked."""
    files = {PurePosixPath(member.filename.replace("\\", "/")): member for member in listed if not member.is_dir()}
    images = {name: m for name, m in files.items() if is_image(name) and not stat.S_ISLNK(m.external_attr >> 16)}
    if not images:
        what = f"but {several([str(name) for name in files])}" if files else "nor anything else"
        raise ValueError(f"{path} holds no images ({', '.join(SUFFIXES)}), {what}")
    for name, member in images.items():
        if member.flag_bits & 1:
            raise ValueError(f"{path} is encrypted ({name}): pack the images again without a password")
        if member.compress_type not in DEFLATE:
            raise ValueError(f"{path} is packed in a way that is not read ({name}): pack it again as a plain zip")
    packed, unpacked = path.stat().st_size, sum(member.file_size for member in images.values())
    overlaps = sum(member.compress_size for member in images.values()) > packed
    if overlaps or unpacked > MAX_UNPACKED or unpacked > max(FREE, MAX_RATIO * packed):
        raise ValueError(
            f"{path} would unpack from {packed:,} bytes to {unpacked:,}, which no zip of photos does: it is not read"
        )
    return images


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BytesIO | None:
    """A member's bytes, no more than the directory says; None where it is damaged."""
    try:
        with archive.open(member) as file:
            return BytesIO(file.read(member.file_size))
    except DAMAGED:
        return None


def several(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
