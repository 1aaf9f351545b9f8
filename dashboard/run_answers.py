"""Cached readings of the answers of a run as they were stored: their counts, and those without a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboard import later
from dashboard.kept import Kept, Known
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
    key = run_key(run)
    found: pd.DataFrame = later.now(_known.part(key, lambda: _cell_counts(key)), later.size(run))
    return found


def cell_grid(run: RunSummary, by: By) -> pd.DataFrame:
    """Return what came of each persona's cells, by items, wordings or temperatures (`engine.runs.cell_grid`)."""
    key = (*run_key(run), by)
    found: pd.DataFrame = later.now(_known.part(key, lambda: _cell_grid(key)), later.size(run))
    return found


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
    key = (*run_key(run), str(MOST), wording, at, *personas)
    found: tuple[pd.DataFrame, int] = later.now(_known.part(key, lambda: _labelless(key)), later.size(run))
    return found


_known = Known("answers")


@st.cache_resource(max_entries=32, show_spinner=False, on_release=_known.forget)
def _cell_counts(key: Key) -> Kept:
    return _known.keep(key, count(RunFolder(Path(key[0]))))


@st.cache_resource(max_entries=16, show_spinner=False, on_release=_known.forget)
def _cell_grid(key: Key) -> Kept:
    return _known.keep(key, grid(RunFolder(Path(key[0])), cast(By, key[-1])))


@st.cache_resource(max_entries=8, show_spinner="Reading the answers", on_release=_known.forget)
def _labelless(key: Key) -> Kept:
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
    frame = frame.rename(columns={"persona_id": "persona", "item_id": "item"})
    return _known.keep(key, (frame, found.num_rows))
