"""Clouds: how sure each place is. The items are drawn again, everybody is placed anew, into the same picture.

All points share a draw of items, and what a draw does to all alike is taken off: only places beside others are places.
Items are what a corpus was sampled by, so items are drawn, each with all its labels (see engine.measures.resampling).

Annotators who differ in nothing but noise have places too, with clouds that reach most of the way to the next one:
engine.annotators.map.exchange says how far then.

Source: bootstrap clouds of a fixed picture, as the partial bootstrap of Lebart (2007),
doi:10.1007/978-3-540-73560-1_27.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.annotators.map.points import Floats
from engine.annotators.map.positions import Positions
from engine.annotators.map.projection import Projection


@dataclass(frozen=True)
class Clouds:
    """Replicates of all points."""

    coordinates: Floats
    """(replicates, points, axes) in the space; NaN where a draw holds no item of a point."""
    picture: Floats
    """(replicates, points, 2)."""
    radius: Floats
    """(points,) how far the replicates lie from their point in the picture, root mean square; NaN without clouds."""
    uncertainty: Floats
    """(points,) in the space: root mean square distance of the replicates from their point, in units of the median
    distance of that point to the others. Near 0: sure; NaN without clouds or without others."""
    note: str = ""

    def __len__(self) -> int:
        return len(self.picture)


def clouds(positions: Positions, projection: Projection, replicates: int, seed: int) -> Clouds:
    """Draw the items again and place everybody anew.

    Args:
        positions: of the points.
        projection: their picture.
        replicates: draws of items; 0 gives no clouds. Tokens of several seeds are their own replicates.
        seed: decides the draws.
    """
    drawn = replicates_of(positions, replicates, seed)
    n_points = len(positions.points)
    if not len(drawn):
        nothing = np.full(n_points, np.nan)
        return Clouds(drawn, np.zeros((0, n_points, 2)), nothing, nothing, _why_none(positions, replicates))
    picture = projection.place(drawn)
    source = "" if positions.weighted is not None else "the clouds are the tokens of the other seeds"
    return Clouds(
        drawn,
        picture,
        _rms(picture - projection.coordinates),
        uncertainty(positions.coordinates, drawn),
        source,
    )


def replicates_of(positions: Positions, replicates: int, seed: int) -> Floats:
    """Return (replicates, points, axes): positions under as many draws of the items with replacement."""
    if positions.weighted is None:
        return positions.others
    n_items = len(positions.points.items)
    if not n_items or not len(positions.points):
        return np.zeros((0, *positions.coordinates.shape))
    weights = np.random.default_rng(seed).multinomial(n_items, np.full(n_items, 1 / n_items), size=replicates)
    drawn = np.empty((replicates, *positions.coordinates.shape))
    for number, row in enumerate(weights):
        drawn[number] = positions.under(row.astype(np.float64))
    return drawn


def uncertainty(coordinates: Floats, drawn: Floats) -> Floats:
    """Return (points,): how far replicates lie from their point beside how far the other points do."""
    from scipy.spatial.distance import pdist, squareform

    if len(coordinates) < 2:
        return np.full(len(coordinates), np.nan)
    distance = squareform(pdist(coordinates))
    others = distance[~np.eye(len(distance), dtype=bool)].reshape(len(distance), -1)
    middle = np.median(others, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(middle > 0, _rms(drawn - coordinates) / middle, np.nan)


def _rms(moves: Floats) -> Floats:
    """(replicates, points, dims) -> (points,), over the replicates that a point has."""
    squares = (moves**2).sum(axis=-1)
    known = ~np.isnan(squares)
    with np.errstate(invalid="ignore", divide="ignore"):
        size: Floats = np.sqrt(np.where(known, squares, 0.0).sum(axis=0) / known.sum(axis=0))
    return size


def _why_none(positions: Positions, replicates: int) -> str:
    if positions.space == "descriptions":
        return "no clouds: descriptions do not depend on items"
    if positions.space == "tokens":
        return "no clouds: tokens of one training; give those of several seeds for clouds"
    return "no clouds were asked for" if not replicates else "no clouds: nobody to place"
