"""Zips of images that a visitor hands over, kept by their content: a run's data is found again by its path."""

import hashlib
import re
from pathlib import Path

from sslcore.data.archives import open_zip
from sslcore.data.standard import roots
from sslcore.files import write

MAX_UPLOAD = 200 << 20  # bytes


def keep(name: str, content: bytes) -> Path:
    """The path of uploads/<name>-<digest>.zip in the first data root, written where it is not there yet.

    ValueError for what `load` would refuse by the zip's directory; then nothing is kept.
    """
    if len(content) > MAX_UPLOAD:
        raise ValueError(f"{name} has {len(content):,} bytes; at most {MAX_UPLOAD:,} are taken: give its path instead")
    plain = re.sub(r"[^\w-]+", "-", Path(name).stem).strip("-")[:60] or "images"
    path = roots()[0] / "uploads" / f"{plain}-{hashlib.sha256(content).hexdigest()[:12]}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write(path, content)
        try:
            open_zip(path)[0].close()
        except ValueError as error:
            path.unlink()
            raise ValueError(str(error).replace(str(path), name)) from error
    return path.resolve()
