"""Test-retest as drawn: accuracy beside chance, and who is taken for whom."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import retest_accuracy, retest_assignments
from engine.figures.theme import PALETTES
from engine.measures import Estimate, Retest
from tests.engine.figures.results import retest

FOUND = retest()


def test_accuracy_stands_beside_chance_and_what_permutations_reach() -> None:
    figure = retest_accuracy({"one": FOUND, "other": FOUND})
    accuracy, chance = figure.data
    np.testing.assert_allclose(accuracy.x, FOUND.accuracy.value)
    np.testing.assert_allclose(accuracy.x + accuracy.error_x.array, FOUND.accuracy.high)
    np.testing.assert_allclose(chance.x, 1 / 6)
    np.testing.assert_allclose(chance.x + chance.error_x.array, FOUND.null_high)
    np.testing.assert_allclose(chance.error_x.arrayminus, 0)
    assert FOUND.chance <= FOUND.null_high <= 1
    assert f"6 personas, p {FOUND.p_value:.2g}" in [a.text for a in figure.layout.annotations]


def test_an_undefined_accuracy_is_a_cross_with_the_reason() -> None:
    nothing = Estimate(np.nan, np.nan, np.nan, note="no item has a label")
    found = dataclasses.replace(FOUND, accuracy=nothing, p_value=np.nan, null_high=np.nan)
    cross = retest_accuracy({"run": found}).data[1]
    assert cross.name == "Find themselves again: undefined"
    assert "no item has a label" in cross.customdata[0]


def confused() -> Retest:
    table = FOUND.assignments.copy()
    table["assigned"] = table["persona"]
    table["right"], table["margin"] = 1.0, np.linspace(0.3, 0.1, len(table))
    table.loc[2, ["assigned", "right", "margin"]] = ["<i>x</i>", 0.0, -0.2]
    table.loc[3, ["right", "margin"]] = [0.5, 0.0]
    return dataclasses.replace(FOUND, assignments=table)


def test_margins_fall_and_confusions_are_named_at_the_right() -> None:
    figure = retest_assignments(confused())
    _, trace = figure.data
    assert list(trace.x) == sorted(trace.x, reverse=True)
    remarks = {a.y: a.text for a in figure.layout.annotations if a.xshift}
    assert remarks == {4: "one of 2 alike", 5: "taken for &lt;i&gt;x&lt;/i&gt;"}
    assert [colour == PALETTES["light"].background for colour in trace.marker.color] == [False] * 4 + [True] * 2
    assert "40 items" in trace.customdata[0]


def test_of_too_many_the_least_clear_are_kept() -> None:
    figure = retest_assignments(confused(), longest=2)
    assert list(figure.data[1].x) == [0.0, -0.2]
    (caption,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]
    assert "2 of 6 personas are drawn, the least clear ones; 4 are left out." in caption


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="margin"):
        retest_assignments(dataclasses.replace(FOUND, assignments=FOUND.assignments.drop(columns="margin")))
