"""The form that starts a training: what is minimised, on what, and every setting that `Config` declares."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import ValidationError

from sslcore import data, jobs, networks, objectives
from sslcore.data import uploads
from sslcore.data.form import Form, Kind
from sslcore.files import expanded
from sslcore.networks import Network
from sslcore.run import checkpoints
from sslcore.run.config import Config, complaint
from sslcore.train import memory
from sslcore.view import cached, listing
from sslcore.view.training.desk import desk
from sslcore.view.training.fields import begin, field, fields

PATH, UPLOAD = "a folder, an archive or an .npz on this computer", "upload a .zip of images"
OTHERWISE = ("objective", "settings", "network", "data", "size", "epochs")  # fields of Config with a place of their own


@dataclass(frozen=True)
class Preset:
    """A training to begin with."""

    name: str
    about: str
    config: Mapping[str, Any]


PRESETS = (
    Preset(
        "A VAE with a 2-d code, in a minute",
        "Garments spread over a plane that can be drawn as it is: watch the classes part.",
        {
            "objective": "vae",
            "data": "fashion-mnist",
            "epochs": 15,
            "rate": 2e-3,
            "settings": {"latent": 2},
            "network": {"hidden": (256, 128), "activation": "silu", "layer_norm": True},
        },
    ),
    Preset(
        "An autoencoder, in a minute",
        "32 numbers an image and nothing else asked of them: the sharpest pictures.",
        {"objective": "autoencoder", "data": "fashion-mnist", "epochs": 15, "network": {"hidden": (256, 128)}},
    ),
    Preset(
        "SimCLR, in some minutes",
        "Nothing is rebuilt: two views of an image are told from the views of others.",
        {"objective": "simclr", "data": "fashion-mnist", "epochs": 3},
    ),
)


def form() -> None:
    """The whole form; a training that is started is the one that the page then looks at."""
    presets = st.container(horizontal=True)
    for preset in PRESETS:
        presets.button(preset.name, help=preset.about, on_click=_choose, args=(preset,))
    left, middle, right = st.columns(3)
    st.session_state.setdefault("train.objective", "vae")
    st.session_state.setdefault("train.data", "fashion-mnist")
    about = {name: field.description for name, field in Config.model_fields.items()}
    more: dict[str, Any] = {"persist_state": "page"}
    objective = left.selectbox("objective", objectives.names(), key="train.objective", help=about["objective"], **more)
    plain, key = Config(objective=objective), f"train.{objective}"
    sources = [*data.names(), PATH, UPLOAD]
    source = middle.selectbox("data", sources, key="train.data", format_func=_called, help=about["data"], **more)
    with right:
        given = {"objective": objective, "epochs": field(plain, "epochs", key)}
    given["data"], given["size"] = _data(source, plain, key)
    headline = objectives.find(objective).headline
    *columns, last = st.columns(max(3, len(headline) + 1))
    settings = {}
    for column, name in zip(columns, headline, strict=False):
        with column:
            settings[name] = field(plain.settings, name, f"{key}.settings")
    if len(headline) < len(columns):
        last = columns[len(headline)]
    free = _free(f"{objective}-{Path(str(given['data'] or 'images')).name.split('.')[0]}")
    help = "of the run: a folder of that name will hold it"
    name = last.text_input("name", key="train.name", placeholder=free, help=help, **more) or free
    with st.expander("More settings"):
        given["settings"] = settings | fields(plain.settings, f"{key}.settings", headline)
        st.markdown(f"**Network**: {about['network']}")
        given["network"] = _network(objective, _kind(given), f"{key}.network")
        st.markdown("**Training**")
        given |= fields(plain, key, OTHERWISE)
    _start(given, name)
    _minimised(objective)


def _network(objective: str, kind: Kind | None, key: str) -> dict[str, Any]:
    """The encoder, among those that suit the objective and take this kind of items, and the settings of its own."""
    suiting = objectives.find(objective).networks()
    names = [name for name in suiting if kind in networks.find(name).takes] or suiting

    def plain() -> Network.Config:
        return Config(objective=objective, network={"encoder": st.session_state[f"{key}.encoder"]}).network

    if st.session_state.get(f"{key}.encoder") not in names:
        usual = Config(objective=objective).network.encoder
        st.session_state[f"{key}.encoder"] = usual if usual in names else names[0]
        begin(plain(), key)
    more: dict[str, Any] = {"help": Network.Config.model_fields["encoder"].description, "persist_state": "page"}
    first, *_ = st.columns(4)
    encoder = first.selectbox("encoder", names, key=f"{key}.encoder", on_change=lambda: begin(plain(), key), **more)
    return {"encoder": encoder} | fields(plain(), key, ("encoder",))


def _minimised(objective: str) -> None:
    """The loss, as a formula and as the code that computes it."""
    listed = listing.objective(objective)
    with st.expander("What is minimised"):
        if listed is not None:
            st.latex(listed.formula)
            text, path, line = listing.source(listed.forward)
            st.caption(f"{path}, line {line}")
            st.code(text, language="python")


def _kind(given: dict[str, Any]) -> Kind | None:
    """The kind of the data's items; None as long as that cannot be told: `_start` says why."""
    try:
        return _surveyed(given["data"], given["size"], _changed(given["data"]))[0].kind if given["data"] else None
    except (ValueError, OSError):
        return None


