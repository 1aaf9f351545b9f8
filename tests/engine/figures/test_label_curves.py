"""What the figure of label curves shows, by its data."""

from __future__ import annotations

import numpy as np
import pytest

from engine import figures, measures
from engine.errors import InputError
from tests.engine.measures import arrays

P = np.array([[[0.2, 0.5, 0.3]], [[0.7, 0.1, 0.2]]])
CODES = np.array([0, 1, 1, 1]).reshape(1, 1, 1, 1, 4).repeat(2, axis=0)


def table(n_items: int = 1):  # type: ignore[no-untyped-def]
    exact = arrays.exact(P[:, :, None, None].repeat(n_items, axis=1))
    return measures.label_curves(exact, arrays.sampled(CODES.repeat(n_items, axis=1), [1.0], 3))


def test_one_panel_a_label_one_line_a_persona_and_its_draws_on_it() -> None:
    figure = figures.label_curves(table())
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [trace.yaxis for trace in lines] == ["y", "y", "y2", "y2", "y3", "y3"]
    assert len({(trace.line.color, trace.line.dash) for trace in lines}) == 2
    assert lines[2].y[lines[2].x == 1] == pytest.approx([0.5])
    assert marks[2].y == pytest.approx([0.75])
    assert marks[2].error_y.array[0] + 0.75 == pytest.approx(0.9544, abs=1e-4)
    assert abs(marks[2].x[0] - 1) < 0.05
    assert sum(bool(trace.showlegend) for trace in figure.data) == 2, "a persona stands in the legend once"
    assert "4 drawn answers" in marks[0].customdata[0]


def test_only_the_labels_asked_for_and_never_several_items() -> None:
    figure = figures.label_curves(table(), labels=["label-1"])
    assert {trace.yaxis for trace in figure.data} == {"y"}
    assert "label-1" in figure.layout.yaxis.title.text
    with pytest.raises(InputError, match="of 2 items"):
        figures.label_curves(table(2))
