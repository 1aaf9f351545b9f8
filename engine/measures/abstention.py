"""Abstention: how wrong the personas are where they are certain, when the least certain items are left to people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.calibration_terms import likeliest, shares_of
from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums

ABSTENTION_COLUMNS = (
    "coverage", "certainty", "error", "low", "high", "people", "people_low", "people_high",
    "n_items", "dropped", "note",
)  # fmt: skip
"""Columns of `abstention_curve`."""


def abstention_curve(
    predicted: npt.ArrayLike,
    counts: npt.ArrayLike,
    *,
    points: int = 20,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Trace coverage against error: items are kept by certainty, the rest is left to people.

    Certainty is the probability of the likeliest label. Items of equal certainty are kept or left together, so fewer
    points can come back than were asked for.

    Args:
        predicted: (items, labels) distributions, such as the mean of all personas; NaN missing.
        counts: (items, labels) labels that people gave.
        points: coverages to show, evenly from 1 / points to 1.
        resamples: bootstrap draws over items; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a coverage, ascending:
            coverage: share of items kept, above 0 to 1;
            certainty: the least of them, 1/labels to 1;
            error, low, high: chance that a person drawn from a kept item's people gave another label than the
                likeliest, 0 to 1 (labels that tie share);
            people, people_low, people_high: the same for the best single label of each kept item: no prediction can be
                below, because people themselves differ;
            n_items: items kept;
            dropped: items without a prediction or without people's labels;
            note.

    Raises:
        InputError: shapes that do not fit, or points below 1.

    Source: El-Yaniv and Wiener (2010), On the foundations of noise-free selective classification, JMLR 11:1605-1641.
    """
    check_resampling(resamples, confidence)
    distributions, given = np.asarray(predicted, dtype=float), np.asarray(counts, dtype=float)
    if distributions.ndim != 2 or distributions.shape != given.shape or points < 1:
        raise InputError(
            f"predicted has the shape {distributions.shape}, counts {given.shape}, points is {points!r}. Expected two "
            "arrays (items, labels) and at least one point."
        )
    scored = ~np.isnan(distributions[:, 0]) & (given.sum(axis=1) > 0)
    kept, share = distributions[scored], shares_of(given[scored])
    if not scored.any():  # no coverage to show
        return pd.DataFrame(columns=list(ABSTENTION_COLUMNS))
    certainty = np.round(kept.max(axis=1), 12)  # rounding of the same number must not break a tie
    thresholds = _thresholds(certainty, points)
    within = (certainty[:, None] >= thresholds).astype(float)
    wrong = 1 - (likeliest(kept) * share).sum(axis=1)
    value, low, high = _errors(within, np.stack([wrong, 1 - share.max(axis=1)]), resamples, confidence, seed)
    n_kept, k = within.sum(axis=0).astype(int), len(thresholds)
    table = pd.DataFrame(
        {
            "coverage": n_kept / len(kept), "certainty": thresholds,
            "error": value[:k], "low": low[:k], "high": high[:k],
            "people": value[k:], "people_low": low[k:], "people_high": high[k:],
            "n_items": n_kept, "dropped": int((~scored).sum()),
            "note": np.select(
                [n_kept == 1, n_kept < 30],
                ["one item: no interval", "fewer than 30 items kept: the interval is too narrow"], "",
            ),
        }
    )  # fmt: skip
    return table[list(ABSTENTION_COLUMNS)]


def _errors(
    within: Floats, wrong: Floats, resamples: int, confidence: float, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return mean errors of the items kept with their interval, each (errors x coverages,).

    Args:
        within: (items, coverages) 1 where the item is kept, else 0.
        wrong: (errors, items) what each item adds.
        resamples: bootstrap draws over items.
        confidence: coverage of the intervals.
        seed: decides the draws.
    """
    k = within.shape[1]
    columns = np.hstack([*(within * one[:, None] for one in wrong), within])

    def computed(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = sums[:, :-k] / np.hstack([sums[:, -k:]] * len(wrong))
        return found

    value = computed(columns.sum(axis=0, keepdims=True))[0]
    low = high = np.full(value.shape, np.nan)
    if resamples:
        ends = percentile_interval(computed(resampled_sums(columns, None, resamples, seed)), confidence)
        several = np.tile(within.sum(axis=0) > 1, len(wrong))
        low, high = (np.where(several, end, np.nan) for end in ends[:2])
    return value, low, high


def _thresholds(certainty: Floats, points: int) -> Floats:
    """Return certainties, descending, that keep about evenly spaced shares of the items."""
    falling = np.sort(certainty)[::-1]
    wanted = np.ceil(np.arange(1, points + 1) / points * len(falling)).astype(int)
    return np.unique(falling[wanted - 1])[::-1]
