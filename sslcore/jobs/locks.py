"""Locks on files, which the system gives back however their holder ends."""

import os
import time
from pathlib import Path

if os.name == "posix":
    import fcntl

TRIES = 50  # hundredths of a second that a lock is tried for: who looks whether it is held holds it for an instant


def taken(path: Path) -> int | None:
    """The descriptor of a file, locked; None where another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            time.sleep(0.01)
    os.close(descriptor)
    return None


def held(path: Path) -> bool:
    """Whether a process holds this lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
