"""Where in its grid a run stands: what came of the cells of each persona, by items, wordings or temperatures."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import InputError
from engine.runs.manifest import Manifest
from engine.runs.response import STATUSES
from engine.runs.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

By = Literal["item", "wording", "temperature"]
MOST_COLUMNS = 160
"""More items than this are put together in blocks, neighbours in the corpus's order."""
CELL_GRID_COLUMNS = ("persona", "column", "labelled", "without_label", "failed", "not_asked")
"""Columns of `cell_grid`, one row a persona and a column of the grid.

persona: in the run's order
column: an item's id, or 'items 1 to 8' of a block; a wording's name; a temperature
labelled, without_label, failed, not_asked: how many of the cells there have a label; an answer without one (refused,
    would not choose, no label found); a failed request; no response yet. Together they are all cells there.
"""
_KINDS = {"ok": 0, "failed": 2}


def cell_grid(run: RunFolder, by: By = "item", most_columns: int = MOST_COLUMNS) -> pd.DataFrame:
    """Return what came of each persona's cells, as the run stands now; works on a run that is still going.

    A cell is one item in one wording, at one temperature, in one repeat.

    Args:
        run: The run.
        by: What the columns of the grid are.
        most_columns: Items are put together so that there are at most so many.

    Returns:
        Frame with `CELL_GRID_COLUMNS`.

    Raises:
        InputError: the manifest is missing or broken, or an exact run is to be shown by temperature.
    """
    import pandas as pd

    manifest = run.manifest()
    personas = [persona.persona_id for persona in manifest.personas]
    names, place, sizes = _columns(manifest, by, most_columns)
    column = {"item": "item_id"}.get(by, by)
    table = run.responses(("persona_id", column, "status"), encoded=True)
    row = _places(table["persona_id"], pa.array(personas, pa.string()))
    at = _places(table[column], place)
    kind = np.array([_KINDS.get(status, 1) for status in STATUSES])[
        _places(table["status"], pa.array(STATUSES, pa.string()))
    ]
    known = (row >= 0) & (at >= 0)
    if by == "item":
        at = np.minimum(at * len(names) // max(len(place), 1), len(names) - 1)
    flat = (row[known] * len(names) + at[known]) * 3 + kind[known]
    counts = np.bincount(flat, minlength=len(personas) * len(names) * 3).reshape(len(personas), len(names), 3)
    left = np.maximum(np.asarray(sizes)[None, :] - counts.sum(axis=2), 0)
    return pd.DataFrame(
        {
            "persona": np.repeat(np.array(personas, dtype=object), len(names)),
            "column": names * len(personas),
            "labelled": counts[:, :, 0].ravel(),
            "without_label": counts[:, :, 1].ravel(),
            "failed": counts[:, :, 2].ravel(),
            "not_asked": left.ravel(),
        }
    )


def _columns(manifest: Manifest, by: By, most: int) -> tuple[list[str], pa.Array, list[int]]:
    """Return the columns' names, the values of responses that they stand for, and a persona's cells in each."""
    spec = manifest.spec
    drawn = max(len(spec.temperatures), 1) * spec.repeats
    n_items, n_wordings = len(manifest.item_ids), len(manifest.wordings)
    if by == "wording":
        wordings = [wording.name for wording in manifest.wordings]
        return wordings, pa.array(wordings, pa.string()), [n_items * drawn] * n_wordings
    if by == "temperature":
        if not spec.temperatures:
            raise InputError(
                f"run {manifest.run_id!r} is an exact one: it is asked once for all temperatures. Show it by item or "
                "wording."
            )
        of_one = n_items * n_wordings * spec.repeats
        return [f"{t:g}" for t in spec.temperatures], pa.array(spec.temperatures, pa.float64()), [
            of_one for _ in spec.temperatures
        ]  # fmt: skip
    items = pa.array(manifest.item_ids, pa.string())
    if n_items <= most:
        return list(manifest.item_ids), items, [n_wordings * drawn] * n_items
    block = np.arange(n_items) * most // n_items
    first = [int(np.argmax(block == number)) for number in range(most)] + [n_items]
    names = [f"items {a + 1:,} to {b:,}" if b - a > 1 else f"item {b:,}" for a, b in pairwise(first)]
    return names, items, [n_wordings * drawn * (b - a) for a, b in pairwise(first)]


def _places(column: pa.ChunkedArray, known: pa.Array) -> np.ndarray:
    """Return each value's place among the known ones, -1 where it has none."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(known.type)
    return np.asarray(pc.fill_null(pc.index_in(column, value_set=known), -1), dtype=np.int64)
