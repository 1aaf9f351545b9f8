"""Test-retest: how many personas find themselves again, and which are taken for another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, marks_of, rows_figure
from engine.figures.theme import Theme, look, plain
from engine.figures.words import left_out
from engine.measures.retest import ASSIGNMENT_COLUMNS, Retest


def retest_accuracy(found: Mapping[str, Retest], *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw the share of personas that find themselves again, beside chance and what permuted names reach.

    Args:
        found: name of a run (or temperature) -> result of `engine.measures.retest`, first on top.
        theme: of the page.
        title: above the chart; '' for none.
    """
    chance, null = (np.array([getattr(one, end) for one in found.values()], float) for end in ("chance", "null_high"))
    hover = [
        f"<b>{plain(name, 60)}</b>: chance {one.chance:.1%}"
        + ("" if np.isnan(one.null_high) else f"<br>permuted names reach up to {one.null_high:.1%}")
        for name, one in found.items()
    ]
    marks = [
        marks_of("Find themselves again", {n: o.accuracy for n, o in found.items()}, look(0, theme), form=".1%"),
        Marks("Chance", chance, chance, null, hover, look(1, theme)),
    ]
    remarks = [
        f"{one.accuracy.n_raters} personas" + ("" if np.isnan(one.p_value) else f", p {one.p_value:.2g}")
        for one in found.values()
    ]
    return rows_figure(
        list(found), marks, x_title="Share of personas assigned to themselves", y_title="Run", shown=[0.0, 1.0],
        tickformat=".0%", remarks=remarks, theme=theme, title=title,
        caption="Bar of the accuracy: its interval over items. Bar of chance: what names permuted at random reach, as "
                "many of them as the interval has coverage.",
    )  # fmt: skip


def retest_assignments(
    found: Retest, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw how clearly each persona is itself, and at the right whom the others are taken for.

    Left of 0 another persona is nearer than the persona itself. The clearest stand on top; where there are too many,
    the least clear are kept, because they are the confusions.

    Args:
        found: result of `engine.measures.retest`.
        longest: personas to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the assignments lack a column that the figure reads.
    """
    require(found.assignments, ASSIGNMENT_COLUMNS, "assignments")
    rows = found.assignments.sort_values("margin", ascending=False, kind="stable").tail(longest)
    margin, right = rows["margin"].to_numpy(float), rows["right"].to_numpy(float)
    nothing = np.full(len(rows), np.nan)
    taken = [
        "" if share == 1 else f"taken for {plain(str(name), 24)}" if share == 0 else f"one of {round(1 / share)} alike"
        for name, share in zip(rows["assigned"], right, strict=True)
    ]
    hover = [
        f"<b>{plain(str(name), 60)}</b>: {words or 'assigned to itself'}<br>margin {value:+.4f} an item<br>"
        f"{found.accuracy.n_items:,} items"
        for name, words, value in zip(rows["persona"], taken, margin, strict=True)
    ]
    marks = Marks("Margin", margin, nothing, nothing, hover, look(0, theme), right == 1)
    parts = [
        plain(found.sentence, 300), "Filled: assigned to itself.",
        left_out(len(found.assignments), len(rows), "personas", "the least clear ones"),
    ]  # fmt: skip
    return rows_figure(
        list(rows["persona"]), [marks], x_title="How much nearer to itself than to any other (mean distance an item)",
        y_title="Persona of the second run", levels=[Level("as near to another", 0.0)], remarks=taken,
        caption=" ".join(filter(None, parts)), theme=theme, title=title,
    )  # fmt: skip
