"""Runs as cards: how far each is, its counts, and what can be done with it. A live one renews itself."""

from __future__ import annotations

import streamlit as st

from dashboard import loaders, sentences, state, text, ui
from engine.runs import jobs
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary, summarize

EVERY = 1.5
"""Seconds between two looks at a live run."""


def card(run: RunSummary, title: str, *, alone: bool = False) -> None:
    """Show one run, `alone` or among others; while a process works on it, the card looks again by itself."""
    with st.container(border=True, key=f"run-{run.run_id}"):
        if run.state in loaders.LIVE:
            live(run, title, alone)
        else:
            body(run, title, alone)


@st.fragment(run_every=EVERY)
def live(before: RunSummary, title: str, alone: bool) -> None:
    """Show a run in progress; when it has ended, have the page drawn anew, which ends the renewing."""
    run = summarize(RunFolder(before.path))
    if run.state not in loaders.LIVE:
        st.rerun()
    body(run, title, alone)


def body(run: RunSummary, title: str, alone: bool) -> None:
    """Draw one run: what it is, how far, and what can be done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        ui.say(title, "name", key=run.run_id)
        ui.badge_state(run.state)
        ui.badges_of_runs([run])
    with st.container(gap="xsmall"):
        ui.say(sentences.run_line(run), "quiet", key=f"line-{run.run_id}")
        if run.planned:
            bar(run, RunFolder(run.path).progress() if run.state in loaders.LIVE else None)
    if run.problem or run.state == "failed":
        ui.problem(run.problem or text.NO_CAUSE, key=run.run_id)
    with ui.guarded(f"act-{run.run_id}"):
        actions(run, alone)


def bar(run: RunSummary, progress: Progress | None) -> None:
    """Draw how far a run is, with its rate and the time left."""
    if run.state != "finished":
        st.progress(min(run.done / run.planned, 1.0))
        parts = [f"{run.done:,} of {run.planned:,} answers"]
    else:
        parts = [text.plural(run.done, "answer")]
    if progress is not None:
        parts.append(text.PHASE_WORDS.get(progress.phase, progress.phase))
        if progress.responses_per_second:
            parts.append(f"{progress.responses_per_second:,.0f} a second")
        if progress.seconds_left is not None:
            parts.append(f"{text.duration(progress.seconds_left)} left")
        if progress.message:
            parts.append(text.plain(progress.message))
    if set(run.by_status) - {"ok"}:
        parts.insert(1, sentences.statuses_line(run.by_status))
    ui.say(text.DOT.join(parts), "quiet", key=f"bar-{run.run_id}")


def actions(run: RunSummary, alone: bool) -> None:
    """Offer what makes sense in the run's state."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.done:
            for page, label, icon in (
                ("story", "Its story", "auto_stories"),
                ("temperature", "Temperature", "thermostat"),
            ):
                st.page_link(state.page(page), label=label, icon=f":material/{icon}:", query_params={"run": run.run_id})
        if not alone:
            st.button("Details", key=f"open-{run.run_id}", icon=":material/open_in_full:", type="tertiary",
                      on_click=_open, args=(run.run_id,))  # fmt: skip
        if run.state in loaders.LIVE:
            if st.button("Cancel", key=f"cancel-{run.run_id}", icon=":material/stop_circle:"):
                jobs.cancel_run(run.run_id)
                st.toast("The run stops after the batch in flight; what it has is kept.")
        elif label := again(run):
            help = text.FAILED_HELP if run.state == "failed" else None
            if st.button(label, key=f"resume-{run.run_id}", icon=":material/resume:", help=help):
                jobs.resume_run(run.run_id)
                st.rerun()


def again(run: RunSummary) -> str:
    """Return what starting a run that nothing works on would do, as a button says it; '' where there is nothing."""
    failed = run.by_status.get("failed", 0)
    if run.state in text.GO_ON:
        return text.GO_ON[run.state]
    if run.state == "finished" and failed:
        return f"Ask {failed:,} failed again"
    return ""


def _open(run_id: str) -> None:
    st.session_state["show"] = run_id
