"""Trust: how far the picture is to be believed, as numbers and as one sentence.

Trustworthiness asks whether neighbours in the picture are neighbours in the space (Venna and Kaski 2001,
doi:10.1007/3-540-44668-0_68). Stability asks whether another seed draws the same neighbours: the share of each point's
k nearest that two seeds share. It is not Procrustes' disparity, because UMAP may place two separate islands on either
side of each other without anything being wrong, while neighbours are what such a picture is read for.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from engine.annotators.annotations import Ints
from engine.annotators.map.exchange import Exchange
from engine.annotators.map.points import Floats
from engine.annotators.map.projection import Projection, distinct_places, umap_layout
from engine.measures.result import Estimate

NEIGHBOURS = 5
SEEDS = 5
SHUFFLES = 200
FAITHFUL = 0.8
"""Trustworthiness, or share of the squared distances, below which a picture is called coarse: a convention."""
UNCONVINCING = 0.05
"""A p-value above this shows nothing: a convention."""


@dataclass(frozen=True)
class Trust:
    """How far a picture is to be believed."""

    trustworthiness: Estimate
    """0 to 1; 1: all neighbours in the picture are neighbours in the space. Its interval is no interval of the items:
    low and high are NaN."""
    random: float
    """Trustworthiness that a picture of the same places, handed out at random, reaches in 95 of 100 cases."""
    stability: Estimate
    """Share of the nearest neighbours that pictures of two seeds share, 0 to 1, mean over pairs of seeds; low and
    high: the least and the most alike pair. All start from the principal axes: seeds decide the search alone."""
    chance: float
    """The stability of random pictures: neighbours / other points."""
    neighbours: int
    seeds: tuple[int, ...]
    sentence: str
    """What a reader may conclude."""


def trust(coordinates: Floats, projection: Projection, uncertainty: float, exchange: Exchange, seed: int = 0) -> Trust:
    """Hold the picture against the space, against other seeds, and against the draws of items.

    Args:
        coordinates: (points, axes) in the space.
        projection: the picture.
        uncertainty: median of the points'.
        exchange: the same map where nobody has a voice.
        seed: the picture's own; the next `SEEDS` - 1 draw the others.
    """
    distinct, shared = distinct_places(coordinates)
    picture = projection.coordinates[np.unique(shared, return_index=True)[1]]
    k = min(NEIGHBOURS, (len(distinct) - 1) // 2)
    seeds = tuple(range(seed, seed + SEEDS)) if projection.method == "UMAP" else (seed,)
    if k < 1:
        undefined = _undefined(len(distinct))
        sentence = _sentence("Read the distances alone: there are too few places for neighbours", [], exchange)
        return Trust(undefined, np.nan, undefined, np.nan, 0, seeds, sentence)
    kept = Estimate(
        trustworthiness(coordinates=distinct, picture=picture, neighbours=k),
        np.nan,
        np.nan,
        n_raters=len(distinct),
        note="of different places; no interval: it describes this picture",
    )
    random = _random_trustworthiness(distinct, picture, k, seed)
    stable = _stability(distinct, picture, projection, k, seeds)
    chance = k / (len(distinct) - 1)
    numbers = [f"trustworthiness {kept.value:.2f}, at random up to {random:.2f}"]
    if projection.method == "UMAP":
        numbers.append(f"{stable.value:.0%} of neighbours stay with another seed, at random {chance:.0%}")
    else:
        numbers.append(f"the picture holds {projection.explained:.0%} of the squared distances")
    if not np.isnan(uncertainty):
        numbers.append(f"with other items a point moves {uncertainty:.2f} of the way to the others")
    if not np.isnan(exchange.exchanged_uncertainty):
        numbers[-1] += f", {exchange.exchanged_uncertainty:.2f} if nobody had a voice"
    verdict = _verdict(kept.value, random, stable.value, chance, projection)
    sentence = _sentence(verdict, numbers, exchange)
    return Trust(kept, random, stable, chance, k, seeds, sentence)


def trustworthiness(coordinates: Floats, picture: Floats, neighbours: int) -> float:
    """Return the trustworthiness of a picture, as scikit-learn defines it; `neighbours` below half the points."""
    return float(_trustworthiness(_ranks(coordinates), nearest(picture, neighbours)))


def nearest(points: Floats, neighbours: int) -> Ints:
    """Return the nearest others of each point, (points, neighbours), nearest first."""
    return np.argsort(_distances(points), axis=1, kind="stable")[:, :neighbours]


def _distances(points: Floats) -> Floats:
    from scipy.spatial.distance import pdist, squareform

    distance: Floats = squareform(pdist(points))
    np.fill_diagonal(distance, np.inf)
    return distance


def _ranks(points: Floats) -> Ints:
    """Return (points, points): the place of each other point by its distance, 1 the nearest."""
    order = np.argsort(_distances(points), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(1, len(points) + 1)[None], axis=1)
    return rank


def _trustworthiness(rank: Ints, neighbours: Ints) -> float:
    n, k = neighbours.shape
    excess = np.take_along_axis(rank, neighbours, axis=1) - k
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * float(excess[excess > 0].sum())


def _random_trustworthiness(distinct: Floats, picture: Floats, k: int, seed: int) -> float:
    """The 95th percentile over pictures whose places are handed out at random."""
    rank, neighbours = _ranks(distinct), nearest(picture, k)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(SHUFFLES):
        handed = rng.permutation(len(rank))  # point i stands where point handed[i] stood
        back = np.argsort(handed)
        values.append(_trustworthiness(rank, back[neighbours[handed]]))
    return float(np.quantile(values, 0.95))


def _stability(distinct: Floats, picture: Floats, projection: Projection, k: int, seeds: tuple[int, ...]) -> Estimate:
    if projection.method == "PCA":
        return Estimate(1.0, np.nan, np.nan, n_raters=len(distinct), note="PCA draws one picture whatever the seed")
    pictures = [picture, *(umap_layout(distinct, other) for other in seeds[1:])]
    neighbours = [nearest(points, k) for points in pictures]
    shares = [
        float((one[:, :, None] == other[:, None, :]).any(axis=2).mean())
        for one, other in itertools.combinations(neighbours, 2)
    ]
    note = f"low and high: the least and the most alike two of {len(seeds)} seeds"
    return Estimate(float(np.mean(shares)), min(shares), max(shares), n_raters=len(distinct), note=note)


def _undefined(n_places: int) -> Estimate:
    note = f"{n_places} different places: neighbours need at least 3"
    return Estimate(np.nan, np.nan, np.nan, n_raters=n_places, note=note)


def _verdict(kept: float, random: float, stable: float, chance: float, projection: Projection) -> str:
    if projection.explained >= FAITHFUL:
        return "Distances can be read off this picture"
    if kept <= random:
        return "Do not read this picture: its neighbours are no better than places handed out at random"
    if kept < FAITHFUL or stable < (1 + chance) / 2:
        return "Read only the coarse arrangement: many neighbours are the picture's own doing"
    distances = "cannot" if projection.method == "UMAP" else "only in part"
    return f"Neighbours can be read off this picture, distances {distances}"


def _sentence(verdict: str, numbers: list[str], exchange: Exchange) -> str:
    """Say what may be read off the picture, and whether places mean voices."""
    counted = f" ({'; '.join(numbers)})" if numbers else ""
    if np.isnan(exchange.p_value):
        return f"{verdict}{counted}."
    p = f"p = {exchange.p_value:.2g} with the annotators of each item exchanged"
    if 1 / (exchange.draws + 1) > UNCONVINCING:
        return f"{verdict}{counted}; {exchange.draws} exchanges are too few to say whether it matters who labels."
    if exchange.p_value > UNCONVINCING:
        doubt = f"Take no place for a voice: nothing in this space shows that it matters who labels ({p})."
        return f"{doubt} {verdict}{counted}."
    return f"{verdict}{counted}; it matters who labels ({p})."
