"""The annotator map: one call from labels to a picture with what is known of how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.annotators.annotations import Annotations
from engine.annotators.map.clouds import Clouds, clouds
from engine.annotators.map.clusters import Clustering, clustering
from engine.annotators.map.exchange import Exchange, exchange
from engine.annotators.map.neighbours import NEIGHBOUR_COLUMNS, neighbours_of
from engine.annotators.map.pairs import PAIR_COLUMNS, Pairing, pair_up
from engine.annotators.map.placing import placed
from engine.annotators.map.points import Points
from engine.annotators.map.positions import SPACES, Space
from engine.annotators.map.projection import Projection, project
from engine.annotators.map.trust import Trust, trust
from engine.annotators.training.trainer import Told
from engine.errors import InputError

POINT_COLUMNS = (
    "name", "source", "group", "person", "x", "y", "n_labels", "cluster", "radius", "uncertainty",
)  # fmt: skip
"""Columns of the points, one row an annotator or persona.

name; source: people or personas; group: '' where none; person: whom a persona stands for, '' where nobody
x, y: place in the picture (PCA: in units of the space; UMAP: in none)
n_labels: labels that place it
cluster: 0, 1, ... by size, -1 where none
radius: root mean square distance of its replicates in the picture; NaN without
uncertainty: the same in the space, in units of its median distance to the others; NaN without
"""
CLOUD_COLUMNS = ("name", "source", "replicate", "x", "y")
"""Columns of the clouds, one row a point and replicate: where it stands when the items are drawn again."""
STEPS = ("the picture", "clouds", "exchanges", "clusters", "trust")
"""What takes time, in this order."""
MIN_LABELS = 10
"""Labels below which an annotator has no place."""

__all__ = [
    "CLOUD_COLUMNS",
    "NEIGHBOUR_COLUMNS",
    "PAIR_COLUMNS",
    "POINT_COLUMNS",
    "AnnotatorMap",
    "Pairing",
    "annotator_map",
]


@dataclass(frozen=True)
class AnnotatorMap:
    """Annotators and personas in one picture."""

    space: Space
    points: pd.DataFrame
    """One row a point, with `POINT_COLUMNS`."""
    clouds: pd.DataFrame
    """One row a point and replicate, with `CLOUD_COLUMNS`."""
    pairs: pd.DataFrame
    """One row a persona whose person is on the map, with `PAIR_COLUMNS`."""
    neighbours: pd.DataFrame
    """Who stands nearest to each point in the space, with `NEIGHBOUR_COLUMNS`."""
    pairing: Pairing
    """Whether personas stand nearer to their own person than to others."""
    method: str
    """PCA or UMAP."""
    seed: int
    parameters: Mapping[str, float | int | str]
    """Of the method."""
    explained: float
    """Share of the squared distances that a PCA picture holds; NaN for UMAP."""
    trust: Trust
    clustering: Clustering
    uncertainty: float
    """Median of the points' uncertainty; NaN without clouds."""
    exchange: Exchange
    """The map beside maps where nobody has a voice."""
    n_items: int
    dropped: Mapping[str, int]
    """Annotators, items and labels left out: reason to count."""
    note: str
    """What a reader must know of space and picture."""


