"""Page 2's image in nats: the numbers are the run's own, and each lights the part of the figure that it measures."""

import re

import numpy as np
import pytest
import torch
from browsing import WAIT, visit
from conftest import SHIPPED

from sslcore.objectives.vae import kl_to_prior
from sslcore.run import Run


@pytest.fixture(scope="module")
def page(contexts, address):
    """Image 3 in nats, on one page that these tests look at."""
    page = visit(contexts, address, "Reconstructions_and_samples?run=vae-fashion&other=none&image=3")
    page.locator(".component[data-ready=true] .formula").first.wait_for(timeout=WAIT)
    yield page
    page.close()


def kl(image):
    run = Run(SHIPPED / "vae-fashion")
    mu, log_var = (torch.from_numpy(run.embeddings(name).vectors[[image]]) for name in ("mu", "log_var"))
    return kl_to_prior(mu, log_var)[0].numpy()


def said(page, part):
    """The number that a term of the formula says."""
    label = page.locator(f".formula [data-part={part}]").first.get_attribute("aria-label")
    return float(re.search(r"(−?[\d.]+) nats", label)[1].replace("−", "-"))


def test_the_numbers_are_the_runs_own(page):
    values, found = Run(SHIPPED / "vae-fashion").values, kl(3)
    assert said(page, "distortion") == pytest.approx(values["distortion"][3], abs=0.05)
    assert said(page, "rate") == pytest.approx(values["rate"][3], abs=0.05)
    for k in np.argsort(-found)[:5]:
        assert said(page, f"kl-{k}") == pytest.approx(found[k], abs=0.005)
    sums = page.locator(".formula math").nth(1).locator("mn")
    terms = [float(text.replace("−", "-")) for text in sums.all_text_contents()]
    # five terms, the rest, and their sum, beside the indices of the five
    numbers = [x for x, text in zip(terms, sums.all_text_contents(), strict=True) if "." in text]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.1)


def test_the_bars_are_as_high_as_their_kl(page):
    found = kl(3)
    heights = page.locator("[data-mark^=kl-]").evaluate_all(
        "paths => Object.fromEntries(paths.map((p) => [p.dataset.mark, p.getBBox().height]))"
    )
    assert len(heights) == 32
    most = int(found.argmax())
    unit = heights[f"kl-{most}"] / found[most]
    for name, height in heights.items():
        assert height == pytest.approx(found[int(name[3:])] * unit, abs=0.6)


def test_a_number_and_what_it_measures_light_up_together(page):
    found = kl(3)
    k = int(np.argsort(-found)[1])
    term, bar = page.locator(f".formula [data-part=kl-{k}]").first, page.locator(f"[data-mark=kl-{k}]")
    term.hover()
    assert "lit" in bar.get_attribute("class")
    bar.hover()
    assert "lit" in page.locator(f".formula [data-part=kl-{k}]").first.get_attribute("class")
    assert f"posterior of z{k}, image 3" in page.locator(".charts .legend").nth(1).inner_text()
    page.locator(".formula [data-part=distortion]").focus()  # with the keyboard too
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    lit = page.locator("figure.lit figcaption").all_inner_texts()
    assert lit == ["x̂ = g(μ)", "nats a pixel"]


def test_the_map_of_nats_is_what_the_pixels_cost(page):
    """Each pixel's orange is in proportion to its cross-entropy at the mean code, up to 1.5 nats."""
    run = Run(SHIPPED / "vae-fashion")
    x = torch.from_numpy(run.gallery.pixels[3]).float() / 255
    with torch.no_grad():
        made = (run.objective().decode(torch.from_numpy(run.embeddings().vectors[[3]]))[0] * 255).round() / 255
    low = made.clamp(1e-6), (1 - made).clamp(min=1e-6)
    nats = -(x * low[0].log() + (1 - x) * low[1].log())
    canvas = page.get_by_label("What each pixel costs")
    shown = canvas.evaluate("c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)")
    red = np.array(shown).reshape(28, 28, 4)[..., 0]
    assert np.abs(red - (np.minimum(nats[0].numpy() / 1.5, 1) * 230 + 20)).mean() < 1.5


def test_another_image_by_its_thumbnail(page):
    page.get_by_role("radiogroup", name="Thumbnails").get_by_role("radio").nth(11).click()
    assert said(page, "rate") == pytest.approx(Run(SHIPPED / "vae-fashion").values["rate"][11], abs=0.05)
    page.wait_for_url(re.compile("image=11"), timeout=WAIT)
    page.get_by_role("radiogroup", name="Thumbnails").get_by_role("radio").nth(3).click()
    assert said(page, "rate") == pytest.approx(Run(SHIPPED / "vae-fashion").values["rate"][3], abs=0.05)
    page.wait_for_url(re.compile("image=3"), timeout=WAIT)
