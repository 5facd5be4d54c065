"""Torch's threads while a page computes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def one_thread() -> Iterator[None]:
    """Pages compute little at a time: threads that wait for each other make it ten times as slow on a busy machine."""
    import torch

    many = _threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(many)


@cache
def _threads() -> int:
    """How many there were before any page computed: another visitor's page may be at work, with one, right now."""
    import torch

    return torch.get_num_threads()
