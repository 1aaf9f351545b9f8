"""Resampling of items: the bootstrap behind every interval.

Items are what a corpus was sampled by, so items are what is drawn again, each with all its labels. Drawing label rows
instead would treat the labels of one item as independent and give intervals several times too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints

CHUNK = 4_000_000
"""Weights held at once (32 MB)."""
Counts = npt.NDArray[np.uint16]


def check_resampling(resamples: int, confidence: float) -> None:
    """Raise InputError unless the interval's settings make sense."""
    if resamples < 0:
        raise InputError(f"resamples {resamples!r} is below 0. Use 0 for no interval, or 1000.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence!r} is not between 0 and 1. 0.95 asks for a 95 % interval.")


def resampled_sums(rows: npt.NDArray[np.floating], multiplicity: Ints | None, resamples: int, seed: int) -> Floats:
    """Return the sum of rows over each of `resamples` draws of all items with replacement.

    One call draws one set of weights, used for all columns: curves whose points share a call are smooth.

    Args:
        rows: (groups, columns) what one item adds; where it is of 32 bits, so are the sums, at half the time.
        multiplicity: (groups,) how many items share each row; None: one each.
        resamples: number of draws.
        seed: decides the draws.

    Returns:
        (resamples, columns).
    """
    n_groups = len(rows)
    dtype = np.result_type(rows, np.float32)
    if n_groups == 0:
        return np.zeros((resamples, rows.shape[1]), dtype=dtype)
    if multiplicity is not None and multiplicity.sum() > n_groups:
        n_items = int(multiplicity.sum())
        drawn = np.random.default_rng(seed).multinomial(n_items, multiplicity / n_items, size=resamples)
        return drawn.astype(dtype) @ rows
    sums = np.empty((resamples, rows.shape[1]), dtype=dtype)
    for start, weights in drawn_weights(n_groups, resamples, seed):
        np.matmul(weights.astype(dtype), rows, out=sums[start : start + len(weights)])
    return sums


def resampled_weights(n_items: int, resamples: int, seed: int) -> Counts:
    """Return how often each item is in each draw, (items, resamples): the draws of `resampled_sums` with this seed.

    For statistics that need the draws of some items only; two bytes a weight, where sums would be too many.
    """
    kept = np.empty((n_items, resamples), dtype=np.uint16)
    for start, weights in drawn_weights(n_items, resamples, seed):
        kept[:, start : start + len(weights)] = weights.T
    return kept


def drawn_weights(n_items: int, resamples: int, seed: int) -> Iterator[tuple[int, Counts]]:
    """Yield the number of a block's first draw, and how often each of the block's draws holds each item."""
    step = max(1, CHUNK // max(n_items, 1))
    if resamples <= step:
        yield 0, _one_block(n_items, resamples, seed)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, step):
        yield start, _block(rng, n_items, min(step, resamples - start))


@lru_cache(maxsize=2)
def _one_block(n_items: int, resamples: int, seed: int) -> Counts:
    """Return all draws; kept, because the measures of a page draw the same items with the same seed, one by one."""
    weights = _block(np.random.default_rng(seed), n_items, resamples)
    weights.setflags(write=False)
    return weights


def _block(rng: np.random.Generator, n_items: int, size: int) -> Counts:
    drawn = rng.integers(0, n_items, size=(size, n_items)) + n_items * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n_items).reshape(size, n_items).astype(np.uint16)


def mirrored_interval(draws: Floats, value: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return each column's percentile interval, widened by its mirror image about the value.

    For statistics that resampling shifts to one side as far as sampling has: the percentile interval then misses the
    truth, its mirror image (the basic bootstrap interval) does not, and this holds both.

    Args:
        draws: (resamples, columns); NaN where a draw has no value, which is left out.
        value: (columns,) of all items.
        confidence: coverage the interval aims at.

    Returns:
        Low and high (columns,).

    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), section 5.2, for the mirror image.
    """
    low, high, _ = percentile_interval(draws, confidence)
    return np.minimum(low, 2 * value - high), np.maximum(high, 2 * value - low)


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


def single_interval(draws: Floats, confidence: float) -> tuple[float, float, int]:
    """Return the `percentile_interval` of one quantity: low, high, and how many of its draws (resamples,) were NaN."""
    low, high, undefined = percentile_interval(draws[:, None], confidence)
    return float(low[0]), float(high[0]), int(undefined[0])
