"""Processes that share a batch compute what one process would: losses, gradients, whole trainings."""

import os
import signal
import subprocess
import sys

import pytest
import torch
from conftest import ROOT, until
from forked import SECONDS, Python, together
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sslcore.distributed import gather, mean
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import optimisers, train

PLAIN = {"crop": None, "flip": 0.0, "brightness": 0.0, "contrast": 0.0, "blur": 0.0}

# every process computes its share of a loss and the mean of everyone's gradients; the first compares with all at once
SHARED = """
import torch, torch.distributed as dist
from sslcore.data.form import Form
from sslcore.losses import nt_xent
from sslcore.run.config import Config

torch.set_num_threads(1)
def everything(compute, x, parameters):
    loss = compute(x)
    return [loss.detach(), *torch.autograd.grad(loss, parameters)]

def cases():
    torch.manual_seed(0)
    x, head = torch.rand(16, 2, 5), torch.nn.Linear(5, 4)
    yield "nt_xent", lambda x: nt_xent(head(x[:, 0]), head(x[:, 1]), 0.2), x, list(head.parameters())
    for name, settings in (("vae", {"latent": 3, "free_bits": 0.05, "likelihood": "gaussian"}), ("autoencoder", {})):
        torch.manual_seed(0)
        config = Config(objective=name, settings=settings, network={"encoder": "mlp", "hidden": [8]})
        model = config.build(Form("images", (1, 4, 4))).double()
        if name == "vae":  # noise that every process would draw alike
            model.distortion = lambda x, z, of=model: type(of).distortion(of, x, of.posterior(x)[0])
        yield name, lambda x, of=model: sum(of(x).values()), torch.rand(16, 1, 4, 4).double(), [
            p for p in model.parameters() if p.requires_grad]

alone = [everything(compute, x, parameters) for _, compute, x, parameters in cases()]
dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
for (name, compute, x, parameters), truth in zip(cases(), alone, strict=True):
    found = everything(compute, x.chunk(world)[rank], parameters)
    for one in found:
        dist.all_reduce(one)
    apart = max(float((one / world - other).abs().max()) for one, other in zip(found, truth, strict=True))
    if rank == 0:
        print(name, apart, flush=True)
dist.destroy_process_group()
"""


@pytest.mark.parametrize("processes", [2, 4])
def test_loss_and_gradients_of_shares_are_those_of_the_whole_batch(processes, tmp_path):
    """Negatives are gathered with their gradients, positives are among them, free bits look at the whole batch."""
    (tmp_path / "shared.py").write_text(SHARED)
    first, *_ = together(processes, tmp_path / "shared.py")
    found = dict(line.split() for line in first.out.splitlines())
    assert found.keys() == {"nt_xent", "vae", "autoencoder"}
    assert all(float(apart) < 1e-5 for apart in found.values()), found


def torchrun(processes, *words):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}", *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=SECONDS, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("objective", "begin"), [("autoencoder", torchrun), ("simclr", together)])
def test_a_training_by_two_processes_is_the_training_by_one(objective, begin, tmp_path):
    """Without noise or views, as each process draws its own.  Only the first writes; both agree on every weight."""
    words = ["train", objective, "--data", "digits", "--epochs", "2", "--batch", "128"]
    words += ["--encoder", "mlp", "--hidden", "16"]
    fields = {"objective": objective, "data": "digits", "epochs": 2, "batch": 128}
    fields["network"] = {"encoder": "mlp", "hidden": [16]}
    if objective == "simclr":
        words += ["--projector", "16", "--crop", "None"]
        words += [w for name, value in PLAIN.items() if name != "crop" for w in (f"--{name}", str(value))]
        fields["settings"] = {"projector": [16], "views": PLAIN}
    begin(2, "-m", "sslcore", *words, "--name", "two", "--checkpoints", str(tmp_path))
    rows = list(train(Config(**fields), tmp_path / "one", "cpu"))
    one, two = Run(tmp_path / "one"), Run(tmp_path / "two")
    assert two.config == one.config
    assert two.facts["made"]["processes"] == 2
    assert two.facts["made"]["finished"]
    term = "squared_error" if objective == "autoencoder" else "nt_xent"
    assert [row[term] for row in two.history] == pytest.approx([row[term] for row in rows], rel=1e-4)
    for name, weight in one.objective().state_dict().items():
        assert torch.allclose(two.objective().state_dict()[name], weight, atol=1e-4), name


