"""One cell of the alignment table: which one is looked at, what it says, and the items that make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import alignments, chart_marks, item_lists, loaders, sentences, state, text, ui
from dashboard.measured import measured
from dashboard.subject import Subject

PERSONA, TARGET = "cell_persona", "cell_target"
"""Keys of the choice, and parameters of the address."""
Names = tuple[list[str], list[str]]
"""Of the rows and the columns of a map: personas, and whom they are set beside."""
Cell = tuple[str, str]
"""Persona and target."""
LISTS = {
    "They differ most": ("difference", False),
    "They differ least": ("difference", True),
    "Speak for the likeness": ("influence", False),
    "Speak against it": ("influence", True),
}
"""Of each list of items, what orders it, and whether it rises."""


def names_of(table: pd.DataFrame) -> Names:
    """Return the personas and targets of a table of cells, in the order in which they are drawn."""
    return list(table["persona"].unique()), list(table["target"].unique())


def restore(names: Names) -> Cell | None:
    """Take the cell from the address or the session, before the chart is drawn; None: no cell is chosen.

    Args:
        names: of all rows and columns.
    """
    for key, known in zip((PERSONA, TARGET), names, strict=True):
        for name in state.read_address(key, known, several=False):
            ui.problem(f"This table has no {text.plain(name, 80)!r}. Choose one below.", key=f"no-{key}")
    return _chosen()


def picked(chart: str, names: Names) -> None:
    """Take the cell that was clicked on.

    Args:
        chart: its key.
        names: of the rows and columns that it shows.
    """
    marks = st.session_state[chart]["selection"]["points"]
    if not marks:
        return
    (personas, targets), (row, column) = names, (int(marks[0]["y"]), int(marks[0]["x"]))
    if row < len(personas) and column < len(targets):
        cell = personas[row], targets[column]
        st.session_state[PERSONA], st.session_state[TARGET] = cell
        chart_marks.moved(chart, cell)


def choose(names: Names, by: str) -> Cell | None:
    """Let the reader name a cell, as an alternative to clicking on it; the address gets what is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label, known in zip((PERSONA, TARGET), ("Persona", by), names, strict=True):
            st.selectbox(label, known, index=None, format_func=lambda name: text.plain(name, 60), key=key,
                         persist_state="session", placeholder="Choose, or click on a cell", width=300)  # fmt: skip
    for key in (PERSONA, TARGET):
        name = st.session_state.get(key)
        state.write_address(key, [name] if name else [])
    return _chosen()


def _chosen() -> Cell | None:
    persona, target = (st.session_state.get(key) for key in (PERSONA, TARGET))
    return (persona, target) if persona and target else None


def show(subject: Subject, table: pd.DataFrame, cell: Cell, measure: str, by: str) -> None:
    """Show what a cell says, and its items.

    Args:
        subject: run, personas and temperature.
        table: of cells.
        cell: persona and target.
        measure: as readers know it.
        by: annotator or group.
    """
    persona, target = cell
    likeness = alignments.MEASURES[measure]
    rows = alignments.with_intervals(subject, table, persona, likeness, by)
    row = rows[rows["target"] == target].iloc[0].to_dict()
    own = " (the persona stands for it)" if row["own"] else ""
    ui.say(f"{text.plain(persona, 80)} and {text.plain(target, 80)}{own}", "name", key="cell")
    ui.say(alignments.cell_line(row, measure), key="cell-line")
    by_item = alignments.by_items(measure)
    orders = [name for name, (column, _) in LISTS.items() if by_item == likeness or column == "difference"]
    if st.session_state.get("cell_items") not in (None, *orders):  # of another measure
        del st.session_state["cell_items"]
    order = st.segmented_control(
        "Items where", orders, default=orders[0], required=True, key="cell_items", bind="query-params"
    )
    column, rising = LISTS[str(order)]
    found = measured(subject, "cell_items", persona=persona, target=target, likeness=by_item, by=by)
    if by_item != likeness:
        found = found.drop(columns="influence")
    found = found.sort_values(column, ascending=rising, kind="stable", na_position="last")
    task = loaders.corpus(subject.corpus).task

    def says(item: Mapping[Any, Any]) -> list[str]:
        label = text.plain(sentences.label_words(task, item["label"]), 40)
        who = text.plain(target, 40)
        given = f"{who}: {label}" if by == "annotator" else f"{who}: {label}, share {text.number(item['share'])}"
        said = [given, f"{text.plain(persona, 40)}: {label} with probability {text.number(item['probability'])}"]
        if "influence" in item:
            said.append(f"Influence on the {alignments.in_sentence(measure)}: {text.number(item['influence'], 4)}")
        return said

    item_lists.listed(subject, found, says, key="cell_page")
    with st.expander("All items of this cell", key="cell-items-table", type="compact"):
        ui.table(found, "Items of the cell", ITEM_COLUMNS, key="cell-items-frame")
        ui.download("Items as CSV", lambda: found, f"{subject.run.run_id}-cell-items.csv", "cell-items-csv")
    st.caption(READ_ITEMS if by_item == likeness else READ_UNDECIDED)


READ_UNDECIDED = "An item on which the persona is undecided differs from anybody by chance; do not read it as a view."
READ_ITEMS = (
    "Influence: how much the cell's value would fall without the item. Single items move little where many say the "
    f"same. {READ_UNDECIDED}"
)
ITEM_COLUMNS: dict[str, Any] = {
    "item_id": "Item",
    "difference": st.column_config.NumberColumn("Difference", format="%.3f"),
    "influence": st.column_config.NumberColumn("Influence", format="%.4f"),
    "label": "Person's label",
    "share": st.column_config.NumberColumn("Its share", format="%.2f"),
    "probability": st.column_config.NumberColumn("Persona's probability of it", format="%.3f"),
}
