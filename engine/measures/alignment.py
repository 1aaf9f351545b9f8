"""Alignment: every persona beside every annotator or group, each cell with its interval, null and ceilings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.measures.ceilings import group_ceiling, patchwork_null, persona_ceiling
from engine.measures.cells import CELL_COLUMNS, Cells, intervals_of_cells, shuffled_personas
from engine.measures.resampling import check_resampling
from engine.measures.similarity import Likeness, check_pair, pairs_of
from engine.measures.targets import targets_of
from engine.measures.voices import People, Voices

ALIGNMENT_COLUMNS = CELL_COLUMNS
"""Columns of `alignment`."""


def alignment(
    voices: Voices,
    people: People,
    likeness: Likeness = "cosine",
    by: str = "annotator",
    *,
    intervals: bool = True,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """How like each persona is to each annotator, or to each group, on the items that both have labels for.

    cosine: of label vectors, -1 to 1 (0 to 1 where labels are not negative numbers): a rater's vector holds its labels
    as numbers (two labels: 0 and 1), or a 0/1 coordinate a label for three or more nominal ones; a persona's holds its
    expected label. centred: the same after each vector's mean is taken off (for numbers: Pearson's correlation).
    kappa: 1 - E[D_o] / E[D_e] for one answer of the persona and the person's label, with nominal or squared distances
    (Cohen's kappa, quadratically weighted on ordered levels). Undefined (NaN, reason in the note) for constant vectors,
    a rater without labels, or one label in use.

    Args:
        voices: personas.
        people: on the same items.
        likeness: cosine, centred or kappa.
        by: annotator or group (its share of each label on each item).
        intervals: False: cells have no interval. For grids of so many cells that intervals take minutes.
        resamples: bootstrap draws over items, and shuffled personas of the null; 0: neither.
        confidence: coverage of the interval, and of the null's range.
        seed: decides the draws.

    Returns:
        One row a cell, with `ALIGNMENT_COLUMNS` (engine.measures.cells explains each).

    Raises:
        InputError: an unknown measure or target, settings out of range, or voices and people of different items.

    Source: Cohen (1968), Weighted kappa, doi:10.1037/h0026256.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    targets = targets_of(people, by)
    pairs = pairs_of(voices, targets, likeness)
    values, notes = pairs.now, pairs.why_undefined()
    low = high = np.full(values.shape, np.nan)
    if intervals and resamples:
        draws = pairs.draws(resamples, seed)
        low, high, missing = intervals_of_cells(draws, confidence, pairs.n_items, values, pairs.acceleration)
        for p, a in np.argwhere((missing > 0) & ~np.isnan(values)):
            notes[p, a] = f"interval without {missing[p, a]} of {resamples} resamples, which had no value"
    cells = Cells(
        values,
        low,
        high,
        null=patchwork_null(pairs, shuffled_personas(voices), resamples, seed),
        persona_ceiling=persona_ceiling(voices, likeness, targets.n_people),
        target_ceiling=group_ceiling(people, targets, likeness, seed)
        if by == "group"
        else np.full(len(targets.names), np.nan),
        n_items=pairs.n_items,
        notes=notes,
    )
    return cells.table(voices, targets, by, confidence)
