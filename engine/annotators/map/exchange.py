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

from engine.annotators.map.clouds import replicates_of, uncertainty
from engine.annotators.map.points import Points
from engine.annotators.map.positions import Positions


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
    note: str = ""


def exchange(
    positions: Positions, remake: Callable[[Points], Positions], draws: int, replicates: int, seed: int
) -> Exchange:
    """Exchange the annotators of each item, and place them again.

    Args:
        positions: of the true labels.
        remake: makes positions of other labels of the same points.
        draws: exchanges; 0: none.
        replicates: draws of items for the uncertainty.
        seed: decides all of them.
    """
    spread = spread_of(positions)
    why = _why_none(positions, draws)
    if why:
        return Exchange(spread, np.nan, np.nan, np.nan, why)
    spreads, unsure = [], np.nan
    for draw in range(draws):
        null = remake(positions.points.exchanged(seed * draws + draw))
        spreads.append(spread_of(null))
        if draw == 0 and replicates:
            moved = uncertainty(null.coordinates, replicates_of(null, replicates, seed))
            known = moved[~np.isnan(moved)]
            unsure = float(np.median(known)) if len(known) else np.nan
    as_far = int((np.array(spreads) >= spread * (1 - 1e-9)).sum())
    return Exchange(spread, float(np.mean(spreads)), (1 + as_far) / (1 + draws), unsure)


def spread_of(positions: Positions) -> float:
    """Return the root mean square distance from the middle along the two longest axes, weighted by labels."""
    from scipy.linalg import eigh

    n_labels = positions.points.n_labels
    weights = n_labels / n_labels.sum() if n_labels.any() else np.full(len(n_labels), 1 / max(len(n_labels), 1))
    centred = positions.coordinates - weights @ positions.coordinates
    heavy = np.sqrt(weights)[:, None] * centred
    gram = heavy @ heavy.T if len(heavy) <= heavy.shape[1] else heavy.T @ heavy
    if not len(gram):
        return 0.0
    longest = eigh(gram, eigvals_only=True, subset_by_index=[max(len(gram) - 2, 0), len(gram) - 1])
    return float(np.sqrt(max(longest.sum(), 0.0)))


def _why_none(positions: Positions, draws: int) -> str:
    if positions.weighted is None:
        return f"{positions.space} are given: there are no labels to exchange"
    if len(positions.points) < 2:
        return "nobody to exchange with"
    return "" if draws else "no exchanges were asked for"
