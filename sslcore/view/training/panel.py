"""The trainings of the folder: how far each is, what can be done with it, and one of them as it learns."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from sslcore import jobs
from sslcore.jobs import Job
from sslcore.run import Run, checkpoints
from sslcore.view import cached, widgets
from sslcore.view.components import live
from sslcore.view.components.tick import tick
from sslcore.view.training.desk import desk

EVERY, SOON = 1.0, 0.1  # seconds between two looks at a training, and until its picture moves
SIGNS = {
    "queued": "… waits its turn",
    "training": "▶ trains",
    "stopped": "■ stopped",
    "failed": "✗ failed",
    "finished": "✓ finished",
}
# where to look at a run: of any ability, of images or of any kind
PAGES = {
    1: ("", ""),
    2: ("decode", "images"),
    3: ("decode", "images"),
    4: ("pair", "images"),
    5: ("pair", ""),
    6: ("pair", ""),
}
SHOWN = 5  # jobs that are listed at once; older ones that rest are folded


def train() -> None:
    """The form that starts a training, in an expander that closes when one starts: there is something to see then."""
    if not jobs.POSSIBLE:
        st.info("Training from this page needs Linux or macOS. Here: `python -m sslcore train vae --name my-vae`")
        return
    if desk().started:
        desk().started = False
        st.session_state.update({"folded-train": False, "train.name": ""})

    def content() -> None:
        from sslcore.view.training.form import form  # its settings are declared beside torch, which takes a second

        form()

    widgets.folded("Train a model", "train", content)


def panel() -> str | None:
    """The jobs, and the one that is looked at as it learns; -> its name, once finished."""
    every = jobs.jobs(checkpoints()) if jobs.POSSIBLE else []
    if not every:
        return None
    if desk().run:  # here, where the choice of a run is not made yet
        st.session_state["run"], desk().run = desk().run, ""
    standing = _standing(every)  # before the rows: what changes while they are drawn is seen by the first look
    st.subheader("Trainings")
    if desk().wrong:
        st.error(desk().wrong)
        desk().wrong = ""
    first = [job for i, job in enumerate(every) if i < SHOWN or job.alive]
    for job in first:
        _row(job)
    if len(every) > len(first):
        with st.expander(f"{len(every) - len(first)} older"):
            for job in every:
                if job not in first:
                    _row(job)
    _look(standing)
    st.subheader("A run, epoch by epoch")
    looked = _looked(every)
    return looked.name if looked and _at(looked) == "finished" else None


@st.fragment
def _look(standing: list[tuple[str, str, bool]]) -> None:
    """One look after another at a job; what stands otherwise than when the page was made makes it anew."""
    every = jobs.jobs(checkpoints())
    if _standing(every) != standing:
        st.rerun()
    looked = _looked(every)
    if looked is not None:
        _figure(looked)
    if any(alive for _, _, alive in standing):  # one that ended since is for the next look to find
        tick(SOON if looked and _begins(looked) else EVERY, "training")


def _standing(every: list[Job]) -> list[tuple[str, str, bool]]:
    return [(job.name, _at(job), job.alive) for job in every]


def _looked(every: list[Job]) -> Job | None:
    """The job that the address names, else the one that trains."""
    asked, training = st.query_params.get("job"), (job for job in every if _at(job) == "training")
    return next((job for job in every if job.name == asked), None) or next(training, None)


def _at(job: Job) -> str:
    try:
        return job.state
    except ValueError:
        return "failed"


def _row(job: Job) -> None:
    """A job's line.  Its buttons act in callbacks: a click that arrives just as the page is made anew is not lost."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"job-{job.name}"):
        try:
            state, facts = job.state, job.facts
            config, error = facts["config"], f": {facts['error']}" if facts["error"] else ""
            what = f"{config.get('objective')} on {Path(str(config.get('data'))).name}, {config.get('epochs')} epochs"
            st.markdown(f"**{job.name}** · {what} · {SIGNS[state]}{error}", width="stretch")
        except ValueError as error:
            st.markdown(f"**{job.name}** · {error}", width="stretch")
            state = "failed"
        # each has its place and keeps it: one that came and went would move the others from under the pointer
        _button("Look", job, _go, help="See it learn, or what it learned")
        if state in ("queued", "training"):
            after = "After the row that is due, with all it needs to go on; pressed again, at once"
            _button("Stop", job, Job.stop, "work", help=after)
        elif state != "finished":
            _button("Resume", job, Job.resume, "work", help="Go on where it was")
        help = "It is at work: stop it first" if job.alive else "Asks once more"
        _button("Delete", job, _ask, disabled=job.alive, help=help)
    if not job.alive and desk().deleting == job.name:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"This deletes the run **{job.name}** with all its files. It cannot be taken back.", width="stretch"
            )
            _button("Delete it for good", job, _delete, type="primary")
            _button("Keep it", job, _keep)


def _button(label: str, job: Job, act: Callable[[Job], None], place: str = "", **more: Any) -> None:
    st.button(label, key=f"{place or label}-{job.name}", on_click=_act, args=(act, job), **more)


def _act(act: Callable[[Job], None], job: Job) -> None:
    """Do it, and keep the sentence of what was wrong with it for the page that is about to be made."""
    try:
        act(job)
    except (ValueError, OSError) as error:
        desk().wrong = str(error)


def _ask(job: Job) -> None:
    desk().deleting = job.name


def _keep(job: Job) -> None:
    desk().deleting = ""


def _delete(job: Job) -> None:
    _keep(job)
    job.delete()


def _go(job: Job) -> None:
    """Look at this job, and once it is finished at its run."""
    st.query_params["job"] = job.name
    if _at(job) == "finished":
        desk().run = job.name


def _figure(job: Job) -> None:
    """What there is to see of a job: how it learns, and what its process said."""
    with cached.sentence():
        state, shown = job.state, _shown(job)
        if state == "finished":
            if shown:  # a moment ago it was not
                desk().shown = None
                _go(job)
                st.rerun()
            _finished(job)
        else:
            now = live.frame(job, shown)
            if now:
                desk().shown = now
                live.show(now)
            elif state == "queued":
                st.info(f"{job.name} waits: one trains at a time, the one that was asked for first.")
            elif state == "training":
                st.info(f"{job.name} begins: its process reads the data. The picture comes with the first seconds.")

    with st.expander("What its process said"):
        st.code(job.log() or "nothing yet", language=None)


def _shown(job: Job) -> live.Frame | None:
    """What is on the screen of this job as it learns."""
    shown = desk().shown
    return shown if shown and shown.facts["name"] == job.name else None


def _begins(job: Job) -> bool:
    """Whether its process is at work, and of what it learns there is nothing to see yet."""
    shown = _shown(job)
    return _at(job) == "training" and (shown is None or shown.facts["done"] == 0)


def _finished(job: Job) -> None:
    facts, maps = Run(job.path).facts, " Its maps are being made." if job.alive else ""
    st.success(f"{job.name} is finished: below, its whole training to go through.{maps}")
    with st.container(horizontal=True):
        for number, (ability, kind) in PAGES.items():
            if ability in ("", *facts["abilities"]) and kind in ("", facts["form"]["kind"]):
                file, name, icon = widgets.PAGES[number]
                st.page_link(file, label=name, icon=icon, query_params={"run": job.name})
