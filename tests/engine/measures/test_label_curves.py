"""Label curves against the formulas by hand, and the interval against published values."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import LABEL_CURVE_COLUMNS, label_curves
from engine.measures.label_curves import wilson_interval
from tests.engine.measures import arrays

P = np.array([[[0.2, 0.8], [0.5, 0.5]], [[0.9, 0.1], [np.nan, np.nan]]])
"""(personas, items, labels)"""


def test_the_closed_form_at_each_temperature() -> None:
    table = label_curves(arrays.exact(P[:, :, None, None]), temperatures=[0.0, 0.5, 1.0])
    assert list(table.columns) == list(LABEL_CURVE_COLUMNS)
    rows = table.set_index(["persona", "item", "label", "temperature"])["probability"]
    assert rows["persona-0", "item-0", "label-1", 0.0] == 1
    assert rows["persona-0", "item-0", "label-1", 0.5] == pytest.approx(0.64 / 0.68)
    assert rows["persona-1", "item-0", "label-0", 1.0] == pytest.approx(0.9)
    gone = table[(table["persona"] == "persona-1") & (table["item"] == "item-1")]
    assert gone["probability"].isna().all()
    assert set(gone["note"]) == {"no answer with a label"}
    assert set(table["source"]) == {"exact"}
    assert table["low"].isna().all(), "nothing was drawn, so there is no interval of draws"


def test_shares_of_drawn_answers_leave_out_those_without_a_label() -> None:
    codes = np.full((1, 1, 2, 1, 4), -1)
    codes[0, 0, 0, 0] = [0, 1, 1, -1]
    codes[0, 0, 1, 0] = [1, 1, -1, -1]  # the second wording
    table = label_curves(None, arrays.sampled(codes, [0.7], 2)).set_index("label")
    assert table.loc["label-1", "n_draws"] == 5
    assert table.loc["label-1", "probability"] == pytest.approx(4 / 5)
    assert (table.loc["label-1", "low"], table.loc["label-1", "high"]) == pytest.approx((0.3755, 0.9638), abs=1e-4)


def test_the_interval_is_wilsons() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81/263, 15/148, 0/20, 1/29
    share, n = np.array([81 / 263, 15 / 148, 0.0, 1 / 29, np.nan]), np.array([263, 148, 20, 29, 0])
    low, high = wilson_interval(share, n)
    assert low[:4] == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert high[:4] == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)
    assert np.isnan([low[4], high[4]]).all()


def test_both_runs_stand_in_one_table_and_neither_is_refused() -> None:
    codes = np.zeros((2, 2, 1, 1, 3), dtype=int)
    table = label_curves(arrays.exact(P[:, :, None, None]), arrays.sampled(codes, [1.0], 2), [1.0])
    assert list(dict.fromkeys(table["source"])) == ["exact", "sampled"]
    with pytest.raises(InputError, match="neither an exact nor a sampled run"):
        label_curves(None)


def test_greedy_answers_are_copies_so_they_have_no_interval() -> None:
    table = label_curves(None, arrays.sampled(np.zeros((1, 1, 1, 2, 5), dtype=int), [0.0, 1.0], 2))
    greedy, drawn = (table[table["temperature"] == t] for t in (0.0, 1.0))
    assert greedy[["low", "high"]].isna().all(axis=None)
    assert "every draw is the likeliest answer again" in greedy["note"].iloc[0]
    assert list(greedy["probability"]) == [1.0, 0.0]
    assert drawn[["low", "high"]].notna().all(axis=None)
    assert set(drawn["note"]) == {""}
