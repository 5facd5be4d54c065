"""Page 3's pad under the hand: the place under the pointer is decoded at once, and is what Python decodes."""

import re

import numpy as np
import pytest
from browsing import DIGEST, WAIT, frame
from conftest import SHIPPED, until

from interpolation.hand import decoded, dragged, pixels, plane
from sslcore.run import Run


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
    until(lambda: shaded[1].evaluate(DIGEST) == digests[0])


def test_the_posterior_ellipse_has_its_true_scale(page):
    """The bounding box of the ellipse's ink on the 2-d pad is 4 sigma wide and high, in the pad's own units."""
    name = "vae-fashion-2d"
    run, (*_, middle, half) = Run(SHIPPED / name), plane(name)
    i = int(np.square(run.embeddings().vectors - middle).sum(1).argmin())  # stays in sight when the middle is enlarged
    sigma = np.exp(0.5 * run.embeddings("log_var").vectors[i])
    page = page(f"run={name}&other=none&posterior={i}&pad=3,3")  # the cross is out of sight
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    frame(page)
    ink = page.locator(".pane .front").evaluate(
        """canvas => {
        const {width: w, height: h} = canvas, xs = [], ys = [];
        const {data} = canvas.getContext("2d").getImageData(0, 0, w, h);
        for (let i = 0; i < w * h; i++) {
            const [red, green, blue, alpha] = data.slice(4 * i, 4 * i + 4);
            if (red > 190 && green < 130 && alpha > 200) { xs.push(i % w); ys.push(Math.floor(i / w)); }
        }
        return [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys), Math.min(w, h)]; }"""
    )
    unit = ink[2] / (2 * half * 0.7**4)
    assert ink[0] == pytest.approx(4 * sigma[0] * unit + 3, abs=3)  # the line is three pixels wide
    assert ink[1] == pytest.approx(4 * sigma[1] * unit + 3, abs=3)


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
    until(lambda: np.abs(pixels(image) - before).max() > 20)
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
