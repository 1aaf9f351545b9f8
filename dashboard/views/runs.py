"""Runs: what was asked, how far it is, and a form that starts a run as a process of its own."""

from __future__ import annotations

import streamlit as st

from dashboard import loaders, run_cards, run_details, run_filter, run_form, run_warnings, sentences, state, ui
from engine.runs.store import RunSummary

PER_PAGE = 8


def all_runs() -> None:
    """Show every run, newest first; one alone and in full where the address names it."""
    runs = loaders.runs()
    if not runs:
        ui.empty(
            "There is no run yet",
            "A run is one model, asked as every persona about every item. Start one in the other tab, or make both "
            "demo runs in a terminal:",
            ("make demo",),
        )
        return
    ids = [run.run_id for run in runs]
    for name in state.read_address("show", ids, several=False, stored=True):
        ui.problem(run_warnings.no_such_run(name, ids))
    titles = sentences.titles(runs)
    chosen = st.selectbox(
        "Show", ids, index=None, format_func=lambda run_id: f"{titles[run_id]}  ({run_id})", key="show",
        persist_state="session", placeholder=f"All {len(runs)} runs", width=420, label_visibility="collapsed",
    )  # fmt: skip
    state.write_address("show", [chosen] if chosen else [])
    if chosen is not None:
        one(next(run for run in runs if run.run_id == chosen), titles[chosen])
    else:
        many(runs, titles)


def one(run: RunSummary, title: str) -> None:
    """Show one run in full."""
    run_cards.card(run, title, alone=True)
    run_details.show(run)


def many(runs: list[RunSummary], titles: dict[str, str]) -> None:
    """Show the runs that the reader narrows them to, some at a time."""
    shown = run_filter.choose(runs, titles)
    if not shown:
        ui.say(f"None of the {len(runs):,} runs fits. Choose less, or search for fewer words.", "quiet", key="none")
        return
    pages = max(1, -(-len(shown) // PER_PAGE))
    if not 1 <= st.session_state.get("runs_page", 1) <= pages:
        st.session_state["runs_page"] = 1
    page = st.pagination(pages, key="runs_page") if pages > 1 else 1
    for run in shown[(page - 1) * PER_PAGE : page * PER_PAGE]:
        run_cards.card(run, titles[run.run_id])


def main() -> None:
    """Draw the page."""
    st.title("Runs")
    if started := st.session_state.pop(run_form.STARTED, None):
        st.session_state["do"], st.session_state["show"] = "All runs", started
    ui.tabs({"All runs": all_runs, "Start a run": run_form.show}, "do")


main()
