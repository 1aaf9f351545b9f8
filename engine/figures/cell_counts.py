"""Cells of a run by persona and status: what is labelled, refused, failed, or not asked yet."""

from __future__ import annotations

import html
from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.frames import require
from engine.figures.rows import LETTER, LONGEST, frame_rows, name_axis
from engine.figures.theme import PALETTES, SMALL, Theme, ink, plain, shaded
from engine.figures.words import left_out

COLUMNS = ("persona", "status", "cells", "share")
"""What the figure reads."""
LABELLED = "ok"


def cell_counts(
    table: pd.DataFrame,
    *,
    words: Mapping[str, str] | None = None,
    longest: int = LONGEST,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one cell for each persona and status with its count: the stronger the blue, the larger its share.

    Statuses that never occur are not drawn, and counts of 0 stay empty.

    Args:
        table: of `engine.runs.cell_counts`.
        words: what each status is called; None: its own name.
        longest: personas to draw at most, those with the most cells without a label; they keep their order.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads.
    """
    require(table, COLUMNS, "cell counts")
    palette = PALETTES[theme]
    order = list(dict.fromkeys(table["persona"]))
    known = [name for name in dict.fromkeys(table["status"]) if (table.loc[table["status"] == name, "cells"] > 0).any()]
    cells, shares = (table.pivot(index="persona", columns="status", values=value) for value in ("cells", "share"))
    lacking = cells.drop(columns=LABELLED, errors="ignore").sum(axis=1)
    kept = set(lacking.loc[order].nlargest(longest).index)
    shown = [name for name in order if name in kept]
    counts, z = cells.loc[shown, known].to_numpy(float), shares.loc[shown, known].to_numpy(float)
    called = [plain((words or {}).get(name, name), 40) for name in known]
    y, x = np.nonzero(counts)
    hover = np.full(z.shape, "", dtype=object)
    for row, column in np.ndindex(z.shape):
        hover[row, column] = (
            f"<b>{plain(str(shown[row]), 60)}</b><br>{called[column]}: {counts[row, column]:,.0f} cells, "
            f"{z[row, column]:.2%} of the persona's"
        )
    figure = go.Figure()
    figure.add_heatmap(
        z=np.where(counts > 0, z, np.nan), zmin=0, zmax=1, xgap=2, ygap=2, showscale=False, name="share",
        colorscale=[[0, shaded(palette, 0.0)], [1, shaded(palette, 1.0)]],
        customdata=hover, hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=y, mode="text", text=[f"{n:,.0f}" for n in counts[y, x]], hoverinfo="skip", showlegend=False,
        textfont={"size": SMALL, "color": [ink(shaded(palette, share)) for share in z[y, x]]}, name="cells",
    )  # fmt: skip
    caption = " ".join(filter(None, [
        f"{int(table['cells'].sum()):,} cells in all. Empty: none.",
        left_out(len(order), len(shown), "personas", "those with the most cells without a label"),
    ]))  # fmt: skip
    # upright, because a phone has no room for words above columns
    above = 34 + round(LETTER * max((len(html.unescape(name)) for name in called), default=0))
    frame_rows(figure, max(3, len(shown)) * 26, theme=theme, title=title, legend=(), caption=caption, above=above)
    figure.update_layout(
        xaxis={"title": {"text": "Status", "standoff": 6}, "side": "top", "tickvals": np.arange(len(known)),
               "ticktext": called, "tickangle": -90, "showgrid": False,
               "ticks": "", "showline": False, "range": [-0.5, max(len(known), 1) - 0.5]},
        yaxis=name_axis(shown, "Persona", 22) | {"ticks": ""},
    )  # fmt: skip
    return figure
