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
from engine.measures.persona_policies import PERSONA_POLICY_COLUMNS
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
            "title": {"text": "Share without a label"}, "tickformat": ".1~%",
            "range": [-0.01 * top, 1.05 * top], "showgrid": True,
        },
        yaxis={
            "title": {"text": by.capitalize()},
            "tickvals": np.arange(len(names), 0, -1), "ticktext": [plain(name) or "all" for name in names],
            "range": [0.4, len(names) + 0.6], "showgrid": False,
        },
    )  # fmt: skip
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    line |= {"line": {"color": PALETTES[theme].grid, "width": 1}}
    # all at once: `add_hline` takes 10 ms for each
    figure.update_layout(shapes=[line | {"y0": edge + 0.5, "y1": edge + 0.5} for edge in range(1, len(names))])
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
    rows = [
        f"T = {t:g}" + f", {plain(w)}" * bool(w) for t, w in zip(table["temperature"], table["wording"], strict=True)
    ]
    n = int(table[table["wording"] == ""].groupby("temperature")["n_labelless"].max().sum()) if len(table) else 0
    return _by_policy(table, rows, n, "Krippendorff's α (1: full agreement, 0: chance)", "Temperature", theme, title)


def persona_agreement_by_policy(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw each persona's alpha with the others under the three policies, a row a persona (and a temperature).

    A persona whose marks lie apart owes its agreement to what it did not answer.

    Args:
        table: of `engine.measures.persona_agreement_by_policy`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, PERSONA_POLICY_COLUMNS, "policies")
    several = table["temperature"].nunique() > 1
    rows = [
        str(name) + (f", T = {t:g}" if several else "")
        for name, t in zip(table["persona"], table["temperature"], strict=True)
    ]
    n = int(table.groupby(["persona", "temperature"])["n_labelless"].max().sum()) if len(table) else 0
    x_title = "α of pairs with the persona (1: full agreement, 0: chance)"
    return _by_policy(table, rows, n, x_title, "Persona", theme, title)


def _by_policy(
    table: pd.DataFrame, names: list[str], n_labelless: int, x_title: str, y_title: str, theme: Theme, title: str
) -> go.Figure:
    """Draw alpha of every row under each policy; `names` are the rows that the table's rows belong to."""
    order = list(dict.fromkeys(names))
    marks = []
    for number, policy in enumerate(dict.fromkeys(table["policy"])):
        rows = table.assign(row=names)[table["policy"] == policy].set_index("row").reindex(order).reset_index()
        hover = [
            f"<b>{plain(str(row.row), 60)}</b>, {plain(str(policy))}<br>"
            f"α {interval_text(row.alpha, row.low, row.high)}<br>"
            f"percent agreement {interval_text(row.agreement, row.agreement_low, row.agreement_high, '.1%')}<br>"
            f"{row.n_items:,} items, {row.n_raters} personas, {row.n_labelless:,} answers without a label"
            + note_text(row.note)
            for row in rows.itertuples()
        ]
        value, low, high = (rows[column].to_numpy(float) for column in ("alpha", "low", "high"))
        marks.append(Marks(plain(str(policy)), value, low, high, hover, look(number, theme)))
    return rows_figure(
        order, marks, x_title=x_title, y_title=y_title, shown=[0.0, 1.0], theme=theme, title=title,
        caption=f"{n_labelless:,} answers hold no label and count as each policy says. Bars: intervals over items. A "
                "cross at the left edge: undefined.",
    )  # fmt: skip
