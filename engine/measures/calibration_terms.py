"""What each item adds to the scores of calibration: predicted distributions against counts of people's labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Floats, Ints, label_counts

SCORES = (
    "cross_entropy", "jensen_shannon", "total_variation", "manhattan", "wasserstein", "error_rate", "absolute_distance",
)  # fmt: skip
"""In the order in which tables show them; the last before `calibration_error`."""
ORDERED = ("wasserstein", "absolute_distance")
"""Scores that nominal labels do not have."""
SMALLEST = 1e-12
"""A probability of 0 for a label that somebody gave would make cross-entropy infinite; it is taken as this."""


def as_frequencies(codes: Ints, n_labels: int) -> Floats:
    """Return (items, labels) how often each label was given, from codes (annotators, items)."""
    return label_counts(np.asarray(codes), n_labels).astype(float)


def normalised_distances(values: Floats) -> Floats:
    """Return (labels, labels): |v_k - v_l| / s, with s the number of labels where values are one apart.

    Le-Wi-Di 2025 divides by the number of points of the scale (6 for 1 to 6, 11 for -5 to 5). With other gaps between
    the values, s is their range times labels / (labels - 1), which is the same for gaps of one.
    """
    k = len(values)
    spread = float(values.max() - values.min())
    scale = spread * k / (k - 1) if k > 1 and spread > 0 else 1.0
    return np.abs(values[:, None] - values[None, :]) / scale


def likeliest(predicted: Floats) -> Floats:
    """Return predicted (..., labels) with all weight on the likeliest label, shared evenly by labels that tie.

    NaN where there is no distribution.
    """
    rounded = np.round(predicted, 12)  # a mean's rounding must not break a tie
    best = rounded.max(axis=-1, keepdims=True)
    top = np.where(best > 0, rounded == best, np.nan)
    firm: Floats = top / top.sum(axis=-1, keepdims=True)
    return firm


def shares_of(counts: Floats) -> Floats:
    """Return (..., labels) shares of counts; NaN where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return shares


def score_terms(predicted: Floats, counts: Floats, values: Floats | None) -> dict[str, Floats]:
    """Return what each item adds to each score.

    Args:
        predicted: (predictors, items, labels).
        counts: (items, labels), or (predictors, items, labels) where each has its own.
        values: (labels,) numbers of ordered labels; None: nominal.

    Returns:
        Score -> (predictors, items); NaN where prediction or people have no label.
    """
    share = shares_of(counts)
    gap = predicted - share
    total = np.abs(gap).sum(axis=-1)
    middle = 0.5 * (predicted + share)
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = _plogp(predicted).sum(axis=-1) + _plogp(share).sum(axis=-1) - 2 * _plogp(middle).sum(axis=-1)
    firm = likeliest(predicted)
    terms = {
        "cross_entropy": -(share * np.log(np.maximum(predicted, SMALLEST))).sum(axis=-1),
        "jensen_shannon": np.maximum(0.5 * divergence, 0.0),
        "total_variation": 0.5 * total,
        "manhattan": total,
    }
    if values is not None:
        order = np.argsort(values)
        steps = np.diff(values[order])
        terms["wasserstein"] = (np.abs(np.cumsum(gap[..., order], axis=-1)[..., :-1]) * steps).sum(axis=-1)
    terms["error_rate"] = 1 - (firm * share).sum(axis=-1)
    if values is not None:
        terms["absolute_distance"] = ((firm @ normalised_distances(values)) * share).sum(axis=-1)
    return terms


def confidence_gaps(predicted: Floats, counts: Floats, bins: int) -> Floats:
    """Return (predictors, items, bins): confidence minus the share of people who agree, in the confidence's bin."""
    share = shares_of(counts)
    confidence = np.round(predicted.max(axis=-1), 12)
    agree = (likeliest(predicted) * share).sum(axis=-1)
    scored = ~np.isnan(confidence) & ~np.isnan(agree)
    gap = np.where(scored, confidence - agree, 0.0)
    place: npt.NDArray[np.int64] = np.clip(
        np.ceil(np.round(np.where(scored, confidence, 0.0) * bins, 9)) - 1, 0, bins - 1
    ).astype(int)
    return gap[..., None] * (place[..., None] == np.arange(bins))


def _plogp(p: Floats) -> Floats:
    """Return p log2 p, 0 at 0, NaN at NaN."""
    return np.where(p > 0, p * np.log2(np.where(p > 0, p, 1.0)), np.where(np.isnan(p), np.nan, 0.0))
