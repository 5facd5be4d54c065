"""The memory of a training, counted without its numbers, is what autograd keeps of a real step."""

import pytest
import torch
from conftest import small

from sslcore import objectives
from sslcore.data.form import Form
from sslcore.networks.layers import channels_last
from sslcore.run.config import Config
from sslcore.train.memory import COPIES, available, needed, saved


def kept(objective, x):
    """Bytes at distinct places that autograd keeps in a real step, beside the weights."""
    weights = {p.untyped_storage().data_ptr() for p in (*objective.parameters(), *objective.buffers())}
    found = {}

    def pack(saved):
        found[saved.untyped_storage().data_ptr()] = saved.untyped_storage().nbytes()
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        terms = objective(x, torch.Generator().manual_seed(0))  # held: what is freed would be handed out again
    assert terms
    return sum(size for place, size in found.items() if place not in weights)


@pytest.mark.parametrize("encoder", ["mlp", "conv", "resnet18"])
@pytest.mark.parametrize("objective", objectives.names())
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_what_a_real_step_keeps(objective, encoder, channels):
    config = Config(objective=objective, network=small(objective, encoder), batch=64 if encoder == "resnet18" else 300)
    form = Form("images", (channels, 16, 16))
    built = channels_last(config.build(form))
    weights = sum(p.numel() * 4 for p in built.parameters())
    truth = 1000 * channels * 16 * 16 + COPIES["adamw"] * weights + kept(built, torch.rand(config.batch, *form.shape))
    assert needed(config, form, 1000) == pytest.approx(
        truth, rel=0.1
    )  # a copy where a memory format changes is not seen without numbers


def test_what_is_saved_is_the_inputs_of_layers():
    """An MLP: the input, normalised, hidden layers after their ReLU, the code, the output: each once."""
    built = Config(objective="autoencoder", network={"encoder": "mlp", "hidden": [50]}, settings={"latent": 10}).build(
        Form("images", (1, 8, 8))
    )
    at_least = 4 * 100 * (64 + 50 + 10 + 50 + 64)
    assert at_least <= saved(built, torch.rand(100, 1, 8, 8)) <= 2 * at_least


def test_scores_of_a_contrastive_loss_grow_with_the_square_of_the_batch():
    four, two = (
        needed(Config(objective="simclr", network=small("simclr"), batch=b), Form("images", (1, 8, 8)), 0)
        for b in (4096, 2048)
    )
    assert four > 4 * (2 * 4096) ** 2
    assert four > 3 * two


def test_the_machine_says_what_it_has():
    assert 2**28 < available() < 2**50
