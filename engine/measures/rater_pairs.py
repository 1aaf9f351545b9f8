"""Pairs of raters and sums over the items that both labelled, also where many people labelled a few items each.

A thousand people make half a million pairs, and a dense table of items by pairs would not fit any memory. Where most
labels are missing most pairs share few items: those alone are gathered, some pairs at a time, and their sums over
resampled items are products of a sparse matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import CHUNK, resampled_weights

MOST_FILLED = 0.1
"""Share of cells with a label up to which pairs are gathered one by one; beyond it dense products are faster."""
LEAST = 64
"""Raters from which on that is worth it."""
SUMS_AT_ONCE = 8_000_000
"""Numbers of summed pairs held at once."""


class Sums(Protocol):
    """From what items add, dense (items, columns) or sparse, to their sum, or to that of each draw (draws, columns)."""

    n_draws: int

    def __call__(self, rows: Any) -> Floats:
        """Return the sums, (draws, columns)."""


class _Whole:
    n_draws = 1

    def __call__(self, rows: Any) -> Floats:
        return np.asarray(rows.sum(axis=0))[None]


class _Drawn:
    """Sums over draws of items, the same items for all rows it is given; in 32 bits, which is enough for intervals."""

    def __init__(self, n_items: int, resamples: int, seed: int) -> None:
        self.n_draws = resamples
        self._weights = resampled_weights(n_items, resamples, seed)  # (items, resamples)
        self._step = max(1, CHUNK // max(n_items, 1))
        self._whole = np.ascontiguousarray(self._weights, dtype=np.float32) if resamples <= self._step else None

    def __call__(self, rows: Any) -> Floats:
        small = rows.astype(np.float32)
        found: Floats = np.empty((self.n_draws, rows.shape[1]), dtype=np.float32)
        for start in range(0, self.n_draws, self._step):
            block = self._weights[:, start : start + self._step] if self._whole is None else self._whole
            found[start : start + self._step] = (small.T @ block.astype(np.float32, copy=False)).T
        return found


whole_sums: Sums = _Whole()
"""Sums over all items, as one draw."""


def drawn_sums(n_items: int, resamples: int, seed: int) -> Sums:
    """Return what sums rows over each of `resamples` draws of items: the draws of `resampled_sums` with this seed."""
    return _Drawn(n_items, resamples, seed)


def is_sparse(present: npt.NDArray[np.bool_]) -> bool:
    """Return whether pairs of these raters, (raters, ...), are better gathered one by one."""
    return len(present) >= LEAST and float(present.mean()) <= MOST_FILLED


@dataclass(frozen=True)
class SparsePairs:
    """Some pairs of raters, each with the units that both labelled."""

    first: Ints
    """(pairs,) place of the first rater,"""
    second: Ints
    """and of the second, a later one."""
    unit: Ints
    """(entries,) a unit that both of a pair labelled,"""
    pair: Ints
    """(entries,) and the pair's place."""
    item_of_unit: Ints
    n_items: int

    @property
    def raters_and_units(self) -> tuple[Ints, Ints, Ints]:
        """First rater, second rater and unit of every entry."""
        return self.first[self.pair], self.second[self.pair], self.unit

    def summed(self, sums: Sums, values: Floats) -> Floats:
        """Return the sums (draws, pairs) of what every entry adds."""
        from scipy.sparse import coo_array

        shape = (self.n_items, len(self.first))
        return sums(coo_array((values, (self.item_of_unit[self.unit], self.pair)), shape=shape).tocsc())


def sparse_pairs(present: npt.NDArray[np.bool_], item_of_unit: Ints, at_once: int = 0) -> Iterator[SparsePairs]:
    """Yield all pairs of raters that labelled a unit in common, some at a time.

    Args:
        present: (raters, units) where there is a label.
        item_of_unit: (units,) the item of each unit.
        at_once: pairs; 0: as many as a thousand draws allow.
    """
    n_raters, n_units = present.shape
    n_items = int(item_of_unit.max(initial=-1)) + 1
    unit, rater = np.nonzero(present.T)  # by unit, raters in order
    starts = np.searchsorted(unit, np.arange(n_units + 1))
    first: list[Ints] = []
    second: list[Ints] = []
    units: list[Ints] = []
    for u in range(n_units):
        who = rater[starts[u] : starts[u + 1]]
        a, b = np.triu_indices(len(who), k=1)
        first.append(who[a])
        second.append(who[b])
        units.append(np.full(len(a), u))
    if not first:
        return
    number = np.concatenate(first) * n_raters + np.concatenate(second)
    known, pair = np.unique(number, return_inverse=True)
    order = np.argsort(pair, kind="stable")
    pair, entry_unit = pair[order], np.concatenate(units)[order]
    step = at_once or SUMS_AT_ONCE // 1000
    for start in range(0, len(known), step):
        chosen = slice(*np.searchsorted(pair, [start, start + step]))
        a, b = np.divmod(known[start : start + step], n_raters)
        yield SparsePairs(a, b, entry_unit[chosen], pair[chosen] - start, item_of_unit, n_items)
