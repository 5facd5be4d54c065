"""What pages read of a run, cached until its files change; what a user got wrong becomes a sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import streamlit as st

from sslcore.run import Run
from sslcore.view.threads import one_thread


@contextmanager
def sentence() -> Iterator[None]:
    """What a user got wrong, or a broken file, becomes one sentence on the page instead of a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        st.error(str(error))
        st.stop()


def stamp(run: Run, *files: str) -> tuple[str, *tuple[int, ...]]:
    """The run and when these of its files (all, if none is named) were last written: what caches depend on."""
    paths = [run.path / file for file in files] or sorted(run.path.glob("*.*"))
    return str(run.path), *(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


def until(*files: str) -> dict[str | type, Callable[[Any], Any]]:
    """`hash_funcs` of a cache whose functions are given runs: what they made of one is kept until its files change."""
    return {Run: lambda run: stamp(run, *files)}


def read(run: Run, what: str, *arguments: Any) -> Any:
    """An attribute of a run (or a method's result), cached until its files change; a broken file ends the page."""
    with sentence():
        return _read(run, what, arguments)


def model(run: Run) -> Any:
    """The trained objective, in eval mode on the CPU, shared by all visitors; ends the page where it cannot be read."""
    with sentence():
        return _model(run)


def decode(run: Run, codes: np.ndarray) -> np.ndarray:
    """Codes [n, latent] -> images, uint8 [n, c, h, w]."""
    import torch

    objective = model(run)
    with one_thread(), torch.inference_mode():
        x = objective.decode(torch.as_tensor(np.asarray(codes), dtype=torch.float32))
    return (x * 255).round().byte().numpy()


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs=until())
def _read(run: Run, what: str, arguments: tuple) -> Any:
    value = getattr(run, what)
    return value(*arguments) if callable(value) else value


@st.cache_resource(max_entries=16, show_spinner="Reading the model ...", hash_funcs=until())
def _model(run: Run) -> Any:
    return run.objective()
