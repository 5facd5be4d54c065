"""What the browser's scripts make of arrays is what Python makes of them: V8 against numpy and torch, to the digits."""

import numpy as np
import pytest
import torch
from conftest import ROOT
from javascript import evaluated

from sslcore.browser.decoder import export
from sslcore.browser.grid import NOWHERE, Grid
from sslcore.browser.packed import pack
from sslcore.data.form import Form
from sslcore.run import Run
from sslcore.run.config import Config

SHIPPED = [path.parent for path in sorted((ROOT / "checkpoints").glob("*/config.json"))]
DECODING = [path.name for path in SHIPPED if "decode" in Run(path).facts["abilities"]]
GRID = ["latent_map/grid.js"]
NETWORKS = [
    {"encoder": "mlp", "hidden": [40, 30]},
    {"encoder": "mlp", "hidden": [40, 30], "activation": "silu"},
    {"encoder": "conv", "width": 8, "features": 16},
    {"encoder": "resnet18", "width": 8},
]


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("before", [0, 3])
def test_packed_arrays_are_read_as_they_were(kind, before):
    """At any place of the bytes, too."""
    x = np.random.default_rng(0).integers(0, 250, (3, 5)).astype(kind)
    content = bytes(before) + pack({"é": [1, None]}, {"x": x, "empty": np.zeros((0, 2), kind)})
    read = evaluated(["kit/data.js"], "unpack(content.subarray(before))", content=content, before=before)
    assert read["facts"] == {"é": [1, None]}
    assert read["shapes"] == {"x": [3, 5], "empty": [0, 2]}
    assert read["arrays"] == {"x": x.ravel().tolist(), "empty": []}


def test_every_half_is_its_number():
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    read = evaluated(["kit/data.js"], "unpack(content).arrays.x", content=pack({}, {"x": halves}))
    np.testing.assert_array_equal(np.array(read, float), halves.astype(float))


def decoded(objective, codes):
    """[n, h, w, c] in 0..255 as the browser's decoder has it, and as torch has it."""
    expression = "codes.map((z) => Array.from(new Decoder(unpack(content)).decode(Float32Array.from(z))))"
    here = evaluated(["kit/data.js", "kit/decode.js"], expression, content=export(objective), codes=codes.tolist())
    with torch.no_grad():
        there = (objective.decode(torch.from_numpy(codes)) * 255).permute(0, 2, 3, 1).numpy()
    return np.array(here).reshape(there.shape), there


@pytest.mark.parametrize("name", DECODING)
def test_the_decoder_of_a_shipped_run_is_torchs(name):
    run = Run(ROOT / "checkpoints" / name)
    near = run.embeddings().vectors[:12]
    wide = 2 * np.random.default_rng(0).standard_normal((4, near.shape[1])).astype(np.float32)
    here, there = decoded(run.objective(), np.concatenate([near, wide]))
    assert np.abs(here - there).max() < 1  # weights travel as float16


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 23, 17)], ids=str)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_decoder_of_every_network_is_torchs(network, shape):
    """Untrained, with batch-norm statistics far from 0 and 1, so that folding them wrongly shows."""
    torch.manual_seed(0)
    objective = Config(objective="vae", settings={"latent": 5}, network=network).build(Form("images", shape)).eval()
    for module in objective.decoder:
        if isinstance(module, torch.nn.BatchNorm2d):
            for values, low, high in ((module.weight, 0.5, 2), (module.bias, -1, 1), (module.running_mean, -1, 1)):
                torch.nn.init.uniform_(values, low, high)
            torch.nn.init.uniform_(module.running_var, 0.3, 3)
    here, there = decoded(objective, np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32))
    assert np.ptp(there) > 20  # a picture, not one grey
    assert np.abs(here - there).max() < 1  # weights travel as float16


@pytest.mark.parametrize("corners", [3, 4, 9, 120])
def test_a_lasso_holds_the_same_points_as_pythons(corners):
    """Corners on points, edges along them, loops that cross themselves, and points that have no place."""
    rng = np.random.default_rng(corners)
    xy = rng.integers(0, 40, (1500, 2)).astype(np.uint16)
    xy[::50] = NOWHERE
    polygon = rng.integers(-3, 44, (corners, 2)).astype(float)
    held = evaluated(GRID, "inside(gridded(xy), polygon)", xy=xy.ravel().tolist(), polygon=polygon.ravel().tolist())
    rows = Grid(xy, np.zeros(2), 1.0).inside(polygon)
    assert len(rows) > 9
    assert np.flatnonzero(held).tolist() == rows.tolist()


