"""The lecture kit in real Chromium: what the hall sees, where keys lead, what leaves the page, and whom it shuts out."""

import re
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest
from conftest import ROOT, WAIT, settle
from playwright.sync_api import expect

from sslcore.browser.packed import pack

PAGES = ["", *[path.stem.split("_", 1)[1] for path in sorted((ROOT / "pages").glob("*.py"))]]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
SLIDE = "[data-slide=figure]"


def shown(page):
    """The figures that a hall can see, as [left, top, right, bottom]."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".js-plotly-plot, [data-testid=stImage] img, .stHtml img, .stBidiComponent")]
            .map((node) => node.matches(".stBidiComponent") ? node.querySelector("*:not(:has(*))").shadowRoot?.querySelector(".component") : node)
            .filter(node => node?.checkVisibility({opacityProperty: true})).map(node => node.getBoundingClientRect())
            .filter(box => box.width > 0).map(box => [box.left, box.top, box.right, box.bottom])"""
    )


def presented(page, figure):
    """Wait until the slide of this number is there, at its full size."""
    page.locator(".stage .where", has_text=re.compile(rf"^{figure} / ")).wait_for(timeout=WAIT)
    page.wait_for_function(f"getComputedStyle(document.querySelector('{SLIDE}')).opacity == 1", timeout=WAIT)


def test_the_hall_sees_one_figure_in_large_type_and_nothing_else(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion&other=none")
    tick = page.locator(".st-key-figure-aggregate .xtick text").first
    tick.wait_for(timeout=WAIT)
    small = tick.bounding_box()["height"]
    page.keyboard.press("f")
    presented(page, 1)
    assert "present=1" in page.url
    seen = []
    for figure in range(1, 6):
        presented(page, figure)
        page.wait_for_timeout(300)
        for testid in ("stSidebar", "stHeader", "stPopover", "stDownloadButton", "stExpander"):
            assert page.locator(f"[data-testid={testid}]:visible").count() == 0, testid
        assert page.locator("[data-testid=stMarkdown] [data-testid=stCaptionContainer]:visible").count() == 0
        [(left, top, right, bottom)] = shown(page)
        assert -1 <= left < right <= 1281, figure
        assert 0 <= top < bottom <= 721, figure
        seen.append((right - left) * (bottom - top))
        if page.locator(".st-key-figure-aggregate").is_visible():
            assert tick.bounding_box()["height"] > 1.15 * small
        assert page.locator("h2:visible").count() == 1
        page.keyboard.press("n" if figure % 2 else "ArrowDown")
    assert min(seen) > 0.1 * 1280 * 720
    expect(page).to_have_url(re.compile(r"/Interpolation\?present=1$"), timeout=WAIT)  # after the last, the next page


def test_a_link_opens_a_figure_on_the_screen(open_page):
    page = open_page("Reconstructions_and_samples?run=vae-fashion&present=1&figure=3")
    presented(page, 3)
    assert page.locator("h2:visible").inner_text() == "Samples"
    assert len(shown(page)) == 2  # an autoencoder's samples beside a VAE's: one comparison, one slide
    page.get_by_role("button", name="Next figure").click()
    presented(page, 4)
    slider = page.get_by_role("slider", name="Dimension")
    slider.focus()
    slider.press("ArrowRight")  # the slider's, not the page's
    expect(page).to_have_url(re.compile("dimension=1"), timeout=WAIT)
    settle(page)
    assert {"present=1", "figure=4"} <= set(page.url.split("?")[1].split("&"))
    slider.press("PageUp")  # what a remote sends, wherever the focus is
    presented(page, 3)
    page.keyboard.press("Escape")
    page.locator("[data-testid=stSidebar]").wait_for(timeout=WAIT)
    assert "present" not in page.url
    assert "figure" not in page.url


def test_a_pointer_finds_its_point_in_an_enlarged_figure(open_page):
    """Plotly's hover tells of the bar under the pointer, though the drawing is scaled."""
    page = open_page("Reconstructions_and_samples?run=vae-fashion&other=none&present=1&figure=4")
    presented(page, 4)
    page.wait_for_timeout(500)
    box = page.locator(".st-key-figure-aggregate .bars .point path").nth(30).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + 9)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    layer = page.locator(".st-key-figure-aggregate .hoverlayer")
    layer.locator(".hovertext, .axistext").first.wait_for(timeout=WAIT)
    x = page.locator(".st-key-figure-aggregate .js-plotly-plot").evaluate("plot => plot._fullData[0].x[30]")
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d+", layer.text_content().replace("−", "-"))]
    assert any(abs(number - x) < 0.02 for number in numbers), (numbers, x)


