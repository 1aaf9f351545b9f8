"""Noise and distance of label distributions: the two parts that the disagreement of personas is made of.

With a squared distance d between labels, two draws of one distribution p lie p'Dp apart (its noise W), and two
distributions p, q are -(p - q)'D(p - q) / 2 apart beyond their noises. Nominal: W = 1 - sum_k p(k)^2, and
||p - q||^2 / 2. Frequencies of R draws stand in for p; what their own chance adds is taken out, so both are unbiased.

Noise is that of one wording (`own_noise`), or of an item in several (`noise_over_wordings`): two answers, each to one
of the item's wordings at random. The second holds the first, and what rewording adds to it.
"""

from __future__ import annotations

import numpy as np

from engine.measures.coincidence import Floats, Scale
from engine.measures.short_axes import total
from engine.measures.voices import Voices


def label_distances(voices: Voices) -> Floats:
    """Return the squared distance of every two labels, (labels, labels); ordinal ones at the personas' marginals."""
    n_labels = len(voices.labels)
    scale = Scale.of(voices.level, n_labels, voices.values if voices.level in ("interval", "ratio") else None)
    labels = np.nansum(voices.probability, axis=(0, 1, 2)) if voices.probability.size else np.ones(n_labels)
    distances = np.zeros((n_labels, n_labels))
    first, second = scale.pairs
    distances[first, second] = distances[second, first] = scale.pair_distances(labels)
    return distances


def own_noise(probability: Floats, draws: Floats, distances: Floats) -> Floats:
    """Return W, the mean distance of two answers of one persona, (...); NaN where a cell was drawn less than twice.

    Args:
        probability: (..., labels).
        draws: (...) answers behind each distribution; inf for exact ones.
        distances: (labels, labels).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        bias = np.where(np.isinf(draws), 1.0, draws / np.where(draws > 1, draws - 1, np.nan))
    noise: Floats = _within(probability, distances) * bias
    return noise


def noise_over_wordings(probability: Floats, draws: Floats, distances: Floats) -> tuple[Floats, Floats]:
    """Return the noise of items in all their wordings, and what the chance of few draws adds to a distance, (...).

    Noise is the mean distance of two answers, each to one of the item's wordings at random: p'Dp of the mean p of the
    wordings' distributions. Wordings with a label count alike. What chance takes from p'Dp is estimated within each
    wording, by pairs of its own answers; pooling the answers of all wordings instead would take what rewording changes
    for chance. A wording with one answer is taken to be as noisy as the others on the mean; both numbers are NaN where
    no wording has two.

    Args:
        probability: (..., wordings, labels); NaN where there is no label.
        draws: (..., wordings) answers behind each distribution; inf for exact ones.
        distances: (labels, labels).
    """
    own = own_noise(probability, draws, distances)
    known, asked = ~np.isnan(own), ~np.isnan(probability[..., 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        typical = total(np.where(known, own, 0.0), -1) / total(known.astype(np.float64), -1)
        part = sampling_part(np.where(known, own, typical[..., None]), draws)
        n_asked = total(asked.astype(np.float64), -1)
        chance = total(np.where(asked, part, 0.0), -1) / n_asked**2
        mean = total(np.where(asked[..., None], probability, 0.0), -2) / n_asked[..., None]
        noise: Floats = _within(mean, distances) + 2 * chance
    return noise, np.where(known.any(axis=-1), chance, np.nan)


def sampling_part(noise: Floats, draws: Floats) -> Floats:
    """Return what the chance of a mean of `draws` answers adds to its distance from anything else, (...)."""
    part: Floats = np.where(np.isinf(draws), 0.0, noise / (2 * np.maximum(draws, 1)))
    return part


def apart(difference: Floats, distances: Floats) -> Floats:
    """Return how far two distributions are apart, from their difference (..., labels); exactly 0 where it is 0."""
    return _within(difference, distances) * -0.5 + 0.0


def _within(p: Floats, distances: Floats) -> Floats:
    """Return p'Dp of each p (..., labels)."""
    return total((p @ distances) * p, -1)
