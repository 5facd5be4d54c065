"""Files: sizes are checked before anything is allocated, writes are atomic, nothing is pickled."""

import io
import json
import math
import os
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 2**30  # bytes that one file of arrays may unpack to


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
    try:
        with zipfile.ZipFile(io.BytesIO(read(path))) as archive:
            members = archive.infolist()
            total = 0
            for member in members:
                with archive.open(member) as file:
                    major, _ = np.lib.format.read_magic(file)
                    header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
                    shape, _, dtype = header(file)
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
    except (ValueError, zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


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


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """An .npz file, compressed."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write(path, buffer.getvalue())


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"{path.parent} has no {path.name}: is it a run, and was its training begun?") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
