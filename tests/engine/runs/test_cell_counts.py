"""Cells of a run by persona and status."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import RunFolder, cell_counts
from engine.runs.cell_counts import CELL_COUNT_COLUMNS, NOT_ASKED
from engine.runs.response import STATUSES
from tests.dashboard import worlds


def test_every_cell_is_counted_once(store: Path) -> None:
    folder = worlds.store_run(worlds.small_corpus(), mode="sampled", controls=("c1",))
    table = cell_counts(folder)
    assert list(table.columns) == list(CELL_COUNT_COLUMNS)
    assert list(dict.fromkeys(table["persona"])) == ["anna", "ben", "cleo", "c1"]
    assert list(table["status"][: len(STATUSES) + 1]) == [*STATUSES, NOT_ASKED]
    rows = folder.responses(("persona_id", "status")).to_pylist()
    expected = Counter((row["persona_id"], row["status"]) for row in rows)
    assert {(r.persona, r.status): r.cells for r in table.itertuples() if r.cells} == dict(expected)
    assert expected["anna", "refusal"] > 0
    grid = 40 * 2 * 2  # items, temperatures, repeats
    assert (table.groupby("persona")["cells"].sum() == grid).all()
    assert table["share"].to_numpy() == pytest.approx(table["cells"].to_numpy() / grid)


def test_what_nobody_asked_is_told(store: Path) -> None:
    folder = worlds.store_run(worlds.small_corpus(), share=0.5, state="cancelled")
    cells = cell_counts(folder).set_index(["persona", "status"])["cells"]
    assert [cells[name, "ok"] for name in ("anna", "ben", "cleo")] == [40, 20, 0]
    assert [cells[name, NOT_ASKED] for name in ("anna", "ben", "cleo")] == [0, 20, 40]


def test_an_answer_after_a_failure_takes_its_place(store: Path) -> None:
    corpus = worlds.small_corpus()
    folder = worlds.store_run(corpus, share=0.0)
    row = {"key": "k", "persona_id": "anna", "item_id": "item-000", "wording": "plain", "repeat": 0, "status": "failed"}
    folder.write_as("b")
    folder.append([row, row | {"key": "other", "item_id": "item-001"}])
    folder.append([row | {"status": "ok", "label": "1"}])
    cells = cell_counts(folder).set_index(["persona", "status"])["cells"]
    assert (cells["anna", "ok"], cells["anna", "failed"], cells["anna", NOT_ASKED]) == (1, 1, 38)


def test_a_folder_without_a_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="manifest"):
        cell_counts(RunFolder(tmp_path / "none"))
