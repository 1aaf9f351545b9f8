"""Slow and plain versions of the measures, written from the definitions: pairs, loops, dictionaries."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np


def alpha(codes: np.ndarray, level: str, values: Sequence[float]) -> float:
    """Krippendorff's alpha by listing every ordered pair of labels."""
    units = [[int(c) for c in column if c >= 0] for column in codes.T]
    units = [unit for unit in units if len(unit) >= 2]
    flat = [c for unit in units for c in unit]
    n_of, n = Counter(flat), len(flat)

    def distance(a: int, b: int) -> float:
        if a == b:
            return 0.0
        if level == "nominal":
            return 1.0
        if level == "interval":
            return (values[a] - values[b]) ** 2
        if level == "ratio":
            return ((values[a] - values[b]) / (values[a] + values[b])) ** 2
        low, high = min(a, b), max(a, b)
        return (sum(n_of[g] for g in range(low, high + 1)) - (n_of[low] + n_of[high]) / 2) ** 2

    observed = sum(
        distance(a, b) / (len(unit) - 1) for unit in units for a, b in itertools.permutations(unit, 2)
    ) / max(n, 1)  # fmt: skip
    expected = sum(distance(a, b) for a, b in itertools.permutations(flat, 2)) / max(n * (n - 1), 1)
    return math.nan if expected == 0 else 1 - observed / expected


def draw(probability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One label code of every (rater, unit) from distributions (raters, units, labels); -1 where they are NaN."""
    steps = np.cumsum(probability, axis=-1)
    codes = (rng.random((*probability.shape[:-1], 1)) > steps).sum(axis=-1)
    return np.where(np.isnan(probability[..., 0]), -1, np.minimum(codes, probability.shape[-1] - 1))
