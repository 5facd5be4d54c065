"""A run's folder: what is read back, and one clear sentence for everything that can be wrong with it."""

import io
import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file, save_file

from sslcore.files import LARGEST, read_arrays, write
from sslcore.run import Run, runs
from sslcore.run.maps import Map


@pytest.fixture
def run(checkpoints):
    return Run(checkpoints / "vae")


def test_the_parts_agree(run):
    gallery, mu = run.gallery, run.embeddings()
    assert run.spaces == ("mu", "log_var")
    assert mu.vectors.shape == (len(gallery), 32)
    assert (mu.labels == gallery.labels).all()
    assert (mu.indices == gallery.indices).all()
    assert set(run.values) == {"elbo", "distortion", "rate"}
    assert run.values["elbo"] == pytest.approx(-run.values["distortion"] - run.values["rate"], rel=1e-4)
    assert run.pairs("test") is None
    assert [run.name for run in runs(run.path.parent)] == ["ae", "iwae", "simclr", "simclr-warm", "vae", "vae-2d"]


def test_the_gallery_is_the_data_sets_own_images(run):
    from sslcore.data import load

    images, gallery = load("digits", "test"), run.gallery
    assert (images.items[gallery.indices].numpy() == gallery.pixels).all()
    assert (images.labels[gallery.indices].numpy() == gallery.labels).all()


def test_neighbours_are_the_nearest(checkpoints):
    euclidean, cosine = Run(checkpoints / "vae").embeddings(), Run(checkpoints / "simclr").embeddings("z")
    near, distance = euclidean.neighbours(3, 5)
    naive = [(float(np.linalg.norm(v - euclidean.vectors[3])), j) for j, v in enumerate(euclidean.vectors) if j != 3]
    assert distance == pytest.approx([d for d, _ in sorted(naive)[:5]], rel=1e-5)
    assert set(near) == {j for _, j in sorted(naive)[:5]}
    near, distance = cosine.neighbours(3, 5)
    one, two = cosine.vectors[3], cosine.vectors[near[0]]
    assert distance[0] == pytest.approx(1 - one @ two / np.linalg.norm(one) / np.linalg.norm(two), abs=1e-5)


def test_maps_are_kept_beside_each_other(run):
    n = len(run.gallery)
    made = Map(np.zeros((n, 2), np.float32), np.full(n, 0.5, np.float32), "mu", "umap", {"seed": 1}, 0.9, 0.8, 10)
    before = set(run.maps)
    run.keep(made)
    assert set(run.maps) == before | {"mu.umap.2"}
    assert run.maps["mu.umap.2"].parameters == {"seed": 1}


def test_a_half_written_history_is_read_to_its_last_whole_row(run):
    rows = run.history
    path = run.path / "history.csv"
    path.write_text(path.read_text() + "99,3.2")
    assert run.history == rows


def test_of_a_long_history_a_part_is_read_with_the_last_row_in_it(run):
    head, row = (run.path / "history.csv").read_text().splitlines()[:2]
    lines = [f"{step},{row.split(',', 1)[1]}" for step in range(1, 10_001)]
    (run.path / "history.csv").write_text("\n".join([head, *lines, "10001,"]))
    steps = [row["step"] for row in run.thinned(300)]
    assert len(steps) == 304
    assert steps[-1] == 10_000
    assert set(np.diff(steps)) == {33}
    assert run.thinned(20_000) == run.history


def break_format(path):
    facts = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(facts | {"format": 99}))


def break_setting(path):
    facts = json.loads((path / "config.json").read_text())
    facts["config"]["settings"]["beta"] = -3
    (path / "config.json").write_text(json.dumps(facts))


def break_network(path):
    facts = json.loads((path / "config.json").read_text())
    facts["config"]["network"]["hidden"] = [8192, 8192]
    (path / "config.json").write_text(json.dumps(facts))


def break_shape(path):
    facts = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(facts | {"form": facts["form"] | {"shape": [1, 10**9, 1]}}))


