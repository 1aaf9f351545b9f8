"""Annotators' own scores: one cell for each annotator and model."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import LONGEST, frame_rows, name_axis
from engine.figures.score_words import ERRORS, counts_text, of_score, score_name
from engine.figures.theme import PALETTES, SMALL, Palette, Theme, ink, plain, shaded
from engine.figures.words import interval_text, left_out, note_text

ANNOTATOR_COLUMNS = (
    "annotator", "model", "score", "value", "low", "high", "n_seeds", "n_items", "n_labels", "seen", "note",
)  # fmt: skip
"""What the figure reads."""
MOST_WITH_VALUES = 12
"""Models beyond which a cell has no room for its value."""


def annotator_heatmap(
    table: pd.DataFrame,
    *,
    score: str = "macro_f1",
    longest: int = LONGEST,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one cell for each annotator and model: the stronger the blue, the higher the score. Grey cells have none.

    Args:
        table: of `engine.annotators.scores.scores.annotator_scores`.
        score: macro_f1 or accuracy.
        longest: annotators to draw at most, those with the most test labels; they keep their order.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the score, or names a cell twice.
    """
    require(table, ANNOTATOR_COLUMNS, "table of annotators' scores")
    rows = of_score(table, score)
    if rows.duplicated(["annotator", "model"]).any():
        raise InputError("the table of annotators' scores names a cell twice. Pass the result of one call as it is.")
    everybody = rows.drop_duplicates("annotator")
    kept = everybody.nlargest(longest, "n_labels").index
    annotators = [str(name) for place, name in everybody["annotator"].items() if place in set(kept)]
    models = [str(name) for name in dict.fromkeys(rows["model"])]
    rows = rows[rows["annotator"].isin(annotators)]
    y = rows["annotator"].map({name: i for i, name in enumerate(annotators)}).to_numpy()
    x = rows["model"].map({name: i for i, name in enumerate(models)}).to_numpy()
    z, hover = np.full((len(annotators), len(models)), np.nan), np.full((len(annotators), len(models)), "", object)
    z[y, x] = rows["value"].to_numpy(float)
    hover[y, x] = [_cell_words(cell, score) for cell in rows.to_dict("records")]
    few = left_out(len(everybody), len(annotators), "annotators", "those with the most test labels")
    caption = " ".join(
        filter(None, [f"{int(everybody['n_labels'].sum()):,} test labels. Grey: no score; hovering says why.", few])
    )
    return _heat(z, hover, annotators, models, score, caption, theme, title)


def _heat(
    z: np.ndarray, hover: np.ndarray, annotators: list[str], models: list[str], score: str, caption: str,
    theme: Theme, title: str,
) -> go.Figure:  # fmt: skip
    """Draw the cells with their values."""
    palette = PALETTES[theme]
    figure = go.Figure()
    ends = [shaded(palette, share) for share in ((1.0, 0.0) if score in ERRORS else (0.0, 1.0))]
    figure.add_heatmap(
        z=np.zeros(z.shape), hoverinfo="skip", showscale=False, xgap=2, ygap=2, name="no value",
        colorscale=[[0, palette.grid], [1, palette.grid]],
    )  # fmt: skip
    figure.add_heatmap(
        z=z, customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=True, xgap=2, ygap=2,
        colorscale=[[0, ends[0]], [1, ends[1]]], name=score_name(score),
        colorbar={"title": {"text": score_name(score), "side": "top"}, "thickness": 12, "outlinewidth": 0,
                  "nticks": 4, "tickfont": {"size": SMALL, "color": palette.quiet}},
    )  # fmt: skip
    if len(models) <= MOST_WITH_VALUES:
        _add_values(figure, z, score, palette)
    names = [_in_lines(name) for name in models]
    above = 40 + 17 * max(name.count("<br>") + 1 for name in names)
    frame_rows(figure, max(3, len(annotators)) * 26, theme=theme, title=title, legend=(), caption=caption, above=above)
    figure.update_layout(
        xaxis={"title": {"text": "Annotator model", "standoff": 6}, "side": "top", "tickvals": np.arange(len(models)),
               "ticktext": names, "tickangle": 0, "showgrid": False, "ticks": "", "showline": False,
               "range": [-0.5, len(models) - 0.5]},
        yaxis=name_axis(annotators, "Annotator"),
    )  # fmt: skip
    return figure


def _in_lines(name: str) -> str:
    """Return a model's name for the head of a column: escaped, in lines of about a column's width."""
    return "<br>".join(plain(line, 14) for line in textwrap.wrap(name, 12, break_long_words=False)) or "(no name)"


def _add_values(figure: go.Figure, z: np.ndarray, score: str, palette: Palette) -> None:
    """Write each value into its cell, black or white."""
    y, x = np.nonzero(~np.isnan(z))
    values = z[y, x]
    width = np.ptp(values) if len(values) else 0.0
    shares = (values - values.min()) / width if width > 0 else np.zeros(len(values))
    shares = 1 - shares if score in ERRORS else shares
    figure.add_scatter(
        x=x, y=y, mode="text", text=[f"{value:.2f}" for value in values], hoverinfo="skip", showlegend=False,
        textfont={"size": SMALL, "color": [ink(shaded(palette, share)) for share in shares]}, name="values",
    )  # fmt: skip


def _cell_words(cell: Mapping[Hashable, Any], score: str) -> str:
    """What hovering says of one annotator and model."""
    names = f"<b>{plain(str(cell['annotator']), 60)}</b>, {plain(str(cell['model']), 60)}"
    unseen = "<br>no training labels of this annotator" if cell["seen"] is False else ""
    number = f"{score_name(score)} {interval_text(cell['value'], cell['low'], cell['high'])}"
    return f"{names}<br>{number}<br>{counts_text(cell)}{unseen}{note_text(cell['note'])}"
