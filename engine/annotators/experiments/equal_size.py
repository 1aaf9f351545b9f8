"""Label sets of equal size: how large each is, and the larger ones thinned to the smallest, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations, Ints
from engine.annotators.training.splits import Splits

SIZE_COLUMNS = (
    "condition", "split", "n_items", "n_labels", "n_raters", "labels_an_item", "labels_a_rater", "commonest",
)  # fmt: skip
"""Columns of `sizes_of`."""
_THINNING = 3
"""Stream of random numbers, apart from those that draw labels: else low draws, and their labels, would be kept."""
THINNED = "thinned to the smallest condition's labels of the item"


def thinned_to_smallest(conditions: Mapping[str, Annotations], seed: int = 0) -> dict[str, Annotations]:
    """Return the conditions with as many labels of each item as the one that has fewest of it.

    Kept first are labels of annotators whose person labelled the item in every condition, so that a persona keeps the
    very items that its own person labelled; the others are drawn. Annotators keep their places, also without labels.

    Args:
        conditions: on the same items in the same order (`on_common_items`).
        seed: of the draws.
    """
    n_items = len(next(iter(conditions.values())).items)
    counts = np.stack([np.bincount(side.item, minlength=n_items) for side in conditions.values()])
    wanted = counts.min(axis=0)
    people = [_cells_of_people(side) for side in conditions.values()]
    everywhere = set.intersection(*people)
    rng = np.random.default_rng([seed, _THINNING])
    thinned = {}
    for name, side in conditions.items():
        cells = zip(side.item.tolist(), (side.people[a] for a in side.annotator), strict=True)
        apart = np.array([cell not in everywhere for cell in cells], dtype=bool)
        rows = np.sort(_first_of_items(side.item, np.lexsort((rng.random(len(side)), apart, side.item)), wanted))
        lost = len(side) - len(rows)
        dropped = dict(side.dropped) | ({THINNED: lost} if lost else {})
        thinned[name] = replace(side.where(rows), dropped=dropped)
    return thinned


def sizes_of(conditions: Mapping[str, Annotations], splits: Splits) -> pd.DataFrame:
    """Return how large each condition is in each split.

    Returns:
        One row a condition and split (train, dev, test), with `SIZE_COLUMNS`: items, labels and annotators with labels;
        labels_an_item and labels_a_rater: means; commonest: share of the commonest label, 0 to 1. NaN where no label.
    """
    rows = []
    for name, side in conditions.items():
        for split in ("train", "dev", "test"):
            part = side.of_items(getattr(splits, split))
            n, n_items, n_raters = len(part), len(np.unique(part.item)), len(np.unique(part.annotator))
            commonest = np.bincount(part.label).max() / n if n else np.nan
            a_rater, an_item = (n / count if count else np.nan for count in (n_raters, n_items))
            rows.append((name, split, n_items, n, n_raters, an_item, a_rater, commonest))
    return pd.DataFrame(rows, columns=list(SIZE_COLUMNS))


def _cells_of_people(side: Annotations) -> set[tuple[int, str]]:
    """Return item and person of every label whose annotator stands for one."""
    persons = (side.people[a] for a in side.annotator)
    return {(item, person) for item, person in zip(side.item.tolist(), persons, strict=True) if person}


def _first_of_items(item: Ints, order: Ints, wanted: Ints) -> Ints:
    """Return the rows that come first of their item in an order sorted by item, as many of each as wanted."""
    sorted_items = item[order]
    starts = np.searchsorted(sorted_items, sorted_items)
    kept: Ints = order[np.arange(len(order)) - starts < wanted[sorted_items]]
    return kept
