"""The command line: train, runs, evaluate, project, bench.  `python -m sslcore COMMAND --help` tells the rest."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from sslcore import objectives
from sslcore.run import NAME, NOT_TERMS, Run, checkpoints, runs
from sslcore.run.config import Config, complaint
from sslcore.settings import Settings, from_words

PROGRAM = "python -m sslcore"
Device = Literal["auto", "cpu", "cuda"]


class Folder(Settings):
    checkpoints: Path = Field(default_factory=checkpoints, description="the folder that holds the runs")


class Place(Folder):
    """Where a run lies and what it is trained on."""

    device: Device = Field("auto", description="where to train")
    devices: int = Field(
        1, ge=1, le=1024, description="processes on this machine, one for each GPU, that share every batch"
    )
    nodes: int = Field(1, ge=1, le=65_536, description="machines that train together")


class New(Place):
    name: str = Field("", pattern=f"^({NAME})?$", description="the run's name; by default objective-data")


class Begun(Place):
    resume: str = Field("", description="the run to go on with: its name, or its folder")


class Measured(Settings):
    runs: tuple[str, ...] = Field((), description="names of runs in checkpoints/, or their folders")
    device: Device = Field("auto", description="where to measure")
    parts: tuple[str, ...] = Field(
        (), description="only these of features, labels, geometry, contrast, likelihood, anomaly, finetune; none: all"
    )


class Mapped(Settings):
    runs: tuple[str, ...] = Field((), description="names of runs in checkpoints/, or their folders")
    method: Literal["", "pca", "umap", "tsne"] = Field("", description="only this one")
    dimensions: int = Field(2, ge=2, le=3, description="of that one")
    seed: int = Field(0, ge=0, lt=2**32, description="of UMAP and t-SNE")


class Benched(Settings):
    what: tuple[Literal["training", "views", "pages", "maps", "latency", "quality"], ...] = Field(
        (),
        max_length=1,
        description="training (AE and VAE), views (augmentations), pages (opening them in a browser), maps (the latent "
        "map there), latency (from pointer to pixels), or quality (what models reach, three seeds each: hours, which "
        "may be spread over several calls)",
    )
    studies: tuple[str, ...] = Field((), description="of quality, by name; none: all")


def main(words: Sequence[str]) -> None:
    """Run one command; ValueError, OSError or FloatingPointError with one sentence where it cannot."""
    commands: dict[str, Callable[[Sequence[str]], None]] = {
        "train": train_command,
        "runs": list_runs,
        "evaluate": measure,
        "project": project,
        "bench": bench,
    }
    if not words or words[0] in ("-h", "--help"):
        print(f"{__doc__}\n")
        for name, command in commands.items():
            print(f"  {name:10} {command.__doc__}")
    elif words[0] not in commands:
        raise ValueError(f"no command {words[0]!r}: there are {', '.join(commands)}")
    else:
        commands[words[0]](words[1:])


def train_command(words: Sequence[str]) -> None:
    """Train an objective: train <objective> --data ... --name ..., or train --resume <run>"""
    program = f"{PROGRAM} train"
    if not words or words[0] in ("-h", "--help"):
        print(f"{program} OBJECTIVE [options]\n\nOBJECTIVE is one of {', '.join(objectives.names())};")
        print(f"`{program} OBJECTIVE --help` lists its options.  `{program} --resume RUN`")
        print("goes on with a training that was stopped or killed.")
        return
    if words[0].startswith("--resume"):
        begun = Begun(**from_words(words, [Begun()], program))
        run = find_run(begun.resume, begun.checkpoints)
        from sslcore import train

        follow(train.resume(run.path, begun.device, begun.devices, begun.nodes), run.config.epochs, run.path)
        return
    objective, *options = words
    plain = Config(objective=objective, network=_encoder(options))
    about = sys.modules[objectives.find(objective).__module__].__doc__ or ""
    given = from_words(options, [plain, New()], f"{program} {objective}", about)
    place = New(**{name: given.pop(name) for name in New.model_fields if name in given})
    config = Config(**{"objective": objective} | given)
    path = place.checkpoints / (place.name or f"{config.objective}-{Path(config.data).name.split('.')[0]}")
    from sslcore import train

    follow(train.train(config, path, place.device, place.devices, place.nodes), config.epochs, path)


def _encoder(words: Sequence[str]) -> dict[str, str]:
    """The encoder that is asked for, if one is: its own settings are among the options."""
    given = [w.partition("=")[2] for w in words if w.startswith("--encoder=")]
    given += [name for word, name in pairwise(words) if word == "--encoder"]
    return {"encoder": given[-1]} if given else {}


def follow(rows: Any, epochs: int, path: Path) -> None:
    """Print a training's progress, by the first of the processes that share it; Ctrl-C or a SIGTERM ends it after the
    row that is due, with everything saved, and a second one at once."""
    from tqdm import tqdm

    from sslcore import distributed
    from sslcore.train.stop import asked_to_stop

    silent = not _first()
    layout = "{percentage:3.0f}% |{bar}| {elapsed}<{remaining} {postfix}"
    bar = tqdm(total=epochs, bar_format=layout, disable=silent, delay=0.01)  # none before the first row
    stop = False
    with bar, asked_to_stop() as asked, closing(rows):
        for row in rows:
            terms = {k: v for k, v in row.items() if k not in NOT_TERMS}
            shown = "  ".join(f"{k} {v:.4g}" for k, v in terms.items())
            bar.set_postfix_str(f"epoch {row['epoch']:.1f}  {shown}  {row['items_per_second']:,.0f} items/s", False)
            bar.update(row["epoch"] - bar.n)
            stop = distributed.either(asked())
            if stop:
                break
    if stop and not silent:
        print(f"stopped; {path} holds what was learned; go on with `python -m sslcore train --resume {path}`")
    elif not silent:
        print(f"{path} is ready: open it in the dashboard, or bake its maps with `python -m sslcore project {path}`")


def _first() -> bool:
    """Whether this is the first of the processes that train together, or alone."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"


