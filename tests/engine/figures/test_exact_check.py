"""Exact against sampled as drawn: every score of an item, their distribution, and how often repeats differ."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import exact_check, item_scores, repeat_checks
from engine.figures.theme import PALETTES
from tests.engine.figures.results import comparison


def test_of_two_labels_the_second_is_drawn_with_every_item() -> None:
    found = comparison()
    second = found.items[found.items["label"] == found.items["label"].iloc[1]]
    band, points, bars, fair = item_scores(found).data
    np.testing.assert_allclose(sorted(points.y), sorted(second["z"]))
    assert sorted(points.x) == list(range(1, 41))
    by_place = dict(zip(points.x, points.y, strict=True))
    assert by_place[1] == second["z"].iloc[0]
    assert f"drawn {second['drawn'].iloc[0]} of 48" in points.customdata[list(points.x).index(1)]
    assert set(np.abs(band.y)) == {1.96}
    assert sum(bars.x) == 40
    assert sum(fair.x) == pytest.approx(40, abs=0.2)


def test_of_three_labels_all_are_drawn_and_told_apart() -> None:
    points = [trace for trace in item_scores(comparison(3)).data if trace.name.startswith("label ")]
    assert len(points) == 3
    assert len({trace.marker.symbol for trace in points}) == 3


def test_items_without_a_score_are_counted_and_not_drawn_at_zero() -> None:
    found = comparison()
    items = found.items.assign(z=np.where(np.arange(80) < 10, np.nan, found.items["z"]))
    figure = item_scores(dataclasses.replace(found, items=items))
    assert len(figure.data[1].y) == 35
    (caption,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]
    assert "5 of 40 scores are undefined" in caption
    assert "rms of z" in caption
    nothing = item_scores(dataclasses.replace(found, items=found.items.assign(z=np.nan)))
    assert sum(nothing.data[1].x) == 0


def test_too_many_scores_keep_the_furthest_and_the_bars_hold_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_check, "MOST_POINTS", 7)
    figure = item_scores(comparison())
    second = comparison().items["z"].to_numpy()[1::2]
    assert sorted(np.abs(figure.data[1].y)) == pytest.approx(sorted(np.abs(second))[-7:])
    assert sum(figure.data[2].x) == 40
    assert any("furthest from 0" in a.text.replace("<br>", " ") for a in figure.layout.annotations)


def test_repeats_stand_beside_what_is_expected_and_copies_are_hollow() -> None:
    found = comparison().repeats
    copied = dataclasses.replace(found, verdict="copies", expected=np.nan)
    figure = repeat_checks({"own": found, "copied": copied})
    differ, expected, unknown = figure.data
    np.testing.assert_allclose(differ.x, found.differ.value)
    np.testing.assert_allclose(differ.x + differ.error_x.array, found.differ.high)
    assert list(expected.x) == [found.expected]
    assert (unknown.name, len(unknown.x)) == ("Expected from the exact distributions: undefined", 1)
    assert list(differ.marker.color) == [PALETTES["light"].series[0], PALETTES["light"].background]
    assert [a.text for a in figure.layout.annotations if a.xshift] == ["T = 1: not copies", "T = 1: copies"]
    assert len(repeat_checks({"alone": copied}).data) == 1


def test_missing_columns_are_named() -> None:
    found = comparison()
    with pytest.raises(InputError, match="expected"):
        item_scores(dataclasses.replace(found, items=found.items.drop(columns="expected")))
