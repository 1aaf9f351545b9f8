"""Homogenization: alpha and kappas of persona sets beside the people's, and items where the two part."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import Marks, rows_figure
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Look, Theme, look, plain
from engine.figures.words import interval_text, note_text

COLUMNS = (
    "raters", "among", "alpha", "low", "high", "homogenization", "homogenization_low", "homogenization_high",
    "n_items", "n_raters", "note",
)  # fmt: skip
X_TITLE = "Krippendorff's α (1: full agreement, 0: chance)"
HOVER = (
    "α = %{x:.3f}  [%{customdata[0]:.3f}, %{customdata[1]:.3f}]%{customdata[4]}<br>"
    "%{customdata[2]:,} items, %{customdata[3]} raters<extra></extra>"
)
KAPPAS = {
    "fleiss": "Fleiss' κ (1: full agreement, 0: chance)",
    "cohen": "Cohen's κ, mean over pairs of raters (1: full agreement, 0: chance)",
    "entropy": "Label entropy of an item (bits)",
}
"""Numbers of `engine.measures.kappas_of_panels` that can be drawn."""
BANDWIDTH = 0.62
"""Height that the marks of one row share."""


def homogenization(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw alpha with its interval: a row a scope (all, within and between groups, each group), people above personas.

    A persona set to the right of the people's mark of its row is homogenized. Undefined values are left out of the
    plane and named at the left edge, with the reason on hover.

    Args:
        table: of `engine.measures.agreement_of_panels`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, COLUMNS, "table")
    palette = PALETTES[theme]
    scopes = list(dict.fromkeys(table["among"]))
    raters = list(dict.fromkeys(table["raters"]))
    looks = {name: look(i, theme) for i, name in enumerate(name for name in raters if name != "people")}
    looks["people"] = Look(palette.people, "solid", "line-ns")
    figure = go.Figure()
    known = table[["low", "high", "alpha"]].to_numpy(float)
    left = min(0.0, float(np.nanmin(known)) if np.isfinite(known).any() else 0.0)
    for place, name in enumerate(raters):
        rows = table[table["raters"] == name]
        offset = BANDWIDTH * (0.5 - (place + 0.5) / len(raters))
        y = np.array([len(scopes) - scopes.index(among) + offset for among in rows["among"]])
        _add(figure, name, rows, y, looks[name], left - 0.03)
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=150 + 26 * max(len(table), 3) + (30 if title else 0),
        margin={"t": 86 if title else 52},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "xanchor": "left"},
        xaxis={"title": {"text": X_TITLE}, "range": [left - 0.05, 1.02], "tickformat": ".1f", "showgrid": True},
        yaxis={
            "title": {"text": "Agreement among"},
            "tickvals": np.arange(len(scopes), 0, -1), "ticktext": [plain(scope) for scope in scopes],
            "range": [0.4, len(scopes) + 0.6], "showgrid": False,
        },
    )  # fmt: skip
    for edge in range(1, len(scopes)):
        figure.add_hline(y=edge + 0.5, line={"color": palette.grid, "width": 1}, layer="below")
    return figure


def _add(figure: go.Figure, name: str, rows: pd.DataFrame, y: np.ndarray, style: Look, edge: float) -> None:
    """Draw one kind of raters: a mark and its interval a row, a cross at the edge where there is no value."""
    x = rows["alpha"].to_numpy(float)
    gone = np.isnan(x)
    facts = rows[["low", "high", "n_items", "n_raters"]].to_numpy(dtype=object)
    extra = [_more(row) for row in rows.to_dict("records")]
    facts = np.column_stack([facts, np.array(extra, dtype=object)])
    spread = {
        "type": "data", "symmetric": False, "array": rows["high"].to_numpy(float) - x,
        "arrayminus": x - rows["low"].to_numpy(float), "color": style.colour, "thickness": 2, "width": 4,
    }  # fmt: skip
    figure.add_scatter(
        x=x[~gone], y=y[~gone], mode="markers", name=plain(name), customdata=facts[~gone],
        error_x={k: v[~gone] if isinstance(v, np.ndarray) else v for k, v in spread.items()},
        marker={"color": style.colour, "size": 10, "symbol": style.symbol, "line": {"color": style.colour, "width": 2}},
        hovertemplate=f"<b>{plain(name)}</b><br>{HOVER}",
    )  # fmt: skip
    if gone.any():
        figure.add_scatter(
            x=np.full(int(gone.sum()), edge), y=y[gone], mode="markers", name=f"{plain(name)}: undefined",
            showlegend=False, customdata=facts[gone],
            marker={"symbol": "x-thin", "size": 9, "line": {"color": style.colour, "width": 2}},
            hovertemplate=f"<b>{plain(name)}</b>: undefined%{{customdata[4]}}<extra></extra>",
        )  # fmt: skip


def _more(row: Mapping[Hashable, Any]) -> str:
    """Return what hover texts add: the difference to the people, and the note."""
    difference, low, high = (float(row[c]) for c in COLUMNS[5:8])
    text = "" if np.isnan(difference) else f"<br>{difference:+.3f}  [{low:+.3f}, {high:+.3f}] beside people"
    return text + (f"<br>{plain(str(row['note']), 120)}" if row["note"] else "")


def kappas_of_panels(
    table: pd.DataFrame, *, number: str = "cohen", theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw a kappa, or the label entropy, of every set of raters with its interval: a row a scope, as alpha is drawn.

    Args:
        table: of `engine.measures.kappas_of_panels`.
        number: fleiss, cohen or entropy.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: an unknown number, or the table lacks a column that the figure reads.
    """
    if number not in KAPPAS:
        raise InputError(f"number {number!r} is unknown. Use one of {', '.join(KAPPAS)}.")
    ends = (number, f"{number}_low", f"{number}_high")
    require(table, ("raters", "among", *ends, "n_items", "n_raters", "note"), "kappas")
    scopes = list(dict.fromkeys(table["among"]))
    names = list(dict.fromkeys(table["raters"]))
    looks = {name: look(i, theme) for i, name in enumerate(name for name in names if name != "people")}
    looks["people"] = Look(PALETTES[theme].people, "solid", "line-ns")
    marks = []
    for place, name in enumerate(names):
        rows = table[table["raters"] == name]
        value, low, high = (rows[column].to_numpy(float) for column in ends)
        hover = [
            f"<b>{plain(str(name))}</b>, {plain(str(row['among']), 60)}<br>{interval_text(*numbers)}<br>"
            f"{row['n_items']:,} items, {row['n_raters']} raters" + note_text(row["note"])
            for row, *numbers in zip(rows.to_dict("records"), value, low, high, strict=True)
        ]
        offset = BANDWIDTH * ((place + 0.5) / len(names) - 0.5)
        places = np.array([scopes.index(among) + offset for among in rows["among"]], dtype=float)
        marks.append(Marks(plain(str(name)), value, low, high, hover, looks[name], places=places))
    return rows_figure(
        scopes, marks, x_title=KAPPAS[number], y_title="Agreement among", shown=[0.0], marks_a_row=len(names),
        caption="Bars: intervals over items. A cross at the left edge: undefined; hovering says why.", theme=theme,
        title=title,
    )  # fmt: skip


