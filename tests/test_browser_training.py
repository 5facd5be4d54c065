"""The epoch scrubber in real Chromium: dragged, played, stepped through; what it shows is what the files hold."""

import re

import numpy as np
import pytest
from browsing import DIGEST, WAIT
from conftest import SHIPPED, until
from playwright.sync_api import expect

from sslcore.run import Run
from sslcore.view.components.scrubber import density

# plays until the first epoch is behind, and pauses in that frame: however slow the machine, before the end
PLAYED = """(button) => {
    const root = button.closest(".component"), { dataset } = root;
    const look = () => (+dataset.epoch > 0 && begun ? button.click() : requestAnimationFrame(look));
    let begun = false;
    new MutationObserver(() => { begun ||= dataset.epoch === "0"; }).observe(root, { attributes: true });
    button.click();
    look();
}"""
PIXELS = "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"


@pytest.fixture
def training(open_page):
    """Opens the Training page once it has drawn."""

    def opened(query, **more):
        page = open_page(f"Training?{query}", height=1000, **more)
        page.wait_for_selector(".component[data-ready=true]", timeout=WAIT)
        return page

    return opened


def epoch(page):
    return int(page.locator(".component").get_attribute("data-epoch"))


def reconstructions(page):
    """The 16 pictures as they are shown, grey levels [16, h, w]."""
    shown = page.locator(".pair canvas:nth-child(2)").evaluate_all(f"all => all.map({PIXELS})")
    side = int(np.sqrt(len(shown[0]) / 4))
    return np.array(shown, np.uint8).reshape(len(shown), side, side, 4)[..., 0]


def test_a_drag_moves_everything_at_once_and_asks_nobody(training):
    page, snapshots = training("run=vae-fashion-2d"), Run(SHIPPED / "vae-fashion-2d").snapshots
    slider = page.get_by_role("slider", name="Epoch")
    assert epoch(page) == snapshots.epochs[-1]
    assert (reconstructions(page) == snapshots.reconstructions[-1, :, 0]).all()
    box, watched = slider.bounding_box(), [page.locator(s).first for s in (".map", ".pair canvas:nth-child(2)")]
    cursor = page.locator(".loss [data-mark=cursor]")
    y, place = box["y"] + box["height"] / 2, lambda share: box["x"] + 8 + share * (box["width"] - 16)
    page.mouse.move(place(1), y)
    page.mouse.down()
    before = [w.evaluate(DIGEST) for w in watched] + [cursor.get_attribute("d")]
    page.sent.clear()
    page.mouse.move(place(0.55), y, steps=5)
    middle = [w.evaluate(DIGEST) for w in watched] + [cursor.get_attribute("d")]
    page.mouse.move(place(0.22), y, steps=10)
    after = [w.evaluate(DIGEST) for w in watched] + [cursor.get_attribute("d")]
    assert all(len({a, b, c}) == 3 for a, b, c in zip(before, middle, after, strict=True))
    assert page.sent == []
    page.mouse.up()
    at = int(np.abs(np.linspace(0, 1, len(snapshots)) - 0.22).argmin())
    page.wait_for_url(re.compile(rf"epoch={snapshots.epochs[at]}(&|$)"), timeout=WAIT)
    assert epoch(page) == snapshots.epochs[at]
    assert float(slider.input_value()) == at  # at rest it stands on a snapshot
    assert (reconstructions(page) == snapshots.reconstructions[at, :, 0]).all()
    numbers = dict(
        zip(page.locator(".numbers dt").all_inner_texts(), page.locator(".numbers dd").all_inner_texts(), strict=True)
    )
    assert float(numbers["held-out elbo"]) == pytest.approx(snapshots.values["elbo"][at], rel=1e-3)
    row = next(row for row in Run(SHIPPED / "vae-fashion-2d").history if row["step"] == snapshots.steps[at])
    assert float(numbers["loss"]) == pytest.approx(row["distortion"] + row["rate"], rel=1e-3)
    assert page.failed == []


def test_a_point_is_its_own_image_at_the_epoch_of_the_link(training):
    """Where the file puts an image, the pointer finds that image: its class, its number and its pixels."""
    run = Run(SHIPPED / "vae-fashion-2d")
    snapshots, gallery, points = run.snapshots, run.gallery, run.aligned.points
    at = 4
    page = training(f"run=vae-fashion-2d&epoch={snapshots.epochs[at]}")
    assert epoch(page) == snapshots.epochs[at]
    canvas = page.locator(".map")
    width, height = canvas.evaluate("c => [c.clientWidth, c.clientHeight]")
    low, high = points.min((0, 1)), points.max((0, 1))
    scale = min((width - 44) / (high - low)[0], (height - 34) / (high - low)[1])
    centre = np.array([(34 + width - 10) / 2, (10 + height - 24) / 2])
    places = centre + (points[at] - (low + high) / 2) * scale * [1, -1]
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    i = int(apart.min(1).argmax())
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 1 + places[i, 0], box["y"] + 1 + places[i, 1])
    card = page.locator(".card")
    expect(card).to_be_visible(timeout=WAIT)
    row = snapshots.rows[i]
    assert card.inner_text() == f"{gallery.name(row)} #{row}"
    shown = np.array(card.locator("canvas").evaluate(PIXELS), np.uint8).reshape(28, 28, 4)[..., 0]
    assert (shown == gallery.pixels[row, 0]).all()


