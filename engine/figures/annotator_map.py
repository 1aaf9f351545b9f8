"""The annotator map: people and personas as points, each with its cloud, personas joined to their own person."""

from __future__ import annotations

import html
from typing import Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.annotator_map_marks import (
    MOST_DOTS,
    ColourBy,
    add_chosen,
    add_clouds,
    add_legend,
    add_lines,
    add_points,
    colours_of,
    with_colour,
)
from engine.figures.frames import require
from engine.figures.rows import add_caption
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Theme, plain

POINT_COLUMNS = ("name", "source", "group", "person", "x", "y", "n_labels", "cluster", "radius", "uncertainty")
CLOUD_COLUMNS = ("name", "source", "x", "y")
PAIR_COLUMNS = ("persona", "person", "distance", "rank", "n_people")
"""What the figure reads."""
PLANE = 560
"""Pixels, both ways."""
FRAME = 0.06
"""Room around the points, as a share of the plane."""
AXES = {
    "PCA": ("First principal axis (distances in units of the space)", "Second principal axis"),
    "UMAP": ("UMAP 1 (no unit: only who is near whom means something)", "UMAP 2"),
}
HOW_TO_READ = {
    "PCA": "Distances are those along the two axes on which the points differ most.",
    "UMAP": "Near points are alike; directions and the sizes of gaps and islands mean nothing: axes bear no numbers.",
}


class HasSentence(Protocol):
    """What the figure reads of a map's trust and of its pairs."""

    @property
    def sentence(self) -> str:
        """What a reader may conclude."""


class Drawable(Protocol):
    """What the figure reads of an `AnnotatorMap`."""

    @property
    def points(self) -> pd.DataFrame:
        """One row a point."""

    @property
    def clouds(self) -> pd.DataFrame:
        """One row a point and replicate."""

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a persona whose person is on the map."""

    @property
    def method(self) -> str:
        """PCA or UMAP."""

    @property
    def trust(self) -> HasSentence:
        """How far the picture is to be trusted."""

    @property
    def pairing(self) -> HasSentence:
        """Whether personas stand near their own person."""

    @property
    def note(self) -> str:
        """What else a reader must know."""


def annotator_map(
    result: Drawable,
    *,
    colour_by: ColourBy = "group",
    chosen: tuple[str, str] | None = None,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw people as circles and personas as diamonds, coloured by group, over the clouds of their replicates.

    A line joins each persona to the person it stands for. Hovering names a point, its cluster, how sure its place is
    and how near its own person is among all. The caption says how far the picture is to be trusted and how to read it.
    Each point's customdata is its row among the points, by which a page knows what was clicked on.

    Args:
        result: of `engine.annotators.map.annotator_map`.
        colour_by: group, or the cluster that the point belongs to.
        chosen: source and name of a point to mark; None, or not on the map: none.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: a frame lacks a column that the figure reads, or the method is unknown.
    """
    for frame, columns, what in (
        (result.points, POINT_COLUMNS, "points of the map"),
        (result.clouds, CLOUD_COLUMNS, "clouds of the map"),
        (result.pairs, PAIR_COLUMNS, "pairs of the map"),
    ):
        require(frame, columns, what)
    if result.method not in AXES:
        raise InputError(f"method {result.method!r} is unknown. Expected a map drawn by one of {', '.join(AXES)}.")
    palette = PALETTES[theme]
    points = with_colour(result.points, colour_by)
    colours = colours_of(points, theme)
    figure = go.Figure()
    add_clouds(figure, points, result.clouds, colours)
    add_lines(figure, points, result.pairs, palette)
    for (source, name), rows in points.groupby(["source", "colour"], sort=True):
        add_points(figure, rows, result.pairs, str(source), str(name), colours[str(name)], palette)
    add_chosen(figure, points, chosen, palette)
    add_legend(figure, points, colours, palette)
    if points.empty:
        figure.add_annotation(
            x=0.5, y=0.5, xref="paper", yref="paper", text="Nobody has a place on this map.", showarrow=False,
            font={"size": SMALL, "color": palette.quiet},
        )  # fmt: skip
    _lay_out(figure, result, theme, title)
    return figure


def _lay_out(figure: go.Figure, result: Drawable, theme: Theme, title: str) -> None:
    """Both axes on one scale; the caption below says how to read the map."""
    x_range, y_range = _ranges(result.points, result.clouds)
    texts = [result.trust.sentence, result.pairing.sentence, HOW_TO_READ[result.method]]
    if len(result.clouds):
        shape = "Faint dots" if len(result.clouds) <= MOST_DOTS else "Discs"
        texts.append(f"{shape}: where each would stand had other items been asked.")
    texts += [f"Note: {result.note}."] if result.note else []
    caption = add_caption(figure, html.escape(" ".join(filter(None, texts)), quote=False), PALETTES[theme])
    numbers = result.method == "PCA"
    x_title, y_title = AXES[result.method]
    axis = {"showticklabels": numbers, "ticks": "outside" if numbers else "", "showgrid": False, "zeroline": False,
            "showline": True, "mirror": True}  # fmt: skip
    top = 60 + (40 if title else 0)
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90), "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 14}}
        if title
        else None,
        height=PLANE + top + 62 + caption,
        margin={"t": top, "b": 62 + caption},
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "entrywidth": 190},
        xaxis=axis | {"title": {"text": x_title}, "range": x_range},
        yaxis=axis | {"title": {"text": y_title}, "range": y_range, "scaleanchor": "x", "scaleratio": 1},
    )


def _ranges(points: pd.DataFrame, clouds: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Show all points, and all replicates but the farthest of a hundred."""
    ranges = []
    for column in ("x", "y"):
        values = points[column].to_numpy(float)
        if len(clouds):
            values = np.append(values, np.quantile(clouds[column].to_numpy(float), [0.005, 0.995]))
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        room = FRAME * (high - low) or 0.5
        ranges.append([low - room, high + room])
    return ranges[0], ranges[1]
