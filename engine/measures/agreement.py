"""Agreement: Krippendorff's alpha and percent agreement, each with a bootstrap interval over items."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import (
    Disagreement,
    Floats,
    Ints,
    Scale,
    label_counts,
    solve,
    terms_of_distributions,
)
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.result import Estimate
from engine.measures.samples import (
    Sample,
    check_codes,
    check_probability,
    sample_of_codes,
    sample_of_terms,
    size_of_label_set,
)

UNANIMOUS = "unanimous: all labels are equal (percent agreement 100 %), so there is no disagreement to compare with"


def alpha(
    codes: npt.ArrayLike,
    *,
    n_labels: int | None = None,
    level: str = "nominal",
    values: Sequence[float] | None = None,
    cluster: npt.ArrayLike | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Krippendorff's alpha of labels: 1 - D_o / D_e, the share of the expected disagreement that is absent.

    1 is perfect agreement, 0 what random dealing gives, below 0 systematic disagreement. The value comes from the
    `krippendorff` package, the interval from a percentile bootstrap over items. NaN with a note where no two labels
    meet on a unit, or where all labels are equal.

    Args:
        codes: (raters, units) indices into the labels, -1 missing.
        n_labels: size of the label set; None: the largest code + 1.
        level: nominal, ordinal (order of the codes), interval or ratio.
        values: the labels as numbers, read by interval and ratio; None: 0, 1, 2, ...
        cluster: (units,) the item each unit belongs to, where an item was labelled several times (wordings, repeats);
            None: every unit is an item. Items are drawn whole.
        resamples: bootstrap draws; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: codes that are no such array, or settings out of range.

    Source: Krippendorff, Content Analysis (4th ed., 2019), chapter 12, doi:10.4135/9781071878781.

    >>> round(alpha([[0, 0, 1, 1], [0, 1, 1, 1]], resamples=0).value, 4)
    0.5333
    """
    grid = check_codes(codes, n_labels)
    scale = Scale.of(level, size_of_label_set(grid, n_labels), values)
    counts = label_counts(grid, scale.n_labels)
    sample = sample_of_codes(grid, counts, scale, cluster)

    def value(parts: Disagreement) -> float:
        return _by_package(counts, scale) if not np.isnan(parts.alpha) else math.nan

    return _estimate(sample, scale, value, lambda parts: parts.alpha, resamples, confidence, seed)


def expected_alpha(
    probability: npt.ArrayLike,
    *,
    level: str = "nominal",
    values: Sequence[float] | None = None,
    cluster: npt.ArrayLike | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Krippendorff's alpha of one draw of every rater, without drawing: 1 - E[D_o] / E[D_e].

    Range and meaning as `alpha`, and equal to it where all probabilities are 0 or 1. Both expectations are exact
    (ordinal distances are taken at the expected marginals); their ratio stands for the mean alpha of drawn labels and
    differs from it by a term of order 1 / items, below Monte-Carlo error from about 100 items on.

    Args:
        probability: (raters, units, labels), each sums to 1, or NaN where there is none.
        level: nominal, ordinal, interval or ratio.
        values: the labels as numbers, read by interval and ratio; None: 0, 1, 2, ...
        cluster: (units,) the item each unit belongs to; None: every unit is an item.
        resamples: bootstrap draws; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: probabilities that are none, or settings out of range.
    """
    grid = check_probability(probability)
    scale = Scale.of(level, grid.shape[2], values)
    terms = terms_of_distributions(np.ascontiguousarray(np.moveaxis(grid, 2, 0)), scale)
    sample = sample_of_terms(terms, ~np.isnan(grid[:, :, 0]), cluster)
    return _estimate(
        sample, scale, lambda parts: float(parts.alpha), lambda parts: parts.alpha, resamples, confidence, seed
    )


def percent_agreement(
    codes: npt.ArrayLike,
    *,
    n_labels: int | None = None,
    cluster: npt.ArrayLike | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Chance that two raters gave one unit the same label, 0 to 1: 1 - D_o of nominal labels.

    Units weigh by their labels, as in alpha. It does not allow for agreement by chance: with a rare label it is high
    for raters who agree on nothing, so show it beside alpha. Defined also where all labels are equal (then 1).

    Args:
        codes: (raters, units) indices into the labels, -1 missing.
        n_labels: size of the label set; None: the largest code + 1.
        cluster: (units,) the item each unit belongs to; None: every unit is an item.
        resamples: bootstrap draws; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: codes that are no such array, or settings out of range.
    """
    grid = check_codes(codes, n_labels)
    scale = Scale.of("nominal", size_of_label_set(grid, n_labels))
    sample = sample_of_codes(grid, label_counts(grid, scale.n_labels), scale, cluster)
    return _estimate(
        sample, scale, lambda parts: 1 - float(parts.observed), lambda parts: 1 - parts.observed,
        resamples, confidence, seed,
    )  # fmt: skip


def _estimate(
    sample: Sample,
    scale: Scale,
    value: Callable[[Disagreement], float],
    draws: Callable[[Disagreement], Floats],
    resamples: int,
    confidence: float,
    seed: int,
) -> Estimate:
    """Join a value and the interval of its draws."""
    check_resampling(resamples, confidence)
    known = {
        "confidence": confidence,
        "n_items": sample.n_items,
        "n_raters": sample.n_raters,
        "dropped": sample.dropped,
    }
    if sample.undefined:
        return Estimate(math.nan, math.nan, math.nan, note=sample.undefined, **known)  # type: ignore[arg-type]
    multiplicity = np.ones(len(sample.rows), np.int64) if sample.multiplicity is None else sample.multiplicity
    point = value(solve(multiplicity @ sample.rows, scale))
    if math.isnan(point):
        return Estimate(math.nan, math.nan, math.nan, note=UNANIMOUS, **known)  # type: ignore[arg-type]
    if resamples == 0 or sample.n_items < 2:
        note = "one item: no interval" if sample.n_items < 2 else ""
        return Estimate(point, math.nan, math.nan, note=note, **known)  # type: ignore[arg-type]
    drawn = draws(solve(resampled_sums(sample.rows, sample.multiplicity, resamples, seed), scale))
    low, high, undefined = single_interval(drawn, confidence)
    return Estimate(point, low, high, note=undefined_note(undefined, resamples), **known)  # type: ignore[arg-type]


def undefined_note(undefined: int, resamples: int) -> str:
    """Say how many resamples had no value, where some had none."""
    return f"interval without {undefined} of {resamples} resamples, which were unanimous" if undefined else ""


def _by_package(counts: Ints, scale: Scale) -> float:
    """Alpha by the `krippendorff` package, the reference implementation."""
    import krippendorff

    paired = counts[counts.sum(axis=1) >= 2]
    return float(
        krippendorff.alpha(
            value_counts=paired, value_domain=np.array(scale.values), level_of_measurement=scale.level
        )
    )  # fmt: skip
