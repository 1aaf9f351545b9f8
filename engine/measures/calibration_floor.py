"""The floor of calibration scores: what the true distribution of an item would score against few people's labels.

With six people a share can only be 0, 1/6, 2/6, ...: even whoever knew the truth would be off. How far, depends on the
truth, which is estimated here: the items' distributions are taken as drawn from a Dirichlet distribution fitted to the
counts, an item's own truth is drawn given its counts, new labels are drawn from that truth, and the truth is scored
against them. Taking the shares themselves for the truth would make the floor too low, because shares look more decided
than the people behind them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from engine.measures.calibration_terms import confidence_gaps, score_terms
from engine.measures.coincidence import Floats

AT_ONCE = 2_000_000
"""Probabilities simulated at once (16 MB)."""


def fitted_dirichlet(counts: Floats) -> Floats:
    """Return (labels,) parameters of the Dirichlet distribution that the items' distributions look drawn from.

    The mean is that of all labels; the concentration maximises the Dirichlet-multinomial likelihood of the counts.

    Args:
        counts: (items, labels); items without labels do not count.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    kept = counts[counts.sum(axis=1) > 0]
    mean = kept.sum(axis=0) / kept.sum()
    used = mean > 0
    rows, times = np.unique(kept[:, used], axis=0, return_counts=True)
    n = rows.sum(axis=1)

    def loss(log_concentration: float) -> float:
        c = np.exp(log_concentration)
        each = gammaln(rows + c * mean[used]).sum(axis=1) - gammaln(c * mean[used]).sum()
        return -float(times @ (gammaln(c) - gammaln(n + c) + each))

    best = minimize_scalar(loss, bounds=(np.log(1e-3), np.log(1e4)), method="bounded")
    return np.where(used, np.exp(best.x) * mean, 0.0)


def perfect_scores(
    counts: Floats, values: Floats | None, bins: int, simulations: int, confidence: float, seed: int
) -> pd.DataFrame:
    """Return what the true distributions would score with as many labels an item as there are.

    Args:
        counts: (items, labels) labels that people gave.
        values: (labels,) numbers of ordered labels; None: nominal.
        bins: of the expected calibration error.
        simulations: simulated corpora.
        confidence: share of them that the range holds.
        seed: decides the draws.

    Returns:
        score, floor (mean), floor_low, floor_high; one row a score, none where nobody labelled anything.
    """
    kept = np.ascontiguousarray(counts[counts.sum(axis=1) > 0], dtype=np.float64)
    if not len(kept):
        return pd.DataFrame({"score": [], "floor": [], "floor_low": [], "floor_high": []})
    numbers = None if values is None else tuple(map(float, values))
    rows = _simulated(kept.tobytes(), kept.shape[1], numbers, bins, simulations, confidence, seed)
    return pd.DataFrame(rows, columns=["score", "floor", "floor_low", "floor_high"])


@lru_cache(maxsize=8)
def _simulated(
    labels: bytes, n_labels: int, numbers: tuple[float, ...] | None, bins: int, simulations: int, confidence: float,
    seed: int,
) -> list[tuple[str, float, float, float]]:  # fmt: skip
    """Return score, mean and range; kept, because only the people decide it, whatever the personas' temperature."""
    kept = np.frombuffer(labels).reshape(-1, n_labels)
    values = None if numbers is None else np.array(numbers)
    shape = fitted_dirichlet(kept) + kept
    n = kept.sum(axis=1).astype(int)
    rng = np.random.default_rng(seed)
    found: dict[str, list[Floats]] = {}
    step = max(1, AT_ONCE // kept.size)
    for start in range(0, simulations, step):
        size = min(step, simulations - start)
        truth = rng.standard_gamma(np.broadcast_to(shape, (size, *shape.shape)))
        truth /= truth.sum(axis=-1, keepdims=True)
        drawn = rng.multinomial(n, truth).astype(float)
        for score, terms in score_terms(truth, drawn, values).items():
            found.setdefault(score, []).append(terms.mean(axis=1))
        gaps = confidence_gaps(truth, drawn, bins).sum(axis=1)
        found.setdefault("calibration_error", []).append(np.abs(gaps).sum(axis=1) / len(kept))
    tail = (1 - confidence) / 2
    rows = []
    for score, parts in found.items():
        draws = np.concatenate(parts)
        low, high = np.quantile(draws, [tail, 1 - tail]).tolist()
        rows.append((score, float(draws.mean()), low, high))
    return rows
