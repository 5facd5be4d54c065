"""What config.json says of a training: of what data, by which settings, on which machine."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sslcore.data.items import Data, ready
from sslcore.objectives import Objective
from sslcore.run.config import Config
from sslcore.run.embed import evaluating
from sslcore.run.facts import FORMAT

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@torch.no_grad()
def facts_of(
    config: Config, objective: Objective, train: Data, test: Data, fabric: Fabric, bits: str, graphs: bool
) -> dict[str, Any]:
    """What config.json holds, enough for the dashboard to know what a run can do without building its model."""
    with evaluating(objective):
        spaces = objective.spaces(ready(torch.zeros(2, *train.form.shape, dtype=train.items.dtype)))
    abilities = objective.abilities
    return {
        "format": FORMAT,
        "config": config.model_dump(mode="json"),
        "form": train.form.json(),
        "spaces": {name: v.shape[1] for name, v in spaces.items()},
        "metric": objective.metric,
        "abilities": abilities,
        **({"temperature": float(objective.temperature)} if "temperature" in abilities else {}),
        "data": {
            "name": train.name,
            "source": train.source,
            "items": {"train": len(train), "test": len(test)},
            "digests": {"train": train.digest, "test": test.digest},
        },
        "made": {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "finished": None,
            **_machine(fabric),
            "precision": bits,
            **({"graphs": True} if graphs else {}),
            "torch": torch.__version__,
            "commit": _commit(),
        },
    }


def resumed(facts: Mapping[str, Any], fabric: Fabric) -> dict[str, Any]:
    """What config.json holds of a run that goes on here."""
    made, here = dict(facts["made"]), _machine(fabric)
    made.pop("processes", None)
    if fabric.device.type == "cpu" or fabric.world_size > 1:
        made.pop("graphs", None)  # they were of one GPU
    before = made["device"].split(", then ")
    every = before if here["device"] in before else [*before, here["device"]]
    made |= here | {"device": ", then ".join(every), "resumed": made.get("resumed", 0) + 1}
    return dict(facts) | {"made": made}


def _machine(fabric: Fabric) -> dict[str, Any]:
    return {
        "device": torch.cuda.get_device_name() if fabric.device.type == "cuda" else f"cpu ({platform.machine()})",
        **({"processes": fabric.world_size} if fabric.world_size > 1 else {}),
        "threads": torch.get_num_threads(),
    }


def _commit() -> str | None:
    """The commit of this code, where it is a git checkout and git is installed."""
    try:
        words = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
