"""Products of raters' tables, items summed over or not; of tables with few labels as products of sparse matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Floats

MOST_FILLED, LEAST_SPARSE = 0.1, 100_000
"""Share of items with a label, and size of a table of them, from which on sparse products are faster than dense ones:
most people of a large corpus labelled a few of its items."""


def stored(table: Floats, there: Floats) -> Any:
    """Return a table (raters, items), 0 where there is no label, as it is multiplied fastest: maybe sparse.

    Args:
        table: of numbers.
        there: where there are labels, as 0 and 1.
    """
    if there.size < LEAST_SPARSE or there.mean() > MOST_FILLED:
        return table
    from scipy.sparse import csr_array

    return csr_array(table)


def summed(ours: Floats, theirs: Any) -> Floats:
    """Products summed over items, (personas, targets), from (personas, items) and (targets, items), maybe sparse."""
    found: Floats = (theirs @ ours.T).T
    return found


def summed_where(ours: npt.NDArray[np.bool_], theirs: Any) -> Floats:
    """Return `summed` of where personas have labels: where they all have, that is one sum for all of them."""
    if not ours.all():
        return summed(ours.astype(np.float64), theirs)
    return np.broadcast_to(np.asarray(theirs.sum(axis=1)), (len(ours), theirs.shape[0]))


def products(left: Floats, right: Floats) -> Floats:
    """Inner products by item, (items, personas, targets), from (personas, items, d) and (targets, items, d)."""
    found: Floats = np.matmul(left.transpose(1, 0, 2), right.transpose(1, 2, 0))
    return found
