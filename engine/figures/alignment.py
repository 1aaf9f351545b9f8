"""Alignment as a heatmap: every persona beside every annotator or group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Palette, Theme, ink, plain, shaded

COLUMNS = (
    "persona", "target", "own", "value", "low", "high", "null_mean", "null_high", "evidence", "persona_ceiling",
    "n_items", "note",
)  # fmt: skip
"""What the figure reads."""
NAMES = {
    "cosine": "Cosine", "centred": "Centred cosine", "kappa": "Cohen's κ", "composite": "Cosine of embeddings",
}  # fmt: skip
MOST_WITH_VALUES = 16
"""Targets beyond which a cell has no room for its value."""
HOVER = (
    "<b>%{customdata[0]}</b> and <b>%{customdata[1]}</b>%{customdata[2]}<br>%{customdata[3]}<br>%{customdata[4]}"
    "<extra></extra>"
)


def alignment_heatmap(
    table: pd.DataFrame, *, measure: str = "cosine", theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw one cell for each persona and target: the darker, the more alike.

    Hatched cells lie within what personas shuffled within items reach: no evidence that this persona is like this
    target more than the personas are together. Grey cells have no value; hovering says why. A frame marks the target
    that a persona stands for. Values are written into the cells where there is room.

    Args:
        table: of `engine.measures.alignment` or `composite_cosine`.
        measure: cosine, centred, kappa or composite, for the name of the scale.
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
    palette = PALETTES[theme]
    personas, targets = list(dict.fromkeys(table["persona"])), list(dict.fromkeys(table["target"]))
    rows = table["persona"].map({name: i for i, name in enumerate(personas)}).to_numpy()
    columns = table["target"].map({name: i for i, name in enumerate(targets)}).to_numpy()
    values = table["value"].to_numpy(float)
    known = ~np.isnan(values)
    z = np.full((len(personas), len(targets)), np.nan)
    z[rows, columns] = values
    hover = np.full((*z.shape, 5), "", dtype=object)
    hover[rows, columns] = [_words(cell) for cell in table.to_dict("records")]
    figure = go.Figure()
    figure.add_heatmap(
        z=z, customdata=hover, hovertemplate=HOVER, hoverongaps=True, xgap=2, ygap=2,
        colorscale=[[0, shaded(palette, 0.0)], [1, shaded(palette, 1.0)]],
        colorbar={"title": {"text": NAMES.get(measure, measure), "side": "top"}, "thickness": 12, "outlinewidth": 0,
                  "tickfont": {"size": SMALL, "color": palette.quiet}},
    )  # fmt: skip
    add_cells(figure, rows[~known], columns[~known], "no value", {"fillcolor": palette.grid})
    without = known & ~table["evidence"].to_numpy(bool) & ~np.isnan(table["null_high"].to_numpy(float))
    hatching = {
        "shape": "/",
        "size": 7,
        "solidity": 0.22,
        "fgcolor": palette.quiet,
        "fgopacity": 0.6,
        "fillmode": "overlay",
    }
    add_cells(
        figure, rows[without], columns[without], "not above shuffled personas",
        {"fillpattern": hatching, "fillcolor": "rgba(0,0,0,0)"},
    )  # fmt: skip
    add_frames(figure, rows[table["own"].to_numpy(bool)], columns[table["own"].to_numpy(bool)], palette)
    if len(targets) <= MOST_WITH_VALUES:
        _add_values(figure, rows[known], columns[known], values[known], palette)
    _lay_out(figure, personas, targets, theme, title)
    return figure


def _words(cell: Mapping[Any, Any]) -> tuple[str, str, str, str, str]:
    """What hovering says of one cell."""
    own = " (its own)" if cell["own"] else ""
    if np.isnan(cell["value"]):
        return plain(str(cell["persona"])), plain(str(cell["target"])), own, plain(str(cell["note"]), 90), ""
    value = f"{cell['value']:.3f}  [{cell['low']:.3f}, {cell['high']:.3f}], {cell['n_items']:,} items"
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


def _add_values(figure: go.Figure, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, palette: Palette) -> None:
    """Write each value over its cell and the hatching, black or white, whichever the cell's colour sets off better."""
    width = np.ptp(values) if len(values) else 0.0
    shares = (values - values.min()) / width if width > 0 else np.zeros(len(values))
    figure.add_scatter(
        x=columns, y=rows, mode="text", text=[f"{value:.2f}" for value in values], hoverinfo="skip", showlegend=False,
        textfont={"size": SMALL, "color": [ink(shaded(palette, share)) for share in shares]}, name="values",
    )  # fmt: skip


def _squares(rows: np.ndarray, columns: np.ndarray, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Corners of squares around cells, with a gap (NaN) after each."""
    x = columns[:, None] + half * np.array([-1, 1, 1, -1, -1, np.nan])
    y = rows[:, None] + half * np.array([-1, -1, 1, 1, -1, np.nan])
    return x.ravel(), y.ravel()


def _lay_out(figure: go.Figure, personas: list[str], targets: list[str], theme: Theme, title: str) -> None:
    """Name rows and columns, first persona on top."""
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=(150 if title else 120) + max(3, len(personas)) * 24,
        margin={"t": 92 if title else 64, "b": 24},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "entrywidth": 195},
        xaxis={
            "title": {"text": "Annotator or group"},
            "tickvals": np.arange(len(targets)),
            "ticktext": [plain(name, 20) for name in targets],
            "range": [-0.5, len(targets) - 0.5],
            "showgrid": False,
        },
        yaxis={
            "title": {"text": "Persona"},
            "tickvals": np.arange(len(personas)),
            "ticktext": [plain(name) for name in personas],
            "range": [len(personas) - 0.5, -0.5],
            "showgrid": False,
        },
    )
