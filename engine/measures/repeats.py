"""Repeats: what asking the same persona several times tells of its noise."""

from __future__ import annotations

import numpy as np

from engine.measures.coincidence import Floats, Ints, Scale, label_counts, terms_of_distributions


def repeat_counts(codes: Ints, n_labels: int) -> Ints:
    """Return how often each rater gave each unit each label, (labels, raters, units).

    Args:
        codes: (raters, units, repeats) indices into the labels, -1 missing.
        n_labels: size of the label set.
    """
    n_raters, n_units, n_repeats = codes.shape
    counts = label_counts(codes.reshape(-1, n_repeats).T, n_labels)  # cells in the place of units
    return np.ascontiguousarray(counts.reshape(n_raters, n_units, n_labels).transpose(2, 0, 1))


def terms_of_repeats(codes: Ints, scale: Scale) -> Floats:
    """Return unbiased terms of units from repeats, (units, width): all pairs of repeats of two raters, and of one.

    From R repeats with counts n_k, p_a(k) p_b(l) is estimated without bias by the product of frequencies, and
    p_a(k) p_a(l) for k != l by n_k n_l / (R (R - 1)). Units without any rater of two repeats are 0.

    Args:
        codes: (raters, units, repeats) indices into the labels, -1 missing.
        scale: the labels' scale.
    """
    counts = repeat_counts(codes, scale.n_labels).astype(np.float64)
    asked = counts.sum(axis=0)  # (raters, units)
    with np.errstate(invalid="ignore"):
        terms = terms_of_distributions(counts / np.where(asked > 0, asked, np.nan), scale)
    twice = asked >= 2
    orders = np.where(twice, asked * (asked - 1), np.inf)  # inf: a rater asked once adds nothing
    own = np.stack([(counts[k] * counts[label] / orders).sum(axis=0) for k, label in zip(*scale.pairs, strict=True)], 1)
    # Raters asked once cannot show noise; those asked twice or more stand for all labels of the unit.
    n_raters, n_twice = (asked > 0).sum(axis=0), twice.sum(axis=0)
    within = 2 * own * (n_raters / np.maximum(n_twice, 1))[:, None]
    within = within @ scale.pair_distances()[:, None] if scale.fixed else within
    terms[:, scale.n_labels + scale.n_blocks :] = within
    kept: Floats = terms * ((n_twice >= 1) & (n_raters >= 2))[:, None]
    return kept