def list_runs(words: Sequence[str]) -> None:
    """List the runs of a folder as a table."""
    folder = Folder(**from_words(words, [Folder()], f"{PROGRAM} runs", list_runs.__doc__ or "")).checkpoints
    rows = []
    for run in runs(folder):
        try:
            facts, metrics = run.facts, run.metrics
            made, config = facts["made"], facts["config"]
            knn = f"{100 * metrics.features['run']['knn_10']:.1f}" if metrics.features else ""
            state = (made["finished"] or "unfinished")[:10]
            rows.append((run.name, config["objective"], facts["data"]["name"], config["epochs"], knn, state))
        except ValueError as error:
            rows.append((run.name, f"unreadable: {error}", "", "", "", ""))
    if not rows:
        raise ValueError(f"no run in {folder}: train one with `{PROGRAM} train vae --name my-vae`")
    table(("run", "objective", "data", "epochs", "kNN %", "finished"), rows)


def measure(words: Sequence[str]) -> None:
    """Measure runs on held-out data, beside raw pixels, PCA and a random encoder."""
    chosen = Measured(**from_words(words, [Measured()], f"{PROGRAM} evaluate", measure.__doc__ or "", "runs"))
    from sslcore import evaluate

    for run in map(find_run, some(chosen.runs)):
        for i, (name, figures) in enumerate(evaluate.evaluate(run, chosen.device, chosen.parts)):
            if i == 0:
                print(run.name)
            shown = [f"{k} {v:.4f}" if isinstance(v, float) else v for k, v in figures.items()]
            print(f"  {name:18} {'  '.join(word for word in shown if isinstance(word, str))}", flush=True)


def project(words: Sequence[str]) -> None:
    """Bake the maps of runs: PCA, UMAP and t-SNE of every space, and the aligned maps of the snapshots."""
    chosen = Mapped(**from_words(words, [Mapped()], f"{PROGRAM} project", project.__doc__ or "", "runs"))
    method, seed = chosen.method, chosen.seed
    from sslcore.project import BAKED, bake, bake_aligned

    for run in map(find_run, some(chosen.runs)):
        for made in bake(run, [(method, chosen.dimensions)] if method else BAKED, seed):
            print(f"{run.name}  {made.key:12} trustworthiness {made.trustworthiness:.3f}", flush=True)
        if method != "tsne" and (aligned := bake_aligned(run, method or "umap", seed)):
            trust = f"trustworthiness {aligned.trustworthiness.min():.3f} to {aligned.trustworthiness.max():.3f}"
            print(f"{run.name}  {len(aligned.points)} aligned by {aligned.method}, {trust}")


def bench(words: Sequence[str]) -> None:
    """Measure speed beside the loop that a learner would write, or what models reach."""
    chosen = Benched(**from_words(words, [Benched()], f"{PROGRAM} bench", bench.__doc__ or "", "what"))
    if not chosen.what:
        raise ValueError(f"name what to measure; `{PROGRAM} bench --help` lists it")
    (what,) = chosen.what
    if chosen.studies and what != "quality":
        raise ValueError(f"{' '.join(chosen.studies)} is too much: only quality takes names, those of its studies")
    from importlib import import_module

    for head, rows in groupby(getattr(import_module(f"sslcore.bench.{what}"), what)(*chosen.studies), key=tuple):
        table(head, [tuple(row.values()) for row in rows])


def find_run(name: str, folder: Path | None = None) -> Run:
    """A run by the path of its folder, or by its name in checkpoints/."""
    folder = folder or checkpoints()
    for path in (Path(name), folder / name):
        if (path / "config.json").exists():
            return Run(path)
    known = ", ".join(run.name for run in runs(folder)) or "none"
    raise ValueError(f"no run {name!r}; in {folder}/ there are: {known}")


def some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("name at least one run; `python -m sslcore runs` lists them")
    return names


def table(head: tuple[str, ...], rows: Iterable[tuple]) -> None:
    """Print columns as wide as their widest entry."""
    text = [head, *[tuple(f"{v:,.3g}" if isinstance(v, float) else str(v) for v in row) for row in rows]]
    widths = [max(map(len, column)) for column in zip(*text, strict=True)]
    for row in text:
        print("  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    warnings.formatwarning = lambda message, *_: f"{message}\n"
    try:
        main(sys.argv[1:])
    except (ValueError, OSError, FloatingPointError) as error:
        if _first():
            print(f"error: {complaint(error) if isinstance(error, ValidationError) else error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
