"""The form that starts a training: every setting, with its bounds, and what it makes is what the command line makes."""

import shlex

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from sslcore import __main__, data, jobs, objectives
from sslcore.run.config import Config
from sslcore.settings import Settings
from sslcore.train import memory
from sslcore.view.training.fields import listed, text
from sslcore.view.training.form import PRESETS


@pytest.fixture
def form(tmp_path, monkeypatch):
    """The form alone, on an empty folder, and the jobs that it starts: [(config, name)]."""
    monkeypatch.setenv("SSLCORE_CHECKPOINTS", str(tmp_path / "runs"))
    monkeypatch.setenv("SSLCORE_DATA", str(tmp_path / "data"))
    started = []
    monkeypatch.setattr(jobs, "start", lambda config, name, folder: started.append((config, name)))

    def script():
        from sslcore.view.training.form import form

        form()

    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["train.data"] = "digits"
    app.started = started
    assert not app.run().exception
    return app


def start(app):
    next(button for button in app.button if button.label == "Start").click().run()
    assert not app.exception
    return app.started[-1]


def typed(command, monkeypatch):
    """The config that the command line makes of a command."""
    found = []
    monkeypatch.setattr("sslcore.train.train", lambda config, *_: found.append(config) or iter(()))
    monkeypatch.setattr(__main__, "follow", lambda rows, *_: None)
    __main__.main(shlex.split(command)[3:])
    return found[0]


def leaves(settings, prefix=""):
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        yield from leaves(value, f"{prefix}{name}.") if isinstance(value, Settings) else [f"{prefix}{name}"]


@pytest.mark.parametrize("objective", objectives.names())
def test_every_setting_has_a_field_that_begins_at_the_recipe(objective, form, monkeypatch):
    form.selectbox(key="train.objective").select(objective).run()
    assert not form.exception
    plain = Config(objective=objective, data="digits")
    every = [*form.number_input, *form.text_input, *form.selectbox, *form.checkbox]
    keys = {widget.key for widget in every}
    for name in leaves(plain):
        if name not in ("objective", "data", "size"):  # the size is asked for where there are files to resize
            assert f"train.{objective}.{name}" in keys, name
    assert all(widget.help for widget in every if widget.key.count(".") > 1)
    config, name = start(form)
    assert config == plain
    assert name == f"{objective}-digits"
    assert typed(form.code[0].value, monkeypatch) == config


def test_what_is_set_is_what_is_trained_and_what_the_command_says(form, monkeypatch):
    form.selectbox(key="train.objective").select("simclr").run()
    key = "train.simclr"
    form.number_input(key=f"{key}.epochs").set_value(7)
    form.number_input(key=f"{key}.settings.temperature").set_value(0.07)
    form.text_input(key=f"{key}.settings.projector").set_value("64 32, 16")
    form.text_input(key=f"{key}.settings.views.crop").set_value("none")
    form.number_input(key=f"{key}.settings.views.flip").set_value(0.0)
    form.selectbox(key=f"{key}.network.encoder").select("mlp").run()
    form.text_input(key=f"{key}.network.hidden").set_value("50,40")
    form.checkbox(key=f"{key}.compile").check()
    form.text_input(key=f"{key}.note").set_value("a 'quoted' word")
    form.text_input(key="train.name").set_value("mine").run()
    config, name = start(form)
    views = {"crop": None, "flip": 0.0}
    assert config == Config(
        objective="simclr", data="digits", epochs=7, compile=True, note="a 'quoted' word",
        settings={"temperature": 0.07, "projector": (64, 32, 16), "views": views},
        network={"encoder": "mlp", "hidden": (50, 40)},
    )  # fmt: skip
    assert name == "mine"
    assert typed(form.code[0].value, monkeypatch) == config


def test_objectives_keep_their_own_settings(form):
    form.number_input(key="train.vae.settings.beta").set_value(4.0).run()
    form.selectbox(key="train.objective").select("autoencoder").run()
    assert "--beta" not in form.code[0].value
    form.selectbox(key="train.objective").select("vae").run()
    assert start(form)[0].settings.beta == 4


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("train.vae.network.hidden", "wide", "hidden.0: Input should be a valid integer"),
        ("train.vae.network.hidden", "", "hidden: Tuple should have at least 1 item"),
        ("train.vae.network.hidden", "-3", "hidden.0: Input should be greater than or equal to 1"),
        ("train.name", "../up", "a run cannot be called '../up'"),
        ("train.name", "a b", "a run cannot be called 'a b'"),
    ],
)
def test_a_mistake_is_a_sentence(key, value, says, form):
    form.text_input(key=key).set_value(value).run()
    assert not form.exception
    assert says in " ".join(error.value for error in form.error)
    assert next(button for button in form.button if button.label == "Start").disabled


def test_a_name_that_is_taken_gives_way_to_the_next(form, tmp_path):
    for taken in ("vae-digits", "vae-digits-2"):
        (tmp_path / "runs" / taken).mkdir(parents=True)
    form.run()
    assert start(form)[1] == "vae-digits-3"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_fills_the_form(preset, form, monkeypatch):
    form.number_input(key="train.vae.settings.beta").set_value(4.0)
    form.text_input(key="train.vae.network.hidden").set_value("rubbish").run()
    next(button for button in form.button if button.label == preset.name).click().run()
    assert not form.exception
    assert start(form)[0] == Config(**preset.config)


def test_data_that_is_not_here_says_what_it_downloads(form, monkeypatch):
    monkeypatch.setattr(data, "to_download", lambda name: 12 if name == "mnist" else 0)
    form.run()
    options = form.selectbox(key="train.data").options
    assert "mnist (downloads 12 MB)" in options
    assert "digits" in options


def test_a_folder_of_images(form, tmp_path):
    (tmp_path / "photos").mkdir()
    for i in range(30):
        Image.fromarray(np.full((9, 9, 3), 5 * i, np.uint8)).save(tmp_path / "photos" / f"{i}.png")
    form.selectbox(key="train.data").select_index(len(data.names())).run()
    assert "No images yet" in form.error[0].value
    form.text_input(key="train.path").set_value(str(tmp_path / "nowhere")).run()
    assert "no data set or folder" in form.error[0].value
    form.text_input(key="train.path").set_value(str(tmp_path / "photos"))
    form.number_input(key="train.vae.size").set_value(16).run()
    assert "30 training images of 3x16x16" in form.caption[0].value
    config, name = start(form)
    assert (config.data, config.size, name) == (str(tmp_path / "photos"), 16, "vae-photos")


def test_too_little_memory_is_said_before_it_starts(form, monkeypatch):
    assert not form.warning
    monkeypatch.setattr(memory, "available", lambda: 10_000)
    form.run()
    assert "This needs about" in form.warning[0].value
    assert "lower the batch (now 128)" in form.warning[0].value
    start(form)  # a warning, not a refusal


def test_tuples_are_written_as_they_are_read():
    assert text((512, 256)) == "512, 256"
    assert listed(" 512,256 128 ", tuple[int, ...]) == ["512", "256", "128"]
    assert listed("", tuple[int, ...]) == []
    assert listed("none", tuple[int, int] | None) is None
    assert text(None) == "none"
