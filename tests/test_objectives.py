"""Every objective, found by its file, keeps the same promises."""

import pytest
import torch
from conftest import small
from forked import Python
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sslcore import objectives
from sslcore.data.form import Form
from sslcore.run import Run
from sslcore.run.config import Config
from sslcore.train import train

X = torch.rand(16, 1, 12, 12, generator=torch.Generator().manual_seed(0))


# with every network that suits it, but for one of eleven million weights whose parts are torchvision's
PROMISED = [(name, encoder) for name in objectives.names() for encoder in objectives.find(name).networks()
            if encoder != "resnet18"]  # fmt: skip


@pytest.fixture(params=PROMISED, ids="-".join)
def config(request):
    name, encoder = request.param
    return Config(objective=name, network=small(name, encoder), data="digits", epochs=1, batch=512)


def built(config):
    torch.manual_seed(0)
    return config.build(Form("images", (1, 12, 12)))


def test_terms_are_finite_scalars_that_reach_every_parameter(config):
    objective = built(config)
    terms = objective(X)
    assert all(term.shape == () and term.isfinite() for term in terms.values())
    sum(terms.values()).backward()
    learned = [(name, p) for name, p in objective.named_parameters() if p.requires_grad]
    unreached = [name for name, p in learned if p.grad is None or not p.grad.abs().sum() > 0]
    assert not unreached


def test_the_same_generator_gives_the_same_terms_and_leaves_the_global_one_alone(config):
    objective = built(config)
    before = torch.get_rng_state()
    first, second = (objective(X, torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(torch.get_rng_state(), before)


def test_spaces_and_values_have_one_row_an_image(config):
    objective = built(config).eval()
    assert torch.equal(objective.embed(X), next(iter(objective.spaces(X).values())))
    assert all(z.ndim == 2 and len(z) == len(X) for z in objective.spaces(X).values())
    assert all(v.shape == (len(X),) for v in objective.values(X).values())


def test_decoders_give_images_in_0_to_1(config):
    objective = built(config).eval()
    if hasattr(objective, "decode"):
        made = objective.decode(objective.embed(X))
        assert made.shape == X.shape
        assert 0 <= made.min() <= made.max() <= 1


def test_training_lowers_the_loss_on_one_batch(config):
    """With fresh noise and views at each step, so the mean of the last steps is compared with that of the first."""
    objective = built(config)
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(objective.parameters(), 1e-2)
    losses = []
    for _ in range(40):
        loss = sum(objective(X, generator).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-8:]) < sum(losses[:8])


SETTINGS = [
    *({"objective": name} for name in objectives.names()),
    {"objective": "autoencoder", "settings": {"noise": 0.5}},
    {"objective": "vae", "settings": {"binarise": "dynamic", "warmup": 9, "free_bits": 0.1}},
    {"objective": "vae", "settings": {"binarise": "static"}},
    {"objective": "vae", "settings": {"likelihood": "gaussian"}},
    {"objective": "simclr", "settings": {"views": {"rotation": 10, "blur": 0.5, "jitter": 1.0, "grayscale": 0.2}}},
]
WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "lift_fresh")


@pytest.mark.parametrize("fields", SETTINGS, ids=str)
def test_a_step_waits_for_nothing(fields):
    """No operator copies a number to or from the host or makes shapes depend on data."""

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, operator, types, arguments=(), keywords=None):
            assert operator.overloadpacket.__name__ not in WAITS
            return operator(*arguments, **(keywords or {}))

    objective = Config(network=small("vae", "conv"), **fields).build(Form("images", (3, 12, 12)))
    x = torch.rand(16, 3, 12, 12)
    with Watch():
        sum(objective(x, torch.Generator().manual_seed(0)).values()).backward()
        objective.after_step()


@pytest.mark.parametrize("fields", SETTINGS, ids=str)
def test_on_a_gpu_no_operator_looks_at_the_host(fields):
    """Tensors without data say which device they are on: a GPU need not be there."""
    seen = set()

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, operator, types, arguments=(), keywords=None):
            made = operator(*arguments, **(keywords or {}))
            seen.update(t.device.type for t in tree_leaves((arguments, keywords, made)) if isinstance(t, torch.Tensor))
            return made

    with FakeTensorMode():
        with torch.device("cuda"):
            objective = Config(network=small("vae", "conv"), **fields).build(Form("images", (3, 12, 12)))
        x = torch.rand(16, 3, 12, 12, device="cuda")
        with Watch():
            objective(x)
            objective.after_step()
    assert seen == {"cuda"}


def test_config_survives_json(config):
    assert Config(**config.model_dump(mode="json")) == config


def test_a_run_reads_back_what_was_trained(config, tmp_path):
    rows = list(train(config, tmp_path / "run", "cpu"))
    run = Run(tmp_path / "run")
    assert run.config == config
    assert run.history == rows
    assert run.facts["made"]["finished"]
    gallery, objective = run.gallery, run.objective()
    x = torch.from_numpy(gallery.pixels).float() / 255
    with torch.no_grad():
        again = objective.embed(x).numpy()
    assert run.embeddings().vectors == pytest.approx(again, abs=2e-2)
    assert not objective.training
    with pytest.raises(FileExistsError, match="never written over"):
        next(train(config, tmp_path / "run", "cpu"))


def test_unknown_names_say_what_there_is():
    with pytest.raises(ValueError, match="did you mean 'simclr'"):
        objectives.find("simclrr")
    with pytest.raises(ValueError, match="temprature"):
        Config(objective="simclr", settings={"temprature": 1})


NEW = """
from pydantic import Field
from sslcore.objectives import Objective

class Zero(Objective):
    class Config(Objective.Config):
        strength: float = Field(1.0, gt=0, description="how hard to press")

    def forward(self, x, generator=None):
        return {"zero": self.config.strength * self.encoder(x).square().mean()}
"""
# the folder of objectives, longer by another: nothing is written among the files that other tests read
WITH = """
import runpy, sys
from sslcore import objectives
objectives.__path__.append(sys.argv.pop(1))
print(objectives.names())
runpy.run_module("sslcore", run_name="__main__")
"""


def test_a_new_file_is_a_new_objective_everywhere(tmp_path):
    """Dropping a file into objectives/ adds it to the names, the command line and, through `names`, to these tests."""
    (tmp_path / "zero_test_only.py").write_text(NEW)
    done = Python("-c", WITH, tmp_path, "train", "zero_test_only", "--help").wait()
    assert done.code == 0, done.err
    assert "'zero_test_only'" in done.out
    assert "how hard to press" in done.out
