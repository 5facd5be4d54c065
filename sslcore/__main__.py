"""The command line: train, runs, evaluate, project, bench.  `python -m sslcore COMMAND --help` tells the rest."""

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Literal

import tyro
from pydantic import Field, ValidationError, create_model

from sslcore import objectives
from sslcore.run import NAME, NOT_TERMS, Run, checkpoints, runs
from sslcore.run.config import Config, complaint
from sslcore.settings import Settings

CHECKPOINTS = checkpoints()
Device = Literal["auto", "cpu", "cuda"]
Bench = Literal["training", "views", "pages", "maps", "latency", "quality"]


class Place(Settings):
    """Where a run lies and what it is trained on."""

    checkpoints: Path = Field(CHECKPOINTS, description="the folder that holds the runs")
    device: Device = Field("auto", description="where to train")
    devices: int = Field(1, ge=1, description="processes on this machine, one for each GPU, that share every batch")
    nodes: int = Field(1, ge=1, description="machines that train together")


class New(Place):
    name: str = Field("", pattern=f"^({NAME})?$", description="the run's name; by default objective-data")


class Begun(Place):
    resume: str = Field(description="the run to go on with: its name, or its folder")


def main(words: Sequence[str]) -> None:
    """Run one command; ValueError, OSError or FloatingPointError with one sentence where it cannot."""
    commands: dict[str, Callable[..., None]] = {
        "train": train_command,
        "runs": list_runs,
        "evaluate": measure,
        "project": project,
        "bench": bench,
    }
    if not words or words[0] in ("-h", "--help"):
        print(f"{__doc__}\n")
        for name, command in commands.items():
            print(f"  {name:10} {(command.__doc__ or '').splitlines()[0]}")
    elif words[0] not in commands:
        raise ValueError(f"no command {words[0]!r}: there are {', '.join(commands)}")
    elif words[0] == "train":
        train_command(words[1:])
    else:
        tyro.cli(commands[words[0]], prog=f"python -m sslcore {words[0]}", args=list(words[1:]))


def train_command(words: Sequence[str]) -> None:
    """Train an objective: train <objective> --data ... --name ..., or train --resume <run>"""
    if not words or words[0] in ("-h", "--help"):
        print(f"python -m sslcore train OBJECTIVE [options]\n\nOBJECTIVE is one of {', '.join(objectives.names())};")
        print("`python -m sslcore train OBJECTIVE --help` lists its options.  `python -m sslcore train --resume RUN`")
        print("goes on with a training that was stopped or killed.")
        return
    if words[0].startswith("--resume"):
        begun = tyro.cli(Begun, prog="python -m sslcore train", args=list(words))
        run = find_run(begun.resume, begun.checkpoints)
        from sslcore import train

        follow(train.resume(run.path, begun.device, begun.devices, begun.nodes), run.config.epochs, run.path)
        return
    plain = Config(objective=words[0], network=_encoder(words))
    # one flat command line from the declarations: the objective's settings, the network, the training, the place
    fields = {name: (type(getattr(plain, name)), getattr(plain, name)) for name in ("settings", "network")}
    options: Any = create_model(  # type: ignore[call-overload]
        "Options", __base__=(New, Config), objective=(str, words[0]), **fields
    )
    default = options(**{name: getattr(plain, name) for name in Config.model_fields})
    prog = f"python -m sslcore train {words[0]}"
    chosen: Any = tyro.cli(
        tyro.conf.OmitArgPrefixes[tyro.conf.FlagConversionOff[options]],
        prog=prog,
        args=list(words[1:]),
        default=default,
        description=sys.modules[objectives.find(words[0]).__module__].__doc__ or "",
    )
    config = Config(**{name: getattr(chosen, name) for name in Config.model_fields})
    name = chosen.name or f"{config.objective}-{Path(config.data).name.split('.')[0]}"
    path = chosen.checkpoints / name

    from sslcore import train

    follow(train.train(config, path, chosen.device, chosen.devices, chosen.nodes), config.epochs, path)


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
    bar = tqdm(total=epochs, bar_format=layout, disable=silent)
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


