"""Alike rows come to lie together, whatever order they were in; what has no value comes last."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import cluster_order
from engine.measures.cluster_order import MOST_TURNED


def blocks(seed: int, n: int = 12, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of three kinds each, shuffled: the table, and the kind of each row and column."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(np.arange(n) % 3), rng.permutation(np.arange(n + 3) % 3)
    return np.eye(3)[rows][:, columns] + noise * rng.normal(size=(n, n + 3)), rows, columns


@pytest.mark.parametrize("seed", range(5))
def test_kinds_lie_together(seed: int) -> None:
    table, rows, columns = blocks(seed)
    for kinds, order in zip((rows, columns), cluster_order(table), strict=True):
        assert sorted(order) == list(range(len(kinds)))
        assert (np.diff(kinds[order]) != 0).sum() == 2, "three kinds, so two borders"


def test_kinds_lie_together_among_very_many() -> None:
    table, rows, columns = blocks(0, n=MOST_TURNED + 20)
    table += 0.02 * np.arange(3)[rows][:, None]  # so that one kind's mean is the lowest, and one's the highest
    order = cluster_order(table)
    for kinds, places in zip((rows, columns), order, strict=True):
        assert sorted(places) == list(range(len(kinds)))
        assert (np.diff(kinds[places]) != 0).sum() == 2
    assert list(dict.fromkeys(rows[order[0]])) == [0, 1, 2], "the branch with the lower mean stands first"


def test_it_is_found_through_missing_values() -> None:
    table, rows, _ = blocks(1, noise=0.01)
    table[np.random.default_rng(2).random(table.shape) < 0.3] = np.nan
    assert (np.diff(rows[cluster_order(table)[0]]) != 0).sum() == 2


def test_neighbours_are_as_alike_as_on_a_line() -> None:
    places = np.random.default_rng(3).permutation(20)
    table = np.abs(places[:, None] - np.arange(20)) / 20
    order = cluster_order(table)[0]
    assert set(np.abs(np.diff(places[order]))) == {1}, "rows along a line are put in the line's order"


def test_rows_without_a_value_come_last_in_their_order() -> None:
    table = blocks(0)[0]
    table[[2, 5]] = np.nan
    table[:, 7] = np.nan
    rows, columns = cluster_order(table)
    assert list(rows[-2:]) == [2, 5]
    assert columns[-1] == 7


def test_rows_that_share_no_column_stop_nothing() -> None:
    table = np.full((4, 4), np.nan)
    table[:2, :2], table[2:, 2:] = [[1, 2], [1, 2.1]], [[5, 6], [5, 6.1]]
    rows, _ = cluster_order(table)
    assert {frozenset(rows[:2]), frozenset(rows[2:])} == {frozenset({0, 1}), frozenset({2, 3})}


@pytest.mark.parametrize("shape", [(0, 0), (1, 4), (2, 1), (3, 0)])
def test_small_tables_keep_their_order(shape: tuple[int, int]) -> None:
    rows, columns = cluster_order(np.ones(shape))
    assert [list(rows), list(columns)] == [list(range(shape[0])), list(range(shape[1]))]


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="rows and columns"):
        cluster_order(np.ones(3))