def annotator_map(
    people: Annotations,
    personas: Annotations | None = None,
    *,
    embeddings: npt.ArrayLike | None = None,
    space: str = "composite",
    tokens: npt.ArrayLike | None = None,
    descriptions: npt.ArrayLike | None = None,
    min_labels: int = MIN_LABELS,
    replicates: int = 30,
    null_draws: int = 99,
    seed: int = 0,
    told: Told | None = None,
) -> AnnotatorMap:
    """Place people and personas in one space, draw it, and say how far the drawing is to be trusted.

    Both sides are reduced to the items that both labelled. The same arguments give the same map.

    Args:
        people: of a corpus; or personas alone.
        personas: of a run on that corpus.
        embeddings: (items of `people`, dimensions) of their texts, for the space "composite". An item whose embedding
            is not finite is left out.
        space: "composite": mean text embedding a label; "labels": the labels themselves; "tokens": learned vectors;
            "descriptions": embedded texts of the personas, where people have no place.
        tokens: (annotators, dimensions) of the people, then of the personas, learned together; or
            (seeds, annotators, dimensions), whose further seeds are the clouds.
        descriptions: (personas, dimensions) of the personas' texts.
        min_labels: annotators with fewer labels are left out and counted.
        replicates: draws of the items for the clouds; 0: no clouds.
        null_draws: exchanges of the annotators of each item, and clouds without camps that the silhouette of the
            clusters is held against; 0: none.
        seed: decides the picture, the draws and the shuffles.
        told: called with the step that begins, how many are done, and how many there are.

    Returns:
        The map. What cannot be said of too few points is NaN with the reason.

    Raises:
        InputError: an unknown space, vectors that are missing or do not fit, or sides without common items.
    """
    _check(space, replicates, null_draws, min_labels)
    sides = (people,) if personas is None else (people, personas)
    positions, make = placed(sides, space, min_labels, embeddings, tokens, descriptions)
    points = positions.points
    step = _steps(told)
    step("the picture")
    projection = project(positions.coordinates, seed)
    step("clouds")
    drawn = clouds(positions, projection, replicates, seed)
    step("exchanges")
    nobody = exchange(positions, make, null_draws, replicates, seed)
    step("clusters")
    known: dict[str, Sequence[str]] = {"group": points.groups, "source": points.sources}
    groups = clustering(positions.coordinates, drawn.coordinates, known, null_draws=null_draws, seed=seed)
    pairs, pairing = pair_up(points, positions.coordinates, seed)
    unsure = _typical(drawn.uncertainty)
    step("trust")
    trusted = trust(positions.coordinates, projection, unsure, nobody, seed)
    step("done")
    return AnnotatorMap(
        space=positions.space, points=_point_frame(points, projection, drawn, groups),
        clouds=_cloud_frame(points, drawn), pairs=pairs, neighbours=neighbours_of(points, positions.coordinates),
        pairing=pairing, method=projection.method, seed=seed, parameters=projection.parameters,
        explained=projection.explained, trust=trusted, clustering=groups, uncertainty=unsure, exchange=nobody,
        n_items=len(points.items), dropped=points.dropped,
        note="; ".join(filter(None, [projection.note, positions.note, drawn.note])),
    )  # fmt: skip


def _typical(uncertainty: npt.NDArray[np.float64]) -> float:
    """Return the median of what is known of the points' uncertainty; NaN where nothing is."""
    known = uncertainty[~np.isnan(uncertainty)]
    return float(np.median(known)) if len(known) else np.nan


def _steps(told: Told | None) -> Callable[[str], None]:
    """Return what tells that a step begins; 'done' after the last."""

    def step(name: str) -> None:
        if told:
            done = len(STEPS) if name == "done" else STEPS.index(name)
            told("map: done" if name == "done" else f"map: {name}", done, len(STEPS))

    return step


def _check(space: str, replicates: int, null_draws: int, min_labels: int) -> None:
    if space not in SPACES:
        raise InputError(f"space {space!r} is unknown. Use one of {', '.join(SPACES)}.")
    for name, value in (("replicates", replicates), ("null_draws", null_draws), ("min_labels", min_labels)):
        if value < 0:
            raise InputError(f"{name} {value!r} is below 0. Use 0 for none, or leave it out.")


def _point_frame(points: Points, projection: Projection, drawn: Clouds, groups: Clustering) -> pd.DataFrame:
    columns = {
        "name": points.names,
        "source": points.sources,
        "group": points.groups,
        "person": points.persons,
        "x": projection.coordinates[:, 0],
        "y": projection.coordinates[:, 1],
        "n_labels": points.n_labels,
        "cluster": groups.cluster,
        "radius": drawn.radius,
        "uncertainty": drawn.uncertainty,
    }
    return pd.DataFrame(columns, columns=list(POINT_COLUMNS))


def _cloud_frame(points: Points, drawn: Clouds) -> pd.DataFrame:
    """Replicates in which a point has no item are left out."""
    known = ~np.isnan(drawn.picture[..., 0])
    replicate, place = np.nonzero(known)
    columns = {
        "name": np.array(points.names, dtype=object)[place],
        "source": np.array(points.sources, dtype=object)[place],
        "replicate": replicate,
        "x": drawn.picture[..., 0][known],
        "y": drawn.picture[..., 1][known],
    }
    return pd.DataFrame(columns, columns=list(CLOUD_COLUMNS))
