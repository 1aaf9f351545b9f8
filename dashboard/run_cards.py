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
TAIL = 40
"""Lines of a log that a page shows."""


def card(run: RunSummary, title: str) -> None:
    """Show one run; while a process works on it, the card looks again by itself."""
    with st.container(border=True, key=f"run-{run.run_id}"):
        if run.state in loaders.LIVE:
            live(run, title)
        else:
            body(run, title)


@st.fragment(run_every=EVERY)
def live(before: RunSummary, title: str) -> None:
    """Show a run in progress; when it has ended, have the page drawn anew, which ends the renewing."""
    run = summarize(RunFolder(before.path))
    if run.state not in loaders.LIVE:
        st.rerun()
    body(run, title)


def body(run: RunSummary, title: str) -> None:
    """Draw one run: what it is, how far, and what can be done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        ui.say(title, "name", key=run.run_id)
        ui.badge_state(run.state)
        ui.badges_of_runs([run])
    with st.container(gap="xsmall"):
        ui.say(sentences.run_line(run), "quiet", key=f"line-{run.run_id}")
        if run.planned:
            bar(run, RunFolder(run.path).progress() if run.state in loaders.LIVE else None)
    if run.problem:
        ui.problem(run.problem, key=run.run_id)
    with ui.guarded(f"act-{run.run_id}"):
        actions(run)
    details(run)


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


def actions(run: RunSummary) -> None:
    """Offer what makes sense in the run's state."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.done:
            st.page_link(
                state.page("story"), label="Its story", icon=":material/auto_stories:",
                query_params={"run": run.run_id},
            )  # fmt: skip
            st.page_link(
                state.page("temperature"), label="Temperature", icon=":material/thermostat:",
                query_params={"run": run.run_id},
            )  # fmt: skip
        if run.state in loaders.LIVE:
            if st.button("Cancel", key=f"cancel-{run.run_id}", icon=":material/stop_circle:"):
                jobs.cancel_run(run.run_id)
                st.toast("The run stops after the batch in flight; what it has is kept.")
        elif run.state in ("cancelled", "interrupted", "failed") and st.button(
            "Resume", key=f"resume-{run.run_id}", icon=":material/resume:"
        ):
            jobs.resume_run(run.run_id)
            st.rerun()


def details(run: RunSummary) -> None:
    """Show the spec, the estimate beside what it took, and the end of the log, when they are asked for."""
    more = st.expander("Details", key=f"details-{run.run_id}", type="compact", on_change="rerun")
    if not more.open:
        return
    with more, ui.guarded(f"details-{run.run_id}"):
        st.caption("Run")
        st.code(run.run_id, language=None)
        if run.state != "broken":
            manifest = RunFolder(run.path).manifest()
            ui.say(sentences.cost_line(manifest.estimate, manifest.actual), "quiet", key=f"cost-{run.run_id}")
            st.caption("Spec")
            st.code(manifest.spec.model_dump_json(indent=2, exclude_defaults=True), language=None)
        tail = jobs.run_log_tail(run.run_id)
        if tail:
            st.caption("End of the log")
            st.code("\n".join(str(tail).splitlines()[-TAIL:]), language=None)
