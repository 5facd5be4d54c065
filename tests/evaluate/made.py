"""Data whose answer is known, and a run opened to be measured."""

import torch

from sslcore.evaluate import subject
from sslcore.run import Run


def blobs(n, classes, d, spread, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=torch.Generator().manual_seed(99))
    labels = torch.randint(classes, (n,), generator=generator)
    return centres[labels] + spread * torch.randn(n, d, generator=generator), labels


def opened(path):
    from sslcore.data import load

    run = Run(path)
    return subject.Subject(run, run.objective(), load("digits", "train"), load("digits", "test"), torch.device("cpu"))
