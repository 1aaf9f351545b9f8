"""Calibration scores: the pooled personas and each persona, above the floor that few people's labels leave."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, rows_figure
from engine.figures.theme import Theme, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.calibration import CALIBRATION_COLUMNS, OWN, POOLED

TITLES = {
    "cross_entropy": "Cross-entropy (nats, less is better)",
    "jensen_shannon": "Jensen-Shannon divergence (bits, 0\u00a0to\u00a01, less is better)",
    "total_variation": "Total variation (0\u00a0to\u00a01, less is better)",
    "manhattan": "Average Manhattan distance (0\u00a0to\u00a02, less is better)",
    "wasserstein": "Average Wasserstein distance (units of the labels' values, less is better)",
    "error_rate": "Error rate (0\u00a0to\u00a01, less is better)",
    "absolute_distance": "Average normalised absolute distance (0\u00a0to\u00a01, less is better)",
    "calibration_error": "Expected calibration error (0\u00a0to\u00a01, less is better)",
}
"""Scores that can be drawn, with their units."""


def calibration_scores(
    table: pd.DataFrame,
    *,
    score: str = "total_variation",
    longest: int = LONGEST,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one score of every predictor with its interval: pooled first, then the best persona on top.

    A band is the floor: what the true distribution itself would score against as many people. What reaches into it
    cannot be told from perfect.

    Args:
        table: of `engine.measures.calibration_scores`.
        score: which of its scores.
        longest: predictors to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the score.
    """
    require(table, CALIBRATION_COLUMNS, "scores")
    chosen = table[table["score"] == score]
    if chosen.empty or score not in TITLES:
        known = [str(name) for name in dict.fromkeys(table["score"]) if name in TITLES]
        raise InputError(f"the table has no score {score!r}. It has: {', '.join(known) or 'none'}. Name one of these.")
    first = chosen["who"].map({POOLED: 0, OWN: 1}).fillna(2)
    ordered = chosen.assign(first=first).sort_values(["first", "value"], kind="stable")
    rows = ordered.head(longest)
    value, low, high = (rows[column].to_numpy(float) for column in ("value", "low", "high"))
    marks = Marks("Score", value, low, high, [_words(row) for row in rows.to_dict("records")], look(0, theme))
    floors = chosen.loc[chosen["floor"].notna(), ["floor", "floor_low", "floor_high"]].to_numpy(float)
    levels = [Level("floor: what the truth itself would score", *floors[0])] if len(floors) else []
    parts = [
        f"Bars: intervals over items ({int(chosen['n_items'].max()):,} items).",
        "(own persona): each person predicted by the persona that plays them; it has no floor."
        if (rows["who"] == OWN).any() else "",
        left_out(len(ordered), len(rows), "rows", "the best personas first"),
    ]  # fmt: skip
    return rows_figure(
        list(rows["who"]), [marks], x_title=TITLES[score], y_title="Predicted by", shown=[0.0], levels=levels,
        caption=" ".join(filter(None, parts)), theme=theme, title=title,
    )  # fmt: skip


def _words(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one predictor."""
    floor = interval_text(float(row["floor"]), float(row["floor_low"]), float(row["floor_high"]))
    return (
        f"<b>{plain(str(row['who']), 60)}</b><br>"
        f"{interval_text(float(row['value']), float(row['low']), float(row['high']))}<br>"
        + ("" if np.isnan(row["floor"]) else f"floor {floor}<br>")
        + f"{row['n_items']:,} items, {row['n_raters']} personas; {row['dropped']:,} items left out"
        + note_text(row["note"])
    )
