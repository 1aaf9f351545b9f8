"""What holds of every figure: title, named axes, names that stay names, arrays for data, a template for each theme."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go
import pytest

from engine import figures
from engine.figures import PALETTES, TEMPLATE
from tests.engine.figures.results import DRAWN, EVIL

FUNCTIONS = sorted(name for name in figures.__all__ if name not in ("PALETTES", "TEMPLATE", "Theme"))
WITHOUT_TICKS = ("annotator_map",)
"""Figures whose axes have no unit."""


def strings(part: object) -> Iterator[str]:
    """Every string of a figure, wherever it stands."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from strings(value)
    elif isinstance(part, (list, tuple)) or (isinstance(part, np.ndarray) and part.dtype.kind in "OUT"):
        for value in part:
            yield from strings(value)


def axes(figure: go.Figure) -> list[object]:
    """The axes of a figure that carry tick labels."""
    found = [getattr(figure.layout, name) for name in figure.layout if name.startswith(("xaxis", "yaxis"))]
    return [axis for axis in found if axis.showticklabels is not False]


def test_every_figure_function_is_drawn_here() -> None:
    assert sorted(DRAWN) == FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_title_axes_and_names(name: str) -> None:
    figure = DRAWN[name](title=f"Title {EVIL}")
    assert figure.layout.title.text == "Title &lt;i&gt;evil&lt;/i&gt; &amp; %{x}"
    assert axes(figure) or name in WITHOUT_TICKS
    assert all(axis.title.text for axis in axes(figure)), "an axis has no name"
    texts = list(strings(figure.to_dict()["data"])) + list(strings(figure.to_dict()["layout"]))
    assert not [text for text in texts if "<i>" in text or "</i>" in text]
    without = DRAWN[name]()
    assert without.layout.title.text is None
    assert without.layout.height < figure.layout.height or without.layout.margin.t < figure.layout.margin.t


@pytest.mark.parametrize("name", FUNCTIONS)
def test_data_travel_as_arrays(name: str) -> None:
    for trace in DRAWN[name]().data:
        for axis in ("x", "y"):
            values = getattr(trace, axis, None)
            assert values is None or isinstance(values, np.ndarray) or all(isinstance(v, str) for v in values)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_dark_pages_get_their_own_template_and_colours(name: str) -> None:
    dark = DRAWN[name](theme="dark")
    assert dark.layout.template.layout.paper_bgcolor == PALETTES["dark"].background
    assert TEMPLATE["dark"] != TEMPLATE["light"]
    light = {colour.upper() for colour in PALETTES["light"].series}
    used = {text.upper() for text in strings(dark.to_dict()["data"])}
    assert not used & light
