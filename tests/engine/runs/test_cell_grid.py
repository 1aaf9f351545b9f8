"""Where in its grid a run stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import RunFolder, cell_counts, cell_grid
from engine.runs.cell_grid import CELL_GRID_COLUMNS
from tests.dashboard import worlds

KINDS = ["labelled", "without_label", "failed", "not_asked"]


def sampled(**more: object) -> RunFolder:
    return worlds.store_run(worlds.small_corpus(), mode="sampled", **more)  # type: ignore[arg-type]


def test_every_cell_of_every_item_is_counted(store: Path) -> None:
    folder = sampled()
    grid = cell_grid(folder)
    assert list(grid.columns) == list(CELL_GRID_COLUMNS)
    assert len(grid) == 3 * 40
    assert (grid[KINDS].sum(axis=1) == 4).all(), "2 temperatures, 2 repeats"
    rows = folder.responses(("persona_id", "item_id", "status")).to_pylist()
    refused = Counter((r["persona_id"], r["item_id"]) for r in rows if r["status"] == "refusal")
    found = {(r.persona, r.column): r.without_label for r in grid.itertuples() if r.without_label}
    assert found == dict(refused)
    assert found


@pytest.mark.parametrize("by", ["item", "wording", "temperature"])
def test_all_ways_agree_with_the_counts(store: Path, by: str) -> None:
    folder = sampled(share=0.55, state="cancelled")
    grid = cell_grid(folder, by)  # type: ignore[arg-type]
    counts = cell_counts(folder).pivot(index="persona", columns="status", values="cells")
    each = grid.groupby("persona")[KINDS].sum()
    assert (each["labelled"] == counts["ok"]).all()
    assert (each["without_label"] == counts["refusal"]).all()
    assert (each["not_asked"] == counts["not asked"]).all()
    assert list(grid["column"][:2]) == {"item": ["item-000", "item-001"], "temperature": ["0.5", "1"],
                                        "wording": ["plain", "plain"]}[by]  # fmt: skip


def test_many_items_are_put_into_blocks(store: Path) -> None:
    folder = sampled(share=0.4, state="cancelled")
    blocks, single = cell_grid(folder, most_columns=7), cell_grid(folder)
    names = list(dict.fromkeys(blocks["column"]))
    assert len(names) == 7
    assert names[:2] == ["items 1 to 6", "items 7 to 12"]
    for name in names:
        first, last = (int(word) for word in name.removeprefix("items ").split(" to "))
        inside = single[single["column"].isin([f"item-{n:03d}" for n in range(first - 1, last)])]
        block = blocks[blocks["column"] == name]
        assert block.groupby("persona")[KINDS].sum().equals(inside.groupby("persona")[KINDS].sum())


def test_an_exact_run_has_no_temperatures(store: Path) -> None:
    folder = worlds.store_run(worlds.small_corpus(), share=0.0, state="running")
    with pytest.raises(InputError, match="exact"):
        cell_grid(folder, "temperature")
    assert (cell_grid(folder)["not_asked"] == 1).all()


def test_failures_are_told_from_answers(store: Path) -> None:
    folder = worlds.store_run(worlds.small_corpus(), share=0.0)
    folder.append([{"key": "k", "persona_id": "ben", "item_id": "item-002", "wording": "plain", "repeat": 0,
                    "status": "failed"}])  # fmt: skip
    grid = cell_grid(folder).set_index(["persona", "column"])
    assert list(grid.loc[("ben", "item-002"), KINDS]) == [0, 0, 1, 0]
