"""One cell of the alignment table: which one is looked at, what it says, and the items that make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import alignments, item_lists, loaders, sentences, state, text, ui
from dashboard.measured import measured
from dashboard.subject import Subject

PERSONA, TARGET = "cell_persona", "cell_target"
"""Keys of the choice, and parameters of the address."""
_DRAWN, _CLICKED = "_alignment_drawn", "_alignment_clicked"
LISTS = {
    "They differ most": ("difference", False),
    "They differ least": ("difference", True),
    "Speak for the likeness": ("influence", False),
    "Speak against it": ("influence", True),
}
"""Of each list of items, what orders it, and whether it rises."""


def restore(table: pd.DataFrame) -> tuple[str, str] | None:
    """Take the cell from the address or the session, before the chart is drawn; None: no cell is chosen.

    Args:
        table: of cells, in the order in which they are drawn.
    """
    known = {PERSONA: list(table["persona"].unique()), TARGET: list(table["target"].unique())}
    for key, names in known.items():
        for name in state.read_address(key, names, several=False):
            ui.problem(f"This table has no {text.plain(name, 80)!r}. Choose one below.", key=f"no-{key}")
    st.session_state[_DRAWN] = (known[PERSONA], known[TARGET])
    persona, target = (st.session_state.get(key) for key in known)
    return (persona, target) if persona and target else None


def drawn(chosen: tuple[str, str] | None, *what: object) -> tuple[str, str] | None:
    """Return the cell that the chart is to be drawn with: after a click the one before, because the browser has moved
    its mark already, and another chart would lose where the reader has zoomed to.

    Args:
        chosen: the cell that is looked at.
        what: decides the chart; where it changes, so does the chart.
    """
    before = st.session_state.get(_CLICKED)
    if before is None or before["what"] != what or before["chosen"] != chosen:
        before = {"what": what, "chosen": chosen, "drawn": chosen}
        st.session_state[_CLICKED] = before
    cell: tuple[str, str] | None = before["drawn"]
    return cell


def picked(chart: str) -> None:
    """Take the cell that was clicked on, by its place in the table that was drawn last."""
    marks = st.session_state[chart]["selection"]["points"]
    if not marks:
        return
    personas, targets = st.session_state[_DRAWN]
    row, column = int(marks[0]["y"]), int(marks[0]["x"])
    if row < len(personas) and column < len(targets):
        st.session_state[PERSONA], st.session_state[TARGET] = personas[row], targets[column]
        st.session_state[_CLICKED]["chosen"] = (personas[row], targets[column])


def choose(by: str) -> tuple[str, str] | None:
    """Let the reader name a cell, as an alternative to clicking on it; the address gets what is chosen."""
    personas, targets = st.session_state[_DRAWN]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, label, names in ((PERSONA, "Persona", personas), (TARGET, by, targets)):
            st.selectbox(label, names, index=None, format_func=lambda name: text.plain(name, 60), key=key,
                         persist_state="session", placeholder="Choose, or click on a cell", width=300)  # fmt: skip
    persona, target = (st.session_state.get(key) for key in (PERSONA, TARGET))
    for key, name in ((PERSONA, persona), (TARGET, target)):
        state.write_address(key, [name] if name else [])
    return (persona, target) if persona and target else None


def show(subject: Subject, table: pd.DataFrame, cell: tuple[str, str], measure: str, by: str) -> None:
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
