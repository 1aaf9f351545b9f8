"""The alternative-annotator test: which personas may stand in for a person."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, rows_figure
from engine.figures.theme import Theme, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.alternative_annotator import VERDICT_COLUMNS, AlternativeAnnotator

PASSING = 0.5
"""Share of annotators that a persona must win against."""
HOW_TO_READ = (
    "Winning rate: share of people that the persona wins against. Advantage: mean chance that it fits the remaining "
    "people at least as well as the one left out."
)


def alternative_annotator(
    found: AlternativeAnnotator, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw every persona's winning rate and mean advantage with their intervals; filled where it passes the test.

    Personas stand in the order of their winning rate, then of their advantage, the best on top. Those that could be
    compared with nobody are crossed at the left edge.

    Args:
        found: result of `engine.measures.alternative_annotator`.
        longest: personas to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the verdicts lack a column that the figure reads.
    """
    require(found.verdicts, VERDICT_COLUMNS, "verdicts")
    table = found.verdicts
    ordered = table.sort_values(["winning_rate", "advantage"], ascending=False, na_position="last", kind="stable")
    rows = ordered.head(longest)
    n_passing = int(sum(bool(one) for one in table["passes"]))
    hover, passes = [_words(row) for row in rows.to_dict("records")], np.array([bool(one) for one in rows["passes"]])
    marks = []
    for number, (column, words) in enumerate({"winning_rate": "Winning rate", "advantage": "Advantage"}.items()):
        value, low, high = (rows[f"{column}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
        marks.append(Marks(words, value, low, high, hover, look(number, theme), passes))
    parts = [HOW_TO_READ, f"Filled: passes ({n_passing} of {len(table)} personas)."]
    if len(table):
        parts.append(f"ε = {float(table['epsilon'].iloc[0]):g}, {float(table['confidence'].iloc[0]):.0%} intervals.")
    parts.append(left_out(len(ordered), len(rows), "personas", "the highest winning rate first"))
    return rows_figure(
        list(rows["persona"]), marks, x_title="Share (0 to 1)", y_title="Persona", shown=[0.0, 1.0],
        levels=[Level("passes from 0.5 on", PASSING)], caption=" ".join(filter(None, parts)), theme=theme,
        title=title,
    )  # fmt: skip


def _words(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one persona."""
    kind = f" ({plain(str(row['kind']))})" if row["kind"] else ""
    rate, advantage = (
        interval_text(float(row[c]), float(row[f"{c}_low"]), float(row[f"{c}_high"]))
        for c in ("winning_rate", "advantage")
    )
    verdict = "undefined" if np.isnan(row["winning_rate"]) else "passes" if row["passes"] else "does not pass"
    own = {True: "<br>wins against its own person", False: "<br>does not win against its own person"}
    return (
        f"<b>{plain(str(row['persona']), 60)}</b>{kind}: {verdict}<br>"
        f"winning rate {rate}<br>advantage {advantage}<br>"
        f"{row['n_raters']} people, {row['n_items']:,} labels; {row['dropped']} people left out"
        + own.get(row["own_annotator_won"], "")
        + note_text(row["note"])
    )
