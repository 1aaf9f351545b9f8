"""The check of sampled labels against the exact distribution: do both tell the same story?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.result import Estimate
from engine.measures.temperature import at_temperature

IMPOSSIBLE = 1e-12
"""A label drawn at most this probable should not have been drawn at all, and one as near to certain always."""


@dataclass(frozen=True)
class ExactCheck:
    """How sampled labels deviate from the exact distribution."""

    z: Floats
    """(cells, labels) standard scores of the counts; NaN where the cell was not drawn or the label is certain."""
    rms: Estimate
    """Root mean square of z: about 1 where the draws come from the exact distribution; 0.8 to 1.2 is common for a few
    dozen cells. Far above 1: they do not (another prompt, top-p, a temperature the server ignored). Far below 1: the
    draws are too regular, so perhaps not independent."""
    n_draws: int
    n_impossible: int
    """Draws of a label whose exact probability is 0. One is enough to say that the two do not belong together."""


def check_against_exact(
    logprobs: npt.ArrayLike,
    counts: npt.ArrayLike,
    temperature: float,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> ExactCheck:
    """Compare counts of sampled labels with the exact distribution at their temperature.

    z = (n_k - R p_k) / sqrt(R p_k (1 - p_k)) for R draws of a cell: mean 0 and variance 1 where the draws are
    independent and p is their distribution. Each z counts once in the rms, and its interval draws cells.

    Args:
        logprobs: (cells, labels) natural logs of the labels' probabilities at T = 1. A cell is what was asked
            repeatedly: one persona, item and wording.
        counts: (cells, labels) how often each label was drawn.
        temperature: at which it was drawn.
        resamples: bootstrap draws of cells; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: arrays of different shape, or settings out of range.
    """
    drawn = np.asarray(counts, dtype=np.float64)
    p = at_temperature(logprobs, temperature)
    check_resampling(resamples, confidence)
    if p.ndim != 2 or p.shape != drawn.shape:
        raise InputError(f"logprobs has shape {p.shape}, counts {drawn.shape}. Expected cells x labels for both.")
    asked = drawn.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (drawn - asked * p) / np.sqrt(asked * p * (1 - p))
    z[~((asked > 0) & (p > IMPOSSIBLE) & (p < 1 - IMPOSSIBLE))] = np.nan
    known = ~np.isnan(z)
    used = known.any(axis=1)
    rows = np.stack([np.where(known, z, 0.0)[used] ** 2, known[used]], axis=2).sum(axis=1)  # sum of squares, number
    dropped = {
        "cells without an exact distribution": int(np.isnan(p).any(axis=1).sum()),
        "cells without a draw": int((~np.isnan(p).any(axis=1) & (asked[:, 0] == 0)).sum()),
    }
    dropped["cells whose label is certain"] = len(p) - int(used.sum()) - sum(dropped.values())
    dropped = {reason: count for reason, count in dropped.items() if count}
    return ExactCheck(
        z=z,
        rms=_root_mean_square(rows, dropped, resamples, confidence, seed),
        n_draws=int(drawn[~np.isnan(p).any(axis=1)].sum()),
        n_impossible=int(drawn[p <= IMPOSSIBLE].sum()),
    )


def _root_mean_square(rows: Floats, dropped: dict[str, int], resamples: int, confidence: float, seed: int) -> Estimate:
    """Join the rms of z-scores and its interval; rows (cells, [sum of squares, number])."""
    if not len(rows):
        note = "no cell was drawn from a distribution that leaves a choice"
        return Estimate(np.nan, np.nan, np.nan, confidence, dropped=dropped, note=note)
    total = rows.sum(axis=0)
    low = high = np.nan
    if resamples and len(rows) > 1:
        sums = resampled_sums(rows, None, resamples, seed)
        low, high, _ = single_interval(np.sqrt(sums[:, 0] / sums[:, 1]), confidence)
    note = "one cell: no interval" if len(rows) == 1 else ""
    return Estimate(float(np.sqrt(total[0] / total[1])), low, high, confidence, len(rows), 0, dropped, note)
