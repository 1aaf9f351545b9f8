"""A part of a map of very many cells: the box that a reader draws on it, and which cells of it are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Container
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import chart_marks, state, text, ui
from dashboard.cell_view import Names

ROWS, COLUMNS = "cell_rows", "cell_columns"
"""Keys of the choice, and parameters of the address: '61-100', counted from 1."""
MOST_ROWS, MOST_COLUMNS = 30, 60
"""Cells that a browser draws at once with a name at each row and column, and that a finger or mouse still meets."""


@dataclass(frozen=True)
class Box:
    """Neighbouring rows and columns of a map."""

    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns it has."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    @property
    def shown(self) -> Box:
        """The box, or its middle where it is too large to show."""
        return Box(_middle(self.rows, MOST_ROWS), _middle(self.columns, MOST_COLUMNS))

    def names(self, names: Names) -> Names:
        """Return the names of its rows and columns."""
        return names[0][self.rows], names[1][self.columns]


@dataclass(frozen=True)
class _Spans(Container[str]):
    """What the address may say of `n` rows or columns."""

    n: int

    def __contains__(self, words: object) -> bool:
        found = re.fullmatch(r"([1-9]\d{0,6})-([1-9]\d{0,6})", str(words), re.ASCII)
        return found is not None and int(found[1]) <= int(found[2]) <= self.n


def restore(names: Names) -> Box | None:
    """Take the box from the address or the session; None: none is drawn.

    Args:
        names: of all rows and columns, in the order in which they are drawn.
    """
    for key, known, what in ((ROWS, names[0], "rows"), (COLUMNS, names[1], "columns")):
        for asked in state.read_address(key, _Spans(len(known)), several=False):
            ui.problem(f"The map has no {what} {text.plain(asked, 40)!r}: it has {len(known):,}.", key=f"no-{key}")
    rows, columns = st.session_state.get(ROWS), st.session_state.get(COLUMNS)
    chosen = bool(rows and columns)
    state.write_address(ROWS, [str(rows)] if chosen else [])
    state.write_address(COLUMNS, [str(columns)] if chosen else [])
    return Box(_slice(str(rows)), _slice(str(columns))) if chosen else None


def boxed(chart: str, names: Names) -> None:
    """Take the box that was drawn on a chart, or that it was taken away."""
    boxes = st.session_state[chart]["selection"]["box"]
    box = None
    if boxes:
        rows, columns = (_touched(boxes[-1][axis], len(of)) for axis, of in zip("yx", names, strict=True))
        box = Box(rows, columns)
    choose(box)
    chart_marks.moved(chart, box)


def choose(box: Box | None) -> None:
    """Choose a box, or none; before the page is drawn."""
    st.session_state[ROWS], st.session_state[COLUMNS] = (_words(box.rows), _words(box.columns)) if box else (None, None)


def around(cell: tuple[str, str], names: Names) -> Box:
    """Return the largest box that is shown whole, with a cell in its middle as far as the map's edges let it."""
    spans = []
    for name, of, most in zip(cell, names, (MOST_ROWS, MOST_COLUMNS), strict=True):
        start = max(0, min(of.index(name) - most // 2, len(of) - most))
        spans.append(slice(start, min(len(of), start + most)))
    return Box(*spans)


def cells_of(table: pd.DataFrame, shown: Names) -> pd.DataFrame:
    """Return the cells of some rows and columns of a table, in its order."""
    return table[table["persona"].isin(shown[0]) & table["target"].isin(shown[1])]


def says(box: Box, names: Names, by: str) -> str:
    """Return which part is shown, and what of the box is not."""
    shown = box.shown
    words = (
        f"Personas {shown.rows.start + 1:,} to {shown.rows.stop:,} of {len(names[0]):,}, "
        f"{by}s {shown.columns.start + 1:,} to {shown.columns.stop:,} of {len(names[1]):,}."
    )
    if shown == box:
        return words
    return (
        f"{words} The box holds {box.shape[0]:,} x {box.shape[1]:,} cells; its middle is shown, because more than "
        f"{MOST_ROWS} x {MOST_COLUMNS} are too small to click on."
    )


def _touched(ends: list[float], n: int) -> slice:
    """Return the rows or columns that a box reaches into, the first of which spans -0.5 to 0.5 on the axis."""
    low, high = (max(0, min(n - 1, math.floor(end + 0.5))) for end in sorted(map(float, ends)))
    return slice(low, high + 1)


def _middle(span: slice, most: int) -> slice:
    n = span.stop - span.start
    start = span.start + max(0, n - most) // 2
    return slice(start, start + min(n, most))


def _words(span: slice) -> str:
    return f"{span.start + 1}-{span.stop}"


def _slice(words: str) -> slice:
    first, last = map(int, words.split("-"))
    return slice(first - 1, last)
