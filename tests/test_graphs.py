"""Steps that are recorded once and replayed: the same training, whatever changes from step to step."""

import pytest
import torch
from conftest import TINY
from lightning_fabric import Fabric
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sslcore import networks
from sslcore.data.form import Form
from sslcore.objectives import Objective
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import graphs, resume, train
from sslcore.train.speed import quickest

SHORT = {"data": "digits", "epochs": 2}
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


class Tape(TorchDispatchMode):
    """What a CUDA graph is, on a CPU: operators with the tensors and the numbers that they had when recorded.

    A recording on a GPU computes nothing; this one does, so its first replay is left out.
    """

    def __init__(self):
        super().__init__()
        self.calls, self.fresh = [], True

    def __torch_dispatch__(self, operator, types, arguments=(), keywords=None):
        made = operator(*arguments, **(keywords or {}))
        self.calls.append((operator, arguments, keywords or {}, _tensors(made)))
        return made

    @torch.no_grad()
    def replay(self):
        if self.fresh:
            self.fresh = False
            return
        for operator, arguments, keywords, places in self.calls:
            given = {t.untyped_storage().data_ptr() for t in _tensors((arguments, keywords))}
            for place, value in zip(places, _tensors(operator(*arguments, **keywords)), strict=True):
                if place.untyped_storage().data_ptr() not in given:  # else it was written, or is a view
                    place.copy_(value)


def _tensors(tree):
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def record(step, x, generator):
    tape = Tape()
    with tape:
        terms = step(x)
    return tape.replay, terms


@pytest.fixture
def taped(monkeypatch):
    monkeypatch.setattr(graphs, "record", record)
    monkeypatch.setattr(graphs, "aside", lambda step, x: step(x))
    monkeypatch.setattr("sslcore.train.quickest", lambda *_: ("32", True))


def test_a_tape_keeps_numbers_and_follows_tensors_and_the_generator(taped):
    """So it tells a step that may be replayed from one that may not."""
    number, tensor, generator = [1.0], torch.ones(()), torch.Generator()
    replayed = graphs.Replayed(lambda x: {"term": x.sum() * tensor * number[0]}, generator)
    noise = graphs.Replayed(lambda x: {"term": torch.rand(3, generator=generator)}, generator)
    for _ in range(graphs.WARM + 1):
        assert replayed(torch.ones(2))["term"] == 2
        noise(torch.ones(2))
    number[0] = 5.0
    assert replayed(torch.ones(2))["term"] == 2
    tensor.fill_(3)
    assert replayed(torch.full((2,), 2.0))["term"] == 12
    generator.manual_seed(7)
    assert torch.equal(noise(torch.ones(2))["term"], torch.rand(3, generator=torch.Generator().manual_seed(7)))


@pytest.mark.parametrize(
    ("name", "optimiser"), [*((name, "adamw") for name in TINY), ("simclr", "sgd"), ("simclr", "lars")]
)
def test_a_recorded_step_trains_the_same_weights(name, optimiser, tmp_path, request):
    extra = {"optimiser": optimiser, "clip": 1.0, "average": 0.9, "warmup_epochs": 1}
    config = Config(**SHORT | TINY[name] | extra)
    list(train(config, tmp_path / "launched", "cpu"))
    request.getfixturevalue("taped")
    list(train(config, tmp_path / "replayed", "cpu"))
    assert Run(tmp_path / "replayed").facts["made"]["graphs"]
    launched, replayed = (tmp_path / way / "weights.safetensors" for way in ("launched", "replayed"))
    assert launched.read_bytes() == replayed.read_bytes()


def test_a_training_goes_on_without_the_graphs_of_a_gpu(tmp_path, taped):
    rows = train(Config(objective="vae", **SHORT), tmp_path / "run", "cpu")
    next(rows)
    rows.close()
    list(resume(tmp_path / "run", "cpu"))
    assert "graphs" not in Run(tmp_path / "run").facts["made"]


@gpu
@pytest.mark.parametrize("optimiser", ["adamw", "sgd", "lars"])
@pytest.mark.parametrize("name", TINY)
def test_on_a_gpu_a_graph_trains_the_same_weights(name, optimiser, tmp_path, monkeypatch):
    ends = {}
    for way in (False, True):
        monkeypatch.setattr("sslcore.train.quickest", lambda *_, way=way: ("32", way))
        config = Config(**SHORT | TINY[name] | {"optimiser": optimiser, "clip": 1.0, "average": 0.9})
        list(train(config, tmp_path / str(way), "cuda"))
        ends[way] = Run(tmp_path / str(way)).objective().state_dict()
    torch.testing.assert_close(ends[True], ends[False], rtol=1e-3, atol=1e-4)


@gpu
def test_on_a_gpu_a_step_that_waits_is_launched_and_said_to_be():
    class Waiting(Objective):
        def forward(self, x, generator=None):
            return {"term": self.encoder(x).sum() * self.encoder(x).mean().item()}

    objective = Waiting(networks.build(Form("images", (1, 8, 8)), Config(objective="vae").network), Objective.Config())
    x = torch.randint(256, (16, 1, 8, 8), dtype=torch.uint8)
    config, where = Config(objective="vae", precision="32"), torch.device("cuda")
    with pytest.warns(UserWarning, match="cannot be a CUDA graph"):
        assert quickest(config, objective, x, where, lambda _: Fabric("cuda", devices=1)) == ("32", False)
