"""The log of a run: its end, renewed while the run goes on, and the whole of it as a file."""

from __future__ import annotations

import streamlit as st

from dashboard import loaders, ui
from engine.jobs.processes import log_tail, whole_log
from engine.runs.store import RunSummary

EVERY = 2
"""Seconds between two looks at the log of a live run."""
LINES = {"40": 40, "200": 200, "1,000": 1000}


def show(run: RunSummary) -> None:
    """Show the end of a run's log; while a process works on it, the end is read again and again."""
    if run.state not in loaders.LIVE and not log_tail(run.path, 1):
        ui.say("There is no log: the run was carried out in a terminal, which has what was told of it.", "quiet",
               key="no-log")  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        chosen = st.segmented_control(
            "Last lines", list(LINES), default="40", required=True, key="log_lines", bind="query-params"
        )
        st.download_button(
            "Log as a file", data=lambda: whole_log(run.path), file_name=f"{run.run_id}.log", mime="text/plain",
            key="log-file", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    live = run.state in loaders.LIVE  # when it has ended, the run's card has the page drawn anew
    st.fragment(_tail, run_every=EVERY if live else None)(run, LINES[str(chosen)])


def _tail(run: RunSummary, lines: int) -> None:
    tail = log_tail(run.path, lines)
    if tail:
        with st.container(height=480, border=False, key="log"):
            st.code(tail, language=None, wrap_lines=True)
    else:
        ui.say("Nothing has been told yet.", "quiet", key="no-log")
