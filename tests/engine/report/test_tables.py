"""Tables of frames: whole as CSV, readable as text, and LaTeX in which no name can act."""

from __future__ import annotations

import io
import math
import re

import numpy as np
import pandas as pd
import pytest

from engine.measures import Estimate
from engine.report import csv_of, latex, readable
from engine.report.tables import escaped, of_estimates
from tests.dashboard.worlds import HOSTILE

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


def test_latex_is_a_booktabs_table() -> None:
    text = latex(FRAME, "Agreement & more", "homogenization")
    for part in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\caption{Agreement \& more}",
        r"\label{tab:homogenization}",
    ):
        assert text.count(part) == 1
    assert r"\begin{tabular}{lrrrl}" in text
    assert r"strong & $-$0.125 [$-$0.200, 0.100] & 0.500 [0.400, 0.600] & 1,120 & 3 refusal; 1 hedge \\" in text


def test_long_tables_run_over_pages() -> None:
    text = latex(pd.DataFrame({"x": range(41)}), "Many", "many")
    assert r"\begin{longtable}{r}" in text
    assert r"\begin{tabular}" not in text
    assert text.count(r"\\") == 41 + 2


def test_long_texts_are_broken_into_lines() -> None:
    text = latex(pd.DataFrame({"x": [1.0], "note": ["many words " * 9]}), "Notes", "notes")
    assert r"\begin{tabular}{rp{0.3\linewidth}}" in text


@pytest.mark.parametrize(
    "name", [*HOSTILE, r"\input{/etc/passwd}", "100% & $x$ #1 _a_ ^b^ ~c~ {d}", "[2cm]", "*", "a\nb"]
)
def test_no_name_acts_in_latex(name: str) -> None:
    text = escaped(name)
    assert "\n" not in text
    allowed = (
        r"\\textbackslash\{\}|\\text(?:asciitilde|asciicircum|less|greater|bar)\{\}|\\[&%$#_{}]|\\char34\{\}|\$-\$|\{\}"
    )
    assert not re.search(r"[\\&%$#_{}~^]", re.sub(allowed, "", text)), text
    assert not text.startswith(("[", "*")), "it would be an option of the line break before it"
    assert "\u202e" not in text


def test_estimates_as_a_frame() -> None:
    frame = of_estimates([Estimate(1.0, 0.5, 1.5, n_items=3, dropped={"x": 1})], name=["a"])
    assert list(frame) == ["name", "value", "low", "high", "n_items", "n_raters", "dropped", "note"]
    assert frame.loc[0, "high"] == 1.5
