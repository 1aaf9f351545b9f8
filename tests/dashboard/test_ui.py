from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from dashboard import ui


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", '=HYPERLINK("http://x";"y")', "＝1"]
)
def test_a_text_cell_cannot_start_a_formula(cell: str) -> None:
    written = ui.safe_csv(pd.DataFrame({"text": [cell], cell: ["fine"]})).decode()
    heading, row = csv.reader(io.StringIO(written, newline=""))
    assert row[0] == f"'{cell}"
    assert heading[1] == f"'{cell}"


def test_numbers_and_ordinary_text_stay_as_they_are() -> None:
    frame = pd.DataFrame({"alpha": [-0.25, 1.0], "name": ["a,b", 'say "x"'], "note": ["", None]})
    back = pd.read_csv(io.BytesIO(ui.safe_csv(frame)))
    assert list(back["alpha"]) == [-0.25, 1.0]
    assert list(back["name"]) == ["a,b", 'say "x"']


def test_the_frame_itself_is_not_changed() -> None:
    frame = pd.DataFrame({"text": ["=1"]})
    ui.safe_csv(frame)
    assert frame["text"][0] == "=1"