def cut_weights(path):
    weights = path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def rename_weight(path):
    state = load_file(path / "weights.safetensors")
    state["stranger"] = state.pop(next(iter(state)))
    save_file(state, path / "weights.safetensors")


def reshape_weight(path):
    state = load_file(path / "weights.safetensors")
    name = next(name for name, x in state.items() if x.ndim == 2 and x.shape[0] != x.shape[1])
    save_file(state | {name: state[name].T.contiguous()}, path / "weights.safetensors")


def pickle_weights(path):
    torch.save({"a": torch.zeros(1)}, path / "weights.safetensors")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (break_format, "format 99; this version reads 2"),
        (break_setting, "beta"),
        (break_network, "is not of this config"),
        (break_shape, "images have the shape"),
        (lambda path: (path / "config.json").write_text("{"), "is not JSON"),
        (lambda path: (path / "config.json").write_text("[]"), "must hold a JSON object"),
        (lambda path: (path / "config.json").unlink(), "has no config.json"),
        (lambda path: (path / "weights.safetensors").unlink(), "cannot be read"),
        (cut_weights, "cannot be read"),
        (rename_weight, "is not of this config"),
        (reshape_weight, "is not of this config"),
        (pickle_weights, "cannot be read"),
    ],
)
def test_a_broken_model_says_so_in_one_sentence(run, damage, says):
    damage(run.path)
    with pytest.raises(ValueError, match=says) as caught:
        run.objective()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["gallery.npz", "embeddings.npz"])
@pytest.mark.parametrize("content", [b"", b"not a zip", None])
def test_broken_arrays_say_so(run, file, content):
    whole = (run.path / file).read_bytes()
    (run.path / file).write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match=file):
        run.embeddings()


@pytest.mark.parametrize("indices", [None, np.int64(3)])
def test_a_gallery_that_counts_nothing_says_so(run, indices):
    gallery = dict(np.load(run.path / "gallery.npz")) | {"indices": indices}
    np.savez(run.path / "gallery.npz", **{name: array for name, array in gallery.items() if array is not None})
    with pytest.raises(ValueError, match="not of this gallery"):
        _ = run.values
    with pytest.raises(ValueError, match="one index for each"):
        _ = run.gallery


def test_another_runs_embeddings_are_refused(run):
    gallery = dict(np.load(run.path / "gallery.npz"))
    np.savez(run.path / "gallery.npz", **{k: v[:7] if v.shape and len(v) > 10 else v for k, v in gallery.items()})
    with pytest.raises(ValueError, match="not of this gallery"):
        run.embeddings()
    with pytest.raises(ValueError, match="another gallery"):
        _ = run.maps


def test_labels_without_a_class_are_refused(run):
    gallery = dict(np.load(run.path / "gallery.npz"))
    np.savez(run.path / "gallery.npz", **gallery | {"labels": gallery["labels"] + 5})
    with pytest.raises(ValueError, match="needs a label that names one of its 10 classes"):
        _ = run.gallery


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """A header that claims more than there is, and objects, which would run code."""
    for header in ({"descr": "<f8", "fortran_order": False, "shape": (LARGEST,)}, None):
        content = io.BytesIO()
        if header:
            np.lib.format.write_array_header_1_0(content, header)
        else:
            np.lib.format.write_array(content, np.array([{}], object), allow_pickle=True)
        with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
            archive.writestr("a.npy", content.getvalue())
        with pytest.raises(ValueError, match=r"would unpack to|Python objects"):
            read_arrays(tmp_path / "bad.npz")


def test_two_threads_may_write_one_file(tmp_path):
    path, content = tmp_path / "file", bytes(100_000)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: write(path, content), range(64)))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_writing_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(path, b"old")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_opens_in_a_process_that_has_imported_no_objective(trained):
    script = f"from sslcore.run import Run; Run({str(trained / 'simclr')!r}).objective()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
