"""What the browser's scripts compute is what Python computes: V8 against sslcore and torch, to the digits."""

import json

import numpy as np
import pytest
import torch
from javascript import evaluated

from sslcore import latent
from sslcore import temperature as t
from sslcore.view.temperature.drawing import EDGES

FRAMES = "kit/plane/frames.js"
NUMBERS = ["temperature/numbers.js"]


def pairs(n=40, d=6):
    a, b = np.random.default_rng(0).normal(size=(2, n, d))
    return {"a": a.ravel().tolist(), "b": (a + 0.5 * b).ravel().tolist(), "n": n, "d": d}, a, a + 0.5 * b


@pytest.mark.parametrize("tau", [0.005, 0.05, 0.5, 20])
def test_an_anchor_is_measured_as_in_python(tau):
    given, a, b = pairs()
    expression = "measure(anchorOf(7, {a: unit(x.a, x.n, x.d), b: unit(x.b, x.n, x.d), n: x.n, d: x.d}), tau)"
    anchor = expression.replace("measure(", "(").replace(", tau)", ")")
    here = evaluated(NUMBERS, f"{{...{anchor}, ...{expression}}}", x=given, tau=tau)
    positives, negatives = t.split(t.similarities(a, b))
    s, positive = np.sort(negatives[[7]])[:, ::-1], positives[[7]]
    r, probability = t.weights(s, tau), t.positive_probability(positive, s, tau)
    pull, push = t.gradient(positive, s, tau)
    wanted = {
        "positive": positive[0], "s": s[0], "r": r[0],
        "images": np.delete(np.arange(40), 7)[np.argsort(-negatives[7], kind="stable")],
        "effective": t.effective_negatives(r)[0], "perplexity": t.perplexity(r)[0], "top": t.top_share(r)[0],
        "probability": probability[0], "pull": -pull[0], "push": push[0, 0],
        "logSum": np.log(np.exp((np.append(s, positive) - s.max()) / tau).sum()) + s.max() / tau,
    }  # fmt: skip
    for name, value in wanted.items():
        np.testing.assert_allclose(here[name], value, rtol=1e-9, atol=1e-300, err_msg=name)


@pytest.mark.parametrize("tau", [0.002, 0.01, 0.3, 100])
def test_the_series_of_moments_weighs_as_the_exponentials_do(tau):
    """Below 0.01 too, where the bins are divided."""
    given, a, b = pairs(60)
    units = "{a: unit(x.a, x.n, x.d), b: unit(x.b, x.n, x.d), n: x.n, d: x.d}"
    here = evaluated(NUMBERS, f"weigher({units}, 25, 80, 0.002)(tau)", x=given, tau=tau)
    _, negatives = t.split(t.similarities(a, b))
    shares = t.weights(negatives[:25], tau) / 25
    there, _ = np.histogram(negatives[:25], bins=80, range=(-1, 1), weights=shares)
    np.testing.assert_allclose(here, there * 80 / 2, rtol=1e-7, atol=1e-12)
    assert len(EDGES) == 81  # as many bins as the page has


@pytest.mark.parametrize("way", ["straight", "spherical"])
@pytest.mark.parametrize("case", ["far", "opposite", "empty"])
def test_paths_through_the_code_are_pythons(way, case):
    a, b = torch.randn(2, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    b = {"far": b, "opposite": -2 * a, "empty": 0 * b}[case]
    shares = torch.linspace(0, 1, 11, dtype=torch.float64)
    expression = f"shares.map((t) => {way}(Float64Array.from(a), Float64Array.from(b), t))"
    here = evaluated(["walk/walk.js"], expression, a=a.tolist(), b=b.tolist(), shares=shares.tolist())
    np.testing.assert_allclose(here, getattr(latent, way)(a, b, shares), rtol=1e-9, atol=1e-12)


def code(n=50, d=6):
    """Codes, and a packed code's parts of them as JavaScript."""
    z = torch.randn(n, d, generator=torch.Generator().manual_seed(0)) * torch.arange(d, 0, -1)
    order = torch.argsort(z.var(0), descending=True)
    _, u, v = latent.axes(z, "principal", ())
    numbers = {"vectors": z.flatten(), "mean": z.mean(0), "principal": torch.cat([u, v])}
    arrays = ", ".join(f"{name}: Float32Array.from({value.tolist()})" for name, value in numbers.items())
    return z, order, f"{{facts: {{latent: {d}}}, arrays: {{{arrays}, order: {order.tolist()}}}}}"


def plane_of(parts, settings):
    return evaluated([FRAMES, "pad/pad.js"], f"planeOf({parts}, settings)", settings=settings)


def test_planes_of_a_code_are_pythons():
    z, order, parts = code()
    choices = {
        "principal": ({}, ()),
        "dimensions": ({"d1": 1, "d2": 4}, (order[1], order[4])),
        "images": ({"i1": 3, "i2": 4, "i3": 9}, (3, 4, 9)),
    }
    for kind, (settings, chosen) in choices.items():
        frame = plane_of(parts, {"plane": kind, **settings})["frame"]
        for name, axis in zip(("origin", "u", "v"), latent.axes(z, kind, tuple(int(i) for i in chosen)), strict=True):
            np.testing.assert_allclose(frame[name], axis, rtol=1e-4, atol=1e-5, err_msg=f"{kind} {name}")


def test_a_choice_that_is_no_plane_says_so():
    _, _, parts = code()
    assert "two different dimensions" in plane_of(parts, {"plane": "dimensions", "d1": 2, "d2": 2})["error"]
    assert "not on one line" in plane_of(parts, {"plane": "images", "i1": 3, "i2": 4, "i3": 4})["error"]


def test_an_ellipse_is_two_deviations_of_the_projected_posterior():
    rng = np.random.default_rng(0)
    log_var, (u, v) = rng.normal(size=5), np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    given = {"log_var": log_var.tolist(), "u": u.tolist(), "v": v.tolist()}
    points = np.array(evaluated([FRAMES], "posteriorEllipse([1, -2], log_var, {u, v})", **given))
    covariance = np.stack([u, v]) @ np.diag(np.exp(log_var)) @ np.stack([u, v]).T
    away = points - [1, -2]
    np.testing.assert_allclose(np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away), 4, rtol=1e-9)