def parting_items(items: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw every item by how far people and personas split on it; ids on hover, never texts.

    On the diagonal both split alike. Below it people split where personas agree, above it the reverse.

    Args:
        items: of `engine.measures.parting_items`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(items, ("item_id", "people", "personas", "gap", "one_label"), "items")
    palette = PALETTES[theme]
    rows = items[items["gap"].notna()]
    top = 1.05 * max(float(rows[["people", "personas"]].to_numpy().max()) if len(rows) else 0.0, 0.5)
    figure = go.Figure()
    figure.add_scatter(
        x=np.array([0, top]), y=np.array([0, top]), mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": palette.quiet, "width": 1, "dash": "4px,4px"}, name="alike",
    )  # fmt: skip
    for i, (one, words) in enumerate(
        ((True, "one likeliest label for all personas"), (False, "personas' likeliest labels differ"))
    ):
        style, part = look(i, theme), rows[rows["one_label"] == one]
        figure.add_scatter(
            x=part["people"].to_numpy(float), y=part["personas"].to_numpy(float), mode="markers", name=words,
            customdata=np.array([plain(str(item), 60) for item in part["item_id"]], dtype=object),
            marker={"color": style.colour, "symbol": style.symbol, "size": 7, "opacity": 0.55},
            hovertemplate="<b>%{customdata}</b><br>people %{x:.2f}, personas %{y:.2f}<extra></extra>",
        )  # fmt: skip
    for x, y, text in ((top, 0.02 * top, "people split, personas agree"), (0, top, "personas split, people agree")):
        figure.add_annotation(
            x=x, y=y, text=text, showarrow=False, xanchor="right" if x else "left",
            yanchor="bottom" if x else "top", font={"size": SMALL, "color": palette.quiet},
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=480 if title else 450,
        margin={"t": 86 if title else 52},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "xanchor": "left"},
        xaxis={"title": {"text": "Chance that two people differ on the item"}, "range": [-0.02, top]},
        yaxis={"title": {"text": "Chance that two personas differ"}, "range": [-0.02, top]},
    )
    return figure
