"""Page 3's hard cases, on runs made for them."""

import json
import re

import numpy as np
import pytest
import torch
from conftest import WAIT
from playwright.sync_api import expect

from interpolation.hand import PIXELS, drag
from sslcore.run import Run


@pytest.fixture
def odd(checkpoints, browser):
    """Opens page 3 on one of the tiny runs, after a change to it."""
    from sslcore.bench.chromium import server

    with server(checkpoints) as address:

        def opened(query):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(f"{address}/Interpolation?{query}")
            page.wait_for_selector("h1", timeout=WAIT)
            page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT)
            return page

        yield opened


def rewritten(path, change):
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **change(arrays))


def test_a_decoder_too_large_is_asked_for_on_release(odd, checkpoints):
    """Python decodes what a browser may not: the page says so, and the pictures follow the release."""
    config = json.loads((checkpoints / "vae-2d" / "config.json").read_text())
    config["config"]["network"]["hidden"] = [4096, 4096]
    (checkpoints / "vae-2d" / "config.json").write_text(json.dumps(config))
    from safetensors.torch import save_file

    objective = Run(checkpoints / "vae-2d").config.build((1, 8, 8))
    save_file(
        {k: v.contiguous() for k, v in objective.state_dict().items()}, checkpoints / "vae-2d" / "weights.safetensors"
    )
    page = odd("run=vae-2d&other=none")
    page.get_by_text("Its pictures follow when you let go").first.wait_for(timeout=WAIT)
    expect(page.locator(".strips canvas.waiting")).to_have_count(0, timeout=WAIT)  # the path too
    out = page.get_by_label("The code under the pointer, decoded")
    expect(out).not_to_have_class(re.compile("waiting"), timeout=WAIT)
    drag(page, page.locator(".pane .front"), (0.5, 0.5), (0.8, 0.3))
    assert "waiting" in out.get_attribute("class")
    page.mouse.up()
    expect(out).not_to_have_class(re.compile("waiting"), timeout=WAIT)
    found = np.array(out.evaluate(PIXELS)).reshape(8, 8, 4)[..., 0]
    x, y = map(float, re.findall(r"[uv] (-?[\d.]+)", page.locator(".pane output").inner_text()))
    with torch.no_grad():
        there = Run(checkpoints / "vae-2d").objective().decode(torch.tensor([[x, y]]))[0, 0] * 255
    assert np.abs(found - there.numpy()).max() <= 3  # the place is read to two digits


def test_codes_that_are_not_finite_are_one_sentence(odd, checkpoints):
    def broken(arrays):
        arrays["space.mu"][5] = np.nan
        return arrays

    rewritten(checkpoints / "vae" / "embeddings.npz", broken)
    page = odd("run=vae&other=none")
    page.get_by_text(re.compile(r"the codes of 1 of the \d+ images of vae are not finite")).wait_for(timeout=WAIT)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_gallery_of_one_image(odd, checkpoints):
    run = checkpoints / "vae-2d"
    rewritten(run / "gallery.npz", lambda arrays: {k: a if k == "classes" else a[:1] for k, a in arrays.items()})
    rewritten(run / "embeddings.npz", lambda arrays: {k: a[:1] for k, a in arrays.items()})
    (run / "projections.npz").unlink()
    page = odd("run=vae-2d&other=none")
    page.locator(".component[data-ready=true]").nth(2).wait_for(timeout=WAIT)
    assert page.get_by_label("Image B, number").input_value() == "0"
    drag(page, page.locator(".pane .front"), (0.5, 0.5), (0.7, 0.6))
    assert "nearest code" in page.locator(".pane output").inner_text()
