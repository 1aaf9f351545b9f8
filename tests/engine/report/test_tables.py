"""Tables of frames: whole as CSV, and readable as text."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd

from engine.measures import Estimate
from engine.report import csv_of, readable
from engine.report.tables import of_estimates

FRAME = pd.DataFrame(
    {
        "raters": ["strong", "people"],
        "alpha": [-0.125, math.nan],
        "low": [-0.2, math.nan],
        "high": [0.1, math.nan],
        "gap": [0.5, 0.25],
        "gap_low": [0.4, math.nan],
        "gap_high": [0.6, math.nan],
        "confidence": [0.95, 0.95],
        "n_items": [1120, 3],
        "dropped": [{"refusal": 3, "hedge": 1}, {}],
        "note": ["", ""],
    }
)


def test_a_number_stands_with_its_interval_and_empty_columns_do_not() -> None:
    table = readable(FRAME)
    assert table.columns == ("raters", "alpha", "gap", "n items", "dropped")
    assert table.rows == (
        ("strong", "\u22120.125 [\u22120.200, 0.100]", "0.500 [0.400, 0.600]", "1,120", "3 refusal; 1 hedge"),
        ("people", "undefined", "0.250", "3", ""),
    )
    assert table.numeric == (False, True, True, True, False)


def test_a_column_of_undefined_numbers_is_not_left_out() -> None:
    assert readable(pd.DataFrame({"alpha": [math.nan, math.nan]})).rows == (("undefined",), ("undefined",))


def test_only_as_many_rows_as_asked_for() -> None:
    assert len(readable(pd.DataFrame({"x": range(9)}), most=4).rows) == 4


def test_zero_has_no_sign_and_truth_values_are_words() -> None:
    table = readable(pd.DataFrame({"x": [-0.0001], "y": np.array([True]), "z": [None]}))
    assert table.rows == (("0.000", "yes"),)


def test_csv_holds_every_column_and_no_formula() -> None:
    frame = FRAME.assign(raters=["=1+1", "people"])
    back = pd.read_csv(io.BytesIO(csv_of(frame)), keep_default_na=False)
    assert list(back) == list(FRAME)
    assert back["raters"][0] == "'=1+1"
    assert back["dropped"][0] == "3 refusal; 1 hedge"
    assert back["alpha"][0] == "-0.125"


def test_estimates_as_a_frame() -> None:
    frame = of_estimates([Estimate(1.0, 0.5, 1.5, n_items=3, dropped={"x": 1})], name=["a"])
    assert list(frame) == ["name", "value", "low", "high", "n_items", "n_raters", "dropped", "note"]
    assert frame.loc[0, "high"] == 1.5
