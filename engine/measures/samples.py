"""Samples: label arrays checked, paired and summed by item, ready to be drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints, Scale, terms_of_counts


@dataclass(frozen=True)
class Sample:
    """Items ready to be drawn: what each adds to the sums, and what had to stay out."""

    rows: Floats
    """(groups, columns) terms of one item."""
    multiplicity: Ints | None
    """(groups,) items that share the row; None: one each."""
    n_items: int
    n_raters: int
    dropped: dict[str, int] = field(default_factory=dict)
    undefined: str = ""
    """Why nothing can be computed; empty where something can."""


def sample_of_codes(codes: Ints, counts: Ints, scale: Scale, cluster: npt.ArrayLike | None) -> Sample:
    """Return the items of labelled units; items with equal label counts share a row, which makes the draws cheap."""
    if cluster is not None:
        return sample_of_terms(terms_of_counts(counts, scale), codes >= 0, cluster)
    facts = _facts(codes >= 0, np.arange(codes.shape[1]))
    paired = counts[counts.sum(axis=1) >= 2]
    base = int(codes.shape[0]) + 1
    if base**scale.n_labels < 2**62:  # one number a count vector: sorts much faster than rows
        key = paired @ base ** np.arange(scale.n_labels)
        _, first, multiplicity = np.unique(key, return_index=True, return_counts=True)
        groups = paired[first]
    else:
        groups, multiplicity = np.unique(paired, axis=0, return_counts=True)
    return Sample(terms_of_counts(groups, scale), multiplicity, *facts)


def sample_of_terms(terms: Floats, present: npt.NDArray[np.bool_], cluster: npt.ArrayLike | None) -> Sample:
    """Return the items of units whose terms are known, summed by cluster.

    Args:
        terms: (units, columns); 0 for units with fewer than two labels.
        present: (raters, units) whether there is a label.
        cluster: (units,) the item of each unit; None: every unit is an item.
    """
    n_units = present.shape[1]
    items = np.arange(n_units) if cluster is None else _cluster_numbers(cluster, n_units)
    paired = present.sum(axis=0) >= 2
    if cluster is None:
        return Sample(terms[paired], None, *_facts(present, items))
    kept, number = np.unique(items[paired], return_inverse=True)
    rows = np.empty((len(kept), terms.shape[1]))
    for column in range(terms.shape[1]):
        rows[:, column] = np.bincount(number, weights=terms[paired, column], minlength=len(kept))
    return Sample(rows, None, *_facts(present, items))


def _facts(present: npt.NDArray[np.bool_], items: Ints) -> tuple[int, int, dict[str, int], str]:
    """Count what enters and what does not, and say why nothing does: n_items, n_raters, dropped, undefined."""
    labels = present.sum(axis=0)
    paired = labels >= 2
    raters = present[:, paired].any(axis=1)
    left_out = {
        "units without a label": int((labels == 0).sum()),
        "units with one label": int((labels == 1).sum()),
        "raters without a label to compare": int((~raters).sum()),
    }
    undefined = ""
    if not paired.any():
        with_labels = int(present.any(axis=1).sum())
        undefined = "no unit has two labels, so none can be compared"
        if with_labels <= 1:
            undefined = "there are no labels" if with_labels == 0 else "only one rater; agreement needs two"
    n_items = len(np.unique(items[paired]))
    return n_items, int(raters.sum()), {reason: count for reason, count in left_out.items() if count}, undefined


def size_of_label_set(codes: Ints, n_labels: int | None) -> int:
    """Return the size that was given, or the smallest that holds all codes."""
    return int(codes.max(initial=0)) + 1 if n_labels is None else n_labels


def check_codes(codes: npt.ArrayLike, n_labels: int | None) -> Ints:
    """Return codes as signed integers (raters, units), as narrow as they came, or raise InputError."""
    grid = np.asarray(codes)
    if grid.ndim != 2 or (grid.size and grid.dtype.kind not in "iu"):
        raise InputError(
            f"codes has shape {grid.shape} and type {grid.dtype}. Expected whole numbers, raters x units: the index "
            "of the label, -1 where there is none."
        )
    if grid.dtype.kind != "i":
        grid = grid.astype(np.int64)
    top = np.iinfo(np.int64).max if n_labels is None else n_labels
    if grid.min(initial=0) < -1 or grid.max(initial=-1) >= top:
        bad = np.unique(grid[(grid < -1) | (grid >= top)])[:5].tolist()
        raise InputError(f"codes hold {bad!r}. Expected 0 to {'...' if n_labels is None else n_labels - 1}, or -1.")
    return grid


def check_probability(probability: npt.ArrayLike) -> Floats:
    """Return probabilities as floats (raters, units, labels) with NaN rows where there is none, or raise InputError."""
    grid = np.asarray(probability, dtype=np.float64)
    if grid.ndim != 3:
        raise InputError(f"probability has shape {grid.shape}. Expected raters x units x labels.")
    grid = np.where(np.isnan(grid).any(axis=2, keepdims=True), np.nan, grid)
    wrong = (grid < 0).any(axis=2) | (np.abs(grid.sum(axis=2) - 1) > 1e-6)
    if wrong.any():
        rater, unit = np.argwhere(wrong)[0].tolist()
        raise InputError(
            f"probability of {int(wrong.sum())} cells is no distribution (first: rater {rater}, unit {unit}: "
            f"{grid[rater, unit].tolist()!r}). Each must be 0 or more and sum to 1; divide by the sum, or set NaN."
        )
    return grid


def _cluster_numbers(cluster: npt.ArrayLike, n_units: int) -> Ints:
    names = np.asarray(cluster)
    if names.shape != (n_units,):
        raise InputError(f"cluster has shape {names.shape}. Expected one item for each of the {n_units} units.")
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
