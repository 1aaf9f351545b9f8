"""What figures of annotator models say of their scores: names, which end is good, and how much was scored."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from engine.errors import InputError

NAMES = {
    "macro_f1": "Macro-F1", "accuracy": "Accuracy", "annotator_macro_f1": "Mean over annotators of their macro-F1",
    "cross_entropy": "Cross-entropy in nats", "mean_absolute_error": "Mean absolute error",
}  # fmt: skip
ERRORS = ("cross_entropy", "mean_absolute_error")
"""Scores that are better the lower they are."""


def score_name(score: str) -> str:
    """Return a score as axes name it."""
    return NAMES.get(score, score)


def of_score(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the rows of a score, or raise InputError."""
    rows = table[table["score"] == score].reset_index(drop=True)
    if rows.empty:
        known = ", ".join(map(str, dict.fromkeys(table["score"]))) or "none"
        raise InputError(f"score {score!r} is not in the table, which has {known}. Draw one of these.")
    return rows


def sizes_text(rows: pd.DataFrame) -> str:
    """Say how much was scored."""
    if rows.empty:
        return "no model."
    first = rows.iloc[0]
    return (
        f"{int(first['n_labels']):,} test labels of {int(first['n_raters']):,} raters, {int(first['n_items']):,} items."
    )


def bars_text(rows: pd.DataFrame, more: str = "") -> str:
    """Say what the bars of trained models are; `more` goes on in the same sentence."""
    single = not rows.empty and bool((rows["n_seeds"] == 1).all())
    over = "items; with one seed they do not hold what another training would give" if single else "items and seeds"
    return f"Bars: intervals over {over}{more}."


def counts_text(row: Mapping[Hashable, Any]) -> str:
    """Say how much one row is of."""
    raters = f"{row['n_raters']:,} raters, " if "n_raters" in row else ""
    return f"{row['n_labels']:,} labels, {raters}{row['n_items']:,} items, {row['n_seeds']} seeds"
