"""Processes for tests that kill them, stop them or let them share a batch.

Each does what `python WORDS` would, but is forked from one that has imported everything: a new one does so for seconds.
"""

import multiprocessing
import os
import runpy
import socket
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SECONDS = 300
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["lightning_fabric", "sklearn.datasets", "tqdm", "sslcore.train", "sslcore.evaluate", "sslcore.project",
     "sslcore.objectives.vae", "sslcore.objectives.simclr"]
)  # fmt: skip


class Python:
    """`python WORDS`, begun: -m MODULE, -c CODE or a script, and its own words; `more` is in its environment."""

    def __init__(self, *words: object, **more: str):
        self.folder = tempfile.TemporaryDirectory()
        self.files = [Path(self.folder.name) / name for name in ("out", "err")]
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.process = begun(list(map(str, words)), os.environ | more, out.fileno(), err.fileno())
        self.pid = self.process.pid

    def wait(self) -> "Python":
        self.process.join(SECONDS)
        assert self.code is not None, f"it does not end: {self.out}{self.err}"
        return self

    @property
    def code(self) -> int | None:
        """What it ended with, the number of a signal below 0; None while it lives."""
        return self.process.exitcode

    @property
    def out(self) -> str:
        return self.files[0].read_text()

    @property
    def err(self) -> str:
        return self.files[1].read_text()


class Popen:
    """What sslcore.jobs needs of subprocess.Popen: its process inherits the one descriptor that its words name."""

    def __init__(self, words: list[str], *, stdout: Any, pass_fds: list[int], env: Mapping[str, str], **_: Any):
        (lock,) = pass_fds
        process = begun(words[1:], env, stdout.fileno(), stdout.fileno(), lock)
        self.pid, self.wait = process.pid, process.join


def together(processes: int, *words: object) -> list[Python]:
    """As `torchrun --nproc_per_node PROCESSES WORDS`: begun with what tells them apart, and ended well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    shared = {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes), "TORCHELASTIC_RUN_ID": "tests"}
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    every = [Python(*words, **shared, **place, RANK=str(k), LOCAL_RANK=str(k)) for k in range(processes)]
    for process in every:
        assert process.wait().code == 0, process.out + process.err
    return every


class Handed:
    """A descriptor that a process gets from the one that begins it, under a number of its own."""

    def __init__(self, fd: int):
        self.fd = fd

    def __getstate__(self) -> Any:
        return DupFd(self.fd)

    def __setstate__(self, handed: Any) -> None:
        self.fd = handed.detach()


def begun(words: list[str], environment: Mapping[str, str], out: int, err: int, lock: int | None = None) -> BaseProcess:
    handed = {str(lock): Handed(lock)} if lock is not None else {}
    process = SERVER.Process(
        target=become, args=(words, dict(environment), Handed(out), Handed(err), handed), daemon=True
    )
    with pytest.MonkeyPatch.context() as patch:  # main may be a page here, after an AppTest: none begins with it
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        process.start()
    return process


def become(words: list[str], environment: dict[str, str], out: Handed, err: Handed, handed: dict[str, Handed]) -> None:
    """Runs in the new process."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(out.fd, 1)
    os.dup2(err.fd, 2)
    words = [str(handed[word].fd) if word in handed else word for word in words]
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    elif words[0] == "-c":
        sys.argv = ["-c", *words[2:]]
        exec(compile(words[1], "-c", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
