"""What a job's process does: python -m sslcore.jobs FOLDER LOCK, the latter a descriptor of the job's lock."""

import os
import signal
import sys
import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from sslcore.files import taken, write_json
from sslcore.jobs import Job, jobs
from sslcore.run import Run

PAUSE = 0.2  # seconds between two looks at the queue


def work(job: Job) -> None:
    """What a job's process does: wait for its turn, train, make the maps that the pages draw."""
    turn = wait(job)
    facts = job.facts | {"began": time.time()}
    write_json(job.path / "job.json", facts)
    print("its turn has come", flush=True)

    from pydantic import ValidationError

    from sslcore.run.config import complaint

    try:
        learn(job, facts["config"])
    except ValidationError as error:
        facts["error"] = complaint(error)
    except (ValueError, OSError, FloatingPointError) as error:
        facts["error"] = str(error)
    if facts["error"]:
        print(facts["error"], flush=True)
        write_json(job.path / "job.json", facts)
    turn.close()


def wait(job: Job) -> IO[bytes]:
    """Return when no job that was asked for earlier is alive and none trains, with the folder's lock."""
    folder, mine = job.path.parent, (job.asked, job.name)
    while True:
        earlier = any((other.asked, other.name) < mine and other.alive for other in jobs(folder))
        turn = None if earlier else taken(folder / ".turn")
        if turn is not None:
            return turn
        time.sleep(PAUSE)


def learn(job: Job, config: dict[str, Any]) -> None:
    import torch

    from sslcore.run.config import Config
    from sslcore.train import resume, train
    from sslcore.train.stop import asked_to_stop

    # one core stays free for the page that draws it: as many busy threads as cores wait for each other at every step
    torch.set_num_threads(max(1, torch.get_num_threads() - 1))
    rows: Any = resume(job.path) if (job.path / "config.json").exists() else train(Config(**config), job.path)
    epoch = 0
    with asked_to_stop() as asked, closing(rows):
        for row in rows:
            if row["epoch"] >= epoch + 1:
                epoch = int(row["epoch"])
                print("  ".join(f"{name} {value:.6g}" for name, value in row.items()), flush=True)
            if asked():
                break
    if not job.finished:
        raise KeyboardInterrupt
    print("trained; now its maps", flush=True)
    from sslcore.project import bake, bake_aligned

    for made in bake(Run(job.path), [("pca", 3), ("umap", 2)]):
        print(f"{made.key}  trustworthiness {made.trustworthiness:.3f}", flush=True)
    bake_aligned(Run(job.path))
    print("done", flush=True)


if __name__ == "__main__":
    # before and after the training, which ends in its own time
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.set_inheritable(int(sys.argv[2]), False)  # the job's lock, which no child of its own shall hold
    warnings.formatwarning = lambda message, *_: f"{message}\n"
    try:
        work(Job(Path(sys.argv[1])))
    except KeyboardInterrupt:
        print("stopped", flush=True)
