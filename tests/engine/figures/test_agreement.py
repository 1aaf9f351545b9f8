"""The curve's figure: its data is the frame's, and what a reader must see is there."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.errors import InputError
from engine.figures import agreement_by_temperature
from engine.figures.agreement import COLUMNS
from engine.measures import CURVE_COLUMNS, Estimate
from tests.engine.figures.frames import TEMPERATURES, curve

PEOPLE = Estimate(0.35, 0.31, 0.39, n_items=300, n_raters=6)


def trace(figure: go.Figure, name: str) -> go.Scatter:
    found = [t for t in figure.data if t.name == name]
    assert len(found) == 1, [t.name for t in figure.data]
    return found[0]


def texts(figure: go.Figure) -> list[str]:
    return [a.text for a in figure.layout.annotations]


def test_an_exact_run_is_a_line_with_one_closed_band() -> None:
    frame = curve()
    figure = agreement_by_temperature({"voices": frame})
    line, band = trace(figure, "voices"), trace(figure, "voices: interval")
    assert line.mode == "lines"
    np.testing.assert_allclose(line.x, frame["temperature"])
    np.testing.assert_allclose(line.y, frame["alpha"])
    assert band.fill == "toself"
    np.testing.assert_allclose(band.x, [*TEMPERATURES, *TEMPERATURES[::-1]])
    np.testing.assert_allclose(band.y, [*frame["high"], *frame["low"][::-1]])
    assert len(figure.data) == 2


def test_hovering_tells_interval_number_and_note() -> None:
    line = trace(agreement_by_temperature({"voices": curve(note="a & b; <i>c</i>")}), "voices")
    low, high, n_items, n_raters, note = line.customdata[1]
    assert (low, high, n_items, n_raters) == (pytest.approx(0.65), pytest.approx(0.75), 300, 12)
    assert note.startswith("<br>")
    assert "a &amp; b" in note
    assert "&lt;i&gt;" in note
    for place in range(5):
        assert f"customdata[{place}]" in line.hovertemplate


def test_rows_in_any_order_are_one_line() -> None:
    shuffled = agreement_by_temperature({"v": curve().iloc[[2, 0, 3, 1]]})
    assert list(trace(shuffled, "v").x) == list(TEMPERATURES)


def test_people_are_a_line_and_a_band_across_the_chart() -> None:
    figure = agreement_by_temperature(
        {"voices": curve()}, human=PEOPLE, human_groups={"north": Estimate(0.5, 0.4, 0.6)}
    )
    line, band = trace(figure, "People"), trace(figure, "People: interval")
    assert set(line.y) == {0.35}
    assert set(band.y) == {0.31, 0.39}
    left, right = figure.layout.xaxis.range
    assert (min(line.x), max(line.x)) == (left, right)
    assert set(trace(figure, "north").y) == {0.5}
    assert trace(figure, "north").line.dash != line.line.dash
    assert {"<b>People</b>", "<b>north</b>", "<b>voices</b>"} <= set(texts(figure))


def test_undefined_people_are_not_drawn() -> None:
    nobody = Estimate(math.nan, math.nan, math.nan, note="only one rater")
    assert len(agreement_by_temperature({"voices": curve()}, human=nobody).data) == 2


def test_a_sampled_run_is_points_with_error_bars_in_the_colour_of_its_line() -> None:
    figure = agreement_by_temperature({"voices": curve()}, sampled={"voices": curve(0.79)})
    points = trace(figure, "voices: drawn answers")
    assert points.mode == "markers"
    np.testing.assert_allclose(points.error_y.array, 0.05)
    np.testing.assert_allclose(points.error_y.arrayminus, 0.05)
    assert points.marker.line.color == trace(figure, "voices").line.color
    assert texts(figure).count("<b>voices</b>") == 1
    assert "points: drawn answers" in texts(figure)
    assert "points: drawn answers" not in texts(agreement_by_temperature({"voices": curve()}))


def test_a_sampled_run_of_its_own_is_named_too() -> None:
    assert "<b>server</b>" in texts(agreement_by_temperature({}, sampled={"server": curve()}))


def test_lines_differ_in_colour_and_dash() -> None:
    figure = agreement_by_temperature({"a": curve(0.8), "b": curve(0.7), "c": curve(0.6)})
    lines = [trace(figure, name).line for name in "abc"]
    assert len({line.color for line in lines}) == len({line.dash for line in lines}) == 3


def test_the_sliders_temperature_is_marked_where_it_crosses_each_line() -> None:
    figure = agreement_by_temperature({"voices": curve()}, at=0.75)
    dot = trace(figure, "voices at T")
    assert (dot.x[0], dot.y[0]) == (0.75, pytest.approx(0.65))
    assert "T = 0.75" in texts(figure)
    assert [s.x0 for s in figure.layout.shapes if s.x0 == s.x1] == [0.75]
    beyond = agreement_by_temperature({"voices": curve()}, at=3.0)
    assert not [t for t in beyond.data if t.name == "voices at T"]


def test_what_is_undefined_is_a_gap_and_a_cross_with_the_reason() -> None:
    frame = curve()
    frame.loc[0, ["alpha", "low", "high"]] = np.nan
    frame.loc[0, "note"] = "unanimous"
    figure = agreement_by_temperature({"chorus": frame})
    assert math.isnan(trace(figure, "chorus").y[0])
    cross = trace(figure, "chorus: undefined")
    assert list(cross.x) == [0.0]
    assert "unanimous" in cross.customdata[0][4]
    assert "undefined" in cross.hovertemplate
    band = trace(figure, "chorus: interval")
    assert 0.0 not in band.x
    assert not np.isnan(band.y).any()


def test_a_gap_in_the_middle_splits_the_band() -> None:
    frame = curve()
    frame.loc[2, ["low", "high"]] = np.nan
    bands = [t for t in agreement_by_temperature({"v": frame}).data if t.fill == "toself"]
    assert [sorted(set(band.x)) for band in bands] == [[0.0, 0.5], [2.0]]


def test_the_axis_shows_0_to_1_and_below_where_something_is() -> None:
    bottom, top = agreement_by_temperature({"v": curve(0.9)}).layout.yaxis.range
    assert -0.1 < bottom <= 0 < 1 <= top < 1.1
    assert agreement_by_temperature({"v": curve(0.1)}).layout.yaxis.range[0] < -0.35


def test_axes_are_named_with_their_ends() -> None:
    layout = agreement_by_temperature({"v": curve()}).layout
    assert "0: always the likeliest label" in layout.xaxis.title.text
    assert "1: full agreement" in layout.yaxis.title.text


def test_names_that_look_like_markup_stay_text() -> None:
    figure = agreement_by_temperature({"<b>x</b>": curve()}, human=PEOPLE, title="<i>t</i>")
    shown = " ".join([*texts(figure), *(t.name for t in figure.data), figure.layout.title.text])
    assert "<i>" not in shown
    assert "<b>x" not in shown
    assert all("<b><b>" not in (t.hovertemplate or "") for t in figure.data)


def test_a_frame_without_its_columns_is_refused_by_name() -> None:
    assert set(COLUMNS) <= set(CURVE_COLUMNS)
    with pytest.raises(InputError, match=r"'voices' lacks the columns low, n_items"):
        agreement_by_temperature({"voices": curve().drop(columns=["low", "n_items"])})


def test_nothing_is_an_empty_chart_and_data_travel_as_arrays() -> None:
    assert not agreement_by_temperature({}).data
    for drawn in agreement_by_temperature({"v": curve()}, human=PEOPLE, sampled={"v": curve()}, at=1.0).data:
        assert isinstance(drawn.x, np.ndarray)
        assert isinstance(drawn.y, np.ndarray)


def test_dark_pages_get_other_colours() -> None:
    light, dark = (agreement_by_temperature({"v": curve()}, theme=theme) for theme in ("light", "dark"))  # type: ignore[arg-type]
    assert trace(light, "v").line.color != trace(dark, "v").line.color
    assert light.layout.template.layout.paper_bgcolor != dark.layout.template.layout.paper_bgcolor
