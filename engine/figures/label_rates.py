"""Label rates: how often each persona gives each label."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LONGEST, Marks, rows_figure
from engine.figures.theme import Theme, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.persona_items import LABEL_RATE_COLUMNS


def label_rates(
    table: pd.DataFrame, *, positive: str | None = None, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw how often each persona gives each label, with its interval; a row a persona, in the table's order.

    Args:
        table: of `engine.measures.label_rates`.
        positive: draw this label alone, where the other of two says nothing more; None: all.
        longest: personas to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, LABEL_RATE_COLUMNS, "label rates")
    personas = list(dict.fromkeys(table["persona"]))
    shown = personas[:longest]
    labels = [label for label in dict.fromkeys(table["label"]) if positive in (None, label)]
    marks = []
    for number, label in enumerate(labels):
        rows = table[table["label"] == label].set_index("persona", drop=False).loc[shown]
        value, low, high = (rows[name].to_numpy(float) for name in ("rate", "low", "high"))
        hover = [_words(row) for row in rows.to_dict("records")]
        marks.append(Marks(plain(str(label)), value, low, high, hover, look(number, theme)))
    parts = ["Bars: intervals over items.", left_out(len(personas), len(shown), "personas", "in their order")]
    return rows_figure(
        shown, marks, x_title="Share of items (0 to 1)" if positive is None else f"Share of {plain(positive)} (0 to 1)",
        y_title="Persona", shown=[0.0], caption=" ".join(filter(None, parts)), theme=theme, title=title,
    )  # fmt: skip


def _words(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one persona and label."""
    rate = interval_text(float(row["rate"]), float(row["low"]), float(row["high"]))
    return (
        f"<b>{plain(str(row['persona']), 60)}</b>: {plain(str(row['label']), 60)}<br>{rate}<br>{row['n_items']:,} items"
        + note_text(row["note"])
    )
