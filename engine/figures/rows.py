"""Rows of marks with their intervals: a name a row, the first on top, undefined marks crossed at the left edge."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Look, Palette, Theme, faded, plain
from engine.figures.words import estimate_text
from engine.measures.result import Estimate

Floats = npt.NDArray[np.float64]
LONGEST = 30
"""Rows to draw where the caller names no other number: as many names as a screen holds."""
BANDWIDTH = 0.66
"""Height that the marks of one row share, as a share of the row."""
LINE_OF_CAPTION = 18
"""Pixels."""
LETTERS_OF_CAPTION = 96
"""A line's, so that captions fit under the narrowest plane of a page."""
LETTER = 6.9
"""Pixels that a letter takes, about."""
WIDTH, SYMBOL = 960, 40
"""Pixels that a plane is wide, about, and that a legend's symbol takes."""
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Marks:
    """One kind of mark, in the order of the rows; `rows` below are those that have it."""

    name: str
    """As the legend shows it, escaped."""
    value: Floats
    """(rows,), NaN undefined."""
    low: Floats
    high: Floats
    hover: Sequence[str]
    """(rows,) finished texts, escaped."""
    style: Look
    filled: npt.NDArray[np.bool_] | None = None
    """(rows,) hollow where False; None: all filled."""
    places: Floats | None = None
    """Rows that have the mark, 0 on top; None: every row has one, and kinds stand below each other within it."""


@dataclass(frozen=True)
class Level:
    """A value that all rows are held against: a line across them, or a band where it has a range."""

    name: str
    value: float
    low: float = np.nan
    high: float = np.nan
    dash: str = "5px,4px"


def rows_figure(
    names: Sequence[str],
    marks: Sequence[Marks],
    *,
    x_title: str,
    y_title: str,
    levels: Sequence[Level] = (),
    shown: Sequence[float] = (),
    tickformat: str = "~g",
    remarks: Sequence[str] = (),
    caption: str = "",
    letters: int = 28,
    marks_a_row: int = 0,
    theme: Theme,
    title: str,
) -> go.Figure:
    """Draw marks of named rows.

    Args:
        names: of the rows, unescaped, the first on top; may repeat.
        marks: kinds of marks, drawn below each other within a row.
        x_title: what the numbers are, with unit or range.
        y_title: what a row is.
        levels: lines and bands across all rows.
        shown: values that the x axis holds in any case.
        tickformat: of the x axis.
        remarks: (rows,) texts at the right end of each row, escaped; empty for none.
        caption: under the chart, escaped; '' for none.
        letters: of the longest name that is shown whole.
        marks_a_row: that rows need room for; 0: the kinds that stand in every row.
        theme: of the page.
        title: above the chart; '' for none.
    """
    palette = PALETTES[theme]
    left, right, edge = _ends(marks, levels, shown)
    figure = go.Figure()
    places = np.arange(len(names), dtype=float)
    for level in levels:
        _add_level(figure, level, len(names), palette)
    beside = marks_a_row or sum(kind.places is None for kind in marks)
    for number, kind in enumerate(marks):
        offset = BANDWIDTH * ((number + 0.5) / max(beside, 1) - 0.5)
        _add_marks(figure, kind, places + offset if kind.places is None else kind.places, edge, palette)
    _add_lines_between(figure, len(names) if beside > 1 else 0, palette)
    named = [*(level.name for level in levels), *(kind.name for kind in marks)]
    height = max(len(names) * max(23, 13 * beside + 8), 46, round(1.2 * LETTER * len(y_title)))
    frame_rows(figure, height, theme=theme, title=title, legend=named if len(named) > 1 else (), caption=caption)
    figure.update_layout(
        xaxis={"title": {"text": x_title}, "range": [left, right], "tickformat": tickformat, "showgrid": True},
        yaxis=name_axis(names, y_title, letters),
    )
    _add_remarks(figure, remarks, palette)
    return figure


def name_axis(names: Sequence[str], title: str, letters: int = 28) -> dict[str, Any]:
    """Return a y axis that names rows 0, 1, ... from the top."""
    return {
        "title": {"text": title},
        "tickvals": np.arange(len(names)),
        "ticktext": [plain(name, letters) or "(no name)" for name in names],
        "range": [max(len(names), 1) - 0.5, -0.5],
        "showgrid": False,
    }


def frame_rows(
    figure: go.Figure,
    height: int,
    *,
    theme: Theme,
    title: str,
    legend: Sequence[str],
    caption: str,
    above: int = 0,
) -> None:
    """Give a figure its template and room for title, legend and caption around `height` pixels of rows.

    Args:
        figure: gets them.
        height: of the plane, in pixels.
        theme: of the page.
        title: above the chart; '' for none.
        legend: the names in it, above the plane; empty for none.
        caption: under the chart, escaped; '' for none.
        above: pixels between plane and legend that something else needs.
    """
    # Plotly measures names before the font is there and clips them: they get a width of their own.
    entry = 12 + round(LETTER * max((len(html.unescape(name)) for name in legend), default=0))
    lines = math.ceil(len(legend) / max(1, WIDTH // (entry + SYMBOL)))
    top = 16 + above + (10 + 20 * lines if legend else 0) + (36 if title else 0)
    bottom = 62 + add_caption(figure, caption, PALETTES[theme])
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90), "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 14}}
        if title
        else None,
        height=height + top + bottom,
        margin={"t": top, "b": bottom},
        showlegend=bool(legend),
        legend={
            "orientation": "h", "x": 0, "xanchor": "left", "y": 1 + above / height, "yanchor": "bottom",
            "entrywidth": entry,
        },
    )  # fmt: skip


