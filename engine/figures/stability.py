"""Stability: where the spread of answers comes from, and how each persona fails."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.theme import PALETTES, SMALL, SYMBOLS, TEMPLATE, Theme, plain
from engine.figures.words import note_text

MODES = ("none", "instability", "distortion", "resistance", "undecided", "undefined")


def variance_shares(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw the components of the variance as bars, largest on top as given, each with its interval.

    Args:
        table: of `engine.measures.variance_components`; a cross stands for a component that is undefined.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, ("component", "variance", "low", "high", "share", "n_levels", "note"), "variance table")
    palette = PALETTES[theme]
    table = table.assign(name=["run (noise)" if name == "run" else str(name) for name in table["component"]]).iloc[::-1]
    known = table["variance"].notna()
    rows, undefined = table[known], table[~known]
    value, share, names = rows["variance"].to_numpy(float), rows["share"].to_numpy(float), rows["name"].to_numpy(object)
    figure = go.Figure()
    figure.add_bar(
        x=value, y=names, orientation="h", name="variance",
        marker={"color": [palette.series[1] if n.startswith("run") else palette.series[0] for n in names]},
        error_x={
            "array": np.nan_to_num(rows["high"].to_numpy(float) - value).clip(0),
            "arrayminus": np.nan_to_num(value - rows["low"].to_numpy(float)).clip(0),
            "color": palette.text, "thickness": 1.5, "width": 5,
        },
        customdata=np.column_stack([rows[["low", "high"]].to_numpy(float), share, rows["n_levels"].to_numpy(float)]),
        hovertemplate="<b>%{y}</b><br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>%{customdata[2]:.0%} of "
                      "the variance, %{customdata[3]:,} levels<extra></extra>",
    )  # fmt: skip
    if len(undefined):
        edge = float(np.nanmax(rows[["variance", "high"]].to_numpy(float), initial=0.0)) or 1.0
        figure.add_scatter(
            x=np.full(len(undefined), 0.01 * edge), y=undefined["name"].to_numpy(object), mode="markers",
            name="undefined",
            marker={"symbol": "x-thin", "size": 9, "line": {"color": palette.quiet, "width": 2}},
            customdata=np.array([note_text(note) for note in undefined["note"]], dtype=object),
            hovertemplate="<b>%{y}</b>: undefined%{customdata}<extra></extra>",
        )  # fmt: skip
    shares = dict(zip(names, share, strict=True))
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=90 + 46 * max(len(table), 2),
        margin={"t": 64 if title else 20},
        showlegend=False,
        bargap=0.35,
        xaxis={"title": {"text": "Variance of one answer, with its interval"}, "rangemode": "tozero", "showgrid": True},
        yaxis={
            "title": {"text": "Component"},
            "showgrid": False,
            "categoryorder": "array",
            "categoryarray": table["name"].to_numpy(object),
            "ticktext": [f"{name}  {shares[name]:.0%}" if name in shares else name for name in table["name"]],
            "tickvals": table["name"].to_numpy(object),
        },
    )
    return figure


def persona_failures(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw every persona by its noise and by how far it moves the model, marked by how it fails.

    Args:
        table: of `engine.measures.failure_modes`; personas that are undefined are counted at the right.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    columns = ("persona", "mode", "noise", "shift", "shift_low", "shift_high", "evidence", "n_items")
    require(table, columns, "failure modes")
    palette = PALETTES[theme]
    figure = go.Figure()
    for number, mode in enumerate(MODES):
        rows = table[(table["mode"] == mode) & table["shift"].notna()]
        if rows.empty:
            continue
        value = rows["shift"].to_numpy(float)
        figure.add_scatter(
            x=rows["noise"].to_numpy(float), y=value, mode="markers",
            name="no failure" if mode == "none" else mode,
            marker={"color": palette.series[number], "symbol": SYMBOLS[number], "size": 11},
            error_y={
                "array": np.nan_to_num(rows["shift_high"].to_numpy(float) - value).clip(0),
                "arrayminus": np.nan_to_num(value - rows["shift_low"].to_numpy(float)).clip(0),
                "color": palette.series[number], "thickness": 1.2, "width": 3,
            },
            customdata=np.array([[plain(str(p)), plain(str(e), 120), int(n)] for p, e, n in
                                 zip(rows["persona"], rows["evidence"], rows["n_items"], strict=True)], dtype=object),
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]:,} items<extra></extra>",
        )  # fmt: skip
    if gone := [plain(str(name), 20) for name in table.loc[table["shift"].isna(), "persona"]]:
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        figure.add_annotation(
            x=1, xref="paper", xanchor="right", xshift=-8, y=0, yref="paper", yanchor="bottom", showarrow=False,
            text=f"undefined: {', '.join(gone[:3])}{more}", font={"size": SMALL, "color": palette.quiet},
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=420,
        margin={"t": 84 if title else 48},
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": SMALL}, "entrywidth": 110},
        xaxis={"title": {"text": "Noise: how far two answers of the persona differ"}},
        yaxis={"title": {"text": "Shift: how far it moves the model"}, "rangemode": "tozero"},
    )
    return figure
