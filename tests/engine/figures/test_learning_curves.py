"""Learning curves as drawn: every number at its point, bands, undefined points, colours that stay with their model."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.errors import InputError
from engine.figures.learning_curves import learning_curves, learning_gains
from engine.figures.theme import PALETTES
from tests.engine.figures.experiment_results import gains, points


def named(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("axis", ["labels an annotator", "annotators"])
@pytest.mark.parametrize("score", ["macro_f1", "cross_entropy"])
def test_every_value_stands_at_its_size_in_ascending_order(axis: str, score: str) -> None:
    table = points()
    figure = learning_curves(table, axis=axis, score=score)
    rows = table[(table["axis"] == axis) & (table["score"] == score)].sort_values("size")
    for model, part in rows.groupby("model"):
        line = named(figure)[str(model)]
        np.testing.assert_array_equal(line.x, part["size"])
        np.testing.assert_array_equal(line.y, part["value"])
        band = named(figure)[f"{model}: interval"]
        known = part.dropna(subset=["value"])
        np.testing.assert_array_equal(band.y, [*known["high"], *known["low"][::-1]])
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.tickvals) == sorted(set(rows["size"]))
    low, high = figure.layout.yaxis.range
    assert low < rows["low"].min() < rows["high"].max() < high
    assert ("the lower the better" in figure.layout.yaxis.title.text) == (score == "cross_entropy")


def test_undefined_points_are_crosses_that_say_why() -> None:
    figure = learning_curves(points("<b>"))
    cross = named(figure)["model &lt;b&gt;: undefined"]
    assert list(cross.x) == [8]
    assert cross.y[0] == figure.layout.yaxis.range[0]
    assert "undefined" in cross.customdata[0]
    assert "a note &lt;b&gt;" in cross.customdata[0]


def test_hovering_says_interval_labels_there_and_who_had_fewer() -> None:
    hover = named(learning_curves(points()))["text only"].customdata
    assert "0.720  [0.670, 0.770]" in hover[2]
    assert "trained on 128 labels of 4 annotators, 1 of whom have fewer labels than 32" in hover[2]
    assert "of whom" not in hover[1]
    assert "tested on 1,200 labels of 4 annotators, 30 items, 5 seeds; 7 of people it never saw" in hover[1]
    caption = learning_curves(points()).layout.annotations[0].text.replace("<br>", " ")
    assert "1 of 4 annotators have fewer labels than the largest number" in caption


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_gains_keep_the_colour_of_their_model_and_stand_beside_zero(theme: Any) -> None:
    table = gains()
    figure = learning_gains(table, theme=theme)
    line = named(figure)["model "]
    assert line.line.color == named(learning_curves(points(), theme=theme))["model "].line.color
    assert line.line.color == PALETTES[theme].series[1]
    np.testing.assert_allclose(line.y, [np.nan, 0.1, 0.1])
    low, high = figure.layout.yaxis.range
    assert low < 0 < high
    assert figure.layout.shapes[0].y0 == 0
    assert "+0.100  [+0.050, +0.150]: beats text only" in line.customdata[1]
    assert "that of text only (above 0: better)" in figure.layout.yaxis.title.text


def test_what_cannot_be_drawn_is_told() -> None:
    with pytest.raises(InputError, match="n_short"):
        learning_curves(points().drop(columns="n_short"))
    with pytest.raises(InputError, match="'people' with 'macro_f1' is not in the table"):
        learning_curves(points(), axis="people")
    with pytest.raises(InputError, match="'annotators' is not in the table of the learning curve, which has none"):
        learning_gains(gains().head(0), axis="annotators")
