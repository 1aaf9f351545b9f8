"""Attribute effects, ranked: how far each attribute moves the labels, and what factorial sets say of each value."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import Level, Marks, rows_figure
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Theme, faded, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.factorial import FACTORIAL_COLUMNS

COLUMNS = (
    "attribute", "value", "total_variation", "low", "high", "rewording", "shift", "shift_low", "shift_high", "p_holm",
    "found", "n_pairs", "n_items",
)  # fmt: skip
"""What the figure reads of a table of effects."""

SIZE_TITLE = "Change of the label distribution (total variation)"
SHIFT_TITLE = "Shift of the positive label's probability"
FACTORIAL_TITLES = {
    "logit": "Effect on the positive label (log-odds)",
    "probability": "Effect on the outcome (in its own unit)",
}
SIGNIFICANCE = 0.05
LONGEST = 24
"""Rows that are drawn at most."""
HOW_TO_READ = (
    "Bars: intervals over items; filled: p below .05, corrected for the number of terms. Hovering names what a value "
    "is set against."
)


def drawn_effects(effects: pd.DataFrame, *, by_value: bool = False, longest: int = LONGEST) -> pd.DataFrame:
    """Return the rows that `ranked_effects` draws, in the order of its marks: upwards."""
    return effects[(effects["value"] != "") == by_value].head(longest).iloc[::-1]


def ranked_effects(
    effects: pd.DataFrame,
    *,
    by_value: bool = False,
    longest: int = LONGEST,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw each attribute's effect with its interval, largest on top; filled where it is found, hollow where not.

    Args:
        effects: of `engine.measures.attribute_effects`.
        by_value: False: one row an attribute, by total variation, with the change that mere rewording causes as a
            mark. True: one row a value, by its signed shift.
        longest: rows to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(effects, COLUMNS, "effects")
    palette = PALETTES[theme]
    rows = drawn_effects(effects, by_value=by_value, longest=longest)
    at, ends = ("shift", ("shift_low", "shift_high")) if by_value else ("total_variation", ("low", "high"))
    names = [plain(f"{a}: {v}" if by_value else a, 40) for a, v in zip(rows["attribute"], rows["value"], strict=True)]
    value = rows[at].to_numpy(float)
    found = rows["found"].to_numpy(bool)
    colour = palette.series[0]
    figure = go.Figure()
    if not by_value and rows["rewording"].notna().any():
        figure.add_scatter(
            x=rows["rewording"].to_numpy(float), y=names, mode="markers", name="Mere rewording",
            marker={"symbol": "line-ns-open", "size": 18, "color": palette.series[1], "line": {"width": 2.5}},
            hovertemplate="<b>%{y}</b><br>another wording of the same persona: %{x:.3f}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=value, y=names, mode="markers", name="Attribute",
        error_x={
            "type": "data", "symmetric": False, "thickness": 1.6, "width": 0, "color": faded(colour, 0.75),
            "array": rows[ends[1]].to_numpy(float) - value, "arrayminus": value - rows[ends[0]].to_numpy(float),
        },
        marker={"size": 10, "line": {"width": 2, "color": colour},
                "color": np.where(found, colour, palette.background)},
        customdata=rows[[*ends, "p_holm", "n_pairs", "n_items"]].to_numpy(float),
        hovertemplate=(
            "<b>%{y}</b><br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>"
            "corrected p = %{customdata[2]:.3g}<br>%{customdata[3]:,} pairs, %{customdata[4]:,} items<extra></extra>"
        ),
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": palette.quiet, "width": 1})
    figure.add_annotation(
        x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="bottom", showarrow=False,
        text="filled: beyond chance and beyond mere words", font={"size": SMALL, "color": palette.quiet},
        name="caption",
    )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=130 + 30 * max(len(rows), 3),
        margin={"t": 76 if title else 48},
        showlegend=len(figure.data) > 1,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        xaxis={"title": {"text": SHIFT_TITLE if by_value else SIZE_TITLE}, "tickformat": "~g"},
        yaxis={"title": {"text": "Attribute"}, "tickfont": {"color": palette.text}, "type": "category"},
    )
    return figure


def factorial_effects(
    effects: pd.DataFrame,
    *,
    scale: str = "logit",
    longest: int = 24,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw main effects and interactions with their intervals, largest on top; filled where p, corrected, is below .05.

    Terms that the personas do not allow to tell from others are crossed at the left edge.

    Args:
        effects: of `engine.measures.factorial_effects`.
        scale: that they were estimated on, logit or probability, for the axis.
        longest: terms to draw at most; main effects come first.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or an unknown scale.
    """
    require(effects, FACTORIAL_COLUMNS, "effects")
    if scale not in FACTORIAL_TITLES:
        raise InputError(f"scale {scale!r} is unknown. Use one of {', '.join(map(repr, FACTORIAL_TITLES))}.")
    rows = effects.head(longest)
    hover = [_term(row) for row in rows.to_dict("records")]
    value, low, high = (rows[column].to_numpy(float) for column in ("effect", "low", "high"))
    found = rows["p_holm"].to_numpy(float) < SIGNIFICANCE
    marks = []
    for number, (order, name) in enumerate({1: "Main effect", 2: "Interaction: beyond the sum of both"}.items()):
        own = (rows["order"] == order).to_numpy()
        if own.any():
            texts = [text for text, there in zip(hover, own, strict=True) if there]
            places = np.flatnonzero(own).astype(float)
            marks.append(Marks(name, value[own], low[own], high[own], texts, look(number, theme), found[own], places))
    parts = [HOW_TO_READ]
    parts.append(left_out(len(effects), len(rows), "terms", "main effects first, each kind by size"))
    return rows_figure(
        [str(term) for term in rows["term"]], marks, x_title=FACTORIAL_TITLES[scale], y_title="Value of an attribute",
        levels=[Level("no effect", 0.0)], caption=" ".join(filter(None, parts)), theme=theme, title=title, letters=44,
    )  # fmt: skip


def _term(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one term."""
    return (
        f"<b>{plain(str(row['term']), 90)}</b> against {plain(str(row['against']), 60)}<br>"
        f"{interval_text(float(row['effect']), float(row['low']), float(row['high']))}<br>"
        f"corrected p = {row['p_holm']:.3g}<br>"
        f"{row['n_items']:,} items, {row['n_raters']} personas; {row['dropped']:,} items left out"
        + note_text(row["note"])
    )