def test_the_point_under_the_pointer_is_the_nearest_that_fits():
    rng = np.random.default_rng(0)
    xy = rng.integers(0, 65534, (400, 2)).astype(np.uint16)
    xy[::40] = NOWHERE
    places = rng.integers(0, 65534, (60, 2))
    expression = "places.map(([x, y]) => nearest(gridded(xy), x, y, 3000, (row) => row % 2 === 0))"
    rows = evaluated(GRID, expression, xy=xy.ravel().tolist(), places=places.tolist())
    there = np.flatnonzero(xy[:, 0] != NOWHERE)
    assert -1 in rows
    assert any(row % 2 for row in rows)
    for (x, y), row in zip(places, rows, strict=True):
        distance = np.hypot(*(xy[there].astype(float) - (x, y)).T)
        reached = there[distance < 3000]
        fitting = [i for i in reached if i % 2 == 0] or list(reached)
        assert row == min(fitting, key=lambda i, x=x, y=y: np.hypot(xy[i][0] - x, xy[i][1] - float(y)), default=-1)


def test_an_arrow_leads_to_the_nearest_point_that_way():
    xy = np.array([[100, 100], [130, 110], [120, 140], [90, 100], [400, 100], [100, 60]])
    expression = "ways.map(([dx, dy]) => beyond(gridded(xy), 0, dx, dy, () => true))"
    assert evaluated(GRID, expression, xy=xy.ravel().tolist(), ways=[[1, 0], [-1, 0], [0, 1], [0, -1]]) == [1, 3, 2, 5]


def test_thumbnails_do_not_overlap_and_the_first_come_first():
    xy = np.random.default_rng(0).integers(0, 65534, (500, 2))
    scripts, scale, reach = [*GRID, "latent_map/tiles.js"], 0.008, (62, 11)
    expression = "decluttered(gridded(xy), scale, [7, 9], reach)"
    rows = evaluated(scripts, expression, xy=xy.ravel().tolist(), scale=scale, reach=reach)
    assert rows[0] == 7
    apart = np.abs(xy[rows][:, None] - xy[rows]) * scale
    clear = (apart >= 2 * np.array(reach) + 4).any(2)
    assert (clear | np.eye(len(rows), dtype=bool)).all()
    assert sorted(rows[2:]) == rows[2:]
    for i in set(range(500)) - set(rows):  # what is left out would overlap
        assert (np.abs(xy[rows] - xy[i]) * scale < 2 * np.array(reach) + 4).all(1).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_the_gallerys_channels_last(channels):
    pixels = np.random.default_rng(0).integers(0, 255, (3, channels, 4, 9), np.uint8)  # a film strip is no square
    image = evaluated(["kit/data.js", "kit/faces.js"], "galleryImage(unpack(x), 2)", x=pack({}, {"pixels": pixels}))
    assert image == pixels[2].transpose(1, 2, 0).ravel().tolist()


def test_a_face_that_is_a_text_is_in_its_name():
    texts = ["a  <b>bold</b>\nclaim", "x" * 200, "\N{GRINNING FACE}" * 91]
    scripts = ["kit/data.js", "kit/faces.js"]
    labelled = pack({"classes": ["no", "yes"], "texts": texts}, {"labels": np.array([1, 0, 0], np.int32)})
    plain, pictures = pack({"texts": texts}, {}), pack({}, {"pixels": np.zeros((5, 1, 2, 3), np.uint8)})
    assert evaluated(scripts, "galleryName(unpack(x), 0)", x=labelled) == f"yes #0: {texts[0]}"
    assert evaluated(scripts, "galleryName(unpack(x), 0)", x=plain) == f"#0: {texts[0]}"
    assert evaluated(scripts, "galleryName(unpack(x), 4)", x=pictures) == "#4"
    assert [evaluated(scripts, "galleryCount(unpack(x))", x=x) for x in (labelled, pictures)] == [3, 5]
    short = evaluated(scripts, "texts.map((text) => shortened(text))", texts=texts)
    assert short == ["a <b>bold</b> claim", "x" * 89 + "…", "\N{GRINNING FACE}" * 89 + "…"]
