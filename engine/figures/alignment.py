"""Alignment as a heatmap: every persona beside every annotator or group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.alignment_strips import Strip, add_strips, shares_of, strips_of, write_values
from engine.figures.frames import require
from engine.figures.large_heatmap import Box, Grid, colour_bar, heading, large_heatmap
from engine.figures.theme import PALETTES, TEMPLATE, Palette, Theme, ink, plain, shaded

COLUMNS = (
    "persona", "target", "own", "value", "low", "high", "null_mean", "null_high", "evidence", "persona_ceiling",
    "target_ceiling", "n_items", "note",
)  # fmt: skip
"""What the figure reads."""
NAMES = {
    "cosine": "Cosine", "centred": "Centred cosine", "kappa": "Cohen's κ", "composite": "Cosine of embeddings",
}  # fmt: skip
MOST_WITH_VALUES = 16
"""Targets beyond which a cell has no room for its value."""
MOST_CELLS = 6000
"""Cells beyond which each has no hatching, hover text and mark of its own: the browser would take seconds."""
MARK = 22
"""Pixels of the mark of a cell that is looked at."""
MOST_NAMED = 70
"""Targets beyond which their names have no room."""
HOVER = (
    "<b>%{customdata[0]}</b> and <b>%{customdata[1]}</b>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
    "<extra></extra>"
)
PICK_HOVER = "%{hovertext}<extra></extra>"


def alignment_heatmap(
    table: pd.DataFrame,
    *,
    measure: str = "cosine",
    pickable: bool = False,
    chosen: tuple[str, str] | None = None,
    box: Box | None = None,
    span: tuple[float, float] | None = None,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one cell for each persona and target: the stronger the blue, the more alike.

    Hatched cells lie within what personas shuffled within items reach: no evidence that this persona is like this
    target more than the personas are together. Grey cells have no value; hovering says why. A frame marks the target
    that a persona stands for. Strips beside the cells show what shuffled personas reach with each target, and what a
    persona (a group) reaches beside itself. Values are written into the cells where there is room. Rows and columns
    stand in the order of the table. Beyond `MOST_CELLS` the cells are drawn as one picture, without strips
    (`engine.figures.large_heatmap`).

    Args:
        table: of `engine.measures.alignment` or `composite_cosine`.
        measure: cosine, centred, kappa or composite, for the name of the scale.
        pickable: lay a transparent mark over each cell, its column as x and its row as y, because a heatmap tells a
            page nothing of clicks; a mark that is selected can be seen. Beyond `MOST_CELLS` dragging draws a box.
        chosen: persona and target of a cell to mark; None, or not in the table: none. Where cells are pickable it is
            the mark that is selected first, so that a browser moves the selection without another figure.
        box: rows and columns of a box that stands on the cells; beyond `MOST_CELLS`, where boxes can be drawn.
        span: values at the ends of the scale, for a part of a larger table in that one's shades; None: the lowest and
            the highest of the table. The single picture beyond `MOST_CELLS` takes those always.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table has no rows, lacks a column, or names a cell twice.
    """
    require(table, COLUMNS, "alignment table")
    if table.empty or table.duplicated(["persona", "target"]).any():
        raise InputError(
            f"the alignment table has {len(table)} rows and cells that occur twice, or none. Expected one row for each "
            "persona and target: pass the result of engine.measures.alignment as it is."
        )
    grid = Grid.of(table, chosen)
    name = NAMES.get(measure, measure)
    if len(table) > MOST_CELLS:
        return large_heatmap(grid, name, boxable=pickable, box=box, theme=theme, title=title)
    palette = PALETTES[theme]
    rows, columns, known = grid.rows, grid.columns, grid.known
    low, high = span or span_of(table)
    hover = np.full((*grid.z.shape, 5), "", dtype=object)
    hover[rows, columns] = [_words(cell) for cell in table.to_dict("records")]
    figure = go.Figure()
    figure.add_heatmap(
        z=grid.z, customdata=hover, hovertemplate=HOVER, hoverongaps=True, xgap=2, ygap=2,
        colorscale=[[0, shaded(palette, 0.0)], [1, shaded(palette, 1.0)]], colorbar=colour_bar(name, palette),
        zmin=low, zmax=high,
    )  # fmt: skip
    add_cells(figure, rows[~known], columns[~known], "no value", {"fillcolor": palette.grid})
    without = grid.without_evidence
    add_cells(figure, rows[without], columns[without], "not above shuffled personas", _hatched(palette))
    add_frames(figure, rows[grid.own], columns[grid.own], palette)
    strips, written = strips_of(table, grid), len(grid.targets) <= MOST_WITH_VALUES
    add_strips(figure, strips, (low, high), palette, written=written)
    if written:
        inks = [ink(shaded(palette, share)) for share in shares_of(grid.values[known], low, high)]
        write_values(figure, columns[known], rows[known], grid.values[known], inks, "values")
    if pickable:
        _add_marks(figure, grid, hover, palette)
    elif grid.chosen.any():
        _add_chosen(figure, rows[grid.chosen], columns[grid.chosen], palette)
    _lay_out(figure, grid, strips, theme, title)
    return figure


