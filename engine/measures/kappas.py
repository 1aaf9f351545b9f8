"""Kappas: agreement of two raters (Cohen) and of a panel that labelled everything (Fleiss), and of two sets.

Values are those of scikit-learn and statsmodels; intervals are a bootstrap over items, from counts of equal items.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.agreement import UNANIMOUS, undefined_note
from engine.measures.coincidence import Floats, Ints, label_counts
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.result import Estimate
from engine.measures.samples import check_codes, check_probability, size_of_label_set

Weights = Literal["none", "linear", "quadratic"]
"""Of a disagreement: every one alike, by steps between the labels, or by their square."""


def cohen_kappa(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    n_labels: int | None = None,
    weights: Weights = "none",
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Cohen's kappa of two raters: 1 - disagreement seen / expected from each rater's own label shares, at most 1.

    Unlike alpha it forgives two raters who use a label at different rates. NaN where both give one label only.

    Args:
        first: (items,) indices into the labels, -1 missing.
        second: of the same items.
        n_labels: size of the label set; None: the largest code + 1.
        weights: none, linear or quadratic; the latter two for ordered labels.
        resamples: bootstrap draws of items; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: raters of different items, or settings out of range.

    Source: Cohen (1960), doi:10.1177/001316446002000104; weighted: Cohen (1968), doi:10.1037/h0026256.
    """
    if np.shape(first) != np.shape(second) or np.ndim(first) != 1:
        raise InputError(
            f"the raters have labels of shapes {np.shape(first)} and {np.shape(second)}. Expected one label an item "
            "from both, in the same order; -1 where there is none."
        )
    if weights not in ("none", "linear", "quadratic"):
        raise InputError(f"weights {weights!r} is unknown. Use none, linear or quadratic.")
    check_resampling(resamples, confidence)
    grid = check_codes(np.stack([np.asarray(first), np.asarray(second)]), n_labels)
    k = size_of_label_set(grid, n_labels)
    both = (grid >= 0).all(axis=0)
    dropped = {"items without a label of both": int((~both).sum())} if not both.all() else {}
    facts = (confidence, int(both.sum()), 2, dropped)
    if not both.any():
        return _undefined("the two raters have no item in common", facts)
    a, b = grid[:, both].astype(np.int64)
    cells = np.bincount(a * k + b, minlength=k * k)
    steps = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    weight = {"none": steps > 0, "linear": steps, "quadratic": steps**2}[weights].astype(np.float64).ravel()

    def kappa(counts: Floats) -> Floats:
        table = counts.reshape(*counts.shape[:-1], k, k)
        n = counts.sum(axis=-1)
        chance = (table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :]).reshape(counts.shape) @ weight
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = np.where(chance > 0, 1 - n * (counts @ weight) / chance, np.nan)
        return found

    if np.isnan(kappa(cells.astype(np.float64))):
        return _undefined(UNANIMOUS, facts)
    from sklearn.metrics import cohen_kappa_score

    named = None if weights == "none" else weights
    value = float(cohen_kappa_score(a, b, labels=np.arange(k), weights=named))
    return _with_interval(value, np.eye(k * k), cells, kappa, facts, resamples, seed)


def fleiss_kappa(
    codes: npt.ArrayLike,
    *,
    n_labels: int | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Fleiss' kappa of raters who all labelled the same items: 1 - disagreement seen / expected, at most 1.

    It is defined for items with one number of labels only: items that a rater left out are dropped and counted; alpha
    has use for them. It differs from nominal alpha by a term of order 1 / labels.

    Args:
        codes: (raters, items) indices into the labels, -1 missing; raters without any label are left out.
        n_labels: size of the label set; None: the largest code + 1.
        resamples: bootstrap draws of items; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: codes that are no such array, or settings out of range.

    Source: Fleiss (1971), doi:10.1037/h0031619.
    """
    check_resampling(resamples, confidence)
    grid = check_codes(codes, n_labels)
    k = size_of_label_set(grid, n_labels)
    grid = grid[(grid >= 0).any(axis=1)]
    m = len(grid)
    whole = (grid >= 0).all(axis=0) if m else np.zeros(grid.shape[1], dtype=bool)
    dropped = {"items without a label of every rater": int((~whole).sum())} if not whole.all() else {}
    facts = (confidence, int(whole.sum()), m, dropped)
    if m < 2 or not whole.any():
        return _undefined(
            "agreement needs two raters with labels" if m < 2 else "no item has a label of every rater", facts
        )
    counts = label_counts(grid[:, whole], k)
    groups, multiplicity = np.unique(counts, axis=0, return_counts=True)
    rows = np.column_stack([groups, (groups * (groups - 1)).sum(axis=1) / (m * (m - 1)), np.ones(len(groups))])

    def kappa(sums: Floats) -> Floats:
        share = sums[..., :k] / (m * sums[..., -1:])
        chance = (share**2).sum(axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            seen = sums[..., k] / sums[..., -1]
            found: Floats = np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)
        return found

    if np.isnan(kappa(multiplicity @ rows)):
        return _undefined(UNANIMOUS, facts)
    from statsmodels.stats.inter_rater import fleiss_kappa as by_package

    return _with_interval(float(by_package(counts)), rows, multiplicity, kappa, facts, resamples, seed)


def agreement_of_sets(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Chance that a rater of one set and a rater of another give an item the same label, 0 to 1; items weigh alike.

    It does not allow for agreement by chance. Labels that are known are distributions of 0 and 1.

    Args:
        first: (raters, items, labels) distributions, NaN where there is none.
        second: of the same items and labels.
        resamples: bootstrap draws of items; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: sets of different items or labels, or settings out of range.
    """
    check_resampling(resamples, confidence)
    grids = [check_probability(first), check_probability(second)]
    if grids[0].shape[1:] != grids[1].shape[1:]:
        raise InputError(
            f"the sets have {grids[0].shape[1:]} and {grids[1].shape[1:]} items and labels. Expected the same ones."
        )
    means = []
    for grid in grids:
        n = (~np.isnan(grid[..., 0])).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append(np.nansum(grid, axis=0) / n[:, None])
    same = (means[0] * means[1]).sum(axis=1)
    known = ~np.isnan(same)
    dropped = {"items without a label of both": int((~known).sum())} if not known.all() else {}
    n_raters = sum(int((~np.isnan(grid[..., 0])).any(axis=1).sum()) for grid in grids)
    facts = (confidence, int(known.sum()), n_raters, dropped)
    if not known.any():
        return _undefined("the two sets have no item in common", facts)
    rows = np.column_stack([same[known], np.ones(int(known.sum()))])
    return _with_interval(
        float(same[known].mean()), rows, None, lambda sums: sums[..., 0] / sums[..., 1], facts, resamples, seed
    )


Facts = tuple[float, int, int, dict[str, int]]


def _undefined(note: str, facts: Facts) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, *facts, note)


def _with_interval(
    value: float,
    rows: Floats,
    multiplicity: Ints | None,
    of_sums: Callable[[Floats], Floats],
    facts: Facts,
    resamples: int,
    seed: int,
) -> Estimate:
    """Join a value and the interval of its resamples."""
    if not resamples or facts[1] < 2:
        return Estimate(value, math.nan, math.nan, *facts, "one item: no interval" if facts[1] < 2 else "")
    drawn = of_sums(resampled_sums(rows, multiplicity, resamples, seed))
    low, high, undefined = single_interval(drawn, facts[0])
    return Estimate(value, low, high, *facts, undefined_note(undefined, resamples))
