"""Cached readings of the answers of a run as they were stored: their counts, and those without a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboard.loaders import Key, run_key
from engine.runs.cell_counts import cell_counts as count
from engine.runs.cell_grid import By
from engine.runs.cell_grid import cell_grid as grid
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary

LABELLESS = ("refusal", "hedge", "unparsable")
"""Statuses of answers that came, but hold no label."""
MOST = 500
"""Answers without a label that a page lists."""


def cell_counts(run: RunSummary) -> pd.DataFrame:
    """Return how many cells of each persona have which status (columns of `engine.runs.cell_counts`)."""
    return _cell_counts(run_key(run))


def cell_grid(run: RunSummary, by: By) -> pd.DataFrame:
    """Return what came of each persona's cells, by items, wordings or temperatures (`engine.runs.cell_grid`)."""
    return _cell_grid((*run_key(run), by))


def labelless(
    run: RunSummary, personas: Sequence[str], wording: str = "", temperature: float | None = None
) -> tuple[pd.DataFrame, int]:
    """Return the first `MOST` answers without a label that personas of a sampled run gave, and how many there are.

    Columns: persona, item, wording, temperature, repeat, status, text.

    Args:
        run: a sampled one.
        personas: whose.
        wording: only answers in it; '': in any.
        temperature: only answers at it; None: at any.
    """
    at = "" if temperature is None else repr(temperature)
    return _labelless((*run_key(run), str(MOST), wording, at, *personas))


@st.cache_resource(max_entries=32, show_spinner=False)
def _cell_counts(key: Key) -> pd.DataFrame:
    return count(RunFolder(Path(key[0])))


@st.cache_resource(max_entries=16, show_spinner=False)
def _cell_grid(key: Key) -> pd.DataFrame:
    return grid(RunFolder(Path(key[0])), cast(By, key[-1]))


@st.cache_resource(max_entries=8, show_spinner="Reading the answers")
def _labelless(key: Key) -> tuple[pd.DataFrame, int]:
    columns = ("persona_id", "item_id", "wording", "temperature", "repeat", "status", "text")
    folder, _stamp, most, wording, at, *personas = key
    answers = RunFolder(Path(folder)).responses(columns)
    found = answers.filter(pc.is_in(answers["status"], pa.array(LABELLESS)))
    found = found.filter(pc.is_in(found["persona_id"], pa.array(personas, pa.string())))
    if wording:
        found = found.filter(pc.equal(found["wording"], wording))
    if at:
        found = found.filter(pc.equal(found["temperature"], float(at)))
    frame = found.slice(0, int(most)).to_pandas()
    return frame.rename(columns={"persona_id": "persona", "item_id": "item"}), found.num_rows