def test_keys_turn_pages_without_a_reload(open_page):
    page = open_page("Temperature?present=1")
    page.evaluate("window.here = true")
    page.locator(".stage").wait_for(timeout=WAIT)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/Mutual_information\?.*present=1"), timeout=WAIT)
    settle(page)
    presented(page, 1)
    assert page.locator("[data-testid=stSidebar]:visible").count() == 0
    page.keyboard.press("PageUp")  # back to the last figure of the page before
    expect(page).to_have_url(re.compile(r"/Temperature\?.*present=1"), timeout=WAIT)
    settle(page)
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(r"/Augmentations$"), timeout=WAIT)
    assert page.evaluate("window.here") is True


def test_letters_typed_into_a_field_are_no_keys(open_page):
    page = open_page("Mutual_information")
    field = page.locator("[data-testid=stSidebar] input").first
    field.focus()
    page.keyboard.type("fn?")
    assert page.url.endswith("/Mutual_information")
    assert page.locator("dialog[open]").count() == 0


def test_the_keys_are_listed_and_can_be_switched_off(open_page):
    page = open_page("Mutual_information", toured=False)  # what it switches off stays off in this browser
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    for _ in range(6):  # the focus stays within, or in the browser's own frame
        page.keyboard.press("Tab")
        inside = page.evaluate(
            """() => {const it = document.querySelector('[data-testid=stBidiComponentIsolated]:has(*), .st-key-lecture *');
            const at = document.activeElement; return at === document.body || Boolean(at.closest('.st-key-lecture'))}"""
        )
        assert inside
    dialog.get_by_label("Single letters are keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    assert "present" not in page.url


def test_the_tour_leads_through_the_page_and_can_be_left(open_page):
    page = open_page("Reconstructions_and_samples", toured=False, reduced_motion="reduce")
    offer = page.get_by_role("button", name="New here? Tour")
    offer.click()
    bubble = page.locator(".bubble")
    frame = page.locator(".frame")
    tops = []
    for step in range(1, 6):
        bubble.get_by_text(f"{step} of 5").wait_for(timeout=WAIT)
        page.wait_for_timeout(250)
        box, bound = bubble.bounding_box(), frame.bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 721
        assert bound["width"] > 100
        assert 0 <= bound["y"] < 720  # what it points at is on the screen
        tops.append(page.locator("[data-testid=stMain]").evaluate("main => main.scrollTop"))
        page.keyboard.press("ArrowRight")
    assert tops == sorted(tops)
    assert tops[-1] > tops[0] + 400
    expect(bubble).to_have_count(0)
    assert offer.is_hidden()
    page.get_by_role("button", name="Tour", exact=True).click()
    bubble.wait_for()
    page.keyboard.press("ArrowRight")
    bubble.get_by_text("2 of 5").wait_for()
    page.keyboard.press("ArrowLeft")
    bubble.get_by_text("1 of 5").wait_for()
    page.keyboard.press("Escape")
    expect(bubble).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.st-key-lecture') !== null")  # back on its button
    page.reload()
    settle(page)
    assert page.get_by_role("button", name="New here? Tour").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_tour_points_at_something(name, open_page):
    """Three to five steps are there on the shipped runs; each has words, and is a sentence."""
    page = open_page(name, reduced_motion="reduce")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Tour", exact=True).click()
    count = page.locator(".bubble strong").first
    total = int(count.inner_text().split(" of ")[1])
    assert 3 <= total <= 5
    for _ in range(total):
        assert re.search(r"\w{3,}.*[.?]$", page.locator(".bubble p").inner_text())
        page.get_by_role("button", name=re.compile("^(Next|Done)$")).click()
    expect(page.locator(".bubble")).to_have_count(0)


def test_the_link_that_is_copied_is_the_address(open_page):
    page = open_page(
        "Reconstructions_and_samples?run=vae-fashion&seed=7", permissions=["clipboard-read", "clipboard-write"]
    )
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert "seed=7" in page.url
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")  # as on an insecure address
    page.get_by_label("Seed").fill("8")
    page.get_by_label("Seed").press("Enter")
    page.wait_for_url(re.compile("seed=8"), timeout=WAIT)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_timeout(300)
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def offline(browser, path):
    """Opens a file from disk where no request can be made; -> the page, and the addresses it asked for."""
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith(("data:", "blob:", path.as_uri())) else asked.append(r.url))
    page.failed = []
    page.on("pageerror", lambda error: page.failed.append(str(error)))
    page.goto(path.as_uri())
    return page, asked


