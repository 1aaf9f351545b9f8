"""Figures for a room: the same picture with larger letters."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

LARGEST_LETTERS = 40
AXIS = 62
"""Pixels that an axis and its name need."""


def enlarged(figure: go.Figure, factor: float) -> go.Figure:
    """Return a copy of a finished figure with letters larger by `factor`, margins by half of that, without its caption.

    Its height is left open, so that it fills the place it is put in; what the caption says is for a speaker to say.

    Args:
        figure: of engine.figures.
        factor: 1 and more.
    """
    larger = go.Figure(figure)
    layout = larger.layout
    if any(annotation.name == "caption" for annotation in layout.annotations):
        layout.annotations = [annotation for annotation in layout.annotations if annotation.name != "caption"]
        layout.margin.b = AXIS
    template = layout.template.layout
    for part in (layout, layout.title, layout.legend, layout.hoverlabel, *layout.annotations):
        _grow(part.font, template.font.size, factor)
    for name in [key for key in layout if key.startswith(("xaxis", "yaxis"))]:
        axis = layout[name]
        _grow(axis.tickfont, template.xaxis.tickfont.size, factor)
        _grow(axis.title.font, template.xaxis.title.font.size, factor)
    bars = [layout.coloraxis.colorbar] + [t.colorbar for t in larger.data if getattr(t, "colorbar", None) is not None]
    for bar in bars:
        _grow(bar.tickfont, template.font.size, factor)
        _grow(bar.title.font, template.font.size, factor)
    margin = layout.margin
    for side in ("l", "r", "t", "b"):
        margin[side] = round((1 + factor) / 2 * (margin[side] if margin[side] is not None else template.margin[side]))
    for annotation in layout.annotations:
        for shift in ("xshift", "yshift"):
            if annotation[shift]:
                annotation[shift] = round(factor * annotation[shift])
    layout.height = None
    return larger


def _grow(font: Any, usual: float | None, factor: float) -> None:
    font.size = min(round(factor * (font.size or usual or 14)), LARGEST_LETTERS)
