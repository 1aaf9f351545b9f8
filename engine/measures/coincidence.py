"""Coincidence counts: what every agreement measure here is made of.

Krippendorff's alpha compares the disagreement seen between labels of the same unit with the disagreement expected
when the same labels are dealt to units at random. Both need only sums over units:

    marginals   n_k   = labels of kind k on units with at least two labels
    between     o_kl  = sum over units of [labels k and l from two different raters] / (m - 1), m labels on the unit
    within      w_kl  = sum over units and raters of p_a(k) p_a(l): a rater asked twice; 0 where labels are certain

The sums are linear in units, so a resample of items is a weighted sum of rows, and a thousand resamples are one matrix
product. This module makes the rows (`terms_*`) and turns summed rows into disagreement (`solve`).

A row holds n_k for every label, then `between`, then `within`; these two as one number each where the distance between
labels is fixed (nominal, interval, ratio), and as one number for every pair k < l where it depends on the marginals of
the resample (ordinal). Pairs stand for both orders, k-l and l-k.

Source: Krippendorff, Content Analysis (4th ed., 2019), chapter 12, doi:10.4135/9781071878781.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from engine.errors import InputError

Level = Literal["nominal", "ordinal", "interval", "ratio"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NOTHING_EXPECTED = 1e-12
"""Expected disagreement below this share of the largest distance is none: the labels are unanimous but for rounding."""
LABELS_AT_ONCE = 500_000
"""Labels counted at once (4 MB an index array)."""


@dataclass(frozen=True)
class Scale:
    """A label set with its level of measurement, hence the squared distance between any two labels."""

    level: Level
    values: tuple[float, ...]
    """The labels as numbers, in the task's order; only interval and ratio read them, ordinal reads the order."""

    @classmethod
    def of(cls, level: str, n_labels: int, values: Sequence[float] | None = None) -> Scale:
        """Return the scale, with values 0, 1, 2, ... where none are given.

        Raises:
            InputError: an unknown level, a value too many or too few, or values that the level does not allow.
        """
        if level not in get_args(Level):
            raise InputError(f"level {level!r} is unknown. Use one of {', '.join(get_args(Level))}.")
        numbers = tuple(float(v) for v in (range(n_labels) if values is None else values))
        problems = []
        if len(numbers) != n_labels:
            problems.append(f"values has {len(numbers)} numbers for {n_labels} labels")
        if level in ("interval", "ratio") and len(set(numbers)) != len(numbers):
            problems.append(f"values {list(numbers)!r} give two labels one number")
        if not np.isfinite(numbers).all():
            problems.append(f"values {list(numbers)!r} are not all finite")
        if level == "ratio" and min(numbers, default=0.0) < 0:
            problems.append(f"values {list(numbers)!r} go below 0, which a ratio scale cannot")
        if problems:
            raise InputError(f"{'; '.join(problems)}. Give one number a label, in the labels' order.")
        return cls(level, numbers)  # type: ignore[arg-type]

    @property
    def n_labels(self) -> int:
        """How many labels there are."""
        return len(self.values)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """Every pair of labels k < l, as two index arrays."""
        first, second = np.triu_indices(self.n_labels, k=1)
        return first.astype(np.int64), second.astype(np.int64)

    @property
    def fixed(self) -> bool:
        """Whether the distances are the same in every resample (all levels but ordinal)."""
        return self.level != "ordinal"

    @property
    def n_blocks(self) -> int:
        """Length of `between` and of `within` in a row of terms."""
        return 1 if self.fixed else len(self.pairs[0])

    @property
    def width(self) -> int:
        """Length of a row of terms."""
        return self.n_labels + 2 * self.n_blocks

    def pair_distances(self, marginals: Floats | None = None) -> Floats:
        """Return the squared distance of every pair of labels.

        Nominal 1; interval (v_k - v_l)^2; ratio ((v_k - v_l) / (v_k + v_l))^2; ordinal the squared share of all labels
        that lies between the two, both ends counted by half: ((n_k / 2 + n_{k+1} + ... + n_l / 2) / n)^2. The division
        by n is ours: alpha does not change, and disagreement of corpora of different size can be compared.

        Args:
            marginals: (..., labels) label counts; only ordinal reads them.

        Returns:
            (pairs,), or (..., pairs) for ordinal.
        """
        first, second = self.pairs
        if self.level == "nominal":
            return np.ones(len(first))
        if self.level == "ordinal":
            if marginals is None:
                raise ValueError("ordinal distances depend on the marginals")
            share = marginals / np.maximum(marginals.sum(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
            middle = np.cumsum(share, axis=-1) - share / 2  # where a label's centre lies among all labels, 0 to 1
            ranks: Floats = (middle[..., second] - middle[..., first]) ** 2
            return ranks
        v = np.array(self.values)
        difference = v[second] - v[first]
        if self.level == "ratio":
            difference = difference / (v[second] + v[first])  # distinct and >= 0, so never 0 / 0
        squared: Floats = difference**2
        return squared


def label_counts(codes: Ints, n_labels: int) -> Ints:
    """Return how often each label was given to each unit, (units, labels), from codes (raters, units), -1 missing.

    Units are counted in blocks: index arrays of all labels at once would take memory fresh from the system, which costs
    several times the counting from some five million labels on.
    """
    n_raters, n_units = codes.shape
    bins = n_labels + 1  # the first takes what is missing
    counts = np.empty((n_units, n_labels), dtype=np.int64)
    step = max(1, LABELS_AT_ONCE // max(n_raters, 1))
    for start in range(0, n_units, step):
        block = np.maximum(codes[:, start : start + step], -1)
        size = block.shape[1]
        place = block + np.arange(1, bins * size, bins)
        found = np.bincount(place.ravel(), minlength=bins * size)
        counts[start : start + size] = found.reshape(size, bins)[:, 1:]
    return counts


def terms_of_counts(counts: Ints, scale: Scale) -> Floats:
    """Return the terms of units whose labels are known, (units, width), from counts (units, labels).

    Units with fewer than two labels pair nothing: their terms are 0.
    """
    n_raters = counts.sum(axis=1)
    return _rows(counts.astype(np.float64), np.zeros((len(counts), len(scale.pairs[0]))), n_raters, scale)


def terms_of_distributions(distributions: Floats, scale: Scale) -> Floats:
    """Return the expected terms of one draw of every rater on every unit, (units, width).

    Args:
        distributions: (labels, raters, units); each sums to 1 over labels, or is NaN where there is none. Labels come
            first so that sums over them run along memory.
        scale: the labels' scale.
    """
    missing = np.isnan(distributions[0])
    p = np.where(missing, 0.0, distributions) if missing.any() else distributions
    within = np.empty((p.shape[2], len(scale.pairs[0])))
    for column, (k, label) in enumerate(zip(*scale.pairs, strict=True)):
        within[:, column] = np.einsum("ru,ru->u", p[k], p[label])
    return _rows(p.sum(axis=1).T, within, (~missing).sum(axis=0), scale)


def _rows(totals: Floats, within: Floats, n_raters: Ints, scale: Scale) -> Floats:
    """Join marginals, between and within of units: totals (units, labels), within (units, pairs)."""
    first, second = scale.pairs
    paired = n_raters >= 2
    between = (totals[:, first] * totals[:, second] - within) / np.maximum(n_raters - 1, 1)[:, None]
    blocks = [2 * between, 2 * within]  # both orders of a pair
    if scale.fixed:
        distances = scale.pair_distances()
        blocks = [(block @ distances)[:, None] for block in blocks]
    rows: Floats = np.concatenate([totals, *blocks], axis=1) * paired[:, None]
    return rows


@dataclass(frozen=True)
class Disagreement:
    """Disagreement of summed terms; arrays of the shape the sums had without their last axis."""

    observed: Floats
    """D_o: mean squared distance of two labels of one unit, from different raters."""
    expected: Floats
    """D_e: the same for labels dealt to units at random."""
    within: Floats
    """Mean squared distance of two draws of one rater on one unit: the rater's own noise."""
    alpha: Floats
    """1 - D_o / D_e; NaN where nothing is expected."""


def solve(sums: Floats, scale: Scale) -> Disagreement:
    """Return the disagreement that summed terms hold.

    D_e is the expectation of sum_kl n_k n_l d_kl / (n (n - 1)). For drawn labels E[n_k n_l] = E n_k E n_l + Cov(n_k,
    n_l), and the covariance of independent draws is - w_kl: the rater's own pairs leave the expected ones, exactly.
    Ordinal distances are taken at the (expected) marginals.

    Args:
        sums: (..., width) sums of rows of terms.
        scale: the scale the terms were made with.
    """
    k, b = scale.n_labels, scale.n_blocks
    marginals = sums[..., :k]
    n = marginals.sum(axis=-1)
    distances = scale.pair_distances(marginals)
    first, second = scale.pairs

    def weighed(block: Floats) -> Floats:
        total: Floats = block[..., 0] if scale.fixed else (block * distances).sum(axis=-1)
        return total

    within = weighed(sums[..., k + b :])
    chance = 2 * (marginals[..., first] * marginals[..., second] * distances).sum(axis=-1) - within
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = weighed(sums[..., k : k + b]) / n
        expected = chance / (n * (n - 1))
        defined = expected > NOTHING_EXPECTED * distances.max(axis=-1, initial=0.0)
        alpha = np.where(defined, 1 - observed / np.where(defined, expected, 1.0), np.nan)
        return Disagreement(observed, expected, within / n, alpha)