TWO = ["-m", "sslcore", "train", "simclr", "--data", "digits", "--batch", "128", "--devices", "2", "--device", "cpu"]


def test_the_command_line_starts_the_processes_itself(tmp_path):
    done = Python(*TWO, "--epochs", "1", "--name", "two", "--checkpoints", tmp_path).wait()
    assert done.code == 0, done.err
    assert done.out.count("is ready") == 1
    assert "batch norm sees its own share" in done.err
    assert Run(tmp_path / "two").facts["made"]["processes"] == 2


def test_a_stop_that_one_process_hears_stops_all_after_the_same_row(tmp_path):
    process = Python(*TWO, "--epochs", "1000", "--name", "two", "--checkpoints", tmp_path)
    until(lambda: (tmp_path / "two" / "resume" / "state.safetensors").exists() or process.code is not None)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait().code == 0, process.err
    assert process.out.count("stopped; ") == 1
    assert "Traceback" not in process.err
    (tmp_path / "two" / "resume" / "state.safetensors").stat()


def test_what_stops_the_first_process_stops_all_with_one_sentence(tmp_path):
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "config.json").write_text("{}")
    done = Python(*TWO, "--name", "two", "--checkpoints", tmp_path).wait()
    assert done.code == 2
    assert done.err.count("is a run already and is never written over") == 1
    assert "Traceback" not in done.err


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a batch of 129 cannot be shared evenly by 2 processes"):
        next(train(Config(objective="vae", data="digits", batch=129), tmp_path / "a", "cpu", devices=2))
    assert not (tmp_path / "a").exists()


def test_one_process_has_nothing_to_gather():
    x = torch.rand(3, 2)
    assert gather(x) == (x, 0)
    assert mean(x) is x


# optimisers


def test_the_average_of_weights_is_torchs_and_waits_for_nothing():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    average, theirs = optimisers.Average(model, 0.9), AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    for step in range(5):
        with torch.no_grad():
            for p in model.parameters():
                p.add_(torch.randn_like(p))
        model(torch.randn(8, 3))
        average.update(model, first=step == 0)
        theirs.update_parameters(model)
    for name, found in average.module.state_dict().items():
        wanted = model.state_dict()[name] if name.startswith("1.running") else theirs.module.state_dict()[name]
        if "num_batches" not in name:
            assert torch.equal(found, wanted), name


def test_the_rate_rises_then_falls_as_a_cosine():
    rates = [optimisers.rate_at(step, 100, 10, 0.5) for step in range(100)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[9] == rates[10] == 0.5
    assert rates[55] == pytest.approx(0.25)
    assert 0 < rates[-1] < 0.001
    assert optimisers.rate_at(0, 100, 0, 0.5) == 0.5


def test_lars_moves_each_layer_by_a_share_of_its_weights_and_vectors_plainly():
    layer = torch.nn.Linear(3, 2)
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    optimiser = optimisers.build("lars", layer, 0.5, 0.1)
    (1000 * layer(torch.ones(4, 3)).sum()).backward()
    change = layer.weight.grad + 0.1 * weight
    optimiser.step()
    moved = weight - layer.weight.detach()
    assert torch.allclose(moved, 0.5 * optimisers.TRUST * weight.norm() * change / change.norm(), rtol=1e-4)
    assert float(moved.norm() / weight.norm()) == pytest.approx(0.5 * optimisers.TRUST, rel=1e-4)
    assert torch.allclose(bias - layer.bias.detach(), 0.5 * layer.bias.grad, rtol=1e-4)


@pytest.mark.parametrize("name", ["adamw", "sgd", "lars"])
def test_weight_decay_is_for_matrices_only(name):
    layer = torch.nn.Linear(3, 2)
    groups = optimisers.build(name, layer, 0.1, 0.3).param_groups
    assert {group["weight_decay"]: [p.ndim for p in group["params"]] for group in groups} == {0.3: [2], 0.0: [1]}
    (one,) = optimisers.build(name, layer, 0.1, 0.0).param_groups  # nothing to tell apart, and half the launches
    assert [p.ndim for p in one["params"]] == [2, 1]