def test_it_plays_pauses_and_begins_anew(training):
    page, epochs = training("run=vae-fashion-2d"), Run(SHIPPED / "vae-fashion-2d").snapshots.epochs.tolist()
    play = page.get_by_role("button", name="Play")
    play.evaluate(PLAYED)  # at the end: from the beginning
    expect(play).to_have_attribute("aria-pressed", "false")
    there = epoch(page)
    assert 0 < there < epochs[-1]
    still = page.locator(".map").evaluate(DIGEST)
    page.wait_for_timeout(300)
    assert epoch(page) == there
    assert page.locator(".map").evaluate(DIGEST) == still
    page.wait_for_url(re.compile(rf"epoch={there}(&|$)"), timeout=WAIT)
    page.get_by_role("button", name="Reset").click()
    assert epoch(page) == 0
    expect(page.locator("output.epoch")).to_have_text("before training")


def test_what_plays_does_not_follow_to_another_page(training):
    page = training("run=vae-fashion-2d")
    page.get_by_role("button", name="Play").click()
    until(lambda: epoch(page) == 0)
    page.locator("[data-testid=stSidebarNavLink]").first.click()
    page.get_by_role("heading", name="Home").wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)
    assert "epoch" not in page.url


def test_keys_step_from_snapshot_to_snapshot(training):
    page, epochs = training("run=vae-fashion-2d"), Run(SHIPPED / "vae-fashion-2d").snapshots.epochs.tolist()
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    for key, expected in (("ArrowLeft", -2), ("ArrowLeft", -3), ("Home", 0), ("ArrowRight", 1), ("End", -1), ("r", 0)):
        page.keyboard.press(key)
        assert epoch(page) == epochs[expected], key
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext").startswith(f"epoch {epochs[1]} of {epochs[-1]}")
    page.wait_for_url(re.compile(rf"epoch={epochs[1]}(&|$)"), timeout=WAIT)
    canvas = page.locator(".map")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    run = Run(SHIPPED / "vae-fashion-2d")
    row = run.snapshots.rows[1]
    assert page.locator(".card").inner_text() == f"{run.gallery.name(row)} #{row}"
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_be_hidden()


def test_without_motion_points_step_and_do_not_travel(training):
    page = training("run=vae-fashion-2d", reduced_motion="reduce")
    slider = page.get_by_role("slider", name="Epoch")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    found = set()
    for share in np.linspace(1, 0.5, 12):
        page.mouse.move(box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2)
        found.add(float(slider.input_value()))
    page.mouse.up()
    assert len(found) > 3
    assert all(value == int(value) for value in found)


def test_cosines_are_the_files_at_every_epoch(training):
    """The heights of the histogram, read back from the drawing, are the densities of this snapshot."""
    page, snapshots = training("run=simclr-fashion&epoch=1"), Run(SHIPPED / "simclr-fashion").snapshots
    page.locator(".map").focus()
    top = 1.03 * float(max(density(snapshots.positives).max(), density(snapshots.negatives).max()))
    for key, at in (("", 1), ("ArrowRight", 2), ("Home", 0)):
        if key:
            page.keyboard.press(key)
        for name in ("positives", "negatives"):
            d = page.locator(f"[data-mark={name}]").get_attribute("d")
            ups = np.array([float(v) for v in re.findall(r"V([\d.]+)", d)])
            floor, heights = ups[-1], ups[:-1]
            drawn = (floor - heights) / (floor - 10) * top
            assert drawn == pytest.approx(density(getattr(snapshots, name))[at], abs=top / 100)


def test_a_run_without_snapshots_still_shows_its_loss(training):
    page = training("run=ae-fashion-2d")
    expect(page.get_by_text("kept no snapshots")).to_be_visible(timeout=WAIT)
    rows = Run(SHIPPED / "ae-fashion-2d").history
    d = page.locator('[data-mark="squared_error line"]').get_attribute("d")
    assert len(re.findall(r"[ML]", d)) == len(rows)
    expect(page.get_by_role("slider", name="Epoch")).to_be_hidden()
