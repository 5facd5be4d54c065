"""How a training is asked to end, by Ctrl-C or a SIGTERM, without a step that is half done."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """-> whether SIGINT or SIGTERM has come: leave after the row that is due.  A second one is a KeyboardInterrupt."""
    asked = False

    def hear(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
