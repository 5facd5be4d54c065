"""Training from the page, in real Chromium: started, seen to learn, left and found again, stopped, resumed, deleted."""

import io
import os
import re
import signal
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from browsing import DIGEST, WAIT, settle
from conftest import SHIPPED, until
from lecture.looks import serious
from PIL import Image
from playwright.sync_api import TimeoutError, expect

from sslcore import jobs
from sslcore.bench.chromium import server
from sslcore.run import Run

LATER = "([node, epoch]) => +node.dataset.epoch > epoch"
MOST = """row => {
    window.most = 0;
    const look = () => {
        window.most = Math.max(window.most, row.querySelectorAll("[data-testid=stButton]").length);
        requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture
def folder(spare):
    """The folder of runs that the page trains into; what still works in it afterwards is ended."""
    yield spare[0]
    for job in jobs.jobs(spare[0]):
        if job.alive:
            os.kill(int((job.path / "job.lock").read_text()), signal.SIGKILL)
            until(lambda job=job: not job.alive)


@pytest.fixture
def open_training(open_page, folder, spare):
    return lambda: open_page("Training", at=spare[1])


def photos():
    """A zip of 200 small digits in ten folders."""
    from sklearn.datasets import load_digits

    digits, content = load_digits(), io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for i in range(200):
            picture = io.BytesIO()
            Image.fromarray((digits.images[i] * 15).astype(np.uint8)).resize((20, 20)).save(picture, "PNG")
            archive.writestr(f"photos/{digits.target[i]}/{i}.png", picture.getvalue())
    return content.getvalue()


def fill(page, label, value):
    """Fill in a field, and see it arrive in the command line."""
    field = page.get_by_label(label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    expect(page.locator("[data-testid=stCode]").first).to_contain_text(f"--{label} {value}", timeout=WAIT)


def choose(page, option, says):
    """Choose the data, and see it arrive; a page that is made anew just then closes its list, which is opened again."""
    listed = page.get_by_role("option", name=option)
    for _ in range(9):
        page.get_by_role("combobox", name="data").click()
        with suppress(TimeoutError):
            listed.wait_for(timeout=WAIT / 9)
            break
    listed.click()
    page.get_by_text(says).first.wait_for(timeout=WAIT)


def opened(page):
    """Open the form and choose a preset."""
    page.get_by_text("Train a model", exact=True).click()
    page.get_by_role("button", name="A VAE with a 2-d code, in a minute").click(timeout=WAIT)
    command = page.locator("[data-testid=stCode]").first  # what was typed before may be there still
    expect(command).to_contain_text(
        "--latent 2 --hidden 256 128 --activation silu --layer-norm True --epochs 15 --rate 0.002", timeout=WAIT
    )
    settle(page)


def learning(page):
    """The figure of a training that goes on, drawn."""
    figure = page.locator(".component:has(progress)")
    expect(figure).to_have_attribute("data-epoch", re.compile(r"\d"), timeout=WAIT)
    return figure


def epoch(figure):
    return float(figure.get_attribute("data-epoch"))


def upload(page):
    """Upload 200 photos and train on them for as long as one likes."""
    opened(page)
    choose(page, re.compile("upload"), "No images yet")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.locator("input[type=file]").set_input_files(
        {"name": "My photos.zip", "mimeType": "application/zip", "buffer": photos()}
    )
    expect(page.get_by_text("200 training images of 3x32x32")).to_be_visible(timeout=WAIT)
    fill(page, "size", 16)
    fill(page, "epochs", 100_000)
    page.get_by_text("More settings").click()
    fill(page, "batch", 32)
    fill(page, "name", "mine")
    page.get_by_role("button", name="Start").click()


def delete(page, row, job):
    """Stop a training, and delete it once it has been asked twice."""
    expect(row.get_by_role("button", name="Delete")).to_be_disabled()  # of what is at work nothing is deleted
    row.get_by_role("button", name="Stop").click()
    row.get_by_role("button", name="Delete").click(timeout=WAIT)
    expect(page.get_by_text("It cannot be taken back")).to_be_visible(timeout=WAIT)
    assert job.path.exists()
    page.get_by_role("button", name="Delete it for good").click()
    expect(row).to_have_count(0, timeout=WAIT)
    assert not job.path.exists()


def test_a_zip_is_uploaded_trained_on_left_found_again_stopped_resumed_and_deleted(open_training, folder):
    page = open_training()
    expect(page.get_by_text("python -m sslcore train")).to_be_visible(timeout=WAIT)  # there is no run yet
    upload(page)
    figure = learning(page)
    first, canvas = epoch(figure), figure.locator(".map")
    before, node = canvas.evaluate(DIGEST), figure.element_handle()
    page.wait_for_function(LATER, arg=[node, first], timeout=WAIT)
    until(lambda: canvas.evaluate(DIGEST) != before)
    assert page.url.endswith("Training?job=mine")
    job = jobs.Job(folder / "mine")
    assert job.facts["config"]["data"].startswith(str(folder.parent / "data" / "uploads" / "My-photos-"))
    assert job.facts["config"]["size"] == 16
    assert figure.locator(".pair").count() == 16
    page.wait_for_function(LATER, arg=[node, epoch(figure)], timeout=WAIT)
    assert node.evaluate("node => node.isConnected")  # it is drawn on, not made anew
    assert serious(page) == []

    page.get_by_role("button", name="Export").first.click()  # it stands still meanwhile
    with page.expect_download(timeout=WAIT) as download:
        page.get_by_role("button", name="Freeze").click()
    assert b"run mine" in download.value.path().read_bytes()

    page.reload()
    figure = learning(page)
    assert epoch(figure) > first
    row = page.locator(".st-key-job-mine")
    row.evaluate(MOST)
    row.get_by_role("button", name="Stop").click()
    expect(row.get_by_text("stopped")).to_be_visible(timeout=WAIT)
    assert not job.alive
    rows = len(Run(job.path).history)
    stopped = epoch(learning(page))  # what it had learned stays on the screen

    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_text("trains")).to_be_visible(timeout=WAIT)
    node = learning(page).element_handle()
    page.wait_for_function(LATER, arg=[node, stopped], timeout=WAIT)
    assert len(Run(job.path).history) > rows
    assert page.evaluate("window.most") == 3  # the buttons of before and of after never stand side by side

    delete(page, row, job)
    assert page.failed == []
    assert page.outside == []


def test_a_finished_training_is_gone_through_below_and_looked_at_elsewhere(open_training, folder):
    (folder / "another").symlink_to(SHIPPED / "ae-fashion-2d")  # the first in the list of runs
    page = open_training()
    opened(page)
    choose(page, "digits", "1,437 training images")
    fill(page, "epochs", 50)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("vae-digits is finished")).to_be_visible(timeout=WAIT)
    page.locator("output.epoch").get_by_text("epoch 50 of 50").wait_for(timeout=2 * WAIT)  # once there are maps
    assert Run(folder / "vae-digits").facts["made"]["finished"]
    page.locator("[data-testid=stMain]").get_by_role("link", name="Interpolation").click()
    page.wait_for_url(re.compile("Interpolation"), timeout=WAIT)
    settle(page)
    page.get_by_role("group", name=re.compile("of vae-digits")).first.wait_for(timeout=WAIT)
    assert page.failed == []


def test_a_second_training_waits_and_another_server_finds_both(open_training, open_page, folder):
    page = open_training()
    for name in ("first", "second"):
        opened(page)
        choose(page, "digits", "1,437 training images")
        fill(page, "epochs", 100_000)
        fill(page, "name", name)
        page.get_by_role("button", name="Start").click()
        state = "trains" if name == "first" else "waits its turn"
        expect(page.locator(f".st-key-job-{name}").get_by_text(state)).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("second waits: one trains at a time")).to_be_visible(timeout=WAIT)
    page.close()

    with server(folder) as other:
        page = open_page("Training", at=other)
        expect(page.locator(".st-key-job-second").get_by_text("waits its turn")).to_be_visible(timeout=WAIT)
        learning(page)  # the one that trains, though the address names none
        page.locator(".st-key-job-first").get_by_role("button", name="Stop").click()
        expect(page.locator(".st-key-job-second").get_by_text("trains")).to_be_visible(timeout=WAIT)
        page.locator(".st-key-job-second").get_by_role("button", name="Stop").click()
        expect(page.locator(".st-key-job-second").get_by_text("stopped")).to_be_visible(timeout=WAIT)
