"""Temperature: how far the personas of each run agree at every temperature, beside how far the people did."""

from __future__ import annotations

import streamlit as st

from dashboard import curves, loaders, sentences, state, ui
from engine.runs.store import RunSummary


def pick() -> list[RunSummary]:
    """Let the reader choose runs; the address names them."""
    runs = [run for run in loaders.runs() if run.done and run.state != "broken"]
    by_id = {run.run_id: run for run in runs}
    for name in state.read_address("run", list(by_id), several=True, otherwise=curves.suggested(runs)):
        ui.problem(sentences.no_such_run(name, list(by_id)))
    if not runs:
        ui.empty(
            "No run has labels yet", "Start one on the Runs page, or make both demo runs in a terminal:", ("make demo",)
        )
        st.page_link(state.page("runs"), label="Start a run", icon=":material/add_circle:", query_params=state.FORM)
        return []
    names = sentences.short_names(runs)
    chosen = st.multiselect(
        "Runs",
        list(by_id),
        format_func=names.__getitem__,
        key="run",
        persist_state="session",
        max_selections=curves.MOST,
        placeholder="Choose runs to lay over one another",
    )
    state.write_address("run", chosen)
    return [by_id[run_id] for run_id in chosen]


def main() -> None:
    """Draw the page."""
    st.title("Temperature")
    chosen = pick()
    if not chosen:
        return
    readings = []
    for run in chosen:
        with ui.guarded():
            readings.append(loaders.reading(run))
    if readings:
        curves.marks(readings)
        curves.explore(readings)


main()
