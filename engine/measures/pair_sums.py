"""Sums over items behind every cell's similarity: over all of them, over draws of them, and over all but one.

What a cell (persona x target) sums is of three kinds: what both sides give together, what the persona gives where the
target has labels, and what the target gives where the persona has labels. Only the first is every cell's own. The
second is summed once for each persona and then without the few items that a target lacks, the third once for each
target where personas have all labels. A target is summed over the items that it has labels for, and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.measures.accelerated import acceleration_of
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import drawn_weights

Bools = npt.NDArray[np.bool_]


class Sums(NamedTuple):
    """Sums over items; their shapes spread to (..., personas, targets)."""

    product: Floats
    """Of both sides together: of x and y, or the squared distance to expect (kappa)."""
    n: Floats
    """Items that both have labels for."""
    ours: Sequence[Floats]
    """Of the persona where the target has labels: its square (not for kappa), then its coordinates."""
    theirs: Sequence[Floats]
    """Of the target where the persona has labels, likewise."""

    def over(self, how: Callable[[Floats], Floats]) -> Sums:
        """Return a function of every array, from what single items add."""
        ours, theirs = ([how(column) for column in side] for side in (self.ours, self.theirs))
        return Sums(how(self.product), how(self.n), ours, theirs)


Similarity = Callable[[Sums], Floats]


@dataclass(frozen=True)
class Side:
    """Personas or targets as columns of numbers (items, raters), 0 where there is no label."""

    there: Bools
    """Where there is a label."""
    crossed: Sequence[Floats]
    """What is multiplied by the other side's columns, one by one, for the product."""
    own: Sequence[Floats]
    """What is summed for this side alone: `Sums.ours` or `Sums.theirs`."""

    def target(self, place: int) -> tuple[Ints, Side]:
        """Return the items that one rater has labels for, and that rater on these."""
        items = np.flatnonzero(self.there[:, place])
        at = (items, slice(place, place + 1))
        return items, Side(self.there[at], [c[at] for c in self.crossed], [c[at] for c in self.own])

    def at(self, items: Ints) -> Side:
        """Return these raters on some items."""
        if len(items) == len(self.there):
            return self
        return Side(self.there[items], [c[items] for c in self.crossed], [c[items] for c in self.own])


def drawn(ours: Side, theirs: Side, similarity: Similarity, resamples: int, seed: int) -> Floats:
    """Return every cell's similarity under draws of all items, (resamples, personas, targets).

    Args:
        ours: personas.
        theirs: targets, on the same items.
        similarity: of sums.
        resamples: number of draws.
        seed: decides them, as `engine.measures.resampling.resampled_sums` draws.
    """
    n_items, n_targets = theirs.there.shape
    found = np.full((resamples, ours.there.shape[1], n_targets), np.nan)
    if n_items == 0:
        return found
    complete = bool(ours.there.all())
    for start, counts in drawn_weights(n_items, resamples, seed):
        weights = np.ascontiguousarray(counts.T, dtype=np.float64)  # item by item, as items are picked from it
        of_all = [weights.T @ column for column in ours.own]
        for place in range(n_targets):
            items, target = theirs.target(place)
            here = weights if len(items) == n_items else weights[items]
            each = _of_items(ours.at(items), target, complete)
            sums = each._replace(ours=()).over(lambda column, here=here: here.T @ column)  # type: ignore[misc]
            sums = sums._replace(ours=_without_the_missing(of_all, ours.own, here, weights, items))
            found[start : start + len(counts), :, place] = similarity(sums)
    return found


def _of_items(ours: Side, target: Side, complete: bool) -> Sums:
    """Return what each item of a target adds: columns (items, personas), or (items, 1) of the target alone where all
    personas have all labels."""
    product = sum((x * y for x, y in zip(ours.crossed, target.crossed, strict=True)), np.zeros((1, 1)))
    if complete:
        return Sums(product, target.there.astype(np.float64), ours.own, target.own)
    present = ours.there.astype(np.float64)
    return Sums(product, present, ours.own, [present * column for column in target.own])


def _without_the_missing(
    of_all: Sequence[Floats], columns: Sequence[Floats], here: Floats, weights: Floats, items: Ints
) -> list[Floats]:
    """Return the drawn sums of columns over some items, by those or by the others, whichever are fewer.

    Args:
        of_all: drawn sums over all items, (draws, personas) a column.
        columns: (items, personas).
        here: weights of the items, (those items, draws).
        weights: of all items.
        items: which.
    """
    n_items = len(weights)
    if len(items) == n_items:
        return list(of_all)
    if 2 * len(items) < n_items:
        return [here.T @ column[items] for column in columns]
    missing = np.setdiff1d(np.arange(n_items), items, assume_unique=True)
    lacking = weights[missing]
    return [total - lacking.T @ column[missing] for total, column in zip(of_all, columns, strict=True)]


def acceleration(ours: Side, theirs: Side, similarity: Similarity) -> Floats:
    """Return the acceleration of every cell (engine.measures.accelerated), (personas, targets)."""
    n_items, n_targets = theirs.there.shape
    found = np.empty((ours.there.shape[1], n_targets))
    complete = bool(ours.there.all())
    for place in range(n_targets):
        items, target = theirs.target(place)
        each = _of_items(ours.at(items), target, complete)
        whole = similarity(each.over(lambda column: column.sum(axis=0, keepdims=True)))
        without = similarity(each.over(lambda column: column.sum(axis=0) - column))
        # an item that the target has no label for leaves the value as it is
        times = np.append(np.ones(len(items)), n_items - len(items))
        found[:, place] = acceleration_of(np.concatenate([without, whole]), times)
    return found
