"""Copies: whether repeats at T > 0 are draws of their own, or one draw handed out several times.

A backend that ignores seeds, starts its engine with a fixed one, or caches by prompt gives repeats that are copies, and
every statement about noise would then be wrong. Repeats may also agree because the model is certain, so agreement alone
proves nothing. Two comparisons do:

- Across temperatures. With p_T(k) proportional to p(k)^(1/T), a draw at T agrees with a draw at a lower temperature at
  least as often as two draws at T agree with each other. Repeats that agree more often than that are copies.
- Across pairs of repeats. All pairs of one cell agree equally often on average. A pair that agrees more often than the
  others (an attempt that replays the draws of an earlier one) is copied.

Both are one-sided tests over cells, whose means are compared by their standard error; 5 of those are needed to speak.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from engine.runs.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

_MIN_CELLS = 20
_STANDARD_ERRORS = 5.0
_REPEATS_COMPARED = 8


def find_copies(run: RunFolder) -> list[str]:
    """Return what speaks for copied draws in a sampled run, as notes for people; none where nothing does."""
    names = ("persona_id", "item_id", "wording", "temperature", "repeat", "status", "text")
    table = run.responses(names, encoded=True)
    if table.num_rows == 0:
        return []
    draw = table["text"].combine_chunks().dictionary_encode().indices  # texts may be long; their numbers are not
    frame = table.drop_columns("text").append_column("draw", draw).to_pandas()
    frame = frame[(frame["temperature"] > 0) & (frame["status"] != "failed") & (frame["repeat"] < _REPEATS_COMPARED)]
    if frame.empty:
        return []
    draws = {float(t): _by_repeat(part) for t, part in frame.groupby("temperature")}
    notes = [note for t in sorted(draws) for note in _copied_pairs(t, draws[t])]
    for low, high in pairwise(sorted(draws)):
        notes += _closer_than_temperature_allows(low, high, draws[low], draws[high])
    hottest = max(draws)
    return notes or _all_alike(hottest, draws[hottest])


def _by_repeat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell and one column a repeat, NaN where there is no draw."""
    cell = ["persona_id", "item_id", "wording", "repeat"]
    return frame.drop_duplicates(cell).set_index(cell)["draw"].unstack("repeat").astype(float)


def _agreements(draws: pd.DataFrame) -> dict[tuple[int, int], np.ndarray]:
    """Return for each pair of repeats whether they agree, cell by cell: 0, 1, or NaN where one is missing."""
    repeats = [int(repeat) for repeat in draws.columns]
    return {(a, b): _same(draws[a].to_numpy(), draws[b].to_numpy()) for a, b in combinations(repeats, 2)}


def _same(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(left) | np.isnan(right), np.nan, left == right)


def _exceeds(difference: np.ndarray) -> bool:
    """Whether the mean over cells lies surely above 0."""
    seen = difference[~np.isnan(difference)]
    if len(seen) < _MIN_CELLS:
        return False
    error = seen.std(ddof=1) / np.sqrt(len(seen))
    return bool(seen.mean() > _STANDARD_ERRORS * error and seen.mean() > 0)


def _copied_pairs(temperature: float, draws: pd.DataFrame) -> list[str]:
    agreements = _agreements(draws)
    if len(agreements) < 3:
        return []
    everything = np.stack(list(agreements.values()))
    notes = []
    for i, ((a, b), pair) in enumerate(agreements.items()):
        others = _mean_of(np.delete(everything, i, axis=0))
        if _exceeds(pair - others) and np.nanmean(pair) > 0.99:
            notes.append(
                f"T={temperature:g}: repeats {a} and {b} agree in {np.nanmean(pair):.1%} of the cells, other pairs of "
                f"repeats in {np.nanmean(others):.1%}: one seems to replay the draws of the other. Leave one out."
            )
    return notes


def _closer_than_temperature_allows(low: float, high: float, at_low: pd.DataFrame, at_high: pd.DataFrame) -> list[str]:
    cells = at_low.index.intersection(at_high.index)
    within = list(_agreements(at_high.loc[cells]).values())
    if not within:
        return []
    left, right = at_low.loc[cells], at_high.loc[cells]
    # Draws of different repeats only: the same seed at two temperatures would couple draws of the same one.
    across = [_same(left[a].to_numpy(), right[b].to_numpy()) for a in left for b in right if a != b]
    if not across:
        return []
    inside, outside = _mean_of(np.stack(within)), _mean_of(np.stack(across))
    if not _exceeds(inside - outside):
        return []
    return [
        f"T={high:g}: two repeats of a cell agree in {np.nanmean(inside):.1%} of the cells, but only in "
        f"{np.nanmean(outside):.1%} with draws at T={low:g}, where agreement should be higher: repeats seem to be "
        "copies of one draw. Seeds may have no effect on this backend, or something caches its answers."
    ]


def _all_alike(temperature: float, draws: pd.DataFrame) -> list[str]:
    agreements = _agreements(draws)
    if not agreements or len(draws) < _MIN_CELLS:
        return []
    if np.nanmin(np.stack(list(agreements.values()))) < 1:
        return []
    return [
        f"T={temperature:g}: all repeats agree in all {len(draws)} cells. Either the model is certain everywhere, or "
        "the backend hands out copies; an exact run would tell."
    ]


def _mean_of(rows: np.ndarray) -> np.ndarray:
    """Return the mean of each column over the rows that have a value; NaN where none has."""
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore"):
        return np.where(known, rows, 0).sum(axis=0) / known.sum(axis=0)
