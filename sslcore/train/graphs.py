"""A step of training as one CUDA graph: a GPU that runs a small network waits for Python to launch its operators.

Recorded once, all of them are launched together (pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

Step = Callable[[Tensor], dict[str, Tensor]]  # a batch -> terms, detached; gradients are left in the parameters

WARM = 3  # calls before the one that is recorded: what is made once (plans of cuDNN, workspaces) is made in them


class Replayed:
    """A step whose first calls run as they are; then it is recorded, and from there on replayed.

    Its batches are all of one shape, and what it returns is written over by the next call.  `generator` is the one
    that it draws from: it may be seeded anew between calls.
    """

    def __init__(self, step: Step, generator: Generator):
        self.step, self.generator, self.warm = step, generator, WARM
        self.replay: Callable[[], None] | None = None

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        if self.warm:
            self.warm -= 1
            return aside(self.step, x)
        if self.replay is None:
            self.x = x.clone()
            self.replay, self.terms = record(self.step, self.x, self.generator)
        self.x.copy_(x)
        self.replay()
        return self.terms


def aside(step: Step, x: Tensor) -> dict[str, Tensor]:
    """A step on a stream of its own, as those before a recording have to be."""
    stream = torch.cuda.Stream(x.device)
    stream.wait_stream(torch.cuda.current_stream(x.device))
    with torch.cuda.stream(stream):
        terms = step(x)
    torch.cuda.current_stream(x.device).wait_stream(stream)
    return terms


def record(step: Step, x: Tensor, generator: Generator) -> tuple[Callable[[], None], dict[str, Tensor]]:
    """-> what does the step once more with whatever x holds then, and the terms that it writes.

    Recording computes nothing.  RuntimeError where the step waits for the GPU or copies from the host.
    """
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    # other threads may go on with the GPU: one reads the next batch
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        terms = step(x)
    return graph.replay, terms
