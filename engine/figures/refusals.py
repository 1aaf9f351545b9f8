"""Answers without a label: how often, by persona, wording or temperature, and what they do to agreement."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import Marks, rows_figure
from engine.figures.theme import PALETTES, TEMPLATE, Theme, look, plain
from engine.figures.words import interval_text, note_text
from engine.measures.refusals import POLICY_COLUMNS

COLUMNS = ("by", "name", "cause", "rate", "low", "high", "n_answers", "n_items", "note")


def labelless_rates(rates: pd.DataFrame, *, by: str = "persona", theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw the rate of answers without a label with its interval: a row a persona (wording, temperature), by cause.

    Causes that never occur are not drawn.

    Args:
        rates: of `engine.measures.labelless_rates`.
        by: all, persona, wording or temperature.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or has no rows of this `by`.
    """
    require(rates, COLUMNS, "rates")
    rows = rates[rates["by"] == by]
    if rows.empty:
        known = ", ".join(dict.fromkeys(rates["by"])) or "none"
        raise InputError(f"the rates have no rows by {by!r}. They have: {known}. Name one of these.")
    names, causes = list(dict.fromkeys(rows["name"])), list(dict.fromkeys(rows["cause"]))
    causes = causes[:1] + [cause for cause in causes[1:] if (rows.loc[rows["cause"] == cause, "rate"] > 0).any()]
    figure = go.Figure()
    for i, cause in enumerate(causes):
        part, style = rows[rows["cause"] == cause], look(i, theme)
        x = part["rate"].to_numpy(float)
        y = [len(names) - names.index(name) + 0.6 * (0.5 - (i + 0.5) / len(causes)) for name in part["name"]]
        figure.add_scatter(
            x=x, y=np.array(y), mode="markers", name=plain(cause),
            marker={"color": style.colour, "size": 8, "symbol": style.symbol},
            error_x={
                "type": "data", "symmetric": False, "array": part["high"].to_numpy(float) - x,
                "arrayminus": x - part["low"].to_numpy(float), "color": style.colour, "thickness": 1.6, "width": 3,
            },
            customdata=part[["low", "high", "n_answers", "n_items", "note"]].to_numpy(dtype=object),
            hovertemplate=(
                f"<b>{plain(cause)}</b>: %{{x:.2%}}  [%{{customdata[0]:.2%}}, %{{customdata[1]:.2%}}]<br>"
                "%{customdata[2]:,} answers, %{customdata[3]:,} items<br>%{customdata[4]}<extra></extra>"
            ),
        )  # fmt: skip
    top = float(np.nanmax(rows["high"].to_numpy(float), initial=0.01))
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=150 + max(len(names) * (12 + 9 * len(causes)), 90) + (30 if title else 0),
        margin={"t": 86 if title else 52},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "xanchor": "left"},
        xaxis={
            "title": {"text": "Share of answers without a label"}, "tickformat": ".1~%",
            "range": [-0.01 * top, 1.05 * top], "showgrid": True,
        },
        yaxis={
            "title": {"text": by.capitalize()},
            "tickvals": np.arange(len(names), 0, -1), "ticktext": [plain(name) or "all" for name in names],
            "range": [0.4, len(names) + 0.6], "showgrid": False,
        },
    )  # fmt: skip
    for edge in range(1, len(names)):
        figure.add_hline(y=edge + 0.5, line={"color": PALETTES[theme].grid, "width": 1}, layer="below")
    return figure


def agreement_by_policy(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw alpha of every temperature under the three policies for answers without a label, with its interval.

    Marks that lie together say that the missing labels decide nothing.

    Args:
        table: of `engine.measures.agreement_by_policy`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, POLICY_COLUMNS, "policies")
    temperatures = list(dict.fromkeys(table["temperature"]))
    marks = []
    for number, policy in enumerate(dict.fromkeys(table["policy"])):
        rows = table[table["policy"] == policy].set_index("temperature").reindex(temperatures).reset_index()
        hover = [
            f"<b>T = {row.temperature:g}</b>, {plain(str(policy))}<br>"
            f"α {interval_text(row.alpha, row.low, row.high)}<br>"
            f"percent agreement {interval_text(row.agreement, row.agreement_low, row.agreement_high, '.1%')}<br>"
            f"{row.n_items:,} items, {row.n_raters} personas, {row.n_labelless:,} answers without a label"
            + note_text(row.note)
            for row in rows.itertuples()
        ]
        value, low, high = (rows[column].to_numpy(float) for column in ("alpha", "low", "high"))
        marks.append(Marks(plain(str(policy)), value, low, high, hover, look(number, theme)))
    n = int(table.groupby("temperature")["n_labelless"].max().sum()) if len(table) else 0
    return rows_figure(
        [f"T = {t:g}" for t in temperatures], marks, x_title="Krippendorff's α (1: full agreement, 0: chance)",
        y_title="Temperature", shown=[0.0, 1.0], theme=theme, title=title,
        caption=f"{n:,} answers hold no label and count as each policy says. Bars: intervals over items. A cross at "
                "the left edge: undefined.",
    )  # fmt: skip
