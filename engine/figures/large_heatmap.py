"""Alignment of very many personas and targets: all cells as one picture, which a browser draws at once."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from engine.figures.theme import FONT_SIZE, PALETTES, SMALL, TEMPLATE, Palette, Theme, plain, shaded

BAR_AT = 1 - 1e-6
"""Where a scale above the plane stands: from 1 on plotly moves the title of the whole figure out of its way, and off
the picture."""
MOST_NAMED_ROWS = 60
"""Personas beyond which their names have no room; hovering names them."""
TALL, LOW = 960, 560
"""Pixels of the plane: alone, and where a map of a part is to stand below it."""

Box = tuple[slice, slice]
"""Rows and columns of neighbouring cells."""
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """The cells of an alignment table by row and column, in the table's order."""

    personas: list[str]
    targets: list[str]
    rows: Places
    """(cells,)"""
    columns: Places
    values: npt.NDArray[np.float64]
    own: Bools
    """Whether the persona stands for the target."""
    without_evidence: Bools
    """Whether the value lies within what shuffled personas reach."""
    chosen: Bools
    """Whether it is the cell that is looked at."""

    @classmethod
    def of(cls, table: pd.DataFrame, chosen: tuple[str, str] | None = None) -> Grid:
        """Return the grid of a table of cells."""
        rows, personas = pd.factorize(table["persona"])
        columns, targets = pd.factorize(table["target"])
        values = table["value"].to_numpy(float)
        null = ~np.isnan(table["null_high"].to_numpy(float))
        row, column = (names.get_indexer([name])[0] for names, name in
                       zip((pd.Index(personas), pd.Index(targets)), chosen or (None, None), strict=True))  # fmt: skip
        return cls(
            list(personas), list(targets), rows, columns, values, table["own"].to_numpy(bool),
            ~np.isnan(values) & ~table["evidence"].to_numpy(bool) & null,
            (rows == row) & (columns == column) & (row >= 0) & (column >= 0),
        )  # fmt: skip

    @property
    def known(self) -> Bools:
        """Whether the cell has a value."""
        return ~np.isnan(self.values)

    @property
    def z(self) -> npt.NDArray[np.float64]:
        """The values, (personas, targets); NaN where there is none."""
        return self.spread(self.values)

    def spread(self, numbers: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return numbers of the cells as (personas, targets)."""
        found = np.full((len(self.personas), len(self.targets)), np.nan)
        found[self.rows, self.columns] = numbers
        return found


def colour_bar(name: str, palette: Palette) -> dict[str, object]:
    """Return the scale above a heatmap: beside it, it would take a narrow page's room."""
    return {"title": {"text": name, "side": "top"}, "orientation": "h", "thickness": 10, "outlinewidth": 0,
            "x": 0, "xanchor": "left", "y": BAR_AT, "yanchor": "bottom", "len": 1, "nticks": 6,
            "tickfont": {"size": SMALL, "color": palette.quiet}}  # fmt: skip


def heading(title: str) -> dict[str, object] | None:
    """Return a heatmap's title, in the upper left corner: over the plane a narrow page would cut it."""
    if not title:
        return None
    corner = {"x": 0.01, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 14}}
    return {"text": plain(title, 90), "font": {"size": 16}} | corner


def large_heatmap(
    grid: Grid, name: str, *, boxable: bool = False, box: Box | None = None, theme: Theme, title: str
) -> go.Figure:
    """Draw all cells as one picture, those without evidence greyed over; hovering names a cell and its value.

    Squares mark the cells of personas and those they stand for, a larger one the cell that is looked at.

    Args:
        grid: the cells.
        name: of the measure.
        boxable: dragging draws a box in place of zooming, and the figure is low enough for a map of the box below it.
        box: that stands on the cells; None: none.
        theme: of the page.
        title: above the chart; '' for none.
    """
    palette = PALETTES[theme]
    n_rows, n_columns = len(grid.personas), len(grid.targets)
    # names as categories, because a hover text a cell would be megabytes
    x, y = (np.array([html.escape(one) for one in names], dtype=object) for names in (grid.targets, grid.personas))
    figure = go.Figure()
    figure.add_heatmap(
        x=x, y=y, z=grid.z.astype(np.float32), colorbar=colour_bar(name, palette),
        colorscale=[[0, shaded(palette, 0.0)], [1, shaded(palette, 1.0)]],
        hovertemplate="<b>%{y}</b> and <b>%{x}</b><br>%{z:.3f}<extra></extra>",
    )  # fmt: skip
    veil = np.where(grid.without_evidence, 1.0, np.nan)
    figure.add_heatmap(
        x=x, y=y, z=grid.spread(veil).astype(np.float32), colorscale=[[0, palette.grid], [1, palette.grid]],
        opacity=0.75, showscale=False, hoverinfo="skip", name="not above shuffled personas",
    )  # fmt: skip
    for name, cells, size, colour in (
        ("its own", grid.own, 6, palette.text), ("chosen", grid.chosen, 14, palette.series[1]),
    ):  # fmt: skip
        figure.add_scatter(
            x=x[grid.columns[cells]], y=y[grid.rows[cells]], mode="markers", name=name, hoverinfo="skip",
            showlegend=False, marker={"symbol": "square-open", "size": size, "color": colour, "line": {"width": 1.5}},
            unselected={"marker": {"opacity": 1}},  # a box fades none of them
        )  # fmt: skip
    lowest, room = (2, LOW) if boxable else (5, TALL)
    height = n_rows * max(lowest, min(24, room / max(n_rows, 1)))
    figure.update_layout(
        template=TEMPLATE[theme],
        title=heading(title),
        height=round((230 if title else 200) + height),
        margin={"t": 112 if title else 82, "b": 100, "r": 12},
        xaxis={
            "showticklabels": False, "showgrid": False,
            "ticks": "", "range": [-0.5, n_columns - 0.5], "automargin": False,
        },
        yaxis={
            "title": {"text": f"Persona ({n_rows:,})"}, "range": [n_rows - 0.5, -0.5], "showgrid": False,
            "ticks": "outside" if n_rows <= MOST_NAMED_ROWS else "",
            "showticklabels": n_rows <= MOST_NAMED_ROWS, "tickmode": "array", "tickvals": y,
            "ticktext": [plain(one) for one in grid.personas],
        },
    )  # fmt: skip
    if boxable:
        _let_draw_boxes(figure, box, palette)
    figure.add_annotation(  # an axis without labels draws its title into the plane
        x=0.5, xref="paper", y=0, yref="paper", yanchor="top", yshift=-6, showarrow=False,
        text=f"Annotator or group ({n_columns:,})", font={"size": FONT_SIZE},
    )  # fmt: skip
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=0, yref="paper", yanchor="top", yshift=-42, showarrow=False, align="left",
        text="Greyed: not above shuffled personas.<br>Empty: no value. Square: its own.", font={"size": SMALL},
    )  # fmt: skip
    return figure


def _let_draw_boxes(figure: go.Figure, box: Box | None, palette: Palette) -> None:
    """Make dragging draw a box, and draw the one that stands. All is said here that a page would else add later, for
    which the browser would draw the picture twice."""
    line = {"color": palette.series[1], "width": 2, "dash": "solid"}
    figure.update_layout(dragmode="select", clickmode="event", hovermode="closest", newselection={"line": line})
    if box is not None:
        rows, columns = box
        figure.add_selection(
            type="rect", xref="x", yref="y", line=line, x0=columns.start - 0.5, x1=columns.stop - 0.5,
            y0=rows.start - 0.5, y1=rows.stop - 0.5,
        )  # fmt: skip
