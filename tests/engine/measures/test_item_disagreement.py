"""How people split on an item."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import item_disagreement


def test_each_column_by_hand() -> None:
    codes = [[0, 1, 1, -1], [0, 0, -1, -1], [0, 1, -1, -1], [0, 0, -1, -1]]
    table = item_disagreement(codes, ["a", "b", "c", "d"], ["no", "yes"], positive="yes")
    assert table["item_id"].tolist() == ["a", "b", "c", "d"]
    assert table["n_labels"].tolist() == [4, 4, 1, 0]
    assert table["n_of_no"].tolist() == [4, 2, 0, 0]
    assert table["n_of_yes"].tolist() == [0, 2, 1, 0]
    assert table["share_positive"].tolist()[:3] == [0, 0.5, 1]
    assert table["entropy"].tolist()[:3] == [0, 1, 0]
    assert table["disagreement"].tolist()[:2] == [0, pytest.approx(2 / 3)]
    assert table["disagreement"].isna().tolist() == [False, False, True, True]
    assert table[["share_positive", "entropy"]].isna().all(axis=1).tolist() == [False, False, False, True]
    assert table["majority"].isna().tolist() == [False, True, False, True]
    assert table["majority"][0] == "no"


def test_disagreement_is_the_share_of_unequal_pairs() -> None:
    codes = np.random.default_rng(0).integers(-1, 3, (7, 20))
    table = item_disagreement(codes, [str(i) for i in range(20)], ["a", "b", "c"])
    for column, value in zip(codes.T, table["disagreement"], strict=True):
        given = column[column >= 0]
        pairs = [x != y for x, y in itertools.combinations(given, 2)]
        assert value == pytest.approx(np.mean(pairs)) if pairs else math.isnan(value)
    assert table["share_positive"].isna().all()


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="one id a column"):
        item_disagreement([[0, 1]], ["a"], ["x", "y"])
    with pytest.raises(InputError, match="'z' is not a label"):
        item_disagreement([[0]], ["a"], ["x", "y"], positive="z")
