"""Resampling of items: the bootstrap behind every interval.

Items are what a corpus was sampled by, so items are what is drawn again, each with all its labels. Drawing label rows
instead would treat the labels of one item as independent and give intervals several times too narrow.
"""

from __future__ import annotations

import numpy as np

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints

CHUNK = 4_000_000
"""Weights held at once (32 MB)."""


def check_resampling(resamples: int, confidence: float) -> None:
    """Raise InputError unless the interval's settings make sense."""
    if resamples < 0:
        raise InputError(f"resamples {resamples!r} is below 0. Use 0 for no interval, or 1000.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence!r} is not between 0 and 1. 0.95 asks for a 95 % interval.")


def resampled_sums(rows: Floats, multiplicity: Ints | None, resamples: int, seed: int) -> Floats:
    """Return the sum of rows over each of `resamples` draws of all items with replacement.

    One call draws one set of weights, used for all columns: curves whose points share a call are smooth.

    Args:
        rows: (groups, columns) what one item adds.
        multiplicity: (groups,) how many items share each row; None: one each.
        resamples: number of draws.
        seed: decides the draws.

    Returns:
        (resamples, columns).
    """
    rng = np.random.default_rng(seed)
    n_groups = len(rows)
    if multiplicity is not None and multiplicity.sum() > n_groups:
        n_items = int(multiplicity.sum())
        return rng.multinomial(n_items, multiplicity / n_items, size=resamples).astype(np.float64) @ rows
    sums = np.empty((resamples, rows.shape[1]))
    step = max(1, CHUNK // max(n_groups, 1))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        drawn = rng.integers(0, n_groups, size=(size, n_groups)) + n_groups * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * n_groups).reshape(size, n_groups)
        sums[start : start + size] = weights.astype(np.float64) @ rows
    return sums


def percentile_interval(draws: Floats, confidence: float) -> tuple[Floats, Floats, Ints]:
    """Return each column's percentile interval and how many of its draws were undefined.

    Args:
        draws: (resamples, columns); NaN where a draw has no value, which is left out.
        confidence: coverage the interval aims at.

    Returns:
        Low and high (columns,), NaN where no draw has a value; the undefined draws (columns,).
    """
    undefined = np.isnan(draws).sum(axis=0)
    ends = np.full((2, draws.shape[1]), np.nan)
    some = undefined < len(draws)
    if some.any():
        tail = (1 - confidence) / 2
        quantile = np.nanquantile if undefined.any() else np.quantile  # the latter is several times faster
        ends[:, some] = quantile(draws[:, some], [tail, 1 - tail], axis=0)
    return ends[0], ends[1], undefined
