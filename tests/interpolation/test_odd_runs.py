"""Page 3's hard cases, on runs made for them."""

import json
import re
import shutil

import numpy as np
import pytest
import torch
from browsing import WAIT
from playwright.sync_api import expect

from interpolation.hand import PIXELS, drag
from sslcore.data.form import Form
from sslcore.run import Run


@pytest.fixture
def odd(trained, spare, open_page):
    """A copy of a tiny run that may be changed, and what opens page 3 on it then."""
    folder, url = spare

    def copied(name):
        run = shutil.copytree(trained / name, folder / name)
        return run, lambda: open_page(f"Interpolation?run={name}&other=none", at=url)

    return copied


def rewritten(path, change):
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **change(arrays))


def test_a_decoder_too_large_is_asked_for_on_release(odd):
    """Python decodes what a browser may not: the page says so, and the pictures follow the release."""
    run, opened = odd("vae-2d")
    config = json.loads((run / "config.json").read_text())
    config["config"]["network"]["hidden"] = [4096, 4096]
    (run / "config.json").write_text(json.dumps(config))
    from safetensors.torch import save_file

    objective = Run(run).config.build(Form("images", (1, 8, 8)))
    save_file({k: v.contiguous() for k, v in objective.state_dict().items()}, run / "weights.safetensors")
    page = opened()
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
        there = Run(run).objective().decode(torch.tensor([[x, y]]))[0, 0] * 255
    assert np.abs(found - there.numpy()).max() <= 3  # the place is read to two digits


def test_codes_that_are_not_finite_are_one_sentence(odd):
    run, opened = odd("vae")

    def broken(arrays):
        arrays["space.mu"][5] = np.nan
        return arrays

    rewritten(run / "embeddings.npz", broken)
    page = opened()
    page.get_by_text(re.compile(r"the codes of 1 of the \d+ images of vae are not finite")).wait_for(timeout=WAIT)
    assert page.locator("[data-testid=stException]").count() == 0


def test_a_gallery_of_one_image(odd):
    run, opened = odd("vae-2d")
    rewritten(run / "gallery.npz", lambda arrays: {k: a if k == "classes" else a[:1] for k, a in arrays.items()})
    rewritten(run / "embeddings.npz", lambda arrays: {k: a[:1] for k, a in arrays.items()})
    (run / "projections.npz").unlink()
    page = opened()
    page.locator(".component[data-ready=true]").nth(2).wait_for(timeout=WAIT)
    assert page.get_by_label("Image B, number").input_value() == "0"
    drag(page, page.locator(".pane .front"), (0.5, 0.5), (0.7, 0.6))
    assert "nearest code" in page.locator(".pane output").inner_text()
