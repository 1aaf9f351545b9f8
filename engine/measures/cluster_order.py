"""Cluster order: the rows and columns of a table put so that alike ones lie together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints

MOST_TURNED = 300
"""Rows whose tree is turned for the best neighbours; the work grows with their third power, 800 take half a second."""


def cluster_order(values: npt.ArrayLike) -> tuple[Ints, Ints]:
    """Return an order of rows and one of columns by average-linkage clustering, alike ones next to each other.

    Two rows are as far apart as the root mean square difference of the columns where both have a value; without such a
    column they are as far apart as the farthest two that have one. Leaves are turned so that neighbours are as alike as
    the tree allows, and so that what came first in the table stands rather before; of more than MOST_TURNED rows, so
    that of two branches the one with the lower mean stands first. A row without any value comes last. Columns alike.
    Neighbourhood is a help to the eye, no finding: clustering orders noise too.

    Args:
        values: (rows, columns), NaN where there is none.

    Returns:
        Places of the rows and of the columns, in their new order.

    Raises:
        InputError: values that are no table.

    Source: Bar-Joseph, Gifford and Jaakkola (2001), Fast optimal leaf ordering for hierarchical clustering,
    doi:10.1093/bioinformatics/17.suppl_1.S22.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise InputError(f"values have the shape {table.shape}. Expected a table: rows and columns.")
    return _order(table), _order(table.T)


def _order(rows: Floats) -> Ints:
    """Return the order of the rows."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    known = ~np.isnan(rows)
    some, none = np.flatnonzero(known.any(axis=1)), np.flatnonzero(~known.any(axis=1))
    apart = squareform(_distances(rows[some], known[some]), checks=False) if len(some) > 2 else np.zeros(1)
    if np.ptp(apart) == 0:
        return np.concatenate([some, none])
    tree = linkage(apart, "average")
    if len(some) > MOST_TURNED:
        return np.concatenate([some[_by_mean(tree, np.nanmean(rows[some], axis=1))], none])
    order = leaves_list(optimal_leaf_ordering(tree, apart)).astype(np.int64)
    if order[: len(order) // 2].mean() > order[-(len(order) // 2) :].mean():
        order = order[::-1]  # a tree reads the same from both ends
    return np.concatenate([some[order], none])


def _by_mean(tree: Floats, means: Floats) -> Ints:
    """Return the leaves of a tree, of its two branches everywhere the one with the lower mean first."""
    branches = [(np.array([leaf]), mean) for leaf, mean in enumerate(means)]
    for one, other in tree[:, :2].astype(np.int64):
        (first, low), (second, high) = sorted((branches[one], branches[other]), key=lambda branch: branch[1])
        n, m = len(first), len(second)
        branches.append((np.concatenate([first, second]), (n * low + m * high) / (n + m)))
    return branches[-1][0].astype(np.int64)


def _distances(rows: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Return the root mean square difference of every two rows over what both have, (rows, rows)."""
    x, there = np.where(known, rows, 0.0), known.astype(np.float64)
    x = x - x.sum() / max(there.sum(), 1.0) * there  # small numbers lose less to rounding
    common = there @ there.T
    squares = (x**2) @ there.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(common > 0, (squares + squares.T - 2 * x @ x.T) / common, np.nan)
    farthest = np.nanmax(mean)  # a row has itself in common with itself
    found: Floats = np.sqrt(np.clip(np.where(np.isnan(mean), farthest, mean), 0.0, None))
    np.fill_diagonal(found, 0.0)
    return found
