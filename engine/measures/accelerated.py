"""Bias-corrected and accelerated (BCa) intervals: a percentile bootstrap that allows for bias and skewness.

A similarity near its end of the scale is drawn skewed: the percentile interval then misses the truth on one side more
often than on the other, and too often in all. BCa moves both quantiles by how many draws lie below the value (bias) and
by how the spread changes with the truth (acceleration, from leaving out each item in turn).

Source: Efron (1987), Better Bootstrap Confidence Intervals, doi:10.1080/01621459.1987.10478410.
"""

from __future__ import annotations

import numpy as np

from engine.measures.coincidence import Floats, Ints

LEAST_DENOMINATOR = 0.05
"""Where the correction would run away: few items, extreme draws."""


def acceleration_of(without: Floats, times: Floats | None = None) -> Floats:
    """Return the acceleration of statistics, 0 where they do not vary or are undefined.

    Args:
        without: (items, ...) the statistic with each item left out in turn; NaN leaves that item's part out.
        times: (items,) how many items each row stands for; None: one each.
    """
    times = np.ones(len(without)) if times is None else times
    known = ~np.isnan(without)
    every = bool(known.all())
    count = np.maximum(np.tensordot(times, known, axes=1), 1)
    moved = np.tensordot(times, without if every else np.where(known, without, 0.0), axes=1) / count - without
    moved = moved if every else np.where(known, moved, 0.0)
    squares = moved**2
    spread = np.tensordot(times, squares, axes=1)
    squares *= moved
    some = spread > 0
    cubes = np.tensordot(times, squares, axes=1)
    acceleration: Floats = np.where(some, cubes / (6 * np.where(some, spread, 1.0) ** 1.5), 0.0)
    return acceleration


def accelerated_interval(
    draws: Floats, value: Floats, acceleration: Floats, confidence: float
) -> tuple[Floats, Floats, Ints]:
    """Return each column's BCa interval and how many of its draws were undefined.

    Args:
        draws: (resamples, columns); NaN where a draw has no value, which is left out.
        value: (columns,) of all items.
        acceleration: (columns,) as `acceleration_of` returns it.
        confidence: coverage the interval aims at.

    Returns:
        Low and high (columns,), NaN where no draw or no value is defined; the undefined draws (columns,).
    """
    from scipy.special import ndtr, ndtri

    ordered = np.sort(draws, axis=0)  # NaN last
    undefined: Ints = np.isnan(draws).sum(axis=0)
    n = len(draws) - undefined
    with np.errstate(invalid="ignore", divide="ignore"):
        below = ((draws < value).sum(axis=0) + (draws <= value).sum(axis=0)) / (2 * n)
        bias = ndtri(np.clip(below, 0.5 / n, 1 - 0.5 / n))
    ends = []
    for share in ((1 - confidence) / 2, (1 + confidence) / 2):
        z = bias + ndtri(share)
        corrected = ndtr(bias + z / np.maximum(1 - acceleration * z, LEAST_DENOMINATOR))
        place = np.where(np.isnan(corrected), 0.0, corrected) * np.maximum(n - 1, 0)
        lower = np.floor(place).astype(np.int64)
        both = [
            np.take_along_axis(ordered, np.minimum(at, np.maximum(n - 1, 0))[None], axis=0)[0]
            for at in (lower, lower + 1)
        ]
        end = both[0] + (place - lower) * (both[1] - both[0])
        ends.append(np.where(np.isnan(value) | (n == 0), np.nan, end))
    return ends[0], ends[1], undefined
