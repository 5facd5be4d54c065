"""What a training needs to go on as if it had never stopped, in one file that is replaced whole.

Noise, views and order are functions of seed and step (`loop.reseed`), so the state of no generator is kept.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from sslcore.files import write


def save_state(
    path: Path, step: int, models: dict[str, nn.Module], optimiser: torch.optim.Optimizer, scaler: dict[str, Any]
) -> None:
    """Write every model's and the optimiser's tensors after `step` steps, and the scaler of 16-bit gradients."""
    tensors = {f"{name}.{key}": v for name, model in models.items() for key, v in model.state_dict().items()}
    for i, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{i}.{key}": torch.as_tensor(v) for key, v in moments.items()}
    facts = {"step": str(step), "scaler": json.dumps(scaler)}
    write(path, save({key: v.cpu().contiguous() for key, v in tensors.items()}, facts))


def load_state(
    path: Path, models: dict[str, nn.Module], optimiser: torch.optim.Optimizer
) -> tuple[int, dict[str, Any]]:
    """Put back what `save_state` wrote; -> steps, and the scaler.  ValueError where it is not of these models."""
    try:
        with safe_open(path, "pt") as file:
            tensors, facts = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
        step, scaler = int(facts["step"]), json.loads(facts["scaler"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no state to go on from ({error}): train the run again under another name"
        ) from error
    for name, model in models.items():
        given = {key.removeprefix(f"{name}."): v for key, v in tensors.items() if key.startswith(f"{name}.")}
        wanted = {key: v.shape for key, v in model.state_dict().items()}
        if {key: v.shape for key, v in given.items()} != wanted:
            raise ValueError(
                f"{path} is of another config than {path.parents[1]}: train the run again under another name"
            )
        model.load_state_dict(given)
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for key, v in tensors.items():
        if key.startswith("optimiser."):
            _, i, name = key.split(".", 2)
            p = parameters[int(i)]
            # as the optimiser would have made it: on the parameter's device and in its own order in memory
            optimiser.state[p][name] = torch.zeros_like(p).copy_(v) if v.shape == p.shape else v.to(p.device)
    return step, scaler
