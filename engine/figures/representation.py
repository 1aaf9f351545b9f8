"""Representation: how much of each group's difference its personas carry."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, rows_figure
from engine.figures.theme import PALETTES, SMALL, Theme, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.representation import REPRESENTATION_COLUMNS, Representation

LEVELS = {"nothing": 0.0, "all of it": 1.0}
"""What the lines are called: personas that know nothing of the group, and such as part as its people do."""
WIDEST = 2.5
"""The end of the axis; intervals may run past it."""


def representation(
    found: Representation, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw how much of what sets each group apart its personas carry, the best represented group on top.

    Marks are filled where the interval lies above a half. A cross at the left edge is undefined; hovering says why.

    Args:
        found: result of `engine.measures.representation`.
        longest: groups to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(found.groups, REPRESENTATION_COLUMNS, "groups")
    ordered = found.groups.sort_values("carried", ascending=False, na_position="last", kind="stable")
    rows = ordered.head(longest)
    value, low, high = (rows[column].to_numpy(float) for column in ("carried", "low", "high"))
    marks = Marks(
        "Carried", value, low, high, [_words(row) for row in rows.to_dict("records")], look(0, theme),
        (low > 0.5) | np.isnan(low),
    )  # fmt: skip
    figure = rows_figure(
        list(rows["group"]), [marks], x_title="Share of the difference carried", y_title="Group",
        levels=[Level(name, value) for name, value in LEVELS.items()], shown=list(LEVELS.values()),
        caption=left_out(len(ordered), len(rows), "groups", "the most carried first"), theme=theme, title=title,
    )  # fmt: skip
    figure.update_layout(showlegend=False)  # names on the lines need less room
    for words, place in LEVELS.items():
        figure.add_annotation(
            x=place, y=1, yref="paper", yanchor="bottom", yshift=2, text=words, showarrow=False,
            font={"size": SMALL, "color": PALETTES[theme].quiet},
        )  # fmt: skip
    left, right = figure.layout.xaxis.range
    figure.update_xaxes(range=[left, min(right, max(WIDEST, 1.1 * np.nanmax(value, initial=0.0)))])
    return figure


def _words(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one group."""
    numbers = interval_text(float(row["carried"]), float(row["low"]), float(row["high"]))
    counts = f"{row['n_people']} people, {row['n_personas']} personas, {row['n_items']:,} items"
    return f"<b>{plain(str(row['group']), 60)}</b><br>{numbers}<br>{counts}" + note_text(row["note"])
