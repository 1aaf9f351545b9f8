"""Items that runs and people share."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError, NoHumanLabels
from engine.measures import common_items, labelled_items
from tests.engine.measures import arrays

RNG = np.random.default_rng(0)
PEOPLE = RNG.integers(0, 2, (3, 6))
DISTRIBUTIONS = RNG.dirichlet([1, 1], (2, 6, 1, 1))
DRAWN = RNG.integers(0, 2, (2, 6, 1, 2, 3))


def test_an_item_counts_where_anybody_labelled_it() -> None:
    people, distributions, drawn = PEOPLE.copy(), DISTRIBUTIONS.copy(), DRAWN.copy()
    people[:, 0], people[:2, 1] = -1, -1
    distributions[:, 2], distributions[0, 3] = np.nan, np.nan
    drawn[:, 4], drawn[0, 5] = -1, -1
    assert labelled_items(arrays.human(people, 2)) == ["item-1", "item-2", "item-3", "item-4", "item-5"]
    exact, sampled = arrays.exact(distributions), arrays.sampled(drawn, [0.5, 1.0], 2)
    assert labelled_items(exact) == ["item-0", "item-1", "item-3", "item-4", "item-5"]
    assert labelled_items(sampled) == ["item-0", "item-1", "item-2", "item-3", "item-5"]
    assert labelled_items(exact.transpose("label", "item", "repeat", "persona", "wording")) == labelled_items(exact)
    all_three = {"people": arrays.human(people, 2), "exact": exact, "sampled": sampled}
    assert common_items(all_three) == ["item-1", "item-3", "item-5"]


def test_the_first_array_gives_the_order() -> None:
    exact = arrays.exact(DISTRIBUTIONS)
    turned = exact.isel(item=[5, 3, 0])
    assert common_items({"a": turned, "b": exact}) == ["item-5", "item-3", "item-0"]
    assert common_items({"b": exact, "a": turned}) == ["item-0", "item-3", "item-5"]
    assert common_items({"a": turned}) == ["item-5", "item-3", "item-0"]
    assert common_items({}) == []


def test_arrays_that_share_nothing_are_named() -> None:
    exact = arrays.exact(DISTRIBUTIONS)
    parts = {"early": exact.isel(item=[0, 1]), "whole": exact, "late": exact.isel(item=[3, 4, 5])}
    with pytest.raises(InputError, match=r"^early \(2 labelled\) and late \(3 labelled\) share no items"):
        common_items(parts)


def test_where_any_two_share_some_all_are_named() -> None:
    exact = arrays.exact(DISTRIBUTIONS)
    parts = {name: exact.isel(item=items) for name, items in {"a": [0, 1], "b": [1, 2], "c": [2, 0]}.items()}
    with pytest.raises(InputError, match=r"a \(2 labelled\) and b \(2 labelled\) and c \(2 labelled\)"):
        common_items(parts)


def test_people_who_labelled_nothing_are_told_apart_from_items_that_differ() -> None:
    nobody = arrays.human(np.zeros((0, 6), dtype=int), 2)
    with pytest.raises(NoHumanLabels, match="no person labelled these items"):
        common_items({"the run": arrays.exact(DISTRIBUTIONS), "the people": nobody})
