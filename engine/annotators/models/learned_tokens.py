"""Learned tokens: the vectors that a user-token model learns of people and personas together, for the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Annotations, on_common_items
from engine.annotators.comparison import seeds_of
from engine.annotators.models.modules import BesideText
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import Trainer

Floats = npt.NDArray[np.float64]
MODEL = "user token"


def learned_tokens(
    sides: Sequence[Annotations], seeds: int | Sequence[int] = 5, trainer: Trainer | None = None,
    splits: Splits | None = None,
) -> Floats:  # fmt: skip
    """Train one user-token model on all sides together, from each seed, and return everybody's vector.

    Args:
        sides: people, personas, or both; their common items.
        seeds: how many, or which.
        trainer: None: the defaults. Weights are not kept, so each call trains.
        splits: None: `item_splits` of the first side.

    Returns:
        (seeds, annotators of the first side and then of the next, dimensions); NaN for those without a training label.
        Axes of two seeds have nothing in common: only distances within a seed do.

    Raises:
        InputError: no common items, different labels, no labels in a split, or no seeds.
    """
    trainer = trainer or Trainer()
    sides = on_common_items(*sides)
    splits = splits or item_splits(sides[0])
    train, dev, _ = splits.parts(together(sides))
    numbers = seeds_of(seeds)
    tokens = []
    for done, seed in enumerate(numbers):
        trainer.tell(f"{MODEL}, seed {seed}", done, len(numbers))
        fitted = trainer.fit(MODEL, train, dev, seed)
        assert isinstance(fitted.module, BesideText)
        assert fitted.module.token is not None
        weights = fitted.module.token.weight.detach().cpu().numpy()
        place = {name: i for i, name in enumerate(fitted.annotators)}
        rows = np.array([place.get(name, -1) for name in train.annotators])
        tokens.append(np.where((rows >= 0)[:, None], weights[rows], np.nan))
    trainer.tell("done", len(numbers), len(numbers))
    return np.stack(tokens).astype(np.float64)


def together(sides: Sequence[Annotations]) -> Annotations:
    """Return the labels of all sides as those of one set of annotators, whose names say which side they are of.

    Args:
        sides: on the same items in the same order (`on_common_items`).
    """
    first = sides[0]
    before = np.cumsum([0, *(len(side.annotators) for side in sides[:-1])])
    return replace(
        first,
        name=" and ".join(side.name for side in sides),
        annotators=tuple(f"{side.source}: {name}" for side in sides for name in side.annotators),
        groups=sum((side.groups for side in sides), ()),
        people=sum((side.people for side in sides), ()),
        attributes=sum((side.attributes for side in sides), ()),
        descriptions=sum((side.descriptions for side in sides), ()),
        item=np.concatenate([side.item for side in sides]),
        annotator=np.concatenate([side.annotator + n for side, n in zip(sides, before, strict=True)]),
        label=np.concatenate([side.label for side in sides]),
    )
