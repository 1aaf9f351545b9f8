"""Sums and maxima over an axis of few entries, as of labels or wordings.

numpy reduces a short last axis row by row: the largest of two labels of a million cells takes it 35 ms, and 1 ms as one
operation on two arrays.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from engine.measures.coincidence import Floats

SHORT = 16
"""Entries up to which an axis is short."""


def total(values: Floats, axis: int) -> Floats:
    """Return the sum over an axis, as `values.sum(axis)` does to the last bits."""
    found: Floats = _folded(np.add, values, axis)
    return found


def largest(values: Floats, axis: int) -> Floats:
    """Return the maximum over an axis, NaN where there is one, as `values.max(axis)` does."""
    found: Floats = _folded(np.maximum, values, axis)
    return found


def zeroed(values: Floats) -> Floats:
    """Return values with 0 in place of NaN, as `np.nan_to_num` does where nothing is infinite, in a quarter of its
    time."""
    return np.where(np.isnan(values), 0.0, values)


def _folded(operation: np.ufunc, values: Floats, axis: int) -> Floats:
    n = values.shape[axis]
    if not 0 < n <= SHORT:
        return operation.reduce(values, axis=axis)
    slices = np.moveaxis(values, axis, 0)
    return slices[0].copy() if n == 1 else reduce(operation, slices)
