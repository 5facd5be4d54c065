"""Page 3 under the hand: what is dragged is decoded at once, and is what Python decodes."""

import json
import re

import numpy as np
import pytest
import torch
from conftest import DIGEST, SHIPPED, WAIT, until
from playwright.sync_api import expect

from sslcore import latent
from sslcore.run import Run

PIXELS = """canvas => { const [w, h] = [canvas.width, canvas.height], out = new OffscreenCanvas(w, h).getContext("2d");
    out.drawImage(canvas, 0, 0); return Array.from(out.getImageData(0, 0, w, h).data); }"""


def pixels(canvas) -> np.ndarray:
    """The red of a canvas of one image or of a strip, [28, w]: all there is of a grey image."""
    found = np.array(canvas.evaluate(PIXELS)).reshape(-1, 4)
    assert (found[:, 3] == 255).all()
    return found[:, 0].reshape(28, -1)


def decoded(name: str, z) -> np.ndarray:
    with torch.no_grad():
        image = Run(SHIPPED / name).objective().decode(torch.as_tensor(np.asarray(z), dtype=torch.float32)[None])
    return (image[0, 0] * 255).numpy()


@pytest.fixture
def page(open_page):
    def opened(query="run=vae-fashion", **more):
        page = open_page(f"Interpolation?{query}", **more)
        page.locator(".component[data-ready=true]").nth(2).wait_for(timeout=WAIT)
        return page

    return opened


def drag(page, node, *shares):
    """Press at the first share (x, y) of a node's box and move through the others; the button stays down."""
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    for i, (x, y) in enumerate(shares):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            page.mouse.down()


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
    page.wait_for_timeout(200)
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


def plane(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
    """Origin, u, v, middle and half side of a run's principal plane, as the pad draws it."""
    codes = Run(SHIPPED / name).embeddings().vectors
    if codes.shape[1] == 2:
        origin, u, v = np.zeros(2), np.eye(2)[0], np.eye(2)[1]
    else:
        origin, u, v = (x.numpy() for x in latent.axes(torch.from_numpy(codes), "principal", ()))
    xy = np.sort(np.stack([(codes - origin) @ u, (codes - origin) @ v]), axis=1)
    ends = xy[:, [round(0.005 * (len(codes) - 1)), round(0.995 * (len(codes) - 1))]]
    return origin, u, v, ends.mean(1), 0.55 * float(np.ptp(ends, axis=1).max())


def dragged(page, name: str) -> np.ndarray:
    """Drags the pad from its middle to the right and down; the code that must lie there."""
    front = page.locator(".pane .front")
    drag(page, front, (0.5, 0.5), (0.7, 0.6))
    origin, u, v, middle, half = plane(name)
    box = front.bounding_box()
    unit = min(box["width"], box["height"]) / (2 * half)
    return origin + (middle[0] + 0.2 * box["width"] / unit) * u + (middle[1] - 0.1 * box["height"] / unit) * v


@pytest.mark.parametrize("name", ["vae-fashion-2d", "vae-fashion"])
def test_the_pad_decodes_the_place_under_the_pointer(name, page):
    page = page(f"run={name}&other=none")
    z = dragged(page, name)
    assert np.abs(pixels(page.get_by_label("The code under the pointer, decoded")) - decoded(name, z)).mean() < 1
    page.mouse.up()
    page.wait_for_url(re.compile("pad=0"), timeout=WAIT)
    origin, u, v, *_ = plane(name)
    x, y = (z - origin) @ u, (z - origin) @ v
    shown = list(map(float, re.findall(r"[uv] (-?[\d.]+)", page.locator(".pane output").inner_text())))
    assert shown == pytest.approx([x, y], abs=0.05)
    codes = Run(SHIPPED / name).embeddings().vectors - origin
    distances = np.hypot(codes @ u - x, codes @ v - y)
    picture = pixels(page.get_by_label("The image whose code is nearest"))
    rows = [i for i, image in enumerate(Run(SHIPPED / name).gallery.pixels[:, 0]) if np.array_equal(image, picture)]
    assert distances[rows].min() <= distances.min() + 0.05  # a pointer stands on whole pixels


def test_both_runs_follow_one_gesture_and_the_keyboard(page):
    page = page("run=vae-fashion-2d&other=ae-fashion-2d")
    outputs = page.get_by_label("The code under the pointer, decoded")
    before = [pixels(outputs.nth(i)) for i in range(2)]
    page.locator(".pane .front").nth(1).focus()
    for _ in range(20):
        page.keyboard.press("Shift+ArrowUp")
    after = [pixels(outputs.nth(i)) for i in range(2)]
    assert all(np.abs(a - b).max() > 20 for a, b in zip(before, after, strict=True))
    page.wait_for_url(re.compile(r"pad=0(,|%2C)2(&|$)"), timeout=WAIT)
    for i, name in enumerate(("vae-fashion-2d", "ae-fashion-2d")):
        origin, u, v, middle, half = plane(name)
        z = origin + middle[0] * u + (middle[1] + 2 * half) * v
        assert np.abs(after[i] - decoded(name, z)).mean() < 1
    assert "far from every code" in page.locator(".pane output").nth(0).inner_text()  # two halves up is outside of all


def test_the_grey_is_where_no_code_of_this_plane_is(page):
    """After another plane was chosen as when the page opens with it."""
    shaded = [
        page(f"run=vae-fashion&other=none{more}").locator(".pane canvas.layer").first for more in ("&plane=images", "")
    ]
    digests = [shaded[0].evaluate(DIGEST), shaded[1].evaluate(DIGEST)]
    assert digests[0] != digests[1]
    shaded[1].page.get_by_role("button", name="Through three images").click()
    shaded[1].page.wait_for_url(re.compile("plane=images"), timeout=WAIT)
    until(lambda: shaded[1].evaluate(DIGEST) == digests[0], seconds=20)


def test_the_posterior_ellipse_has_its_true_scale(page):
    """The bounding box of the ellipse's ink on the 2-d pad is 4 sigma wide and high, in the pad's own units."""
    name = "vae-fashion-2d"
    run, (*_, middle, half) = Run(SHIPPED / name), plane(name)
    i = int(np.square(run.embeddings().vectors - middle).sum(1).argmin())  # stays in sight when the middle is enlarged
    sigma = np.exp(0.5 * run.embeddings("log_var").vectors[i])
    page = page(f"run={name}&other=none&posterior={i}&pad=3,3")  # the cross is out of sight
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(200)
    ink = page.locator(".pane .front").evaluate(
        """canvas => { const {width: w, height: h} = canvas, data = canvas.getContext("2d").getImageData(0, 0, w, h).data;
        const xs = [], ys = []; for (let i = 0; i < w * h; i++) if (data[4 * i] > 190 && data[4 * i + 1] < 130 && data[4 * i + 3] > 200) { xs.push(i % w); ys.push(Math.floor(i / w)); }
        return [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), Math.min(w, h)]; }"""
    )
    unit = ink[2] / (2 * half * 0.7**4)
    assert ink[0] == pytest.approx(4 * sigma[0] * unit + 3, abs=3)  # the line is three pixels wide
    assert ink[1] == pytest.approx(4 * sigma[1] * unit + 3, abs=3)


def test_a_page_fetches_its_decoder_once(page):
    """Five stores (gallery, two codes, two decoders) however many figures use them, and none again after gestures."""
    page = page("run=vae-fashion&other=ae-fashion")
    assert page.evaluate("sslscope.fetched") == 5
    page.get_by_role("button", name="Random", exact=True).click()
    page.wait_for_url(re.compile("z="), timeout=WAIT)
    page.get_by_role("radiogroup", name="Thumbnails for image B").get_by_role("radio").nth(2).click()
    page.wait_for_url(re.compile("b=2"), timeout=WAIT)
    assert page.evaluate("sslscope.fetched") == 5


def test_it_follows_a_finger(page):
    page = page("run=vae-fashion-2d&other=none", has_touch=True, width=390, height=844)
    pad = page.locator(".pane .front")
    pad.scroll_into_view_if_needed()
    image = page.get_by_label("The code under the pointer, decoded")
    box, before = pad.bounding_box(), pixels(image)
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 90, "y": y - 60}]})
    until(lambda: np.abs(pixels(image) - before).max() > 20, seconds=10)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_is_sharp_and_true_on_another_pixel_ratio(page):
    page = page("run=vae-fashion-2d&other=none", device_scale_factor=1.5)
    canvas = page.locator(".pane .front")
    width, shown = canvas.evaluate("c => [c.width, c.clientWidth]")
    assert width == pytest.approx(1.5 * shown, abs=1)  # a layout is in fractions of a pixel
    z = dragged(page, "vae-fashion-2d")
    assert (
        np.abs(pixels(page.get_by_label("The code under the pointer, decoded")) - decoded("vae-fashion-2d", z)).mean()
        < 1
    )


