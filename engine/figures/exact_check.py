"""Exact against sampled: how far the draws of every item lie from what the logits promise; do repeats differ?"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.figures.frames import require
from engine.figures.rows import Floats, Marks, frame_rows, marks_of, rows_figure
from engine.figures.theme import PALETTES, Theme, faded, look, plain
from engine.measures.exact_comparison import ITEM_COLUMNS, ExactComparison
from engine.measures.repeat_check import RepeatCheck

HALF_BAND = 1.96
"""Within this many standard deviations lie 95 % of fair draws."""
STEP = 0.5
"""Width of a bar of the distribution, in standard deviations."""
MOST_POINTS = 5000
FAIR = "fair draws would have"


def item_scores(found: ExactComparison, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw the z-score of every item and label, and at the right their distribution beside that of fair draws.

    Of two labels only the second is drawn: the first mirrors it. Items whose labels are certain have no score and are
    counted in the caption.

    Args:
        found: result of `engine.measures.compare_with_exact`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the items lack a column that the figure reads.
    """
    require(found.items, ITEM_COLUMNS, "scores")
    palette = PALETTES[theme]
    labels = list(dict.fromkeys(found.items["label"]))
    table = found.items[found.items["label"] == labels[1]] if len(labels) == 2 else found.items
    place = {item: number for number, item in enumerate(dict.fromkeys(found.items["item"]), start=1)}
    table = table.assign(place=table["item"].map(place))
    known = table[table["z"].notna()]
    drawn = known.loc[known["z"].abs().sort_values(ascending=False, kind="stable").index[:MOST_POINTS]]
    top = 1.08 * max(float(known["z"].abs().max()) if len(known) else 0.0, 3.0)
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, column_widths=[0.82, 0.18], horizontal_spacing=0.015
    )  # fmt: skip
    ends = np.array([0.0, len(place) + 1.0])
    figure.add_scatter(
        x=ends[[0, 1, 1, 0]], y=HALF_BAND * np.array([-1, -1, 1, 1]), mode="lines", fill="toself", line={"width": 0},
        fillcolor=faded(palette.people, 0.16), hoverinfo="skip", name="95 % of fair draws", row=1, col=1,
    )  # fmt: skip
    for number, label in enumerate(dict.fromkeys(known["label"])):
        style, rows = look(number, theme), drawn[drawn["label"] == label]
        figure.add_scatter(
            x=rows["place"].to_numpy(float), y=rows["z"].to_numpy(float), mode="markers", row=1, col=1,
            name=f"label {plain(str(label))}", customdata=_words(rows),
            hovertemplate="%{customdata}<br>z = %{y:.2f}<extra></extra>",
            marker={"color": style.colour, "symbol": style.symbol, "size": 6, "opacity": 0.7},
        )  # fmt: skip
    names = [trace.name for trace in figure.data] + [FAIR]
    _add_distribution(figure, known["z"].to_numpy(float), top, theme)
    frame_rows(figure, 380, theme=theme, title=title, legend=names, caption=_caption(found, table, known, drawn))
    figure.update_xaxes(title={"text": "Item, in the order of the run"}, range=ends, tickformat=",d", row=1, col=1)
    figure.update_xaxes(title={"text": "Scores"}, rangemode="tozero", nticks=3, row=1, col=2)
    figure.update_yaxes(range=[-top, top], row=1, col=1)
    figure.update_yaxes(title={"text": "z-score of the count drawn"}, row=1, col=1)
    figure.update_yaxes(range=[-top, top], row=1, col=2)
    figure.add_hline(y=0, line={"color": palette.quiet, "width": 1}, layer="below")
    return figure


def _add_distribution(figure: go.Figure, z: Floats, top: float, theme: Theme) -> None:
    """Add bars of how many scores lie where, and what fair draws would have there."""
    last = STEP * math.ceil(top / STEP)
    edges = np.arange(-last, last + STEP / 2, STEP)
    counts = np.histogram(z, edges)[0] if len(z) else np.zeros(len(edges) - 1)
    below = np.array([0.5 * (1 + math.erf(edge / math.sqrt(2))) for edge in edges])
    middle, fair = (edges[:-1] + edges[1:]) / 2, len(z) * np.diff(below)
    palette = PALETTES[theme]
    figure.add_bar(
        x=counts, y=middle, width=0.9 * STEP, orientation="h", marker={"color": faded(palette.series[0], 0.45)},
        name="scores", showlegend=False, hovertemplate="%{x:,} scores around %{y:.2f}<extra></extra>", row=1, col=2,
    )  # fmt: skip
    figure.add_scatter(
        x=fair, y=middle, mode="lines", line={"color": palette.people, "width": 2, "dash": "5px,3px"},
        name=FAIR, hovertemplate="%{x:,.1f} expected around %{y:.2f}<extra></extra>",
        row=1, col=2,
    )  # fmt: skip


def _words(rows: pd.DataFrame) -> np.ndarray:
    """What hovering says of each score."""
    return np.array([
        f"<b>{plain(str(row.item), 60)}</b>, label {plain(str(row.label))}<br>drawn {row.drawn:,} of {row.n_draws:,}, "
        f"expected {row.expected:,.1f}"
        for row in rows.itertuples()
    ], dtype=object)  # fmt: skip


def _caption(found: ExactComparison, table: pd.DataFrame, known: pd.DataFrame, drawn: pd.DataFrame) -> str:
    parts = [plain(found.sentence, 400)]
    if certain := len(table) - len(known):
        parts.append(f"{certain:,} of {len(table):,} scores are undefined: nothing drawn, or the label is certain.")
    if len(drawn) < len(known):
        parts.append(
            f"The {len(drawn):,} scores furthest from 0 are drawn as points; the bars hold all {len(known):,}."
        )
    return " ".join(parts)


def repeat_checks(found: Mapping[str, RepeatCheck], *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw how often two repeats of a cell differ, beside what the exact distributions expect where they are known.

    At temperature 0 the value is the engine's floor of noise, which should be 0. Repeats that are copies are hollow.

    Args:
        found: name of a run (or temperature) -> result of `engine.measures.check_repeats`, first on top.
        theme: of the page.
        title: above the chart; '' for none.
    """
    own = np.array([one.verdict != "copies" for one in found.values()], dtype=bool)
    marks = [marks_of("Two repeats differ", {n: o.differ for n, o in found.items()}, look(0, theme), filled=own)]
    expected = np.array([one.expected for one in found.values()], dtype=float)
    if not np.isnan(expected).all():
        hover = [
            f"<b>{plain(name, 60)}</b>: expected from the exact distributions<br>"
            + ("unknown: no exact distribution was given" if np.isnan(one.expected) else f"{one.expected:.4f}")
            for name, one in found.items()
        ]
        marks.append(
            Marks("Expected from the exact distributions", expected, expected, expected, hover, look(1, theme))
        )
    return rows_figure(
        list(found), marks, x_title="Chance that two repeats of a cell differ (0 to 1)", y_title="Run", shown=[0.0],
        remarks=[f"T = {one.temperature:g}: {one.verdict}" for one in found.values()], theme=theme, title=title,
        caption="At temperature 0 nothing should differ: what does is the engine's floor. Hollow: repeats are copies.",
    )  # fmt: skip
