"""Thinned training labels: fewer an annotator, or fewer annotators, each smaller set within each larger one."""

from __future__ import annotations

import numpy as np

from engine.annotators.annotations import Annotations

LABELS, ANNOTATORS = 4, 5
"""Streams of random numbers of their own: with those that drew the personas' labels, the seed would choose by label."""


def with_labels_each(train: Annotations, n: int, seed: int) -> Annotations:
    """Return n rows of every annotator, drawn with the seed; all rows of those who have fewer."""
    order = np.lexsort((np.random.default_rng([seed, LABELS]).random(len(train)), train.annotator))
    counts = np.bincount(train.annotator, minlength=len(train.annotators))
    place = np.empty(len(train), dtype=np.int64)
    place[order] = np.arange(len(train)) - np.repeat(np.cumsum(counts) - counts, counts)
    return train.where(place < n)


def with_annotators(train: Annotations, n: int, seed: int) -> Annotations:
    """Return all rows of n annotators, drawn with the seed among those with rows; the annotators keep their places."""
    chosen = np.random.default_rng([seed, ANNOTATORS]).permutation(np.unique(train.annotator))[:n]
    return train.where(np.isin(train.annotator, chosen))


def doubling(most: int, least: int) -> tuple[int, ...]:
    """Return least, twice that, ... and most as the last, without one that it is less than half as large again as."""
    steps = []
    size = least
    while 1.5 * size <= most:
        steps.append(size)
        size *= 2
    return (*steps, most)