def test_a_frozen_figure_is_alive_without_a_server(page, browser, tmp_path):
    page = page("run=vae-fashion-2d&other=none&pad=0.2,0.3")
    page.get_by_role("button", name="Export").last.click()
    with page.expect_download(timeout=WAIT) as got:
        page.get_by_role("button", name="Freeze").click()
    file = tmp_path / "frozen.html"
    got.value.save_as(file)
    context = browser.new_context(offline=True)
    alone = context.new_page()
    asked = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(file.as_uri())
    alone.locator(".component[data-ready=true]").wait_for(timeout=WAIT)
    assert "run vae-fashion-2d · fashion-mnist" in alone.locator(".footer").inner_text()
    z = dragged(alone, "vae-fashion-2d")
    assert (
        np.abs(pixels(alone.get_by_label("The code under the pointer, decoded")) - decoded("vae-fashion-2d", z)).mean()
        < 1
    )
    assert [url for url in asked if url != file.as_uri()] == []
    context.close()


def test_a_figure_leaves_as_svg_and_png(page):
    page = page("run=vae-fashion-2d&other=none")
    for kind in ("SVG", "PNG"):
        with page.expect_download(timeout=WAIT) as got:
            page.locator(".component", has=page.locator(".panes")).get_by_role("button", name=kind).click()
        content = got.value.path().read_bytes()
        if kind == "SVG":
            assert content.startswith(b"<svg")
            assert content.count(b"<image") == 4  # both layers of the plane, the decoded image, the nearest one
            assert b"run vae-fashion-2d" in content
        else:
            assert content.startswith(b"\x89PNG")
            assert int.from_bytes(content[16:20], "big") > 1200  # twice what is on the screen


# the hard cases, on runs made for them


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
