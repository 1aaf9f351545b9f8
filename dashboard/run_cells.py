"""The cells of a run: how many came to what, why requests failed, where in the grid they lie; live while it runs."""

from __future__ import annotations

from typing import cast

import streamlit as st

from dashboard import loaders, run_answers, text, theme, ui
from dashboard.exhibit import exhibit
from engine import figures
from engine.figures.cell_grid import meanings
from engine.runs.cell_counts import NOT_ASKED
from engine.runs.cell_grid import By
from engine.runs.failures import failure_causes
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary, summarize

EVERY = 5
"""Seconds between two looks at a live run."""
MANY, SELDOM = 200_000, 20
"""A run of more responses is counted again only so many seconds later: counting it takes a second."""
READ_CELLS = (
    "How to read it. Each persona's cells by status; a cell is one item in one wording, at one temperature, in one "
    "repeat. The stronger the blue, the larger the share of the persona's cells. When not to trust it. A run that is "
    "still going fills its cells in the order of its grid, so early numbers are of the first personas and items."
)
READ_GRID = (
    "How to read it. One mark a persona and column, coloured by what came of its cells; pointing at it tells the "
    "counts. A column of one colour speaks of the item, a row of the persona. When not to trust it. A mark of many "
    "cells shows the worst in it, even where that is one of a hundred; the counts tell how many."
)


def show(run: RunSummary, *, alone: bool = False) -> None:
    """Show the cells of a run; while a process works on it, they are counted again and again.

    Args:
        run: whose.
        alone: nothing else on the page shows the run's state, or has the page drawn anew when the run has ended.
    """
    if run.state in loaders.LIVE:
        st.fragment(_live, run_every=SELDOM if run.done > MANY else EVERY)(run, alone)
    else:
        _cells(run, alone)


def _live(before: RunSummary, alone: bool) -> None:
    run = summarize(RunFolder(before.path))
    if alone and run.state not in loaders.LIVE:
        st.rerun()
    with ui.guarded("live-cells"):
        _cells(run, alone)


def _cells(run: RunSummary, alone: bool) -> None:
    table = run_answers.cell_counts(run)
    words = {**text.STATUS_WORDS, NOT_ASKED: "not asked yet"}
    counts = table.groupby("status", sort=False)["cells"].sum()
    said = [f"{n:,} {words[str(status)]}" for status, n in counts.items() if n]
    with st.container(horizontal=True, vertical_alignment="center"):
        if alone:
            ui.badge_state(run.state)
        ui.say(f"Of {text.plural(int(counts.sum()), 'cell')} of the run: {text.joined(said)}.", key="cells")
    if counts["failed"]:
        for number, (cause, n) in enumerate(failure_causes(RunFolder(run.path)).items()):
            ui.say(f"Failed, {n:,}: {text.plain(cause)}", "quiet", key=f"cause-{number}")
    by = _by(run)
    if by == "Status":
        exhibit(
            figures.cell_counts(table, words=words, theme=theme.now(), title="Cells by persona and status"), table,
            key="cells", about=run.run_id, read=READ_CELLS,
            alt="Table of personas and statuses with the number of cells; the table has all of them.",
        )  # fmt: skip
        return
    grid = run_answers.cell_grid(run, cast(By, by.lower()))
    title = f"Cells by persona and {by.lower()}"
    figure = figures.cell_grid(grid, by=by.lower(), legend=False, theme=theme.now(), title=title)
    ui.legend(*zip(*meanings(figure).items(), strict=True))
    exhibit(
        figure, grid,
        key=f"grid-{by.lower()}", about=run.run_id, read=READ_GRID, columns=GRID_COLUMNS,
        alt=f"Grid of personas and {by.lower()}s, coloured by what came of the cells; the table has the counts.",
    )  # fmt: skip


def _by(run: RunSummary) -> str:
    """Let the reader choose what the columns are; those of one value say nothing that a row's sum does not."""
    n_wordings = len(loaders.manifest(run).wordings)
    known = ["Item", *["Wording"] * (n_wordings > 1), *["Temperature"] * (len(run.temperatures) > 1), "Status"]
    if st.session_state.get("cells_by") not in (None, *known):  # of another run
        del st.session_state["cells_by"]
    return str(st.segmented_control("By", known, default="Item", required=True, key="cells_by", bind="query-params"))


GRID_COLUMNS = {
    "persona": "Persona",
    "column": "Column",
    "labelled": st.column_config.NumberColumn("Labelled", format="localized"),
    "without_label": st.column_config.NumberColumn("Without a label", format="localized"),
    "failed": st.column_config.NumberColumn("Failed", format="localized"),
    "not_asked": st.column_config.NumberColumn("Not asked", format="localized"),
}
