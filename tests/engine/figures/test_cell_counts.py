"""The grid of cells by persona and status."""

from __future__ import annotations

import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures import cell_counts


def table(n: int = 4) -> pd.DataFrame:
    rows = [
        {"persona": f"p{i}", "status": status, "cells": cells, "share": cells / 100}
        for i in range(n)
        for status, cells in {"ok": 100 - i, "refusal": i, "failed": 0}.items()
    ]
    return pd.DataFrame(rows)


def test_counts_are_written_and_shares_shaded() -> None:
    shares, words = cell_counts(table()).data
    assert shares.z[:, 0].tolist() == [1.0, 0.99, 0.98, 0.97]
    assert pd.isna(shares.z[0, 1]), "no cell, no shade"
    assert shares.z.shape == (4, 2), "a status that never occurs has no column"
    assert list(words.text) == ["100", "99", "1", "98", "2", "97", "3"]
    assert "98 cells, 98.00% of the persona's" in shares.customdata[2, 0]


def test_statuses_are_called_as_asked() -> None:
    assert list(cell_counts(table(), words={"refusal": "would not"}).layout.xaxis.ticktext) == ["ok", "would not"]


def test_of_many_personas_those_that_lack_most_are_kept_in_their_order() -> None:
    figure = cell_counts(table(9), longest=3)
    assert list(figure.layout.yaxis.ticktext) == ["p6", "p7", "p8"]
    assert "3 of 9 personas" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_a_table_of_something_else_is_told() -> None:
    with pytest.raises(InputError, match="cells"):
        cell_counts(pd.DataFrame({"persona": ["a"]}))