def _choose(preset: Preset) -> None:
    config = Config(**preset.config)
    begin(config, f"train.{config.objective}")
    st.session_state.update({"train.objective": config.objective, "train.data": config.data, "train.name": ""})


def _called(source: str) -> str:
    megabytes = 0 if source in (PATH, UPLOAD) else data.to_download(source)
    return f"{source} (downloads {megabytes} MB)" if megabytes else source


def _data(source: str, plain: Config, key: str) -> tuple[str, int]:
    """What to train on, '' as long as there is none, and the side that images of a folder are resized to."""
    if source not in (PATH, UPLOAD):
        return source, plain.size
    left, right = st.columns([3, 1])
    with right:
        size = field(plain, "size", key)
    try:
        if source == PATH:
            label = "folder, .tar or .zip of images, one subfolder a class or none; or items of any kind as .npz"
            typed = left.text_input(label, key="train.path", persist_state="page").strip()
            return str(expanded(typed).resolve()) if typed else "", size
        label, most = "a .zip of images; one folder a class, or none", uploads.MAX_UPLOAD >> 20
        file = left.file_uploader(label, "zip", key="train.upload", max_upload_size=most)
        return _kept(file.file_id, file) if file else "", size
    except ValueError as error:
        left.error(str(error))
        return "", size


@st.cache_data(max_entries=8, show_spinner="Reading the zip ...")
def _kept(file_id: str, _file: Any) -> str:
    return str(uploads.keep(_file.name, _file.getvalue()))


def _start(given: dict[str, Any], name: str) -> None:
    """What is wrong with the settings; or the button, what they will need, and how a command line says them."""
    try:
        if not given["data"]:
            raise ValueError("No images yet: give a folder or an archive of them.")
        config = Config(**given)
        jobs.free(name, checkpoints())
        form, n = _surveyed(config.data, config.size, _changed(config.data))
        needs, there = memory.needed(config, form, n), memory.available()
    except ValidationError as error:
        return _refused(complaint(error))
    except (ValueError, OSError) as error:
        return _refused(str(error))
    if there is not None and needs > there:
        st.warning(
            f"This needs about {_gigabytes(needs)} of memory, and there are {_gigabytes(there)}: lower the batch (now "
            f"{config.batch}), the size of the images, or the width of the network."
        )
    if st.button("Start", type="primary"):
        with cached.sentence():
            jobs.start(config, name, checkpoints())
        st.query_params["job"] = name
        desk().started = True
        st.rerun()
    st.caption(f"{n:,} training {form}; about {_gigabytes(needs)} of memory. From a command line, the same:")
    st.code(config.command(name), language="bash", wrap_lines=True)


def _refused(sentence: str) -> None:
    st.error(sentence)
    st.button("Start", type="primary", disabled=True)


@st.cache_data(max_entries=16, ttl=60, show_spinner="Looking at the data ...")
def _surveyed(source: str, size: int, changed: int) -> tuple[Form, int]:
    return data.survey(source, size)


def _changed(source: str) -> int:
    """When a file or folder was last written; 0 for a name."""
    return Path(source).stat().st_mtime_ns if Path(source).exists() else 0


def _free(name: str) -> str:
    """This name, or it with the first number that makes it a new run's."""
    taken = {path.name for path in checkpoints().glob("*")}
    return next(n for n in itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2))) if n not in taken)


def _gigabytes(n: int) -> str:
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{max(1, round(n / 1e6))} MB"
