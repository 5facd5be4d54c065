"""Jobs: trainings in processes of their own, which outlive the page, the browser and the server.

checkpoints/<run>/job.json   what was asked for, when its turn came, and the sentence it failed with
checkpoints/<run>/job.log    what its process said
checkpoints/<run>/job.lock   locked for as long as its process lives, and holding its pid

The lock is taken before the process begins and handed down to it, so it says at any time whether a job is alive, and
the system gives it back however the process ends.  One job of a folder trains at a time: first asked, first served.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sslcore.files import held, read, read_json, taken, write_json
from sslcore.run import NAME, Run

if TYPE_CHECKING:
    from sslcore.run.config import Config

POSSIBLE = os.name == "posix"  # a lock that is handed down to a process and dies with it is POSIX's
ROWS = 500  # of a history, about
STATES = ("queued", "training", "stopped", "failed", "finished")


@dataclass(frozen=True)
class Job:
    """A training that was asked for, read from its run's folder; ValueError says which file is wrong and how."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def facts(self) -> dict[str, Any]:
        """job.json, checked for what is looked at here; the config is checked where it is trained."""
        facts = read_json(self.path / "job.json")
        kinds: dict[str, Any] = {
            "config": dict,
            "asked": float,
            "began": (float, type(None)),
            "error": (str, type(None)),
        }
        wrong = [name for name, kind in kinds.items() if not isinstance(facts.get(name, ...), kind)]
        if wrong:
            raise ValueError(
                f"{self.path / 'job.json'} is not a job's: {', '.join(wrong)} is missing or of another kind"
            )
        return facts

    @property
    def asked(self) -> float:
        """When it was asked for, in seconds since 1970; 0 where job.json is broken, which `facts` then says."""
        try:
            return self.facts["asked"]
        except ValueError:
            return 0.0

    @property
    def alive(self) -> bool:
        """Whether its process is there: waiting, training, or making maps."""
        return held(self.path / "job.lock")

    @property
    def finished(self) -> bool:
        return (self.path / "config.json").exists() and bool(Run(self.path).facts["made"].get("finished"))

    @property
    def state(self) -> str:
        """One of STATES.  A job whose process was killed is stopped: what it saved is there to resume from."""
        facts = self.facts
        if self.finished:
            return "finished"
        if self.alive:
            return "training" if facts["began"] else "queued"
        if held(self.path / ".lock"):  # the command line took it over
            return "training"
        return "failed" if facts["error"] else "stopped"

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows of the training so far, of many a part: it is looked at every second."""
        return Run(self.path).thinned(ROWS) if (self.path / "history.csv").exists() else []

    def left(self, history: list[dict[str, float]]) -> float | None:
        """Seconds of training that are left at the pace of the last rows of its history; None before there is one."""
        rows = history[-10:]
        if not rows:
            return None
        facts = Run(self.path).facts
        items = (facts["config"]["epochs"] - rows[-1]["epoch"]) * facts["data"]["items"]["train"]
        return max(0.0, items / max(1e-9, median(row["items_per_second"] for row in rows)))

    def log(self, lines: int = 30) -> str:
        """The last lines that its process wrote."""
        path = self.path / "job.log"
        return "\n".join(read(path).decode("utf-8", "replace").splitlines()[-lines:]) if path.exists() else ""

    def stop(self) -> None:
        """Ask its process to end once it has saved what there is to resume from; asked twice, it ends at once."""
        if self.alive:
            pid = read(self.path / "job.lock")
            if not pid:
                raise ValueError(f"{self.name} is just being started: stop it in a moment")
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(int(pid), signal.SIGTERM)
        elif held(self.path / ".lock"):
            raise ValueError(f"{self.name} is being trained from a command line: stop it there, with Ctrl-C")

    def resume(self) -> None:
        """Put it at the end of the queue again."""
        if self.finished:
            raise ValueError(f"{self.name} is finished: there is nothing to resume")
        _launch(self, self.facts | {"asked": time.time(), "began": None, "error": None})

    def delete(self) -> None:
        """Delete the run with all its files; ValueError for one that is at work, or was never a job."""
        if self.path.is_symlink() or not (self.path / "job.json").is_file():
            raise ValueError(f"{self.name} was not trained from here, and is not deleted from here")
        lock = taken(self.path / "job.lock")
        if lock is None:
            raise ValueError(f"{self.name} is at work: stop it first, then delete it")
        with lock:
            if held(self.path / ".lock"):
                raise ValueError(f"{self.name} is being trained from a command line: stop it there first")
            shutil.rmtree(self.path)


def start(config: "Config", name: str, checkpoints: Path) -> Job:
    """Train this as a run of this name as soon as it is its turn; ValueError for a name that is taken or cannot be."""
    job = Job(free(name, checkpoints))
    job.path.mkdir(parents=True)
    _launch(job, {"config": config.model_dump(mode="json"), "asked": time.time(), "began": None, "error": None})
    return job


def free(name: str, checkpoints: Path) -> Path:
    """The folder that a new run of this name would have; ValueError for a name that is taken or cannot be."""
    if not re.fullmatch(NAME, name):
        raise ValueError(
            f"a run cannot be called {name!r}: use letters, digits, _, - and dots, neither of the latter first, at "
            "most 100"
        )
    path = Path(checkpoints) / name
    if path.exists() or path.is_symlink():
        raise ValueError(f"there is a run called {name!r} already: choose another name")
    return path


def jobs(checkpoints: Path) -> list[Job]:
    """The jobs of a folder, the one asked for last first."""
    found = [Job(path.parent) for path in Path(checkpoints).glob("*/job.json") if re.fullmatch(NAME, path.parent.name)]
    return sorted(found, key=lambda job: (-job.asked, job.name))


def _launch(job: Job, facts: dict[str, Any]) -> None:
    lock = taken(job.path / "job.lock")
    if lock is None:
        raise ValueError(f"{job.name} is at work already")
    with lock:  # the child's stays open
        lock.truncate(0)  # no pid of an earlier process, which may be another's by now
        write_json(job.path / "job.json", facts)
        package = str(Path(__file__).parents[2])
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
        descriptor = lock.fileno()
        words = [sys.executable, "-m", "sslcore.jobs", str(job.path.resolve()), str(descriptor)]
        with open(job.path / "job.log", "ab") as log:
            streams: Any = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}
            process = subprocess.Popen(words, pass_fds=[descriptor], env=environment, **streams)
        os.pwrite(descriptor, str(process.pid).encode(), 0)
        threading.Thread(target=process.wait, daemon=True).start()  # a parent that does not wait keeps a zombie
