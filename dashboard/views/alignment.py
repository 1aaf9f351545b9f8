"""Alignment: every persona beside every annotator or group, and the items that make each cell."""

from __future__ import annotations

import streamlit as st

from dashboard import alignments, cell_map, cell_view, embedded, stand_in_parts, ui
from dashboard.subject import Subject, pick

PARTS = {
    "Own persons": stand_in_parts.own_persons,
    "Stand-ins": stand_in_parts.stand_ins,
    "Alternative annotators": stand_in_parts.alternatives,
}
"""Parts beside the cells, each computed when it is opened."""
TOO_MANY = (
    "So many personas, people and items would take this page minutes. Choose fewer persona sets, or measure in a "
    "terminal: polyvocal measure alignment RUN --measure composite"
)


def main() -> None:
    """Draw the page."""
    st.title("Alignment")
    subject = pick()
    if subject is None:
        return
    measure = st.segmented_control(
        "Measure", list(alignments.MEASURES), default="Cohen's κ", required=True, key="measure", bind="query-params",
        help=" ".join(alignments.MEANING.values()),
    )  # fmt: skip
    ui.tabs({"Cells": cells, **PARTS}, "part_of_alignment", subject, str(measure))


def cells(subject: Subject, measure: str) -> None:
    """Show the map of cells, and the cell that is chosen."""
    if alignments.MEASURES[measure] == alignments.COMPOSITE:
        if alignments.too_many_to_embed(subject):
            ui.say(TOO_MANY, "quiet", key="too-many")
            return
        if not embedded.ready(subject):
            embedded.offer(subject)
            return
    known = alignments.targets(subject)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        beside = st.segmented_control(
            "Beside each", list(alignments.TARGETS), default="Annotator", required=True, key="by", bind="query-params",
            disabled=len(known) < 2, help=None if len(known) > 1 else "The corpus names no groups of annotators.",
        )  # fmt: skip
        order = st.segmented_control(
            "Order", alignments.ORDERS, default="Clustered", required=True, key="sort", bind="query-params"
        )
    by = alignments.TARGETS[str(beside) if beside in known else known[0]]
    table = alignments.grid(subject, alignments.MEASURES[measure], by, str(order))
    names = cell_view.names_of(table)
    chosen = cell_view.restore(names)
    every = cell_map.CellMap(subject, table, names, measure, by, str(order))
    clickable = cell_map.draw(every, chosen)
    st.header("The items of a cell", anchor=False)
    chosen = cell_view.choose(names, by.capitalize())
    if chosen is None:
        ui.say("Click on a cell, or name a persona and whom it is set beside.", "quiet", key="no-cell")
        return
    if clickable is None or not clickable.has(chosen):
        cell_map.offer_part(every, chosen)
        clickable = every
    with ui.guarded("cell"):
        cell_view.show(subject, clickable.table, chosen, measure, by)


main()
