"""Strips beside the cells of an alignment: what shuffled personas reach, and what a rater reaches beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from engine.figures.large_heatmap import Grid
from engine.figures.theme import SMALL, Palette, ink, plain, shaded

APART = 0.4
"""Of a cell: between the cells and the first strip."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Strip:
    """One row below the cells, or one column right of them."""

    name: str
    values: Floats
    """One a target (row) or persona (column); NaN where unknown."""
    hover: list[str]
    place: float
    """On the axis that it is beside."""
    below: bool


def strips_of(table: pd.DataFrame, grid: Grid) -> list[Strip]:
    """Return what is known of null and ceilings: rows first, the column last.

    Args:
        table: of `engine.measures.alignment` or `composite_cosine`.
        grid: its cells.
    """
    targets, personas = ([plain(name) for name in names] for names in (grid.targets, grid.personas))
    null, mean, own = (_by_target(grid, table[name]) for name in ("null_high", "null_mean", "target_ceiling"))
    reached = [f"Shuffled personas and <b>{name}</b><br>mean {m:.3f}, up to {high:.3f}"
               for name, m, high in zip(targets, mean, null, strict=True)]  # fmt: skip
    halves = [f"One half of <b>{name}</b> and the other<br>{value:.3f}"
              for name, value in zip(targets, own, strict=True)]  # fmt: skip
    rows = (("shuffled, up to", null, reached), ("group itself", own, halves))
    known = [row for row in rows if not np.isnan(row[1]).all()]
    n_rows, n_columns = grid.z.shape
    found = [Strip(*row, place=n_rows + APART + k, below=True) for k, row in enumerate(known)]
    ceiling = _by_persona(grid, table["persona_ceiling"])
    if not np.isnan(ceiling).all():
        again = [f"<b>{name}</b> and itself, asked again<br>{value:.3f}"
                 for name, value in zip(personas, ceiling, strict=True)]  # fmt: skip
        found.append(Strip("itself", ceiling, again, n_columns + APART, below=False))
    return found


def add_strips(
    figure: go.Figure, strips: list[Strip], span: tuple[float, float], palette: Palette, *, written: bool
) -> None:
    """Draw strips in the shades of the cells; what lies beyond the scale has the shade of its end.

    Args:
        figure: of the cells.
        strips: of `strips_of`.
        span: values at the ends of the scale.
        palette: of the theme.
        written: whether each has its value written on it.
    """
    low, high = span
    for strip in strips:
        along, at = np.arange(len(strip.values)), np.full(1, strip.place)
        shape = (1, -1) if strip.below else (-1, 1)
        x, y = (along, at) if strip.below else (at, along)
        figure.add_heatmap(
            x=x, y=y, z=strip.values.reshape(shape), zmin=low, zmax=high, showscale=False, xgap=2, ygap=2,
            colorscale=[[0, shaded(palette, 0.0)], [1, shaded(palette, 1.0)]], name=strip.name,
            customdata=np.array(strip.hover, dtype=object).reshape(shape), hoverongaps=False,
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
        if written:
            known = ~np.isnan(strip.values)
            inks = [ink(shaded(palette, share)) for share in shares_of(strip.values[known], low, high)]
            there = np.full(known.sum(), strip.place)
            at_x, at_y = (along[known], there) if strip.below else (there, along[known])
            write_values(figure, at_x, at_y, strip.values[known], inks, f"values of {strip.name}")


def shares_of(values: Floats, low: float, high: float) -> Floats:
    """Return where values lie on the scale, 0 to 1; what lies beyond it at its end."""
    shares: Floats = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    return shares


def write_values(
    figure: go.Figure, x: npt.NDArray[Any], y: npt.NDArray[Any], values: Floats, inks: Sequence[str], name: str
) -> None:
    """Write values over cells, a trace a colour: where a cell is selected, a browser would fade texts of several.

    Args:
        figure: of the cells.
        x, y: places of the cells.
        values: of them.
        inks: colour of each.
        name: of the traces, which get the colour added.
    """
    for colour in dict.fromkeys(inks):
        here = np.array([one == colour for one in inks], dtype=bool)
        as_it_is = {"textfont": {"color": colour}}
        figure.add_scatter(
            x=x[here], y=y[here], mode="text", text=[f"{value:.2f}" for value in values[here]], hoverinfo="skip",
            showlegend=False, textfont={"size": SMALL, "color": colour}, selected=as_it_is, unselected=as_it_is,
            name=f"{name}, {colour}",
        )  # fmt: skip


def _by_target(grid: Grid, numbers: pd.Series) -> Floats:
    """Return one number a target, the same for all personas."""
    return _mean(grid.spread(numbers), axis=0)


def _by_persona(grid: Grid, numbers: pd.Series) -> Floats:
    """Return one number a persona: the mean where it depends on how many people a target has."""
    return _mean(grid.spread(numbers), axis=1)


def _mean(numbers: Floats, axis: int) -> Floats:
    n = (~np.isnan(numbers)).sum(axis=axis)
    mean: Floats = np.where(n > 0, np.nansum(numbers, axis=axis) / np.maximum(n, 1), np.nan)
    return mean
