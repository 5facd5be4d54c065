"""Files: sizes are checked before anything is allocated, writes are atomic, locks end with their holder, no pickle."""

import io
import json
import math
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import portalocker

LARGEST = 2**30  # bytes that one file of arrays may unpack to
TRIES = 50  # hundredths of a second that a lock is tried for: who looks whether it is held holds it for an instant


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read(path))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} must hold a JSON object")
    return found


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; their sizes are checked before any is allocated, and objects are refused."""
    with _unzipped(path) as archive:
        members = archive.infolist()
        total = 0
        for member in members:
            shape, dtype = _header(archive, member)
            if dtype.hasobject:
                raise ValueError("it holds Python objects")
            total += max(member.file_size, math.prod(shape) * dtype.itemsize)
        if total > LARGEST:
            raise ValueError(f"it would unpack to {total:,} bytes; at most {LARGEST:,} are read")
        return {
            member.filename.removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(member)), allow_pickle=False
            )
            for member in members
        }


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each array of an .npz file, of which only the headers are unpacked."""
    with _unzipped(path) as archive:
        return {member.filename.removesuffix(".npy"): _header(archive, member)[0] for member in archive.infolist()}


@contextmanager
def _unzipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """An .npz file that is open; what is wrong with it is one sentence."""
    try:
        with zipfile.ZipFile(io.BytesIO(read(path))) as archive:
            yield archive
    except (ValueError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype]:
    with archive.open(member) as file:
        major, _ = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(file)
    return shape, dtype


def write(path: Path, content: bytes) -> None:
    """All of it or nothing: to a temporary name first, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        kept = "; what was there is kept" if path.exists() else ""
        raise OSError(f"{path} cannot be written: {error.strerror or error}{kept}") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: dict[str, Any]) -> None:
    write(path, (json.dumps(content, indent=2) + "\n").encode())


def write_arrays(path: Path, arrays: dict[str, np.ndarray], compress: bool = True) -> None:
    """An .npz file; compressing it takes ten times as long as writing it."""
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, allow_pickle=False, **arrays)
    write(path, buffer.getvalue())


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"{path.parent} has no {path.name}: is it a run, and was its training begun?") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error


def taken(path: Path) -> IO[bytes] | None:
    """A file, locked until it is closed or its last holder ends; None where another holds it."""
    file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")  # noqa: SIM115
    for _ in range(TRIES):
        try:
            portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
            return file
        except portalocker.AlreadyLocked:
            time.sleep(0.01)
    file.close()
    return None


def held(path: Path) -> bool:
    """Whether a process holds this lock."""
    try:
        with open(path, "rb") as file:
            portalocker.lock(file, portalocker.LOCK_SH | portalocker.LOCK_NB)
    except FileNotFoundError:
        return False
    except portalocker.AlreadyLocked:
        return True
    return False


def expanded(path: str | Path) -> Path:
    """A path with the home folder that its ~ stands for; ValueError where there is none."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: there is no such home folder here: write the path without ~") from error


def named_folder(variable: str, default: str | Path) -> Path:
    """The folder that an environment variable names, else the default; ValueError where something else is there."""
    path = expanded(os.environ.get(variable) or default)
    if path.exists() and not path.is_dir():
        raise ValueError(f"${variable} is {path}, which is no folder: name one, or leave it unset")
    return path
