"""No cell of a CSV can start a formula; tests/dashboard/test_ui.py holds the same through the pages' door."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from engine.spreadsheet import safe_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"])
def test_a_text_cannot_start_a_formula(cell: str) -> None:
    written = safe_csv(pd.DataFrame({"text": [cell], cell: ["fine"]})).decode()
    heading, row = csv.reader(io.StringIO(written, newline=""))
    assert row[0] == f"'{cell}"
    assert heading[1] == f"'{cell}"


def test_numbers_stay_numbers_and_the_frame_is_not_changed() -> None:
    frame = pd.DataFrame({"alpha": [-0.25, 1.0], "text": ["=1", None]})
    assert list(pd.read_csv(io.BytesIO(safe_csv(frame)))["alpha"]) == [-0.25, 1.0]
    assert frame["text"][0] == "=1"
