"""Exchange: what the map would show if nobody had a voice. The annotators of each item are exchanged at random.

An exchange keeps every item's labels and every annotator's number of labels, and takes away who gave them. What is
compared is how far points spread along their two longest axes: annotators who share a taste pull together, so that the
longest axes are longer than chance makes them (Horn's parallel analysis, 1965, doi:10.1007/BF02289447, by permutation).
Each point counts by its labels here: places of few labels are mostly noise, and would drown the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.annotators.annotations import Ints
from engine.annotators.map.clouds import replicates_of, uncertainty
from engine.annotators.map.points import Points
from engine.annotators.map.positions import ItemSpace, Positions, Vectors, positions_of


@dataclass(frozen=True)
class Exchange:
    """The map beside maps of exchanged annotators."""

    spread: float
    """Root mean square distance from the middle along the two longest axes, each point weighted by its labels, in
    units of the space."""
    exchanged_spread: float
    """The same after exchanges, mean."""
    p_value: float
    """Share of exchanges that spread at least as far; the true labels count as one. Small: who labels matters."""
    exchanged_uncertainty: float
    """Median uncertainty of the points' places after one exchange, to read that of the map by."""
    draws: int = 0
    """Exchanges made; no p-value can be below 1 / (draws + 1)."""
    note: str = ""


def exchange(
    positions: Positions, make: Callable[[Points], ItemSpace] | None, draws: int, replicates: int, seed: int
) -> Exchange:
    """Exchange the annotators of each item, and place them again.

    Args:
        positions: of the true labels.
        make: makes the space of other labels of the same points; None where it is not made of items.
        draws: exchanges; 0: none.
        replicates: draws of items for the uncertainty.
        seed: decides all of them.
    """
    n_labels = positions.points.n_labels
    spread = spread_of(positions.coordinates, n_labels)
    why = _why_none(positions, draws)
    if why or make is None:
        return Exchange(spread, np.nan, np.nan, np.nan, note=why)
    spreads, unsure = [], np.nan
    for draw in range(draws):
        points = positions.points.exchanged(seed * draws + draw)
        made = make(points)
        spreads.append(spread_of(made.weighted(np.ones(len(points.items))), n_labels))
        if draw == 0 and replicates:
            unsure = _median_uncertainty(positions_of(points, made), replicates, seed)
    as_far = int((np.array(spreads) >= spread * (1 - 1e-6)).sum())
    return Exchange(spread, float(np.mean(spreads)), (1 + as_far) / (1 + draws), unsure, draws)


def spread_of(vectors: Vectors, n_labels: Ints) -> float:
    """Return the root mean square distance from the middle along the two longest axes, weighted by labels.

    Args:
        vectors: (points, dimensions).
        n_labels: (points,) their weights; all 0: equal ones.
    """
    from scipy.linalg import eigh

    if not len(n_labels):
        return 0.0
    gram = vectors @ vectors.T
    gram = np.asarray(gram.toarray() if hasattr(gram, "toarray") else gram, dtype=np.float64)
    weights = n_labels / n_labels.sum() if n_labels.any() else np.full(len(n_labels), 1 / len(n_labels))
    mean = gram @ weights
    centred = gram - mean - mean[:, None] + weights @ mean
    heavy = np.sqrt(np.outer(weights, weights)) * centred
    longest = eigh(heavy, eigvals_only=True, subset_by_index=[max(len(heavy) - 2, 0), len(heavy) - 1])
    return float(np.sqrt(max(longest.sum(), 0.0)))


def _median_uncertainty(positions: Positions, replicates: int, seed: int) -> float:
    moved = uncertainty(positions.coordinates, replicates_of(positions, replicates, seed))
    known = moved[~np.isnan(moved)]
    return float(np.median(known)) if len(known) else np.nan


def _why_none(positions: Positions, draws: int) -> str:
    if positions.weighted is None:
        return f"{positions.space} are given: there are no labels to exchange"
    if len(positions.points) < 2:
        return "nobody to exchange with"
    return "" if draws else "no exchanges were asked for"
