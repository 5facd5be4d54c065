"""Page 3 under the hand: what is dragged along a path or a dimension is decoded at once, and is what Python decodes."""

import re

import numpy as np
import torch
from browsing import WAIT, frame
from conftest import SHIPPED

from interpolation.hand import decoded, drag, pixels
from sslcore import latent
from sslcore.run import Run


def test_the_path_slider_follows_the_drag(page):
    """Before the button is released the pictures are those of t, by Python's own decoder; then the URL has t."""
    page = page("run=vae-fashion&a=3&b=8")
    drag(page, page.get_by_label("Position t on the path from A to B"), (0.5, 0.5), (0.8, 0.5))
    t = float(page.get_by_label("Position t on the path from A to B").input_value())
    assert 0.7 < t < 0.9
    assert "t=" not in page.url
    run = Run(SHIPPED / "vae-fashion")
    codes, gallery = torch.from_numpy(run.embeddings().vectors), run.gallery.pixels
    ways = {"straight": latent.straight, "spherical": latent.spherical}
    for name, way in ways.items():
        z = way(codes[3], codes[8], torch.tensor([t]))[0]
        assert np.abs(pixels(page.get_by_label(f"At t, {name}")) - decoded("vae-fashion", z)).max() <= 1, name
    mixed = gallery[3, 0] + t * (gallery[8, 0].astype(float) - gallery[3, 0])
    assert np.abs(pixels(page.get_by_label("At t, in pixels")) - mixed).max() <= 1
    page.mouse.up()
    page.wait_for_url(re.compile(rf"t={t:.3f}".rstrip("0")), timeout=WAIT)


def test_a_and_b_are_chosen_by_thumbnail_with_mouse_and_keys(page):
    page = page("run=ae-fashion")
    page.get_by_role("radiogroup", name="Thumbnails for image A").get_by_role("radio").nth(7).click()
    page.wait_for_url(re.compile("a=7"), timeout=WAIT)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("a=8"), timeout=WAIT)
    field = page.get_by_label("Image A, number")
    assert field.input_value() == "8"
    first = pixels(page.locator(".strip canvas").first)[:, :28]
    z = Run(SHIPPED / "ae-fashion").embeddings().vectors[8]
    assert np.abs(first - decoded("ae-fashion", z)).max() <= 1
    assert np.array_equal(
        pixels(page.get_by_role("img", name="Image A: ")), Run(SHIPPED / "ae-fashion").gallery.pixels[8, 0]
    )


def test_it_plays_and_pauses(page):
    page = page("run=vae-fashion-2d&t=0.1")
    slider = page.get_by_label("Position t on the path from A to B")
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("e => e.value > 0.2", arg=slider.element_handle(), timeout=WAIT)
    page.get_by_role("button", name="Pause").click()
    rest = slider.input_value()
    page.wait_for_url(re.compile(r"t=0\.\d"), timeout=WAIT)
    frame(page)
    assert slider.input_value() == rest


def test_every_dimension_has_a_slider_that_decodes_while_it_moves(page):
    page = page("run=vae-fashion&around=4")
    run = Run(SHIPPED / "vae-fashion")
    z, log_var = run.embeddings().vectors[4].copy(), run.embeddings("log_var").vectors
    codes = run.embeddings().vectors
    kl = 0.5 * (codes**2 + np.exp(log_var) - 1 - log_var).mean(0)
    sliders = page.locator(".line input")
    names = [sliders.nth(i).get_attribute("aria-label") for i in range(sliders.count())]
    assert names == [f"Dimension {k}" for k in np.argsort(-kl, kind="stable")]  # sorted by KL
    drag(page, sliders.nth(1), (0.5, 0.5), (0.2, 0.5))
    z[int(names[1].split()[1])] = float(sliders.nth(1).input_value())
    shown = page.get_by_label("The image of the code on the sliders")
    assert np.abs(pixels(shown) - decoded("vae-fashion", z)).max() <= 1
    page.mouse.up()
    page.wait_for_url(re.compile("z="), timeout=WAIT)
    address = page.url
    page.get_by_role("button", name="Reset to 0").click()
    assert np.abs(pixels(shown) - decoded("vae-fashion", np.zeros(32))).max() <= 1
    page.get_by_role("button", name="To this image").click()
    assert np.abs(pixels(shown) - decoded("vae-fashion", codes[4])).max() <= 1
    page.goto(address)  # the link brings the code back
    page.locator(".component[data-ready=true]").nth(1).wait_for(timeout=WAIT)
    assert np.abs(pixels(shown) - decoded("vae-fashion", z)).max() <= 1


def test_a_strip_is_decoded_around_the_code(page):
    page = page("run=vae-fashion-2d&around=9")
    code = Run(SHIPPED / "vae-fashion-2d").embeddings().vectors
    line = page.locator(".line").first
    k = int(line.locator("input").get_attribute("aria-label").split()[1])
    low, high = min(-3, code[:, k].min()), max(3, code[:, k].max())
    page.locator(".rows:not(.moving)").wait_for(timeout=WAIT)
    strip = pixels(line.locator("canvas"))
    for i in (0, 5, 10):
        z = code[9].copy()
        z[k] = low + i / 10 * (high - low)
        assert np.abs(strip[:, 28 * i : 28 * i + 28] - decoded("vae-fashion-2d", z)).max() <= 1


def test_a_page_fetches_its_decoder_once(page):
    """Five stores (gallery, two codes, two decoders) however many figures use them, and none again after gestures."""
    page = page("run=vae-fashion&other=ae-fashion")
    assert page.evaluate("sslscope.fetched") == 5
    page.get_by_role("button", name="Random", exact=True).click()
    page.wait_for_url(re.compile("z="), timeout=WAIT)
    page.get_by_role("radiogroup", name="Thumbnails for image B").get_by_role("radio").nth(2).click()
    page.wait_for_url(re.compile("b=2"), timeout=WAIT)
    assert page.evaluate("sslscope.fetched") == 5
