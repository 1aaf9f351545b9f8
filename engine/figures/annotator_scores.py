"""Annotator models: the score of each with its interval."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import Level, Marks, rows_figure
from engine.figures.score_words import ERRORS, bars_text, counts_text, of_score, score_name, sizes_text
from engine.figures.theme import Theme, look, plain
from engine.figures.words import interval_text, note_text

SCORE_COLUMNS = (
    "model", "score", "value", "low", "high", "seed_sd", "n_seeds", "n_items", "n_raters", "n_labels", "n_unseen",
    "dropped", "note",
)  # fmt: skip
"""What the figure reads."""
TEXT_ONLY, BASELINES, ORACLES = "text only", ("majority", "own rate"), ("others' majority",)
HOW_TO_READ = "Baselines read no text; an oracle sees the test labels of other annotators."
ORACLE = "Oracle: sees labels"


def model_scores(
    table: pd.DataFrame,
    *,
    score: str = "macro_f1",
    reference: str = TEXT_ONLY,
    baselines: Sequence[str] = BASELINES,
    oracles: Sequence[str] = ORACLES,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw each model's score with its interval over items and seeds, in the order of the table.

    Baselines, which read no text, are squares; oracles, which see test labels, are hollow diamonds. The reference's
    value runs through all rows. Intervals of two models may overlap although one beats the other: they are of the same
    items, so read `model_differences` for that.

    Args:
        table: of `engine.annotators.scores.scores.model_scores`.
        score: one of the table's.
        reference: the model whose value is the line; one that is absent has none.
        baselines: models to mark so.
        oracles: models to mark so.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the score.
    """
    require(table, SCORE_COLUMNS, "table of scores")
    rows = of_score(table, score)
    names = list(rows["model"])
    kinds = {
        "Model": [name not in (*baselines, *oracles) for name in names],
        "Baseline": [name in baselines and name not in oracles for name in names],
        ORACLE: [name in oracles for name in names],
    }
    marks = []
    for number, (words, chosen) in enumerate(kinds.items()):
        if not any(chosen):
            continue
        part = rows[np.array(chosen)]
        value, low, high = (part[end].to_numpy(float) for end in ("value", "low", "high"))
        hover = [_score_words(row, score) for row in part.to_dict("records")]
        filled = np.full(len(part), words != ORACLE)
        marks.append(
            Marks(words, value, low, high, hover, look(number, theme), filled, np.flatnonzero(chosen).astype(float))
        )
    line = rows.loc[rows["model"] == reference, "value"].dropna()
    return rows_figure(
        names, marks, x_title=_axis(score), y_title="Annotator model",
        levels=[Level(plain(reference), float(value)) for value in line],
        caption=f"{sizes_text(rows)} {bars_text(rows)} {HOW_TO_READ}", theme=theme, title=title,
    )  # fmt: skip


def _axis(score: str) -> str:
    name = score_name(score)
    return f"{name} (the lower the better)" if score in ERRORS else f"{name} (1: all right)"


def _score_words(row: Mapping[Hashable, Any], score: str) -> str:
    """What hovering says of one model."""
    spread = "" if np.isnan(row["seed_sd"]) else f"; seeds differ by {row['seed_sd']:.3f} (sd)"
    lines = [
        f"<b>{plain(str(row['model']), 60)}</b>: {score_name(score)}",
        interval_text(row["value"], row["low"], row["high"]) + spread,
        counts_text(row),
        f"{row['n_unseen']:,} labels of annotators without training labels" if row["n_unseen"] else "",
        "; ".join(f"left out: {count:,} {plain(str(why), 60)}" for why, count in row["dropped"].items()),
    ]
    return "<br>".join(filter(None, lines)) + note_text(row["note"])
