"""Mere rewording: how far the same persona moves when the same question is put in other words.

What an attribute does must stand out from this. Real models tilt all their answers a little for any words, so that
items show the tilt with certainty; whether an attribute does more than words is a question of how many wordings and
personas were tried, not of how many items.
"""

from __future__ import annotations

import itertools

import numpy as np

from engine.measures.coincidence import Floats

DRAWS = 1000
"""Draws of rewordings that their upper end is read from."""


def between_wordings(distributions: Floats) -> Floats:
    """Return the total variation of every two wordings, (pairs of wordings, personas, items); NaN where one is missing.

    Args:
        distributions: (personas, items, wordings, labels).
    """
    apart = [
        0.5 * np.abs(distributions[:, :, a] - distributions[:, :, b]).sum(axis=-1)
        for a, b in itertools.combinations(range(distributions.shape[2]), 2)
    ]
    return np.stack(apart) if apart else np.full((0, *distributions.shape[:2]), np.nan)


def most_of_rewordings(apart: Floats, n_personas: int, confidence: float, seed: int) -> float:
    """Return what rewordings of as many personas stay below, with the chance of `confidence`.

    A draw takes one pair of wordings, which tilts all personas alike, and `n_personas` personas; it is the mean of
    their total variations.

    Args:
        apart: (pairs of wordings, personas, items), as `between_wordings` returns it.
        n_personas: over how many the effect to compare with is a mean.
        confidence: 0 to 1.
        seed: decides the draws.

    Returns:
        0 to 1; NaN with one wording.
    """
    known = ~np.isnan(apart)
    with np.errstate(invalid="ignore"):
        means = np.where(known, apart, 0.0).sum(axis=2) / known.sum(axis=2)
    means = means[:, ~np.isnan(means).any(axis=0)]
    if not means.size or n_personas < 1:
        return float("nan")
    rng = np.random.default_rng((seed, 3))
    pair = rng.integers(0, means.shape[0], (DRAWS, 1))
    drawn = means[pair, rng.integers(0, means.shape[1], (DRAWS, n_personas))]
    return float(np.quantile(drawn.mean(axis=1), confidence))
