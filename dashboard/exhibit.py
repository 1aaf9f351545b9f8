"""An exhibit: a chart with its caption, the same numbers as a table, and downloads. Every chart of a run is one."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import text, ui
from dashboard.subject import Subject

LETTERS = 38
"""Of a line of an axis's title: what a phone has room for below a plane."""
LINE, ENTRY = 18, 21
"""Pixels, of a line and of an entry of a legend."""
TITLE, ONE_LINE = 44, 34
"""Pixels that a title takes above a legend, and a legend of one line above the plane."""


def exhibit(
    figure: Any,
    frame: pd.DataFrame,
    *,
    key: str,
    alt: str,
    read: str,
    subject: Subject | None = None,
    about: str = "",
    columns: dict[str, Any] | None = None,
    height: int | None = None,
    picked: Callable[[], None] | None = None,
    boxed: Callable[[], None] | None = None,
) -> None:
    """Draw a finished figure, say how to read it, and offer its numbers.

    Args:
        figure: of engine.figures, with title, axis names, N and interval in the hover.
        frame: the numbers behind it, one row a mark.
        key: unique on the page; names the files.
        alt: what the chart shows, for those who cannot see it. Own wording only.
        read: how to read it, and when not to trust it. Own wording only.
        subject: whose run id goes into the file's name.
        about: goes there where no single run is the subject: a corpus's name.
        columns: how the table's columns are shown (st.column_config).
        height: of the chart in pixels; None: the figure's own.
        picked, boxed: called when a reader clicks on a mark, or draws a box, as of `ui.chart`.
    """
    if height is not None:
        figure.update_layout(height=height)
    caption = fit(figure)
    with st.container(border=True, key=f"exhibit-{key}"):
        ui.chart(figure, alt, key, picked=picked, boxed=boxed)
        if caption:
            ui.say(caption, "quiet", key=f"caption-{key}")
        st.caption(read)
        table = st.expander("As a table", key=f"table-{key}", type="compact", on_change="rerun")
        if table.open:
            name = "-".join(filter(None, [subject.run.run_id if subject else about, key]))
            with table:
                ui.table(frame, alt, named(frame) | (columns or {}), key=f"frame-{key}")
                ui.download("Table as CSV", lambda: frame, f"{name}.csv", f"csv-{key}")


def named(frame: pd.DataFrame) -> dict[str, str]:
    """Return what the columns of a table of numbers are called on a page; files keep their names."""
    return {str(name): text.field_words(str(name)) for name in frame.columns}


def fit(figure: Any) -> str:
    """Make a finished figure fit a phone, where a chart cannot break lines by itself; return its caption as plain text.

    The title starts at the left edge, a legend below it may take a line an entry, the x axis's title is broken into
    lines, and the caption leaves the figure.
    """
    layout = figure.layout
    if layout.title.text:
        layout.title.update(x=0.01, xref="container", y=1, yref="container", yanchor="top", pad={"t": 14})
        if layout.showlegend and layout.margin.t is not None and layout.height is not None:
            _make_room_for_legend(figure)
    more = 0
    if layout.xaxis.title.text and layout.xaxis.side != "top":
        lines = in_lines(layout.xaxis.title.text.replace("<br>", " "))
        layout.xaxis.title.text = "<br>".join(lines)
        more += LINE * (len(lines) - 1)
    caption = next((note for note in layout.annotations if note.name == "caption"), None)
    if caption is not None:
        layout.annotations = [note for note in layout.annotations if note.name != "caption"]
        if caption.yanchor == "top":  # below the plane, where it had room of its own
            more -= LINE * (caption.text.count("<br>") + 1) + 8 + (2 * LINE if layout.xaxis.side == "top" else 0)
    if layout.margin.b is not None and layout.height is not None:
        layout.margin.b += more
        layout.height += more
    return "" if caption is None else html.unescape(caption.text.replace("<br>", " "))


def _make_room_for_legend(figure: Any) -> None:
    """Give the legend of a figure with a title a line an entry, which a phone needs; what it leaves goes to the plane.

    Plotly keeps the room that a legend takes free only where it is placed within the container, not above the plane.
    A legend that has something else between itself and the plane stays above that.
    """
    layout, legend = figure.layout, figure.layout.legend
    room = ENTRY * max(1, _n_entries(figure) - 1)
    layout.height += room
    if legend.orientation == "h" and legend.yanchor in ("top", "bottom") and 0.5 < (legend.y or 0) <= 1:
        y = 1 - TITLE / layout.height
        legend.update(x=0.01, xanchor="left", xref="container", y=y, yanchor="top", yref="container")
        layout.margin.t = TITLE + ONE_LINE
    else:
        layout.margin.t += room


def _n_entries(figure: Any) -> int:
    """Return how many entries a figure's legend has."""
    shown = [trace for trace in figure.data if trace.showlegend is not False and trace.type != "heatmap"]
    return len({trace.legendgroup or f"trace {number}" for number, trace in enumerate(shown)})


def in_lines(words: str) -> list[str]:
    """Return words as lines of at most LETTERS, about equally long."""
    n = len(textwrap.wrap(words, LETTERS, break_long_words=False))
    tried = (textwrap.wrap(words, width, break_long_words=False) for width in range(1, LETTERS + 1))
    return next((lines for lines in tried if len(lines) <= n), [words])
