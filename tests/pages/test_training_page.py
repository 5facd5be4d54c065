"""The training page: what it says of runs without snapshots, of killed ones, and of one that ends meanwhile."""

import json

from conftest import ROOT

from pages.apptest import open_page, said


def test_a_run_without_snapshots_says_how_to_have_them_and_shows_its_loss(checkpoints):
    (checkpoints / "vae" / "snapshots.npz").unlink()
    app = open_page(ROOT / "pages" / "7_Training.py", run="vae")
    assert not app.exception
    assert not app.error
    assert "python -m sslcore train vae" in said(app)
    assert "--name vae-again" in said(app)
    assert "snapshots" not in said(open_page(ROOT / "pages" / "7_Training.py", run="simclr"))


def test_a_rate_that_was_warmed_up_is_said_to_be(checkpoints):
    for run, steps in (("vae", 10), ("vae-2d", None)):
        captions = [caption.value for caption in open_page(ROOT / "pages" / "7_Training.py", run=run).caption]
        assert any(f"β rises from 0 to 1 over the first {steps} steps" in value for value in captions) == bool(steps)


def test_a_training_killed_before_its_first_row_can_be_looked_at(checkpoints):
    for name in ("embeddings.npz", "projections.npz", "metrics.json"):
        (checkpoints / "vae" / name).unlink()
    (checkpoints / "vae" / "history.csv").write_text("")
    app = open_page(ROOT / "pages" / "7_Training.py", run="vae")
    assert not app.exception
    assert not app.error


def test_a_training_is_shown_before_its_maps_are_baked_and_after(checkpoints):
    from sslcore.project import bake_aligned
    from sslcore.run import Run
    from sslcore.view.components.scrubber import training

    run = Run(checkpoints / "vae")
    assert "principal axes" in training(run).facts["map"]["title"]
    assert "python -m sslcore project vae" in training(run).facts["map"]["note"]
    made = bake_aligned(run, "pca")
    assert (run.path / "aligned.npz").exists()
    assert training(run).state == {"epoch": 3}
    assert len(made.points) == 4
    assert training(Run(checkpoints / "vae-2d")).facts["map"]["axes"]


def test_a_training_that_ends_while_it_is_drawn_is_looked_at_once_more(checkpoints, monkeypatch):
    """It still stood as training when the look began: the next one finds what became of it, and makes the page anew."""
    from sslcore.files import taken
    from sslcore.view.training import panel

    (checkpoints / "busy").mkdir()
    job = {"config": {}, "asked": 1.0, "began": 2.0, "error": None}
    (checkpoints / "busy" / "job.json").write_text(json.dumps(job))
    locks, ticks = [taken(checkpoints / "busy" / "job.lock")], []
    monkeypatch.setattr(panel, "_figure", lambda job: locks.pop().close())  # its process ends at that moment
    monkeypatch.setattr(panel, "tick", lambda *asked: ticks.append(asked))
    assert not open_page(ROOT / "pages" / "7_Training.py", run="vae").exception
    assert locks == []
    assert len(ticks) == 1


def test_where_jobs_are_not_possible_the_page_says_what_to_type(checkpoints, monkeypatch):
    monkeypatch.setattr("sslcore.jobs.POSSIBLE", False)
    assert "needs Linux or macOS" in said(open_page(ROOT / "pages" / "7_Training.py", run="vae"))