def span_of(table: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and the highest value of a table of cells; 0 and 1 where none is known."""
    known = table["value"].dropna()
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def _hatched(palette: Palette) -> dict[str, object]:
    """Return a fill that lets the cell's colour through."""
    lines = {"shape": "/", "size": 7, "solidity": 0.22, "fgcolor": palette.quiet, "fgopacity": 0.6}
    return {"fillpattern": lines | {"fillmode": "overlay"}, "fillcolor": "rgba(0,0,0,0)"}


def _words(cell: Mapping[Any, Any]) -> tuple[str, str, str, str, str]:
    """What hovering says of one cell."""
    own = " (its own)" if cell["own"] else ""
    if np.isnan(cell["value"]):
        return plain(str(cell["persona"])), plain(str(cell["target"])), own, plain(str(cell["note"]), 90), ""
    interval = "" if np.isnan(cell["low"]) else f"  [{cell['low']:.3f}, {cell['high']:.3f}]"
    value = f"{cell['value']:.3f}{interval}, {cell['n_items']:,} items"
    beside = ""
    if not np.isnan(cell["null_high"]):
        beside = f"shuffled personas {cell['null_mean']:.3f}, up to {cell['null_high']:.3f}"
    if not np.isnan(cell["persona_ceiling"]):
        beside += "; " * bool(beside) + f"the persona beside itself {cell['persona_ceiling']:.3f}"
    return plain(str(cell["persona"])), plain(str(cell["target"])), own, value, beside


def add_cells(
    figure: go.Figure, rows: np.ndarray, columns: np.ndarray, name: str, fill: dict[str, object], half: float = 0.48
) -> None:
    """Lay one filled square over each named cell, all in one trace."""
    x, y = _squares(rows, columns, half)
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"width": 0}, fill="toself", name=name, hoverinfo="skip",
        showlegend=len(rows) > 0, **fill,
    )  # fmt: skip


def add_frames(figure: go.Figure, rows: np.ndarray, columns: np.ndarray, palette: Palette) -> None:
    """Frame the cells of personas and those they stand for."""
    x, y = _squares(rows, columns, 0.47)
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"width": 2.5, "color": palette.text}, name="its own", hoverinfo="skip",
        showlegend=len(rows) > 0,
    )  # fmt: skip


def _squares(rows: np.ndarray, columns: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Corners of squares around cells, with a gap (NaN) after each."""
    x = columns[:, None] + half * np.array([-1, 1, 1, -1, -1, np.nan])
    y = rows[:, None] + half * np.array([-1, -1, 1, 1, -1, np.nan])
    return x.ravel(), y.ravel()


def _add_chosen(figure: go.Figure, rows: np.ndarray, columns: np.ndarray, palette: Palette) -> None:
    """Mark the cell that is looked at: a frame of its own colour and dash, so that it is not one that stands for."""
    x, y = _squares(rows, columns, 0.43)
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"width": 3, "color": palette.series[1], "dash": "4px,3px"}, name="chosen",
        hoverinfo="skip", showlegend=True,
    )  # fmt: skip


def _add_marks(figure: go.Figure, grid: Grid, hover: np.ndarray, palette: Palette) -> None:
    """Lay a transparent mark over each cell, which tells of clicks and hovers in the heatmap's place."""
    words = hover[grid.rows, grid.columns]
    figure.data[0].update(hoverinfo="skip", hovertemplate=None, customdata=None)
    figure.add_scatter(
        x=grid.columns, y=grid.rows, mode="markers", name="cells", showlegend=False, hovertemplate=PICK_HOVER,
        marker={"symbol": "square-open", "size": 18, "opacity": 0, "color": palette.series[1], "line": {"width": 3}},
        selected={"marker": {"opacity": 1, "size": MARK}}, unselected={"marker": {"opacity": 0}},
        selectedpoints=np.flatnonzero(grid.chosen) if grid.chosen.any() else None,
        hovertext=np.array([_joined(*cell) for cell in words], dtype=object),
    )  # fmt: skip
    figure.update_layout(hoverdistance=80, hovermode="closest")


def _joined(persona: str, target: str, own: str, value: str, beside: str) -> str:
    """What hovering over a mark says: the words of HOVER in one string."""
    return "<br>".join(filter(None, [f"<b>{persona}</b> and <b>{target}</b>{own}", value, beside]))


def _lay_out(figure: go.Figure, grid: Grid, strips: Sequence[Strip], theme: Theme, title: str) -> None:
    """Name rows, columns and strips, first persona on top."""
    n_rows, n_columns = grid.z.shape
    below, right = ([strip for strip in strips if strip.below is side] for side in (True, False))
    bottom, edge = (max([n - 1.0, *(strip.place for strip in part)]) + 0.5
                    for n, part in ((n_rows, below), (n_columns, right)))  # fmt: skip
    row = 24 if n_rows <= 40 else max(15, 960 / n_rows)
    figure.update_layout(
        template=TEMPLATE[theme],
        title=heading(title),
        height=round((220 if title else 190) + max(3.0, bottom + 0.5) * row),
        margin={"t": 112 if title else 82, "b": 24, "r": 12},
        legend={"orientation": "h", "x": 0.01, "xref": "container", "y": 0, "yref": "container", "yanchor": "bottom"},
        xaxis={
            "title": {"text": "Annotator or group"},
            "tickvals": np.array([*range(n_columns), *(strip.place for strip in right)]),
            "ticktext": [*(plain(name, 20) for name in grid.targets), *(strip.name for strip in right)],
            "showticklabels": n_columns <= MOST_NAMED,
            "range": [-0.5, edge],
            "showgrid": False,
        },
        yaxis={
            "title": {"text": "Persona"},
            "tickvals": np.array([*range(n_rows), *(strip.place for strip in below)]),
            "ticktext": [*(plain(name) for name in grid.personas), *(strip.name for strip in below)],
            "range": [bottom, -0.5],
            "showgrid": False,
        },
    )
