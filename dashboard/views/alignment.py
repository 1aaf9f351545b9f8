"""Alignment: every persona beside every annotator or group, and the items that make each cell."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import alignments, cell_view, embedded, stand_in_parts, theme, ui
from dashboard.exhibit import exhibit
from dashboard.subject import Subject, pick
from engine.figures import alignment_heatmap
from engine.figures.alignment import MOST_CELLS

CHART = "alignment-cells"
PARTS = {
    "Own persons": stand_in_parts.own_persons,
    "Stand-ins": stand_in_parts.stand_ins,
    "Alternative annotators": stand_in_parts.alternatives,
}
"""Parts beside the cells, each computed when it is opened."""
READ = (
    "How to read it. The stronger the blue, the more alike. Hatched: not above personas whose answers were shuffled "
    "among each other, so no evidence that this persona is like this person more than any is. Framed: the person it "
    "stands for. Beside the cells: how far shuffled personas reach, and the ceiling, what a persona (or half a group) "
    "reaches beside itself. A square in colour: the cell that is looked at. Hovering tells more, the table all. When "
    "not to trust it. The null is of the chosen personas together; an interval is of the items alone. Clustering "
    "orders noise too."
)
TOO_MANY = (
    "So many personas, people and items would take this page minutes. Choose fewer persona sets, or measure in a "
    "terminal: polyvocal measure alignment RUN --measure composite"
)
READ_LARGE = (
    f"{READ.replace('Hatched', 'Greyed over').replace('Framed', 'Squares')} There are too many cells to click on: "
    "name one below to see its items. Intervals are computed for the cell that is looked at."
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
    """Show the heatmap, and the cell that is chosen."""
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
    chosen = cell_view.restore(table)
    drawn = cell_view.drawn(chosen, subject.run.run_id, subject.personas, subject.temperature, measure, by, str(order))
    heatmap(subject, table, measure, by, drawn)
    st.header("The items of a cell", anchor=False)
    chosen = cell_view.choose(by.capitalize())
    if chosen is None:
        ui.say("Click on a cell, or name a persona and whom it is set beside.", "quiet", key="no-cell")
        return
    with ui.guarded("cell"):
        cell_view.show(subject, table, chosen, measure, by)


def heatmap(subject: Subject, table: pd.DataFrame, measure: str, by: str, chosen: tuple[str, str] | None) -> None:
    """Draw the heatmap with its table."""
    n_personas, n_targets = table["persona"].nunique(), table["target"].nunique()
    title = f"Personas beside {'annotators' if by == 'annotator' else 'groups'}, temperature {subject.temperature:g}"
    figure = alignment_heatmap(
        table, measure=alignments.MEASURES[measure], pickable=True, chosen=chosen, theme=theme.now(), title=title
    )
    large = len(table) > MOST_CELLS
    exhibit(
        figure, table, key=CHART, subject=subject, columns=alignments.cell_columns(measure),
        alt=f"Heatmap of {n_personas} personas beside {n_targets} {by}s: {measure} of each pair. The table has the "
            "numbers, and the two lists below the chart choose a cell.",
        read=f"{alignments.MEANING[alignments.MEASURES[measure]]} {READ_LARGE if large else READ}",
        picked=None if large else partial(cell_view.picked, CHART),
    )  # fmt: skip
    if large:  # one picture has no strips
        ui.say(alignments.yardsticks_line(table), "quiet", key="yardsticks")


main()
