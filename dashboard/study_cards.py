"""A study as a card: how far it is, and what can be done with it. A live one renews itself."""

from __future__ import annotations

import streamlit as st

from dashboard import studies, text, ui
from dashboard.studies import AboutRuns
from engine.annotators.studies import (
    LIVE,
    StudyFolder,
    StudySummary,
    cancel_study,
    delete_study,
    resume_study,
    study_log_tail,
    summarize,
)

EVERY = 1.0
"""Seconds between two looks at a live study."""
TAIL = 40
"""Lines of a log that the page shows."""


def card(study: StudySummary, title: str) -> None:
    """Show one study; while a process works on it, the card looks again by itself."""
    about = studies.about_runs(study)
    with st.container(border=True, key="study-card"):
        if study.state in LIVE:
            live(study, title, about)
        else:
            body(study, title, about)


@st.fragment(run_every=EVERY)
def live(before: StudySummary, title: str, about: AboutRuns) -> None:
    """Show a study in progress; when it has ended or has one result more, have the page drawn anew."""
    study = summarize(StudyFolder(before.path))
    if study.state not in LIVE or study.results != before.results:
        st.rerun()
    body(study, title, about)


def body(study: StudySummary, title: str, about: AboutRuns) -> None:
    """Draw one study: what it is, how far, and what can be done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        ui.say(title, "name", key="study-title")
        ui.badge_state(study.state)
        if study.manifest is not None:
            ui.badges_of_runs(about.runs)
            if study.manifest.people and study.manifest.people.synthetic and not study.manifest.spec.runs:
                ui.badge_synthetic()
    with st.container(gap="xsmall"):
        if study.manifest is not None:
            ui.say(studies.line(study.manifest), "quiet", key="study-line")
            if study.state != "finished" and study.planned:
                st.progress(min(study.done / study.planned, 1.0))
            ui.say(studies.progress_line(study, about.titles), "quiet", key="study-progress")
    if study.problem or study.state == "failed":
        ui.problem(study.problem or text.NO_CAUSE, key="study")
    if study.manifest is not None and study.state not in LIVE and studies.corpus_changed(study.manifest):
        ui.notice(
            "The corpus has changed since this study read it: what it says is of the labels there were. Delete it and "
            "start it again for those there are.", "warning", key="study-changed",
        )  # fmt: skip
    with ui.guarded("study-act"):
        actions(study)
    details(study)


def actions(study: StudySummary) -> None:
    """Offer what makes sense in the study's state."""
    if study.state in LIVE:
        if st.button("Cancel", key="study-cancel", icon=":material/stop_circle:"):
            cancel_study(study.path)
            st.toast("The study stops; finished trainings are kept.")
    elif label := text.GO_ON.get(study.state):
        known = "Finished trainings are not made again."
        help = f"{text.FAILED_HELP} {known}" if study.state == "failed" else known
        if st.button(label, key="study-resume", icon=":material/resume:", help=help):
            resume_study(study.path)
            st.rerun()


def details(study: StudySummary) -> None:
    """Show the spec and the end of the log, and offer to delete the study, when they are asked for."""
    more = st.expander("Details", key="study-details", type="compact", on_change="rerun")
    if not more.open:
        return
    with more, ui.guarded("study-details"):
        st.caption("Study")
        st.code(study.study_id, language=None)
        if study.manifest is not None:
            for number, note in enumerate(study.manifest.notes):
                ui.say(note, "quiet", key=f"study-note-{number}")
            st.caption("Spec")
            st.code(study.manifest.spec.model_dump_json(indent=2, exclude_defaults=True), language=None)
            tail = study_log_tail(study.path, lines=TAIL)
            if tail:
                st.caption("End of the log")
                st.code(tail, language=None)
        if study.state not in LIVE and study.manifest is not None:
            delete(study)


def delete(study: StudySummary) -> None:
    """Delete a study once the reader has said so twice."""
    sure = st.checkbox("I want this study deleted; its trainings stay", key=f"sure-{study.study_id}")
    if st.button("Delete study", key="study-delete", icon=":material/delete:", disabled=not sure):
        delete_study(study.path)
        st.session_state.pop("study", None)
        st.query_params.pop("study", None)
        st.rerun()
