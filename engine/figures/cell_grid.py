"""The grid of a run's cells: personas against items, wordings or temperatures, and what came of each."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import frame_rows
from engine.figures.theme import PALETTES, SMALL, Palette, Theme, ink, plain, shaded
from engine.figures.words import left_out

COUNTS = ("labelled", "without_label", "failed", "not_asked")
COLUMNS = ("persona", "column", *COUNTS)
"""What the figure reads."""
STATES = ("not asked", "partly asked", "labelled", "no label", "failed")
"""What a mark can be, the worst last: a mark of several cells shows the worst that is in it."""
NOWHERE = np.array([None], dtype=object)
"""Place of a mark that only the legend shows; NaN would be a category."""
LONGEST = 250
"""Personas to draw at most."""
NAMED = 40
"""So many rows and columns have their names at the axes; more are told when pointed at."""
LETTERS_BELOW, LONGEST_BELOW = 36, 14
"""So many letters fit below a plane, of all names together and of one."""
WRITTEN = 6
"""So many columns have room for counts in their marks."""


def cell_grid(
    table: pd.DataFrame,
    *,
    by: str = "item",
    longest: int = LONGEST,
    legend: bool = True,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one mark a persona and column, coloured by what came of its cells.

    Args:
        table: of `engine.runs.cell_grid`.
        by: what the columns are: item, wording or temperature.
        longest: personas to draw at most, those with the most cells failed or without a label; they keep their order.
        legend: whether the figure says what the colours mean; a page that is narrow says it itself (`meanings`).
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, COLUMNS, "cell grid")
    palette = PALETTES[theme]
    order, columns = (list(dict.fromkeys(table[name])) for name in ("persona", "column"))
    counts = table[list(COUNTS)].to_numpy(np.int32).reshape(len(order), len(columns), len(COUNTS))
    lacking = counts[:, :, 1:3].sum(axis=(1, 2))
    kept = np.sort(np.argsort(-lacking, kind="stable")[:longest])
    rows, places = _unlike([order[row] for row in kept]), _unlike(columns)
    state, colours = states(counts[kept]), _colours(palette)
    figure = go.Figure()
    figure.add_heatmap(
        x=places, y=rows, z=state, zmin=-0.5, zmax=len(STATES) - 0.5, showscale=False, name="cells",
        customdata=counts[kept], xgap=1 if len(places) <= 80 else 0, ygap=1 if len(rows) <= 80 else 0,
        colorscale=[[(n + edge) / len(STATES), colours[n]] for n in range(len(STATES)) for edge in (0, 1)],
        hovertemplate="<b>%{y}</b>, %{x}<br>%{customdata[0]:,} labelled, %{customdata[1]:,} without a label, "
                      "%{customdata[2]:,} failed, %{customdata[3]:,} not asked<extra></extra>",
    )  # fmt: skip
    occur = [number for number in range(len(STATES)) if (state == number).any()]
    for number in occur:  # what the legend shows
        figure.add_scatter(x=NOWHERE, y=NOWHERE, mode="markers", name=STATES[number],
                           hoverinfo="skip",
                           marker={"symbol": "square", "size": 13, "color": colours[number],
                                   "line": {"color": palette.quiet, "width": 1}})  # fmt: skip
    written = len(places) <= WRITTEN and len(rows) <= NAMED
    if written:
        _write_counts(figure, rows, places, counts[kept], [[colours[n] for n in row] for row in state])
    total = int(table[list(COUNTS)].to_numpy().sum())
    caption = " ".join(filter(None, [
        f"{total:,} cells in all. A mark of several cells shows the worst that is in it.",
        "Numbers: cells with a label, of all." if written else "",
        left_out(len(order), len(rows), "personas", "those with the most cells failed or without a label"),
    ]))  # fmt: skip
    height = max(3, len(rows)) * (22 if len(rows) <= NAMED else 5)
    frame_rows(
        figure, height, theme=theme, title=title, legend=[STATES[n] for n in occur] if legend else (), caption=caption
    )
    below = _side_by_side(places)
    figure.update_layout(
        xaxis={"title": {"text": by.capitalize()}, "type": "category", "ticks": "", "showline": False, "tickangle": 0,
               "tickvals": below, "ticktext": [_shortened(name, LONGEST_BELOW) for name in below]},
        yaxis={"title": {"text": "Persona"}, "type": "category", "showgrid": False, "autorange": "reversed",
               "tickvals": _some(rows), "ticktext": [_shortened(name) for name in _some(rows)]},
    )  # fmt: skip
    return figure


def meanings(figure: go.Figure) -> dict[str, str]:
    """Return state to colour, of the states that a drawn grid has."""
    return {trace.name: trace.marker.color for trace in figure.data if trace.name in STATES}


def states(counts: np.ndarray) -> np.ndarray:
    """Return the state of each mark, its place in STATES.

    Args:
        counts: (personas, columns, 4) cells labelled, without a label, failed, not asked.
    """
    labelled, lacking, failed, left = (counts[:, :, number] for number in range(len(COUNTS)))
    state = np.full(labelled.shape, STATES.index("labelled"), dtype=np.int8)
    state[left > 0] = STATES.index("partly asked")
    state[(left > 0) & (labelled + lacking + failed == 0)] = STATES.index("not asked")
    state[lacking > 0] = STATES.index("no label")
    state[failed > 0] = STATES.index("failed")
    return state


def _colours(palette: Palette) -> tuple[str, ...]:
    """Return the colour of each state; from bare ground to what wants to be looked at."""
    blue, vermillion, _, pink = palette.series[:4]
    return (palette.grid, shaded(palette, 0.35), blue, pink, vermillion)


def _unlike(names: Sequence[str]) -> list[str]:
    """Return names as plotly shows them literally, no two the same: it tells rows and columns apart by them."""
    shown = [plain(str(name), 60) or "(no name)" for name in names]
    seen: dict[str, int] = {}
    for number, name in enumerate(shown):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            shown[number] = f"{name} ({number + 1})"
    return shown


def _some(names: Sequence[str]) -> Sequence[str]:
    """Return the names that a y axis has room for: all, or about ten of them."""
    return names if len(names) <= NAMED else names[:: -(-len(names) // 10)]


def _side_by_side(names: Sequence[str]) -> Sequence[str]:
    """Return the names that fit side by side below a plane, also on a phone: all, or some of them evenly apart."""
    letters = [len(html.unescape(_shortened(name, LONGEST_BELOW))) + 2 for name in names]
    return names if sum(letters) <= LETTERS_BELOW else names[:: -(-len(names) // max(1, LETTERS_BELOW // max(letters)))]


def _shortened(name: str, longest: int = 22) -> str:
    """Return an escaped name cut to what an axis has room for; of a block of items, the first one's number."""
    block = re.fullmatch(r"items ([\d,]+) to [\d,]+", name)
    return block[1] if block else plain(html.unescape(name), longest)


def _write_counts(
    figure: go.Figure, rows: Sequence[str], places: Sequence[str], counts: np.ndarray, grounds: Sequence[Sequence[str]]
) -> None:
    """Write into each mark how many of its cells have a label."""
    at = [(row, place) for row in range(len(rows)) for place in range(len(places))]
    figure.add_scatter(
        x=[places[place] for _, place in at], y=[rows[row] for row, _ in at], mode="text", hoverinfo="skip",
        text=[f"{counts[row, place, 0]:,}/{counts[row, place].sum():,}" for row, place in at], showlegend=False,
        textfont={"size": SMALL, "color": [ink(grounds[row][place]) for row, place in at]}, name="counts",
    )  # fmt: skip
