"""Sums are rounded alike in every process."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """As many as the killed processes have: libraries used by other tests change it, and sums are rounded otherwise."""
    torch.set_num_threads(1)
