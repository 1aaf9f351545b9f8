"""Noise and signal: what the disagreement between personas is made of, at every temperature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.end_labels import EndLabel, add_end_labels
from engine.figures.frames import require
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Theme, faded, plain

COLUMNS = ("temperature", "disagreement", "noise", "noise_low", "noise_high", "signal", "n_items", "n_raters")
"""What the figure reads of a curve."""

HOVER = (
    "<br>T = %{x:.3g}: noise %{customdata[0]:.3f} [%{customdata[1]:.3f}, %{customdata[2]:.3f}] + signal "
    "%{customdata[3]:.3f} = %{customdata[4]:.3f}<br>%{customdata[5]:,} items, %{customdata[6]} personas<extra></extra>"
)
BAR = 0.12
"""Width of the bar of a run that was sampled at one temperature alone."""
UNKNOWN = "Not known: noise and signal are told<br>apart by two answers to the same."
X_TITLE = "Sampling temperature (0: always the likeliest label, 1: the model's own distribution)"
Y_TITLE = "Disagreement of two personas"


def noise_and_signal(
    curve: pd.DataFrame, *, at: float | None = None, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw the disagreement of personas as two areas: the model's own noise, and the personas' signal on top of it.

    One temperature alone is a bar; where no cell was asked twice, the chart says so.

    Args:
        curve: of `engine.measures.agreement_by_temperature` or `sampled_agreement_by_temperature`.
        at: temperature to mark.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the curve lacks a column that the figure reads.
    """
    require(curve, COLUMNS, "curve")
    palette = PALETTES[theme]
    rows = curve[curve["noise"].notna()].sort_values("temperature")
    x = rows["temperature"].to_numpy(float)
    facts = rows[["noise", "noise_low", "noise_high", "signal", "disagreement", "n_items", "n_raters"]].to_numpy(float)
    top = 1.08 * max(float(rows["disagreement"].max()) if len(rows) else 0.0, 0.1)
    figure = go.Figure()
    labels, floor = [], 0.0
    for column, words, colour, dash in (
        ("noise", "Noise: one persona differs from itself", palette.series[1], "dash"),
        ("signal", "Signal: personas differ from each other", palette.series[0], "solid"),
    ):
        drawn = {
            "x": x, "y": np.maximum(rows[column].to_numpy(float), 0.0), "name": words, "customdata": facts,
            "hovertemplate": f"<b>{words}</b>{HOVER}",
        }  # fmt: skip
        if len(rows) == 1:  # an area of one temperature has no width
            line = {"color": colour, "width": 2.5}
            figure.add_bar(**drawn, width=BAR, marker={"color": faded(colour, 0.3), "line": line})
        else:
            figure.add_scatter(
                **drawn, mode="lines", stackgroup="disagreement", fillcolor=faded(colour, 0.3),
                line={"color": colour, "width": 2.5, "dash": dash},
            )  # fmt: skip
        if len(rows):  # the name stands at the middle of its area's right end
            height = max(float(rows[column].iloc[-1]), 0.0)
            labels.append(EndLabel(words.split(":")[0], floor + height / 2, colour))
            floor += height
    if at is not None:
        figure.add_vline(x=at, line={"color": palette.text, "width": 1.2, "dash": "2px,3px"})
        figure.add_annotation(
            x=at, y=1, yref="paper", yanchor="bottom", text=f"T = {at:.2f}", showarrow=False,
            font={"size": SMALL, "color": palette.text},
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=400,
        margin={"t": 64 if title else 36},
        showlegend=False,
        xaxis={"title": {"text": X_TITLE}, "tickformat": "~g", "range": [0, 2] if len(rows) < 2 else None},
        yaxis={"title": {"text": Y_TITLE}, "range": [0, top]},
        barmode="stack",
    )
    if not len(rows):
        figure.add_annotation(
            x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, text=UNKNOWN, font={"color": palette.quiet}
        )
    add_end_labels(figure, labels, 0.0, top)
    return figure
