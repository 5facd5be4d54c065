"""What pages read of a run, cached until its files change; what a user got wrong becomes a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from sslcore.run import Run


@contextmanager
def sentence() -> Iterator[None]:
    """What a user got wrong, or a broken file, becomes one sentence on the page instead of a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        st.error(str(error))
        st.stop()


def read(run: Run, what: str, *arguments: Any) -> Any:
    """An attribute of a run (or a method's result), cached until its files change; a broken file ends the page."""
    with sentence():
        return _read(str(run.path), stamp(run), what, arguments)


def model(run: Run) -> Any:
    """The trained objective, in eval mode on the CPU, shared by all visitors; ends the page where it cannot be read."""
    with sentence():
        return _model(str(run.path), stamp(run))


def decode(run: Run, codes: np.ndarray) -> np.ndarray:
    """Codes [n, latent] -> images, uint8 [n, c, h, w]."""
    import torch

    objective = model(run)
    with torch.inference_mode():
        x = objective.decode(torch.as_tensor(np.asarray(codes), dtype=torch.float32))
    return (x * 255).round().byte().numpy()


def stamp(run: Run) -> tuple[int, ...]:
    """When each of the run's files was last written: what caches depend on."""
    return tuple(path.stat().st_mtime_ns for path in sorted(run.path.glob("*.*")))


@st.cache_resource(max_entries=256, show_spinner=False)
def _read(path: str, stamp: tuple[int, ...], what: str, arguments: tuple) -> Any:
    found = getattr(Run(Path(path)), what)
    return found(*arguments) if callable(found) else found


@st.cache_resource(max_entries=16, show_spinner="Reading the model ...")
def _model(path: str, stamp: tuple[int, ...]) -> Any:
    import torch

    torch.set_num_threads(1)  # pages compute little at a time: more threads than idle cores cost ten times the time
    return Run(Path(path)).objective()
