"""Coverage against error: what is gained where the least certain items are left to people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.end_labels import EndLabel, add_end_labels
from engine.figures.frames import require
from engine.figures.theme import PALETTES, TEMPLATE, Theme, faded, plain

COLUMNS = ("coverage", "certainty", "error", "low", "high", "people", "n_items")
"""What the figure reads of a curve."""

X_TITLE = "Share of items kept, most certain first"
Y_TITLE = "Chance that a person says otherwise"


def coverage_and_error(curve: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw the personas' error at every coverage, with its band, above the least that people's own split allows.

    Args:
        curve: of `engine.measures.abstention_curve`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the curve lacks a column that the figure reads.
    """
    require(curve, COLUMNS, "curve")
    palette = PALETTES[theme]
    rows = curve.sort_values("coverage")
    x = rows["coverage"].to_numpy(float)
    error, people = rows["error"].to_numpy(float), rows["people"].to_numpy(float)
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    colour = palette.series[0]
    figure = go.Figure()
    if len(rows) and not np.isnan(low).any():
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]), y=np.concatenate([high, low[::-1]]), fill="toself", mode="lines",
            line={"width": 0}, fillcolor=faded(colour, 0.18), hoverinfo="skip", name="Interval",
        )  # fmt: skip
    facts = rows[["certainty", "low", "high", "n_items"]].to_numpy(float)
    for name, values, look in (
        ("Best single label", people, {"color": palette.people, "width": 2, "dash": "dash"}),
        ("Personas", error, {"color": colour, "width": 2.5}),
    ):
        more = " [%{customdata[1]:.3f}, %{customdata[2]:.3f}]" if name == "Personas" else ""
        figure.add_scatter(
            x=x, y=values, mode="lines+markers", name=name, line=look, marker={"size": 6}, customdata=facts,
            hovertemplate=(
                f"<b>{name}</b><br>%{{x:.0%}} kept, certain from %{{customdata[0]:.2f}}: %{{y:.3f}}{more}<br>"
                "%{customdata[3]:,} items<extra></extra>"
            ),
        )  # fmt: skip
    top = 1.1 * max(float(np.nanmax(np.concatenate([error, high, people, [0.05]]))), 0.05)
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=400,
        margin={"t": 64 if title else 36},
        showlegend=False,
        xaxis={"title": {"text": X_TITLE}, "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": {"text": Y_TITLE}, "range": [0, top]},
    )
    if len(rows):
        ends = [
            EndLabel("Personas", float(error[-1]), colour),
            EndLabel("Best single label", float(people[-1]), palette.people),
        ]
        add_end_labels(figure, ends, 0.0, top)
    return figure
