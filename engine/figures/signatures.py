"""Failure signatures: the number that decides each, its interval, and where the signature begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.errors import InputError
from engine.figures.rows import frame_rows
from engine.figures.theme import PALETTES, SMALL, Palette, Theme, faded, plain
from engine.figures.words import estimate_text
from engine.measures.signatures import Signature

PANELS = (
    ("Krippendorff's α of the personas", True),
    ("Fall of α from the colder to the hotter temperature", False),
    ("Signal beyond the control set's (chance to differ)", False),
)
"""Of each signature, in the order of `failure_signatures`: what its number is, and whether it lies above its bound."""
PANEL, GAP = 34, 112
"""Pixels of a panel, and between two."""
VERDICTS = {"found": ("circle", 1), "undecided": ("diamond", 2), "not found": ("square", 0), "not known": ("x-thin", 5)}
"""Symbol and colour of each verdict."""


def failure_signatures(signatures: Sequence[Signature], *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw each signature's number with its interval; where the plane is shaded, the signature is found.

    A number that is undefined is a cross on a plane without shade; the verdict stands above it all the same.

    Args:
        signatures: result of `engine.measures.failure_signatures`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: they are not the three of `failure_signatures`.
    """
    if len(signatures) != len(PANELS):
        raise InputError(
            f"there are {len(signatures)} signatures. Expected the {len(PANELS)} that "
            "engine.measures.failure_signatures returns, in their order."
        )
    palette = PALETTES[theme]
    n = len(PANELS)
    height = n * PANEL + (n - 1) * GAP
    figure = make_subplots(rows=n, cols=1, vertical_spacing=GAP / height)
    for row, (sign, (x_title, above)) in enumerate(zip(signatures, PANELS, strict=True), start=1):
        _add_panel(figure, sign, row, x_title, above, palette)
    frame_rows(
        figure, height, theme=theme, title=title, legend=(), above=44,
        caption="Shaded: where the signature is found, from its bound on; hollow: the interval decides nothing. "
                "Bars: intervals over items.",
    )  # fmt: skip
    return figure


def _add_panel(figure: go.Figure, sign: Signature, row: int, x_title: str, above: bool, palette: Palette) -> None:
    """Draw one signature: shaded side, number, and verdict with evidence above."""
    e = sign.value
    numbers = np.array([e.value, e.low, e.high, sign.bound, 0.0, 1.0 if row == 1 else 0.0])
    known = numbers[np.isfinite(numbers)]
    width = float(np.ptp(known)) or 1.0
    left, right = float(known.min()) - 0.12 * width, float(known.max()) + 0.12 * width
    inside = np.array((sign.bound, right) if above else (left, sign.bound))
    if e.defined:
        figure.add_scatter(
            x=inside[[0, 1, 1, 0]], y=np.array([0.0, 0.0, 1.0, 1.0]), mode="lines", fill="toself", line={"width": 0},
            fillcolor=faded(palette.series[1], 0.16), hoverinfo="skip", name="found here", row=row, col=1,
        )  # fmt: skip
    symbol, place = VERDICTS[sign.verdict]
    colour = palette.series[place]
    figure.add_scatter(
        x=np.array([e.value if e.defined else left + 0.02 * (right - left)]), y=np.array([0.5]), mode="markers",
        name=sign.verdict, customdata=np.array([estimate_text(sign.name, sign.verdict, e)], dtype=object),
        hovertemplate=f"%{{customdata}}<br>bound {sign.bound:g}<extra></extra>", row=row, col=1,
        marker={"symbol": symbol if e.defined else "x-thin", "size": 12, "line": {"color": colour, "width": 2.5},
                "color": palette.background if sign.verdict == "undecided" else colour},
        error_x={"type": "data", "symmetric": False, "array": np.array([e.high - e.value]),
                 "arrayminus": np.array([e.value - e.low]), "color": colour, "thickness": 2, "width": 5},
    )  # fmt: skip
    figure.add_vline(x=sign.bound, line={"color": palette.series[1], "width": 1.5, "dash": "5px,4px"}, row=row, col=1)
    figure.update_xaxes(
        title={"text": x_title, "standoff": 6}, range=[left, right], tickformat="~g", row=row, col=1
    )  # fmt: skip
    figure.update_yaxes(title={"text": ""}, range=[0, 1], showticklabels=False, showgrid=False, row=row, col=1)
    reference = "" if row == 1 else str(row)
    figure.add_annotation(
        x=0, xref=f"x{reference} domain", y=1, yref=f"y{reference} domain", xanchor="left", yanchor="bottom",
        yshift=4, align="left", showarrow=False, font={"size": SMALL},
        text=f"<b>{sign.verdict}</b>: {plain(sign.name, 90)}<br>"
             f"<span style='color:{palette.quiet}'>{plain(sign.evidence, 150)}</span>",
    )  # fmt: skip
