"""Label curves: each persona's probability of a label against temperature, with the shares of drawn answers on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.theme import PALETTES, TEMPLATE, Look, Theme, look, plain
from engine.figures.words import interval_text, note_text
from engine.measures.label_curves import LABEL_CURVE_COLUMNS

X_TITLE = "Sampling temperature (0: always the likeliest label)"
PANEL, GAP = 230, 46
"""Pixels of a label's panel, and between two."""
LINE_OF_LEGEND = 20
DODGE = 0.022
"""How far apart, in temperature, drawn shares of two personas stand."""


def label_curves(
    table: pd.DataFrame, *, labels: Sequence[str] | None = None, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw how probable a label is for each persona at every temperature, one panel a label.

    Lines are read from the logits. Marks with bars are shares of drawn answers, set a little aside for each persona.

    Args:
        table: of `engine.measures.label_curves`, of one item.
        labels: the ones to draw, in this order; None: all.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or is of several items.
    """
    require(table, LABEL_CURVE_COLUMNS, "label curves")
    if table["item"].nunique() > 1:
        raise InputError(
            f"the label curves are of {table['item'].nunique()} items, whose lines would lie over one another. Give "
            "the rows of one item."
        )
    palette = PALETTES[theme]
    personas = list(dict.fromkeys(table["persona"]))
    shown = list(dict.fromkeys(table["label"])) if labels is None else list(labels)
    figure = go.Figure()
    for panel, label in enumerate(shown):
        for number, persona in enumerate(personas):
            rows = table[(table["label"] == label) & (table["persona"] == persona)]
            aside = DODGE * (number - (len(personas) - 1) / 2)
            _add_persona(figure, rows, persona, look(number, theme), aside, panel)
        figure.update_layout({f"yaxis{panel + 1 if panel else ''}": _y_axis(label, panel, len(shown))})
    above = 44 if title else 6
    top = above + LINE_OF_LEGEND * -(-len(personas) // 2) + 14  # two names a line is what a phone has room for
    height = PANEL * len(shown) + GAP * (len(shown) - 1) + top + 64
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=height,
        margin={"t": top, "b": 64},
        showlegend=True,
        hovermode="closest",
        legend={
            "orientation": "h", "x": 0.01, "xanchor": "left", "xref": "container", "y": 1 - above / height,
            "yanchor": "top", "yref": "container",
        },
        xaxis={
            "title": {"text": X_TITLE}, "range": [-0.06, 2.06], "tickformat": "~g", "dtick": 0.5, "anchor": "free",
            "position": 0, "showline": True, "linecolor": palette.quiet,
        },
    )  # fmt: skip
    return figure


def _add_persona(figure: go.Figure, rows: pd.DataFrame, persona: str, style: Look, aside: float, panel: int) -> None:
    """Draw one persona's line and its drawn shares in one panel; the first panel's stand for it in the legend."""
    axis, name = f"y{panel + 1 if panel else ''}", plain(persona)
    line, drawn = rows[rows["source"] == "exact"].sort_values("temperature"), rows[rows["source"] == "sampled"]
    if len(line):
        figure.add_scatter(
            x=line["temperature"].to_numpy(float), y=line["probability"].to_numpy(float), mode="lines", name=name,
            legendgroup=name, showlegend=panel == 0, yaxis=axis, customdata=_words(line), hovertemplate=HOVER,
            line={"color": style.colour, "width": 2.2, "dash": style.dash},
        )  # fmt: skip
    if len(drawn):
        y, low, high = (drawn[part].to_numpy(float) for part in ("probability", "low", "high"))
        figure.add_scatter(
            x=drawn["temperature"].to_numpy(float) + aside, y=y, mode="markers", name=name, legendgroup=name,
            showlegend=panel == 0 and not len(line), yaxis=axis, customdata=_words(drawn), hovertemplate=HOVER,
            marker={"color": style.colour, "size": 9, "symbol": style.symbol},
            error_y={
                "type": "data", "symmetric": False, "array": high - y, "arrayminus": y - low, "color": style.colour,
                "thickness": 1.4, "width": 3,
            },
        )  # fmt: skip


HOVER = "%{customdata}<extra></extra>"


def _words(rows: pd.DataFrame) -> np.ndarray:
    """What hovering says of each point: whose, at which temperature, the number, its interval and N."""
    return np.array(
        [
            f"<b>{plain(str(row['persona']), 60)}</b>: {plain(str(row['label']), 60)}<br>T = {row['temperature']:.3g}: "
            + interval_text(float(row["probability"]), float(row["low"]), float(row["high"]))
            + ("<br>read from the logits" if row["source"] == "exact" else f"<br>{row['n_draws']:,} drawn answers")
            + note_text(row["note"])
            for row in rows.to_dict("records")
        ],
        dtype=object,
    )


def _y_axis(label: str, panel: int, n_panels: int) -> dict[str, object]:
    """Return the axis of a label's panel, the first on top."""
    height = PANEL * n_panels + GAP * (n_panels - 1)
    top = 1 - panel * (PANEL + GAP) / height
    return {
        "title": {"text": f"Probability of {plain(label, 22)}"},
        "range": [-0.04, 1.04],
        "tickformat": ".2~f",
        "dtick": 0.5 if n_panels > 2 else 0.25,
        "domain": [max(top - PANEL / height, 0), top],
        "anchor": "x",
    }