def list_runs(checkpoints: Path = CHECKPOINTS) -> None:
    """List the runs of a folder as a table."""
    rows = []
    for run in runs(checkpoints):
        try:
            facts, metrics = run.facts, run.metrics
            made, config = facts["made"], facts["config"]
            knn = f"{100 * metrics.features['run']['knn_10']:.1f}" if metrics.features else ""
            state = (made["finished"] or "unfinished")[:10]
            rows.append((run.name, config["objective"], facts["data"]["name"], config["epochs"], knn, state))
        except ValueError as error:
            rows.append((run.name, f"unreadable: {error}", "", "", "", ""))
    if not rows:
        raise ValueError(f"no run in {checkpoints}: train one with `python -m sslcore train vae --name my-vae`")
    table(("run", "objective", "data", "epochs", "kNN %", "finished"), rows)


def measure(
    runs: tyro.conf.Positional[tuple[str, ...]], /, device: Device = "auto", parts: tuple[str, ...] = ()
) -> None:
    """Measure runs on held-out data, beside raw pixels, PCA and a random encoder.

    Args:
        runs: names of runs in checkpoints/, or their folders.
        device: where to measure.
        parts: only these of features, labels, geometry, contrast, likelihood, anomaly, finetune; by default all.
    """
    from sslcore import evaluate

    for run in map(find_run, some(runs)):
        print(run.name)
        for name, figures in evaluate.evaluate(run, device, parts):
            words = [f"{k} {v:.4f}" if isinstance(v, float) else v for k, v in figures.items()]
            print(f"  {name:18} {'  '.join(word for word in words if isinstance(word, str))}", flush=True)


def project(
    runs: tyro.conf.Positional[tuple[str, ...]],
    /,
    method: Literal["pca", "umap", "tsne"] | None = None,
    dimensions: Literal[2, 3] = 2,
    seed: int = 0,
) -> None:
    """Bake the maps of runs: by default PCA, UMAP and t-SNE of every space, and the aligned maps of the snapshots.

    Args:
        runs: names of runs in checkpoints/, or their folders.
        method: only this one.
        dimensions: of that one.
        seed: of UMAP and t-SNE.
    """
    from sslcore.project import BAKED, bake, bake_aligned

    for run in map(find_run, some(runs)):
        for made in bake(run, [(method, dimensions)] if method else BAKED, seed):
            print(f"{run.name}  {made.key:12} trustworthiness {made.trustworthiness:.3f}", flush=True)
        if method != "tsne" and (aligned := bake_aligned(run, method or "umap", seed)):
            trust = f"trustworthiness {aligned.trustworthiness.min():.3f} to {aligned.trustworthiness.max():.3f}"
            print(f"{run.name}  {len(aligned.points)} aligned by {aligned.method}, {trust}")


def bench(what: tyro.conf.Positional[Bench], /, studies: tuple[str, ...] = ()) -> None:
    """Measure speed beside the loop that a learner would write.

    Args:
        what: training (AE and VAE), views (augmentations), pages (opening them in a browser), maps (the latent map
            there), latency (from pointer to pixels), or quality (what models reach, three seeds each: hours, which may
            be spread over several calls).
        studies: of quality, by name; all when none is named
    """
    from importlib import import_module

    if studies and what != "quality":
        raise ValueError(f"{' '.join(studies)} is too much: only quality takes names, those of its studies")
    for head, rows in groupby(getattr(import_module(f"sslcore.bench.{what}"), what)(*studies), key=tuple):
        table(head, [tuple(row.values()) for row in rows])


def find_run(name: str, folder: Path = CHECKPOINTS) -> Run:
    """A run by the path of its folder, or by its name in checkpoints/."""
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
