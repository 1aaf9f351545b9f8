"""Rows of marks: places, intervals, hollow and undefined marks, remarks, levels, and the room that captions get."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.figures.rows import Level, Marks, rows_figure
from engine.figures.theme import PALETTES, look
from engine.figures.words import estimate_text, interval_text, left_out, note_text
from engine.measures import Estimate

NAN = float("nan")
PLAIN = {"x_title": "x", "y_title": "y", "theme": "light", "title": ""}


def marks(name: str = "a", value: tuple[float, ...] = (0.2, NAN, 0.4), filled: np.ndarray | None = None) -> Marks:
    values = np.array(value)
    return Marks(
        name, values, values - 0.1, values + 0.2, [f"h{i}" for i in range(len(value))], look(0, "light"), filled
    )


def drawn(*kinds: Marks, names: tuple[str, ...] = ("p", "q", "r"), **more: object) -> go.Figure:
    return rows_figure(names, kinds, **(PLAIN | more))  # type: ignore[arg-type]


def test_the_first_row_is_on_top_and_each_mark_has_its_interval_and_hover() -> None:
    figure = drawn(marks(value=(0.2, 0.3, 0.4)))
    (trace,) = figure.data
    np.testing.assert_allclose(trace.x, [0.2, 0.3, 0.4])
    np.testing.assert_allclose(trace.y, [0, 1, 2])
    np.testing.assert_allclose(trace.error_x.array, 0.2)
    np.testing.assert_allclose(trace.error_x.arrayminus, 0.1)
    assert list(trace.customdata) == ["h0", "h1", "h2"]
    assert list(figure.layout.yaxis.ticktext) == ["p", "q", "r"]
    assert figure.layout.yaxis.range == (2.5, -0.5)
    left, right = figure.layout.xaxis.range
    assert left < 0.1 < 0.6 < right


def test_an_undefined_mark_is_a_cross_at_the_left_edge_and_never_a_zero() -> None:
    figure = drawn(marks(), shown=[-1.0])
    defined, cross = figure.data
    assert list(defined.y) == [0, 2]
    assert (cross.marker.symbol, list(cross.y), list(cross.customdata)) == ("x-thin", [1], ["h1"])
    assert figure.layout.xaxis.range[0] < cross.x[0] < -1
    assert not cross.showlegend


def test_nothing_defined_and_no_rows_at_all_can_be_drawn() -> None:
    assert len(drawn(marks(value=(NAN,)), names=("p",)).data) == 2
    assert np.isfinite(drawn(marks(value=()), names=()).layout.xaxis.range).all()


def test_kinds_share_the_height_of_a_row_without_overlap() -> None:
    first, second = drawn(marks("a", (1, 2)), marks("b", (1, 2)), names=("p", "q")).data
    assert (np.abs(first.y - [0, 1]) < 0.5).all()
    assert (first.y < second.y).all()


def test_hollow_marks_have_the_background_inside() -> None:
    trace = drawn(marks(value=(1, 2), filled=np.array([True, False])), names=("p", "q")).data[0]
    assert list(trace.marker.color) == [PALETTES["light"].series[0], PALETTES["light"].background]


def test_a_level_is_a_line_across_all_rows_and_its_range_a_band() -> None:
    band, line, _ = drawn(marks(value=(1, 2)), names=("p", "q"), levels=[Level("floor", 0.5, 0.4, 0.7)]).data
    assert set(line.x) == {0.5}
    assert set(band.x) == {0.4, 0.7}
    assert (min(line.y), max(line.y)) == (-0.5, 1.5)


def test_remarks_stand_on_their_rows_and_captions_get_room() -> None:
    bare = drawn(marks(value=(1, 2)), names=("p", "q"))
    figure = drawn(marks(value=(1, 2)), names=("p", "q"), remarks=["", "taken for p"], caption="word " * 50)
    assert {(a.text, a.y) for a in figure.layout.annotations if a.xshift} == {("taken for p", 1)}
    (caption,) = [a for a in figure.layout.annotations if a.name == "caption"]
    assert caption.text.count("<br>") == 2
    assert figure.layout.margin.b > bare.layout.margin.b + 2 * 17
    assert figure.layout.margin.r > 80


def test_words_of_numbers() -> None:
    assert interval_text(0.5, 0.4, 0.61234) == "0.500  [0.400, 0.612]"
    assert interval_text(0.5, NAN, NAN) == "0.500"
    assert interval_text(NAN, NAN, NAN) == "undefined"
    assert note_text("a < b") == "<br>a &lt; b"
    assert note_text(NAN) == note_text(None) == note_text("") == ""
    assert left_out(3, 3, "rows", "x") == ""
    assert left_out(60, 30, "personas", "best first") == "30 of 60 personas are drawn, best first; 30 are left out."


def test_words_of_an_estimate_tell_n_what_was_left_out_and_why() -> None:
    text = estimate_text("<b>", "α", Estimate(0.5, 0.4, 0.6, 0.95, 1200, 12, {"no <label>": 3}, "note"))
    assert text == (
        "<b>&lt;b&gt;</b>: α<br>0.500  [0.400, 0.600]<br>1,200 items, 12 raters<br>left out: 3 no &lt;label&gt;<br>note"
    )
    assert "undefined" in estimate_text("x", "", Estimate(NAN, NAN, NAN, note="unanimous"))


@pytest.mark.parametrize("n", [3, 60])
def test_a_figure_grows_with_its_rows(n: int) -> None:
    figure = drawn(marks(value=tuple(range(n))), names=tuple(f"p{i}" for i in range(n)))
    assert figure.layout.height - figure.layout.margin.t - figure.layout.margin.b >= 20 * n
