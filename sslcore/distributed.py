"""What processes that train together tell one another; a process alone has nothing to tell.

Each process holds a share of the batch, and gradients are averaged over processes afterwards.  What is written here is
right for that average: a loss that looks at the whole batch gets the gradients that one process would have computed.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function


def processes() -> int:
    """How many train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def either(flag: bool) -> bool:
    """Whether the flag is up in any process: all of them hear the same."""
    if processes() == 1:
        return flag
    raised = torch.tensor(float(flag), device="cuda" if dist.get_backend() == "nccl" else "cpu")
    dist.all_reduce(raised, dist.ReduceOp.MAX)
    return bool(raised)


def first(act: Callable[[], None]) -> None:
    """Let the first process do something; the ValueError or OSError that stops it stops every process."""
    wrong: list[Any] = [None]
    if processes() == 1 or dist.get_rank() == 0:
        try:
            act()
        except (ValueError, OSError) as error:
            wrong = [error]
    if processes() > 1:
        dist.broadcast_object_list(wrong)
    if wrong[0]:
        raise wrong[0]


def gather(x: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "all d"], int]:
    """The rows of every process, in order of rank and with gradients, and where this process's own begin."""
    if processes() == 1:
        return x, 0
    return _Gather.apply(x), dist.get_rank() * len(x)


def mean(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The mean of x over processes, with gradients."""
    if processes() == 1:
        return x
    return gather(x.reshape(1, -1))[0].mean(0).view_as(x)


class _Gather(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        parts = [torch.empty_like(x, memory_format=torch.contiguous_format) for _ in range(processes())]
        dist.all_gather(parts, x.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # every process's loss looked at these rows: their gradients add up
        total = gradient.contiguous()
        dist.all_reduce(total)
        return total.chunk(processes())[dist.get_rank()]
