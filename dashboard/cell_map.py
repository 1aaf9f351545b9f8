"""The map of every persona beside every person or group: in one where each cell can be clicked on, else as an overview
on which a reader draws a box, with a map of what is in the box below it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import alignments, cell_part, cell_view, chart_marks, theme, ui
from dashboard.cell_part import Box
from dashboard.cell_view import Cell, Names
from dashboard.exhibit import exhibit
from dashboard.subject import Subject
from engine.figures import alignment_heatmap
from engine.figures.alignment import MOST_CELLS, span_of

CHART, PART = "alignment-cells", "alignment-part"
"""Keys of the charts: of all cells, and of those in the box."""
READ = (
    "How to read it. The stronger the blue, the more alike. Hatched: not above personas whose answers were shuffled "
    "among each other, so no evidence that this persona is like this person more than any is. Framed: the person it "
    "stands for. Beside the cells: how far shuffled personas reach, and the ceiling, what a persona (or half a group) "
    "reaches beside itself. A square in colour: the cell that is looked at. Hovering tells more, the table all. When "
    "not to trust it. The null is of the chosen personas together; an interval is of the items alone. Clustering "
    "orders noise too."
)
DRAW = (
    "Draw a box on the map with the mouse or a finger: its cells are shown below, with names and intervals, and a "
    "click on one of them lists its items."
)
READ_LARGE = (
    READ.replace("Hatched", "Greyed over")
    .replace("Framed", "Small squares")
    .replace("Beside the cells", "Below the map")
    .replace("A square in colour: the cell that is looked at", "A large square: the cell that is looked at, if outside")
)
READ_PART = "The shades are those of the whole map, on which the next box can be drawn."


@dataclass(frozen=True)
class CellMap:
    """A table of cells, and what it is of."""

    subject: Subject
    table: pd.DataFrame
    names: Names
    """Of its rows and columns."""
    measure: str
    """As readers know it."""
    by: str
    """annotator or group."""
    order: str

    @property
    def large(self) -> bool:
        """Whether it has too many cells to click on."""
        return len(self.table) > MOST_CELLS

    def has(self, cell: Cell) -> bool:
        """Return whether it shows a cell."""
        return cell[0] in self.names[0] and cell[1] in self.names[1]

    @property
    def about(self) -> tuple[object, ...]:
        """What decides the chart but for its mark."""
        subject = self.subject
        return (subject.run.run_id, subject.personas, subject.temperature, self.measure, self.by, self.order,
                theme.now())  # fmt: skip


def draw(cells: CellMap, chosen: Cell | None) -> CellMap | None:
    """Draw a map, and where it is large the part of it that is in the reader's box; return what can be clicked on.

    None: a large map without a box.

    Args:
        cells: all of them.
        chosen: the cell that is looked at.
    """
    if not cells.large:
        _clickable(cells, chosen, CHART, f"Personas beside {cells.by}s", READ, span_of(cells.table))
        return cells
    box = cell_part.restore(cells.names)
    part = None if box is None else _part(cells, box)
    _overview(cells, box, None if part and chosen and part.has(chosen) else chosen)
    if box is None or part is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center", key="about-the-part"):
        ui.say(cell_part.says(box, cells.names, cells.by), "quiet", key="part")
        st.button("Close it", key="close-part", icon=":material/close:", on_click=cell_part.choose, args=(None,))
    _clickable(part, chosen, PART, "The part in the box", f"{READ_PART} {READ}", span_of(cells.table))
    return part


def offer_part(cells: CellMap, cell: Cell) -> None:
    """Offer to draw the box around a cell: the way of the keyboard, and of a narrow screen."""
    around = cell_part.around(cell, cells.names)
    st.button("Show it among its neighbours", key="part-around", icon=":material/zoom_in_map:",
              on_click=cell_part.choose, args=(around,))  # fmt: skip


def _part(cells: CellMap, box: Box) -> CellMap:
    """Return the part of a map that is shown of a box, with intervals where they are known by now."""
    names = box.shown.names(cells.names)
    table = cell_part.cells_of(cells.table, names)
    likeness = alignments.MEASURES[cells.measure]
    return replace(cells, table=alignments.with_known_intervals(cells.subject, table, likeness, cells.by), names=names)


def _overview(cells: CellMap, box: Box | None, outside: Cell | None) -> None:
    """Draw all cells as one picture that takes boxes.

    Args:
        cells: all of them.
        box: that the reader drew.
        outside: the cell that is looked at, where no map of a part shows it.
    """
    subject, (personas, targets) = cells.subject, cells.names
    mark = chart_marks.mark(CHART, box, *cells.about, outside)
    figure = alignment_heatmap(
        cells.table, measure=alignments.MEASURES[cells.measure], pickable=True, chosen=outside,
        box=(mark.what.rows, mark.what.columns) if mark.what else None, theme=theme.now(),
        title=f"Personas beside {cells.by}s, temperature {subject.temperature:g}",
    )  # fmt: skip
    figure.update_layout(meta=mark.times)
    exhibit(
        figure, cells.table, key=CHART, subject=subject, columns=alignments.cell_columns(cells.measure),
        alt=f"Heatmap of {len(personas)} personas beside {len(targets)} {cells.by}s: {cells.measure} of each pair. The "
            "table has the numbers; a box drawn on it, or a cell named in the two lists below, shows a part of it.",
        read=f"{DRAW} {alignments.MEANING[alignments.MEASURES[cells.measure]]} {READ_LARGE}",
        boxed=partial(cell_part.boxed, CHART, cells.names),
    )  # fmt: skip
    ui.say(alignments.yardsticks_line(cells.table), "quiet", key="yardsticks")  # one picture has no strips


def _clickable(cells: CellMap, chosen: Cell | None, key: str, title: str, read: str, span: tuple[float, float]) -> None:
    """Draw cells of which each can be clicked on, in the shades of a scale over `span`."""
    subject, (personas, targets) = cells.subject, cells.names
    has_intervals = bool(cells.table["low"].notna().any())
    mark = chart_marks.mark(key, chosen, *cells.about, personas, targets, has_intervals)
    figure = alignment_heatmap(
        cells.table, measure=alignments.MEASURES[cells.measure], pickable=True, chosen=mark.what, span=span,
        theme=theme.now(), title=f"{title}, temperature {subject.temperature:g}",
    )  # fmt: skip
    figure.update_layout(meta=mark.times)
    exhibit(
        figure, cells.table, key=key, subject=subject, columns=alignments.cell_columns(cells.measure),
        alt=f"Heatmap of {len(personas)} personas beside {len(targets)} {cells.by}s: {cells.measure} of each pair. The "
            "table has the numbers, and the two lists below the chart choose a cell.",
        read=f"{alignments.MEANING[alignments.MEASURES[cells.measure]]} {read}",
        picked=partial(cell_view.picked, key, cells.names),
    )  # fmt: skip
