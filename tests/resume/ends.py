"""Trainings to interrupt, and what must be the same in the end."""

import csv

from conftest import small

from sslcore.run.config import Config

KEPT = ("weights.safetensors", "embeddings.npz", "snapshots.npz")


def config(objective, epochs=4, **more):
    return Config(objective=objective, data="digits", epochs=epochs, batch=128, network=small(objective), **more)


def rows(path):
    """History without the one column that a clock fills."""
    with open(path / "history.csv") as file:
        return [{k: v for k, v in row.items() if k != "items_per_second"} for row in csv.DictReader(file)]


def same(one, two):
    assert rows(one) == rows(two)
    for name in KEPT:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