@pytest.mark.parametrize("name", [name for name in PAGES if name])
def test_a_frozen_figure_opens_from_disk_without_a_request_and_says_where_it_is_from(
    name, open_page, browser, tmp_path
):
    """The page's first Plotly figure and first component, whichever it has."""
    page = open_page(name)
    freezers = page.get_by_role("button", name=re.compile("Freeze")).and_(page.locator(":visible"))
    files = []
    page.wait_for_timeout(1000)
    if freezers.count():  # a component's, beside it
        files.append(freezers.first)
    for export in page.get_by_role("button", name="Export", exact=True).all()[:1]:
        export.click()
        files.append(page.locator("[data-testid=stPopoverBody]").get_by_role("button", name=re.compile("Freeze")))
    assert files, "a page without a figure to take away"
    for i, button in enumerate(files):
        with page.expect_download(timeout=WAIT) as got:
            button.click()
        path = tmp_path / f"{i}.html"
        got.value.save_as(path)
        frozen, asked = offline(browser, path)
        figure = frozen.locator(".js-plotly-plot .main-svg, .component[data-ready]").first
        figure.wait_for(timeout=WAIT)
        box = figure.bounding_box()
        assert box["width"] > 200
        assert box["height"] > 20
        text = frozen.locator("body").inner_text()
        if name in ("Reconstructions_and_samples", "Augmentations", "Mutual_information"):
            assert "SSL Scope" in text
        if "run " in text:
            assert "training seed" in text
        assert asked == []
        assert frozen.failed == []
        frozen.context.close()


def test_a_frozen_component_draws_what_its_stores_hold(browser, tmp_path):
    from sslcore.view.components import KIT, Component, Store, frozen

    js = "\n".join(path.read_text() for path in KIT) + (
        "\nexport default (args) => live(args, (root) => { const at = element('p', {class: 'shown'}); root.append(at); "
        "return { update(facts, stores) { at.textContent = [...stores.numbers.arrays.x].join(' '); } }; });"
    )
    packed = Store("a" * 24, pack({}, {"x": np.array([1, 2.5, -3], np.float32)}))
    facts = {"provenance": "run <b> · training seed 0", "alt": "numbers", "name": "numbers"}
    path = tmp_path / "numbers.html"
    data = {"facts": facts, "state": {}, "stores": {"numbers": packed.name}}
    path.write_bytes(frozen(Component("numbers", js, "", lambda **_: None), data, {"numbers": packed}))
    page, asked = offline(browser, path)
    expect(page.locator(".shown")).to_have_text("1 2.5 -3", timeout=WAIT)
    expect(page.locator(".footer")).to_contain_text("run <b> · training seed 0")
    assert asked == page.failed == []
    page.context.close()


def serious(page):
    """What axe finds serious or critical: components and Streamlit's own elements alike."""
    page.evaluate(AXE)
    found = page.evaluate(
        """axe.run({resultTypes: ["violations"]})
            .then(r => r.violations.filter(v => ["serious", "critical"].includes(v.impact)))"""
    )
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(name, open_page):
    page = open_page(name, toured=False)
    page.wait_for_timeout(1500)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)[0] < 80"
    )
    page.wait_for_timeout(300)  # components draw themselves again
    assert serious(page) == []


def test_the_kit_itself_is_accessible(open_page):
    """Its dialog, its tour, and presenter mode."""
    page = open_page("Reconstructions_and_samples?run=vae-fashion")
    page.wait_for_timeout(1500)
    page.keyboard.press("?")
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tour", exact=True).click()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    presented(page, 1)
    assert serious(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_nothing_sticks_out(name, open_page):
    page = open_page(name, width=390, height=844, device_scale_factor=2, has_touch=True)
    page.wait_for_timeout(1000)
    title = page.locator("h1").bounding_box()
    assert title["x"] >= 0
    assert title["x"] + title["width"] <= 390
    assert page.locator("h1").evaluate("h1 => h1.scrollWidth <= h1.clientWidth")
    out = page.evaluate(
        """() => [...document.querySelectorAll("[data-testid=stMainBlockContainer] *")].filter(node => {
            const box = node.getBoundingClientRect();
            if (box.width < 2 || box.right <= innerWidth + 1 || !node.checkVisibility({opacityProperty: true})) return false;
            if (node.matches("input")) return false; // of a slider: hidden, its thumb is what is seen
            for (let up = node.parentElement; !up.matches("[data-testid=stMain]"); up = up.parentElement)
                if (getComputedStyle(up).overflowX !== "visible" && up.getBoundingClientRect().right <= innerWidth + 1) return false;
            return true; // nothing around it scrolls or cuts it
        }).map(node => node.outerHTML.slice(0, 160))"""
    )
    assert out == []


def test_with_forced_colours_buttons_have_borders_and_what_is_chosen_differs(open_page):
    page = open_page("Reconstructions_and_samples", forced_colors="active", reduced_motion="reduce")
    start = page.get_by_role("button", name="Present")
    style = start.evaluate(
        "b => { const s = getComputedStyle(b); return [s.borderTopStyle, s.borderTopWidth, s.borderTopColor, s.backgroundColor] }"
    )
    assert style[0] == "solid"
    assert style[1] != "0px"
    assert style[2] != style[3]
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    assert page.get_by_role("dialog", name="Keys").evaluate("d => getComputedStyle(d).borderTopWidth") != "0px"
