"""Splits: which items a model learns from, which stop it, and which it is judged on.

Splits go by item, never by row: two labels of one text in training and test would let a model recall the text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from engine.annotators.annotations import Annotations
from engine.errors import InputError

OWN_NAMES = {"train": "train", "dev": "dev", "development": "dev", "validation": "dev", "valid": "dev", "val": "dev",
             "test": "test"}  # fmt: skip
"""A corpus's name of a split, in lower case -> ours."""
FEWEST_ITEMS = 5
"""Labelled items below which none can be drawn for each split."""
DEV_SHARE, TEST_SHARE = 0.1, 0.2
"""Of the items where the corpus has no split of its own; the others are for training."""
DEV_OF_TRAIN = 0.125
"""Of the training items, where the corpus has training and test items but no dev split: 0.1 of 0.8."""


@dataclass(frozen=True)
class Splits:
    """Items of each split; items in none are left out."""

    train: frozenset[str]
    dev: frozenset[str]
    test: frozenset[str]
    origin: str
    """Where the split comes from, for people: 'of the corpus', or 'drawn, seed 0'."""

    def __post_init__(self) -> None:
        if both := (self.train & self.dev) | (self.train & self.test) | (self.dev & self.test):
            raise InputError(f"item {min(both)!r} is in two splits. Each item belongs to one.")

    def parts(self, annotations: Annotations) -> tuple[Annotations, Annotations, Annotations]:
        """Return the rows of train, dev and test.

        Raises:
            InputError: one of the three has no row; the message says which.
        """
        train, dev, test = (annotations.of_items(part) for part in (self.train, self.dev, self.test))
        for name, part in (("train", train), ("dev", dev), ("test", test)):
            if not len(part):
                raise InputError(
                    f"{annotations.name} has no label on an item of the {name} split ({self.origin}): "
                    f"{len(self.train):,} items are in train, {len(self.dev):,} in dev, {len(self.test):,} in test. "
                    "Choose items of all three, or let the split be drawn."
                )
        return train, dev, test


def item_splits(annotations: Annotations, seed: int = 0, own: bool = True) -> Splits:
    """Return the corpus's own splits where it has them, else splits of the labelled items drawn with the seed.

    A corpus with training and test items but no dev split gives an eighth of its training items to dev. Items of a
    split that is none of the three (OWN_NAMES) are left out, and `origin` counts them.

    Args:
        annotations: whose items are split; items without a label are in no split.
        seed: of what is drawn.
        own: whether the corpus's own splits count.

    Raises:
        InputError: fewer than 5 labelled items, which cannot be split.
    """
    labelled = [annotations.items[i] for i in np.unique(annotations.item)]
    rng = np.random.default_rng(seed)
    named = {name: OWN_NAMES.get(annotations.splits[annotations.item_place[name]].lower(), "") for name in labelled}
    sizes = Counter(named.values())
    if own and sizes["train"] and sizes["test"]:
        parts = {part: [name for name in labelled if named[name] == part] for part in ("train", "dev", "test")}
        others = f", {sizes['']:,} items of other splits left out" if sizes[""] else ""
        origin = f"of the corpus{others}"
        if not parts["dev"]:
            order = [parts["train"][i] for i in rng.permutation(len(parts["train"]))]
            n_dev = max(1, round(DEV_OF_TRAIN * len(order)))
            parts["dev"], parts["train"] = order[:n_dev], order[n_dev:]
            origin = f"of the corpus{others}, dev drawn from train, seed {seed}"
        return Splits(frozenset(parts["train"]), frozenset(parts["dev"]), frozenset(parts["test"]), origin)
    if len(labelled) < FEWEST_ITEMS:
        raise InputError(
            f"{annotations.name} has {len(labelled)} labelled items, too few to split into train, dev and test. "
            f"Expected at least {FEWEST_ITEMS}; some hundreds are needed for models that mean anything."
        )
    order = [labelled[i] for i in rng.permutation(len(labelled))]
    n_test, n_dev = (max(1, round(share * len(order))) for share in (TEST_SHARE, DEV_SHARE))
    return Splits(
        frozenset(order[n_test + n_dev :]), frozenset(order[n_test : n_test + n_dev]), frozenset(order[:n_test]),
        f"drawn, seed {seed}",
    )  # fmt: skip
