"""How people split: how many items divide them, and how evenly."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Theme, plain

N_BINS = 10


def item_split(
    table: pd.DataFrame, *, positive: str | None = None, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw how many items split people how far.

    With a positive label: bars over the share of annotators who gave it, 0 to 1, so that both ends are items on which
    all agree and the middle is an even split. Without: bars over the chance that two annotators differ, 0 to 1. Items
    on which all agree stand apart in grey, at the ends. Where annotators are few, each possible value has its bar.

    Args:
        table: of `engine.measures.item_table`; items whose value is missing are not drawn.
        positive: the positive label, for the axis title; None where the task has none.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    column = "disagreement" if positive is None else "share_positive"
    require(table, ("n_labels", column), "item table")
    palette = PALETTES[theme]
    values = table.loc[table["n_labels"] >= 2, column].dropna().to_numpy(float)
    agreed_ends = (0.0,) if positive is None else (0.0, 1.0)
    names = {0.0: "all the same" if positive is None else f"none say {positive}", 1.0: f"all say {positive}"}
    split = values[~np.isin(values, agreed_ends)]
    centre, counts, width, words = _bars(split)
    figure = go.Figure()
    figure.add_bar(
        x=centre, y=counts, width=width, name="split", marker={"color": palette.series[0], "line": {"width": 0}},
        hovertext=words, hovertemplate="%{y:,} items split people at %{hovertext}<extra></extra>",
    )  # fmt: skip
    ends = np.array([-0.075 if end == 0 else 1.075 for end in agreed_ends])
    heights = np.array([int((values == end).sum()) for end in agreed_ends])
    figure.add_bar(
        x=ends, y=heights, width=width, name="all agree", marker={"color": palette.people, "pattern": {"shape": "/"}},
        text=[f"{height:,}" for height in heights], textposition="outside", textfont={"size": SMALL},
        hovertext=[plain(names[end]) for end in agreed_ends], hovertemplate="%{y:,} items: %{hovertext}<extra></extra>",
    )  # fmt: skip
    ticks = np.linspace(0, 1, 6)
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=340,
        margin={"t": 64 if title else 36},
        showlegend=False,
        bargap=0,
        xaxis={
            "title": {"text": f"Share of annotators who say “{plain(positive)}”" if positive is not None
                      else "Chance that two annotators of the item differ"},
            "tickvals": np.concatenate([ends[:1], ticks[1:-1], ends[1:]] if len(ends) > 1 else [ends, ticks[1:]]),
            "ticktext": ["none" if positive is not None else "all agree", *(f"{t:.1f}" for t in ticks[1:-1]),
                         "all" if positive is not None else "1.0"],
            "range": [-0.14, 1.14 if positive is not None else 1.03],
        },
        yaxis={"title": {"text": "Items"}, "tickformat": ",d", "rangemode": "tozero"},
    )  # fmt: skip
    return figure


def _bars(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Return centre and height of bars, their width, and what each holds in words."""
    single, counts = np.unique(np.round(values, 6), return_counts=True)
    if len(single) > 1 and np.diff(single).min() < 0.04:  # bars of their own would be too thin
        counts, edges = np.histogram(values, bins=N_BINS, range=(0, 1))
        words = [f"{low:.1f} to {high:.1f}" for low, high in itertools.pairwise(edges)]
        return (edges[:-1] + edges[1:]) / 2, counts, 0.092, np.array(words, dtype=object)
    width = min(0.09, 0.8 * float(np.diff(single).min())) if len(single) > 1 else 0.09
    return single, counts, width, np.array([f"{value:.2f}" for value in single], dtype=object)