def add_caption(figure: go.Figure, text: str, palette: Palette) -> int:
    """Write a caption under the x axis's title, and return the pixels that it needs."""
    lines = textwrap.wrap(text, LETTERS_OF_CAPTION, break_long_words=False)
    if lines:
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top", yshift=-58, align="left",
            text="<br>".join(lines), showarrow=False, font={"size": SMALL, "color": palette.quiet}, name="caption",
        )  # fmt: skip
    return LINE_OF_CAPTION * len(lines) + (8 if lines else 0)


def marks_of(
    name: str,
    estimates: Mapping[str, Estimate],
    style: Look,
    *,
    filled: npt.NDArray[np.bool_] | None = None,
    form: str = ".3f",
) -> Marks:
    """Return one mark for each named estimate."""
    value, low, high = (np.array([getattr(e, end) for e in estimates.values()], float) for end in ENDS)
    hover = [estimate_text(row, name, e, form) for row, e in estimates.items()]
    return Marks(name, value, low, high, hover, style, filled)


def _ends(marks: Sequence[Marks], levels: Sequence[Level], shown: Sequence[float]) -> tuple[float, float, float]:
    """Return the ends of the x axis, and where undefined marks stand."""
    numbers = [np.asarray(shown, dtype=float)]
    numbers += [side for kind in marks for side in (kind.value, kind.low, kind.high)]
    numbers += [np.array([level.value, level.low, level.high]) for level in levels]
    known = np.concatenate(numbers)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    width = (high - low) or max(abs(high), 1.0)
    undefined = any(np.isnan(kind.value).any() for kind in marks)
    edge = low - 0.03 * width
    return (edge if undefined else low) - 0.025 * width, high + 0.025 * width, edge


def _add_marks(figure: go.Figure, kind: Marks, y: Floats, edge: float, palette: Palette) -> None:
    """Draw the marks of one kind, those without a value as crosses at the edge."""
    style, hover = kind.style, np.array(list(kind.hover), dtype=object)
    known = ~np.isnan(kind.value)
    fill = np.full(len(y), style.colour, dtype=object)
    if kind.filled is not None:
        fill = np.where(kind.filled, style.colour, palette.background)
    figure.add_scatter(
        x=kind.value[known], y=y[known], mode="markers", name=kind.name, legendgroup=kind.name,
        customdata=hover[known], hovertemplate="%{customdata}<extra></extra>",
        marker={"color": fill[known], "size": 9, "symbol": style.symbol, "line": {"color": style.colour, "width": 2}},
        error_x={
            "type": "data", "symmetric": False, "array": (kind.high - kind.value)[known],
            "arrayminus": (kind.value - kind.low)[known], "color": faded(style.colour, 0.8), "thickness": 1.8,
            "width": 3,
        },
    )  # fmt: skip
    if not known.all():
        figure.add_scatter(
            x=np.full(int((~known).sum()), edge), y=y[~known], mode="markers", name=f"{kind.name}: undefined",
            legendgroup=kind.name, showlegend=False, customdata=hover[~known],
            hovertemplate="%{customdata}<extra></extra>",
            marker={"symbol": "x-thin", "size": 8, "line": {"color": style.colour, "width": 2}},
        )  # fmt: skip


def _add_lines_between(figure: go.Figure, n_rows: int, palette: Palette) -> None:
    """Part the rows by thin lines, all at once: `add_hline` takes 10 ms for each."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    line |= {"line": {"color": palette.grid, "width": 1}}
    figure.update_layout(shapes=[line | {"y0": row - 0.5, "y1": row - 0.5} for row in range(1, n_rows)])


def _add_remarks(figure: go.Figure, remarks: Sequence[str], palette: Palette) -> None:
    """Write a text at the right end of each row."""
    for row, text in enumerate(remarks):
        if text:
            figure.add_annotation(
                x=1, xref="paper", xanchor="left", xshift=8, y=row, yanchor="middle", text=text, showarrow=False,
                align="left", font={"size": SMALL, "color": palette.quiet},
            )  # fmt: skip
    longest = max((len(html.unescape(text)) for text in remarks), default=0)
    if longest:
        figure.update_layout(margin={"r": 24 + round(LETTER * longest)})


def _add_level(figure: go.Figure, level: Level, n_rows: int, palette: Palette) -> None:
    """Draw a level as a line across all rows, with its range as a band."""
    ends = np.array([-0.5, max(n_rows, 1) - 0.5])
    if not np.isnan([level.low, level.high]).any():
        figure.add_scatter(
            x=np.array([level.low, level.high, level.high, level.low]), y=np.repeat(ends, 2), mode="lines",
            fill="toself", fillcolor=faded(palette.people, 0.2), line={"width": 0}, hoverinfo="skip",
            showlegend=False, legendgroup=level.name, name=f"{level.name}: range",
        )  # fmt: skip
    figure.add_scatter(
        x=np.full(2, level.value), y=ends, mode="lines", name=level.name, legendgroup=level.name, hoverinfo="skip",
        line={"color": palette.people, "width": 1.8, "dash": level.dash},
    )  # fmt: skip