def test_the_grey_of_a_plane_is_what_is_far_from_every_point():
    points = np.random.default_rng(0).normal(size=(80, 2))
    field = evaluated(["kit/plane/field.js"], "farField(points, [0, 0], 6, 60)", points=points.ravel().tolist())
    far = np.array(field["far"]).reshape(60, 60)
    cells = np.floor((points - field["low"]) / field["step"])
    distance = np.hypot(*(np.stack(np.meshgrid(range(60), range(60)), -1)[:, :, None] - cells).transpose(3, 0, 1, 2))
    between = np.sort(np.hypot(*(points[:, None] - points).transpose(2, 0, 1)), 1)[:, 5]
    limit = max(np.sort(between)[int(0.99 * 79)], 1.5 * field["step"]) / field["step"]
    assert 0.2 < far.mean() < 0.8
    assert (far == (distance.min(2) > limit)).all()


def test_the_kl_of_a_dimension_is_torchs():
    mu, log_var = np.random.default_rng(0).normal(size=(2, 20))
    expression = "mu.map((m, k) => gaussianKl(m, log_var[k]))"
    here = evaluated(["elbo/elbo.js"], expression, mu=mu.tolist(), log_var=log_var.tolist())
    posterior = torch.distributions.Normal(torch.tensor(mu), torch.tensor(np.exp(0.5 * log_var)))
    there = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    np.testing.assert_allclose(here, there, rtol=1e-9)


def test_the_map_of_nats_is_bright_where_it_costs():
    """Bernoulli: an inked pixel that is not drawn costs log(1e6) nats, cut at 1.5; one that is half drawn log 2."""
    given = {"x": [255] * 12, "seen": [0] * 4 + [127.5] * 4 + [255] * 4}
    here = evaluated(["elbo/elbo.js"], "lostColours(x, seen, {bernoulli: true, static: false})", **given)
    shares = np.array([1, np.log(2) / 1.5, 0])
    np.testing.assert_allclose(np.reshape(here, (3, 3)), shares[:, None] * [230, 159, 0] + 20, rtol=1e-5)


def test_readings_are_round_and_within_the_axis():
    scripts = ["kit/draw.js", "kit/chart.js"]
    axes = [
        ({"domain": [-1.3, 2.2]}, 5, [-1, 0, 1, 2]),
        ({"domain": [0, 0.007]}, 4, [0, 0.002, 0.004, 0.006]),
        ({"domain": [0.1, 30], "log": True}, 9, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]),
        ({"domain": [1e-6, 1.4], "log": True}, 4, [1e-6, 1e-4, 1e-2, 1]),
        ({"domain": [2, 4], "ticks": [1, 2, 3]}, 4, [2, 3]),
    ]
    here = evaluated(scripts, "axes.map(([axis, n]) => ticks(axis, n))", axes=axes)
    for values, (*_, wanted) in zip(here, axes, strict=True):
        np.testing.assert_allclose(values, wanted, rtol=1e-9)
    numbers = [0, 3.14159, 123456, -0.00012345, None]
    assert evaluated(scripts, "x.map((v) => digits(v ?? NaN))", x=numbers) == ["0", "3.14", "1.23e5", "-1.23e-4", "–"]


def test_a_place_among_snapshots_is_its_epoch():
    epochs, script = [0, 1, 4, 10], ["scrubber/epochs.js"]
    places = evaluated(script, "[-1, 0, 0.5, 3, 9, 99].map((epoch) => placeOf(epoch, epochs))", epochs=epochs)
    np.testing.assert_allclose(places, [0, 0, 0.5, 5 / 3, 17 / 6, 3])
    back = evaluated(script, "places.map((place) => epochAt(place, epochs))", places=places, epochs=epochs)
    np.testing.assert_allclose(back, [0, 0, 0.5, 3, 9, 10])
    assert evaluated(script, "[0, 2, 3, 99].map((epoch) => snapshotNear(epoch, epochs))", epochs=epochs) == [0, 1, 2, 3]


def test_the_ramp_goes_from_end_to_end_and_begins_later_in_the_dark():
    script = ["latent_map/shades.js"]
    light, dark = (evaluated(script, f"[0, 0.5, 1].map((t) => ramp(t, {json.dumps(d)}))") for d in (False, True))
    assert (light[0], light[2], dark[2]) == ([0x00, 0x22, 0x4E], [0xFE, 0xE8, 0x38], [0xFE, 0xE8, 0x38])
    assert sum(light[0]) < sum(dark[0]) < sum(light[1]) < sum(dark[1])
