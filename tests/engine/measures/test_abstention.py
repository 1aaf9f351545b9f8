"""Coverage against error: by hand, with ties, against the truth, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures.abstention import ABSTENTION_COLUMNS, abstention_curve

PREDICTED = np.array([[0.1, 0.9], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
COUNTS = np.array([[0, 4], [3, 1], [4, 0], [1, 1]])


def test_by_hand() -> None:
    """By certainty 0.9, 0.8, 0.7, 0.6: wrong for 0, 1/4, 1/2 and all of the people."""
    table = abstention_curve(PREDICTED, COUNTS, points=4, resamples=50)
    assert tuple(table.columns) == ABSTENTION_COLUMNS
    np.testing.assert_allclose(table["coverage"], [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(table["certainty"], [0.9, 0.8, 0.7, 0.6])
    np.testing.assert_allclose(table["error"], [0, 0.125, 0.25, 0.4375])
    np.testing.assert_allclose(table["people"], [0, 0.125, 0.25, 0.1875])
    assert list(table["n_items"]) == [1, 2, 3, 4]
    assert list(table["low"].isna()) == [True, False, False, False], "one item has no interval"
    assert (table["low"] <= table["error"])[1:].all()
    assert (table["error"] <= table["high"])[1:].all()


def test_items_of_equal_certainty_stay_together() -> None:
    predicted = np.array([[0.9, 0.1], [0.6, 0.4], [0.4, 0.6], [0.6, 0.4]])
    table = abstention_curve(predicted, COUNTS, points=4, resamples=0)
    assert list(table["n_items"]) == [1, 4]
    assert table[["low", "high"]].isna().all(axis=None)
    shuffled = abstention_curve(predicted[::-1], COUNTS[::-1], points=4, resamples=0)
    np.testing.assert_allclose(shuffled["error"], table["error"])


def test_error_falls_with_coverage_where_certainty_means_something_and_not_where_it_does_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(2000)
    counts = np.column_stack([10 - (k := rng.binomial(10, truth)), k])
    knows = abstention_curve(np.column_stack([1 - truth, truth]), counts, resamples=200)
    assert knows["error"].is_monotonic_increasing
    assert (knows["error"] >= knows["people"] - 1e-12).all()
    assert knows.iloc[-1]["error"] == pytest.approx(0.25, abs=0.02)  # E[min(t, 1 - t)] of an even t
    noise = rng.random(2000)
    guesses = abstention_curve(np.column_stack([1 - noise, noise]), counts, resamples=200)
    assert guesses.iloc[9]["low"] < guesses.iloc[-1]["error"] < guesses.iloc[9]["high"]


def test_what_nobody_labelled_is_counted_and_nothing_is_an_empty_table() -> None:
    predicted = PREDICTED.copy()
    predicted[0] = np.nan
    counts = COUNTS.copy()
    counts[1] = 0
    table = abstention_curve(predicted, counts, points=2, resamples=0)
    assert list(table["n_items"]) == [1, 2]
    assert set(table["dropped"]) == {2}
    assert table.loc[0, "note"] == "one item: no interval"
    assert "30 items" in table.loc[1, "note"]
    assert abstention_curve(predicted, counts * 0).empty


@pytest.mark.parametrize(("shape", "points"), [((3, 2), 4), ((4,), 4), ((4, 2), 0)])
def test_bad_input_is_named(shape: tuple[int, ...], points: int) -> None:
    with pytest.raises(InputError, match="shape"):
        abstention_curve(np.full(shape, 0.5), COUNTS, points=points)
