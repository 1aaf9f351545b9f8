"""Names at the right end of lines, instead of a legend that readers must look up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from engine.figures.theme import SMALL

GAP = 0.062
"""Smallest distance of two names, as a share of the chart's height."""
ROOM = 22
"""Pixels between a line's end and its name, where a thin leader runs."""
LETTER = 7.7
"""Pixels that a letter of a bold name takes, about."""


@dataclass(frozen=True)
class EndLabel:
    """A name, the height of what it names, and its colour."""

    text: str
    y: float
    colour: str


def add_end_labels(figure: go.Figure, labels: Sequence[EndLabel], bottom: float, top: float) -> None:
    """Name each line at the right; names that would overlap are moved apart, in the order of their lines.

    Args:
        figure: gets one annotation a name, and a right margin that holds the longest.
        labels: what to name.
        bottom: lower end of the y axis.
        top: upper end of the y axis.
    """
    ordered = sorted(labels, key=lambda label: label.y)
    heights = spread([label.y for label in ordered], GAP * (top - bottom), bottom, top)
    for label, height in zip(ordered, heights, strict=True):
        figure.add_annotation(
            x=1, xref="paper", y=label.y, yref="y", ax=ROOM, axref="pixel", ay=height, ayref="y", xanchor="left",
            yanchor="middle", text=f"<b>{label.text}</b>", align="left", font={"color": label.colour, "size": SMALL},
            showarrow=True, arrowhead=0, arrowwidth=1, arrowcolor=label.colour, standoff=2,
        )  # fmt: skip
    longest = max((len(label.text) for label in labels), default=0)
    figure.update_layout(margin={"r": ROOM + 12 + round(LETTER * longest)})


def spread(wanted: Sequence[float], gap: float, bottom: float, top: float) -> list[float]:
    """Move sorted heights at least `gap` apart, each as near to where it was as its neighbours let it.

    Heights that collide become a block centred on their mean, like stones that push each other away. Where there is no
    room for all, they keep their distance and leave the chart at the top.
    """
    blocks: list[tuple[float, int]] = []  # mean of the wanted heights, and how many
    for height in wanted:
        mean, number = height, 1
        while blocks and mean - blocks[-1][0] < gap * (number + blocks[-1][1]) / 2:
            below, others = blocks.pop()
            mean, number = (below * others + mean * number) / (others + number), others + number
        blocks.append((mean, number))
    placed = [mean + gap * (i - (number - 1) / 2) for mean, number in blocks for i in range(number)]
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], top if i == len(placed) - 1 else placed[i + 1] - gap)
    for i in range(len(placed)):
        placed[i] = max(placed[i], bottom if i == 0 else placed[i - 1] + gap)
    return placed
