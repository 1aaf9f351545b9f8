"""Bars of how people split: every item stands in exactly one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import item_split
from engine.measures import item_disagreement


def table(codes: np.ndarray, positive: str | None = "yes") -> object:
    ids = [str(i) for i in range(codes.shape[1])]
    return item_disagreement(codes, ids, ["no", "yes"], positive=positive)


CODES = np.array([[0, 1, 0, 1, 0, 1], [0, 1, 1, 0, 0, -1], [0, 1, 0, 1, 0, -1]])
"""Two items nobody says yes to, one all do, one third, two thirds, and one with a single label."""


def test_each_share_has_its_bar_and_agreement_stands_apart() -> None:
    split, agreed = item_split(table(CODES), positive="yes").data  # type: ignore[arg-type]
    np.testing.assert_allclose(split.x, [1 / 3, 2 / 3], atol=1e-6)
    assert list(split.y) == [1, 1]
    assert list(agreed.y) == [2, 1]
    assert agreed.x[0] < 0 < 1 < agreed.x[1]
    assert agreed.marker.pattern.shape == "/"  # not by colour alone
    assert split.y.sum() + agreed.y.sum() == 5  # the item with one label splits nobody


def test_without_a_positive_label_bars_show_disagreement() -> None:
    figure = item_split(table(CODES, None))  # type: ignore[arg-type]
    split, agreed = figure.data
    np.testing.assert_allclose(split.x, [2 / 3], atol=1e-6)
    assert list(split.y) == [2]
    assert list(agreed.y) == [3]
    assert "differ" in figure.layout.xaxis.title.text


def test_many_different_shares_are_binned_without_losing_an_item() -> None:
    rng = np.random.default_rng(0)
    codes = np.where(rng.random((50, 400)) < 0.2, -1, rng.integers(0, 2, (50, 400)))
    split, agreed = item_split(table(codes), positive="yes").data  # type: ignore[arg-type]
    assert len(split.x) == 10
    assert split.y.sum() + agreed.y.sum() == 400
    assert split.hovertext[0] == "0.0 to 0.1"


def test_no_items_are_an_empty_chart() -> None:
    split, agreed = item_split(table(np.zeros((3, 0), dtype=int)), positive="yes").data  # type: ignore[arg-type]
    assert len(split.x) == 0
    assert list(agreed.y) == [0, 0]


def test_labels_that_look_like_markup_stay_text() -> None:
    rows = item_disagreement(CODES, list("abcdef"), ["no", "<b>"], positive="<b>")
    assert "<b>" not in item_split(rows, positive="<b>").to_json().replace("\\u003c", "<")


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="share_positive"):
        item_split(table(CODES).drop(columns="share_positive"), positive="yes")  # type: ignore[attr-defined]
