"""Projection: the space as a picture of two dimensions, and further points placed into the same picture.

UMAP starts from the two longest principal axes, not at random: what is far apart in the picture then has more of a
meaning, and pictures of several seeds differ less (Kobak and Linderman 2021, doi:10.1038/s41587-020-00809-z).

How a replicate is placed: PCA is linear, so it is the same map. UMAP's own `transform` runs the random search of the
layout again: 40 simulated annotators who are placed from 100, 400 and 1,600 items get clouds of one size (.11, .11
and .17 of the picture), which is its own noise, and fitting UMAP again to each replicate moves points by .25 to 1.5.
So the picture is continued smoothly between its points instead (radial basis functions, linear kernel): a point that
does not move stays exactly where it is, and the same clouds become .16, .10 and .05, as four times the items should.
Its price: large clouds lean to the middle of the picture (there by .18, .08 and .05).

Source: McInnes, Healy and Melville (2018), arXiv:1802.03426.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.annotators.map.points import Floats

Method = Literal["PCA", "UMAP"]
FEWEST = 15
"""Different places below which UMAP has no neighbourhoods to learn, and PCA draws the picture."""
NEIGHBOURS = 15
MIN_DISTANCE = 0.1


@dataclass(frozen=True)
class Projection:
    """A picture."""

    coordinates: Floats
    """(points, 2). PCA: in the units of the space; UMAP: in no unit."""
    method: Method
    seed: int
    """Decides UMAP's picture; PCA has no randomness."""
    parameters: Mapping[str, float | int | str]
    explained: float
    """Share of the squared distances that the picture holds, 0 to 1; NaN for UMAP."""
    place: Callable[[Floats], Floats]
    """Puts further coordinates (..., axes) into the picture, (..., 2); NaN stays NaN."""
    note: str = ""


def project(coordinates: Floats, seed: int = 0) -> Projection:
    """Draw points by UMAP, or by PCA where they stand at fewer than `FEWEST` different places.

    Points at one place (personas that answer alike) are drawn at one place and count once.

    Args:
        coordinates: (points, axes) along principal axes, longest first.
        seed: of UMAP.
    """
    distinct, shared = distinct_places(coordinates)
    alike = f"{len(coordinates) - len(distinct):,} points lie exactly on another one"
    note = alike if len(distinct) < len(coordinates) else ""
    if len(distinct) < FEWEST:
        places = f"{len(distinct)} different place{'s' * (len(distinct) != 1)}"
        why = f"PCA, as there are only {places} (UMAP needs about {FEWEST})"
        return _pca(distinct[shared], seed, "; ".join(filter(None, [why, note])))
    layout = umap_layout(distinct, seed)
    parameters: dict[str, float | int | str] = {
        "n_neighbors": _neighbours(len(distinct)),
        "min_dist": MIN_DISTANCE,
        "init": "principal axes",
    }
    return Projection(layout[shared], "UMAP", seed, parameters, np.nan, _continued(distinct, layout), note)


def umap_layout(distinct: Floats, seed: int) -> Floats:
    """Return UMAP's picture (places, 2) of different places (places, axes); equal for equal seeds."""
    from umap import UMAP

    start = np.zeros((len(distinct), 2))
    start[:, : min(2, distinct.shape[1])] = distinct[:, :2]
    if distinct.shape[1] < 2 or not np.ptp(start[:, 1]):
        start[:, 1] = np.random.default_rng(seed).normal(scale=1e-4, size=len(start))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a seed that rules out several threads, which is wanted
        layout = UMAP(
            n_neighbors=_neighbours(len(distinct)), min_dist=MIN_DISTANCE, init=start, random_state=seed, n_jobs=1
        ).fit_transform(distinct)
    centred: Floats = np.asarray(layout, dtype=np.float64)
    return centred - centred.mean(axis=0)


def distinct_places(coordinates: Floats) -> tuple[Floats, np.ndarray]:
    """Return the different places (places, axes) in the order they come, and which one each point has."""
    size = np.abs(coordinates).max(initial=0.0)
    grain = np.round(coordinates / size, 6) if size > 0 else coordinates
    _, first, inverse = np.unique(grain, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return coordinates[np.sort(first)], rank[inverse.ravel()]


def _neighbours(n_places: int) -> int:
    return min(NEIGHBOURS, n_places - 1)


def _pca(coordinates: Floats, seed: int, note: str) -> Projection:
    """The coordinates lie along principal axes already."""

    def place(points: Floats) -> Floats:
        flat = np.zeros((*points.shape[:-1], 2))
        kept = min(2, points.shape[-1])
        flat[..., :kept] = points[..., :kept]
        return flat

    total = float((coordinates**2).sum())
    explained = float((coordinates[:, :2] ** 2).sum()) / total if total > 0 else np.nan
    return Projection(place(coordinates), "PCA", seed, {"components": 2}, explained, place, note)


def _continued(distinct: Floats, layout: Floats) -> Callable[[Floats], Floats]:
    """Return the picture as a smooth function of the space that meets every place."""
    from scipy.interpolate import RBFInterpolator

    smooth = RBFInterpolator(distinct, layout, kernel="linear", degree=0)

    def place(points: Floats) -> Floats:
        flat = points.reshape(-1, points.shape[-1])
        known = ~np.isnan(flat).any(axis=1)
        placed = np.full((len(flat), 2), np.nan)
        if known.any():
            placed[known] = smooth(flat[known])
        return placed.reshape(*points.shape[:-1], 2)

    return place
