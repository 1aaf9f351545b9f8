"""Temperature: how far the personas of each run agree at every temperature, beside how far the people did."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import comparison, curves, loaders, run_warnings, sentences, state, text, ui
from dashboard.subject import labelled_runs
from engine.errors import PolyvocalError
from engine.runs.store import RunSummary


def pick_runs(titles: Mapping[str, str]) -> list[RunSummary]:
    """Let the reader choose runs; the address names them."""
    by_id = labelled_runs(several=True)
    if not by_id:
        return []
    chosen = st.multiselect(
        "Runs", list(by_id), format_func=titles.__getitem__, key="run", persist_state="session",
        max_selections=comparison.MOST, placeholder="Choose runs to lay over one another",
    )  # fmt: skip
    state.write_address("run", chosen)
    return [by_id[run_id] for run_id in chosen]


def pick_sets(runs: list[RunSummary]) -> list[str]:
    """Let the reader choose the persona sets that are measured; the address names them."""
    sizes, usual = comparison.set_sizes(runs), comparison.default_sets(runs)
    state.follow("set", usual, list(sizes))
    for name in state.read_address("set", list(sizes), several=True, otherwise=usual):
        ui.problem(f"These runs have no persona set {text.plain(name, 80)!r}. They have {', '.join(sizes)}.")
    chosen: list[str] = st.multiselect(
        "Persona sets", list(sizes), format_func=lambda name: f"{text.plain(name, 60)} ({sizes[name]})", key="set",
        persist_state="session", placeholder="Choose who is measured",
        help="Strong personas stand for one annotator each, so they compare with the people; mixing sets does not.",
    )  # fmt: skip
    state.write_address("set", chosen)
    return chosen


def main() -> None:
    """Draw the page."""
    st.title("Temperature")
    titles = sentences.titles(loaders.runs())
    left, right = st.columns([7, 4])
    with left:
        runs = pick_runs(titles)
    readable = []
    for run in runs:
        try:
            dropped = loaders.labels(run).attrs["dropped"]
            readable.append(run)
        except PolyvocalError as error:
            ui.problem(str(error))
            continue
        for words in run_warnings.damage(run, dropped):
            ui.notice(f"{titles[run.run_id]}: {words}", "warning")
    if not readable:
        return
    with right:
        sets = pick_sets(readable)
    if not sets:
        ui.say("Choose at least one persona set.", "quiet")
        return
    with ui.guarded():
        compared = comparison.compare(readable, sets, titles)
        curves.marks(compared)
        if compared.parts:
            curves.explore(compared)
        else:
            for note in compared.notes:
                ui.notice(note, "warning")


main()
