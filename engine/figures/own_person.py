"""Own person: every persona beside the person it plays, other people, and nobody."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, rows_figure
from engine.figures.theme import Theme, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.own_person import CONTRASTS, OWN_PERSON_COLUMNS, OwnPerson

DRAWN = {
    "own_minus_others": "than to other people",
    "own_minus_nobody": "than nobody is",
    "specific": "than expected of both",
}
"""Contrasts that are drawn, and what the persona is set against."""
HOW_TO_READ = (
    "Nobody: control and empty personas. Expected of both: from how alike the persona is to everybody, and its person "
    "to every persona. Bars: intervals over items; filled: they exclude 0."
)


def own_person(
    found: OwnPerson, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw how much more alike each persona is to its own person: than to others, than nobody is, and beyond both.

    Personas stand in the order of their specific likeness, the most specific on top. Marks are filled where the
    interval excludes 0.

    Args:
        found: result of `engine.measures.own_person`.
        longest: personas to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(found.table, OWN_PERSON_COLUMNS, "own-person table")
    ordered = found.table.sort_values("specific", ascending=False, na_position="last", kind="stable")
    rows = ordered.head(longest)
    hover = [_words(row) for row in rows.to_dict("records")]
    marks = []
    for number, (contrast, words) in enumerate(DRAWN.items()):
        value, low, high = (rows[f"{contrast}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
        marks.append(Marks(words, value, low, high, hover, look(number, theme), (low > 0) | (high < 0)))
    parts = [left_out(len(ordered), len(rows), "personas", "the most specific first"), _overall(found)]
    return rows_figure(
        list(rows["persona"]), marks, x_title="How much more alike to its own person (difference of similarities)",
        y_title="Persona", levels=[Level("no difference", 0.0)],
        caption=" ".join([HOW_TO_READ, *filter(None, parts)]), theme=theme, title=title,
    )  # fmt: skip


def _overall(found: OwnPerson) -> str:
    """What all personas together show."""
    nearest = found.nearest
    if not nearest.defined:
        return plain(f"Nearest person: undefined, {nearest.note}.", 200)
    p = "" if np.isnan(found.p_value) else f"; p {found.p_value:.2g} among random assignments"
    return (
        f"Own person is the nearest of all for {nearest.value:.0%} of {nearest.n_raters} personas "
        f"(chance {found.chance:.0%}{p}); {nearest.n_items:,} items"
        + "".join(f"; left out: {count:,} {reason}" for reason, count in nearest.dropped.items())
        + "."
    )


def _words(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one persona."""
    names = {"own": "its person", "others": "other people", "nobody": "nobody beside its person"}
    names |= {contrast: f"more {words}" for contrast, words in DRAWN.items()}
    lines = [f"<b>{plain(str(row['persona']), 60)}</b> plays {plain(str(row['annotator']), 60)}: {row['verdict']}"]
    lines += [
        f"{names[c]}: {interval_text(float(row[c]), float(row[f'{c}_low']), float(row[f'{c}_high']))}"
        for c in CONTRASTS
    ]
    rank = "" if np.isnan(row["rank"]) else f", rank {row['rank']:g} of {row['n_raters']}"
    return "<br>".join([*lines, f"{row['n_items']:,} items{rank}"]) + note_text(row["note"])
