"""Neighbours: who stands nearest to each point of the map, in the space, among people and among personas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.annotators.map.points import Floats, Points

NEIGHBOUR_COLUMNS = ("name", "source", "neighbour", "neighbour_source", "rank", "distance", "relative")
"""Columns of the neighbours, one row a point and neighbour.

name, source: of the point; neighbour, neighbour_source: of the other
rank: 1 the nearest of its source
distance: of the two in the space, in its units
relative: the same in units of the point's median distance to all others; 0 at the same place, 1 as far as most
"""
MOST = 10
"""Neighbours of each source that are kept of a point."""


def neighbours_of(points: Points, coordinates: Floats, most: int = MOST) -> pd.DataFrame:
    """Return the nearest people and the nearest personas of every point.

    Args:
        points: of the map.
        coordinates: (points, axes) in the space.
        most: of each source.

    Returns:
        `NEIGHBOUR_COLUMNS`; by point, then source, nearest first. Points as near keep the order of the map.
    """
    from scipy.spatial.distance import cdist

    n = len(points)
    rows: list[pd.DataFrame] = []
    sources = np.array(points.sources, dtype=object)
    names = np.array(points.names, dtype=object)
    distance = cdist(coordinates, coordinates) if n else np.zeros((0, 0))
    alone = distance + np.diag(np.full(n, np.inf))
    with np.errstate(invalid="ignore"):
        middle = np.array([np.median(np.delete(distance[i], i)) if n > 1 else np.nan for i in range(n)])
    for source in dict.fromkeys(points.sources):
        columns = np.flatnonzero(sources == source)
        order = np.argsort(alone[:, columns], axis=1, kind="stable")[:, :most]
        chosen = columns[order]  # (points, most)
        far = np.take_along_axis(alone, chosen, axis=1)
        point, rank = np.nonzero(np.isfinite(far))
        apart = far[point, rank]
        rows.append(
            pd.DataFrame(
                {
                    "name": names[point], "source": sources[point], "neighbour": names[chosen[point, rank]],
                    "neighbour_source": source, "rank": rank + 1, "distance": apart,
                    "relative": np.divide(apart, middle[point], out=np.full(len(apart), np.nan),
                                          where=middle[point] > 0),
                    "_point": point,
                }
            )
        )  # fmt: skip
    if not rows:
        return pd.DataFrame(columns=list(NEIGHBOUR_COLUMNS))
    table = pd.concat(rows, ignore_index=True).sort_values("_point", kind="stable", ignore_index=True)
    return table[list(NEIGHBOUR_COLUMNS)]
