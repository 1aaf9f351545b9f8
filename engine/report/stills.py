"""Charts of a report as images have them, which stand alone: with a title, and with room for it and for the legend."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from engine.figures.theme import plain
from engine.report.content import Exhibit
from engine.report.image_worker import WIDTH

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLE = 40
"""Pixels that a title takes above a figure of a report, which has none in the page: there it stands above the chart."""
LINE = 21
"""Pixels of a row of a legend."""
SIDES = 300
"""Pixels beside the plane, at most, where names of rows and remarks stand."""
_HOVERING = re.compile(r"hovering( |<br>)says( |<br>)why")
"""What captions promise, and an image cannot hold."""


def still(exhibit: Exhibit) -> go.Figure | None:
    """Return an exhibit's chart as an image has it: light, titled, promising no hovering; None without a chart."""
    if exhibit.draw is None:
        return None
    figure = titled(exhibit.draw("light"), exhibit.title)
    layout, legend = figure.layout, figure.layout.legend
    layout.title.update(x=0.01, xref="container", y=1, yref="container", yanchor="top", pad={"t": 14})
    if legend.orientation == "h" and (legend.y or 0) > 0.5 and layout.height is not None:
        # only within the container plotly keeps free what a legend takes: of the plane, which gets that back here
        layout.height += LINE * (_legend_rows(figure) - 1)
        legend.update(x=0.01, xref="container", xanchor="left", y=1 - TITLE / layout.height, yref="container")
        legend.yanchor = "top"
    for note in layout.annotations:
        note.text = _HOVERING.sub(r"the table\1says\2why", note.text or "")
    return figure


def titled(figure: go.Figure, title: str) -> go.Figure:
    """Return a figure with a title above it, and room for that."""
    layout = figure.layout
    figure.update_layout(title={"text": plain(title, 90)})
    if layout.margin.t is not None and layout.height is not None:
        figure.update_layout(margin={"t": layout.margin.t + TITLE}, height=layout.height + TITLE)
    return figure


def _legend_rows(figure: go.Figure) -> int:
    """Return about how many rows plotly gives a figure's legend: one, or columns as wide as the longest entry."""
    shown = {
        trace.legendgroup or trace.name: trace.name or "" for trace in figure.data if trace.showlegend is not False
    }
    widths = [60 + 7 * len(name) for name in shown.values()]
    room = WIDTH - SIDES
    return 1 if sum(widths) <= room else math.ceil(len(widths) / max(1, room // max(widths)))
