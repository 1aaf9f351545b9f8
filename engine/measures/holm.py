"""Holm's correction: p-values of several tests, so that together they err no more often than one would alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Floats


def holm(p_values: npt.ArrayLike) -> Floats:
    """Return p-values corrected for their number: rejecting those below 0.05 errs anywhere in at most 5 % of studies.

    Args:
        p_values: (tests,) 0 to 1; NaN where a test could not be made, which stays NaN and does not count.

    Returns:
        (tests,) never below the p-values given.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics
    6:65-70.
    """
    given = np.asarray(p_values, dtype=float)
    corrected = np.full(given.shape, np.nan)
    made = np.flatnonzero(~np.isnan(given))
    order = made[np.argsort(given[made], kind="stable")]
    corrected[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)), 1.0)
    return corrected
