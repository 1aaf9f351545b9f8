"""Clusters: does the space fall into camps, and are they the groups, or the people and the personas?

HDBSCAN runs in the space, not in the picture: UMAP keeps neighbours, not densities, and draws islands of noise too
(Campello, Moulavi and Sander 2013, doi:10.1007/978-3-642-37456-2_14). It finds islands in noise as well, so the
silhouette is held against Gaussian clouds without camps of the same extent along each axis (as SigClust, Liu et al.
2008, doi:10.1198/016214508000000454), and clusters against those of the replicates (Hennig 2007,
doi:10.1016/j.csda.2006.11.025). A labelling that was known before (groups, sources) needs no clusters: its own
silhouette, against shuffled labels, is the sharper test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.annotators.annotations import Ints
from engine.annotators.map.points import Floats
from engine.measures.result import Estimate

NOISE = -1
"""The cluster of points that belong to none."""
SMALLEST = 3
"""Points that make a cluster."""
SHUFFLES = 1000


@dataclass(frozen=True)
class Labelling:
    """A labelling of the points that was known before, beside the clusters and in the space."""

    name: str
    """group, or source (people against personas)."""
    adjusted_rand: Estimate
    """Adjusted Rand index of clusters and labelling, at most 1; 0: as shuffled labels agree. Points of no cluster
    count as clusters of their own."""
    adjusted_rand_p: float
    """Share of shuffled labellings that agree at least as well."""
    silhouette: Estimate
    """Silhouette of the labelling itself, -1 to 1; 0: it says nothing of distances."""
    silhouette_p: float
    """Share of shuffled labellings whose silhouette is at least as high."""


@dataclass(frozen=True)
class Clustering:
    """Clusters of the points."""

    cluster: Ints
    """(points,) 0, 1, ... by size; `NOISE` where none."""
    n_clusters: int
    n_noise: int
    """Points that belong to no cluster."""
    silhouette: Estimate
    """Of the clustered points, -1 to 1."""
    silhouette_p: float
    """Share of clouds without camps in which HDBSCAN finds clusters of at least this silhouette."""
    stability: Estimate
    """Adjusted Rand index with the clusters of the replicates: mean, and the middle 95 % of them."""
    labellings: tuple[Labelling, ...]
    note: str = ""


def clustering(
    coordinates: Floats,
    replicates: Floats,
    labellings: dict[str, Sequence[str]],
    *,
    null_draws: int = 99,
    seed: int = 0,
) -> Clustering:
    """Find clusters, and hold them against chance, against the replicates and against known labellings.

    Args:
        coordinates: (points, axes) in the space.
        replicates: (replicates, points, axes) of the clouds.
        labellings: name to a label a point; points with '' are left out of it.
        null_draws: clouds without camps; 0 gives no p of the silhouette.
        seed: decides them and the shuffles.
    """
    cluster = clusters_of(coordinates)
    n_clusters, n_noise = int(cluster.max(initial=NOISE)) + 1, int((cluster == NOISE).sum())
    silhouette = silhouette_of(coordinates, cluster, cluster != NOISE, "HDBSCAN found no two clusters")
    note = "" if n_clusters else f"no clusters: no {SMALLEST} points lie closer to each other than all do"
    return Clustering(
        cluster=cluster,
        n_clusters=n_clusters,
        n_noise=n_noise,
        silhouette=silhouette,
        silhouette_p=_camps_p(coordinates, silhouette.value, null_draws, seed),
        stability=_stability(cluster, replicates),
        labellings=tuple(_beside(name, labels, coordinates, cluster, seed) for name, labels in labellings.items()),
        note=note,
    )


def clusters_of(coordinates: Floats) -> Ints:
    """Return the cluster of each point, the largest first; `NOISE` for points of none."""
    from sklearn.cluster import HDBSCAN

    if len(coordinates) < 2 * SMALLEST or not coordinates.shape[1]:
        return np.full(len(coordinates), NOISE)
    found = HDBSCAN(min_cluster_size=max(SMALLEST, len(coordinates) // 20), copy=True).fit(coordinates).labels_
    names, sizes = np.unique(found[found != NOISE], return_counts=True)
    cluster = np.full(len(found), NOISE)
    for number, name in enumerate(names[np.argsort(-sizes, kind="stable")]):
        cluster[found == name] = number
    return cluster


def silhouette_of(coordinates: Floats, labels: Ints, keep: np.ndarray, why: str) -> Estimate:
    """Return the mean silhouette of labelled points; NaN with the reason where there are no two labels or no room."""
    from sklearn.metrics import silhouette_score

    n, n_labels = int(keep.sum()), len(np.unique(labels[keep]))
    left_out = {"points without a label or cluster": int((~keep).sum())} if not keep.all() else {}
    if not 2 <= n_labels < n or not coordinates.shape[1]:
        reason = why if n_labels < 2 else "each point has a label of its own"
        reason = reason if coordinates.shape[1] else "all points are at one place"
        return Estimate(np.nan, np.nan, np.nan, n_raters=n, dropped=left_out, note=reason)
    value = float(silhouette_score(coordinates[keep], labels[keep]))
    return Estimate(value, np.nan, np.nan, n_raters=n, dropped=left_out)


def _camps_p(coordinates: Floats, silhouette: float, draws: int, seed: int) -> float:
    """How often a Gaussian of the same extent along each axis has clusters of at least this silhouette."""
    if np.isnan(silhouette) or not draws:
        return np.nan
    rng = np.random.default_rng(seed)
    extent = coordinates.std(axis=0)
    as_high = 0
    for _ in range(draws):
        cloud = rng.normal(size=coordinates.shape) * extent
        cluster = clusters_of(cloud)
        if cluster.max(initial=NOISE) > 0:
            as_high += silhouette_of(cloud, cluster, cluster != NOISE, "").value >= silhouette
    return (1 + as_high) / (1 + draws)


def _stability(cluster: Ints, replicates: Floats) -> Estimate:
    from sklearn.metrics import adjusted_rand_score

    if cluster.max(initial=NOISE) < 0 or not len(replicates):
        why = "no replicates" if cluster.max(initial=NOISE) >= 0 else "no clusters"
        return Estimate(np.nan, np.nan, np.nan, n_raters=len(cluster), note=why)
    values = []
    for drawn in replicates:
        known = ~np.isnan(drawn).any(axis=1)
        again = clusters_of(drawn[known])
        values.append(adjusted_rand_score(_alone(cluster[known]), _alone(again)))
    low, high = np.quantile(values, [0.025, 0.975])
    note = "replicates hold the noise of the items twice, so clusters found in few of them may still be real"
    return Estimate(float(np.mean(values)), float(low), float(high), n_raters=len(cluster), note=note)


def _beside(name: str, labels: Sequence[str], coordinates: Floats, cluster: Ints, seed: int) -> Labelling:
    """Hold one labelling against the clusters and against the space."""
    keep = np.array([bool(label) for label in labels], dtype=bool)
    code = np.unique(np.array(labels, dtype=str), return_inverse=True)[1] if len(labels) else np.zeros(0, np.int64)
    n, left_out = int(keep.sum()), {f"points without a {name}": int((~keep).sum())} if not keep.all() else {}
    why = f"no two labels of {name} among the points"
    silhouette = silhouette_of(coordinates, code, keep, why)
    if len(np.unique(code[keep])) < 2 or cluster.max(initial=NOISE) < 0:
        reason = "no clusters to compare with" if cluster.max(initial=NOISE) < 0 else why
        rand, rand_p = Estimate(np.nan, np.nan, np.nan, n_raters=n, dropped=left_out, note=reason), np.nan
    else:
        found = _alone(cluster)[keep]
        value, rand_p = _against_shuffles(lambda shuffled: _adjusted_rand(shuffled, found), code[keep], seed)
        rand = Estimate(value, np.nan, np.nan, n_raters=n, dropped=left_out)
    silhouette_p = np.nan
    if silhouette.defined:
        _, silhouette_p = _against_shuffles(_mean_silhouette(coordinates[keep]), code[keep], seed)
    return Labelling(name, rand, rand_p, silhouette, silhouette_p)


def _against_shuffles(score: Callable[[Ints], float], labels: Ints, seed: int) -> tuple[float, float]:
    """Return a score of labels, and the share of shuffled ones (themselves included) that score as high."""
    rng = np.random.default_rng(seed)
    true = score(labels)
    as_high = sum(score(rng.permutation(labels)) >= true - 1e-12 for _ in range(SHUFFLES))
    return true, (1 + as_high) / (1 + SHUFFLES)


def _adjusted_rand(one: Ints, other: Ints) -> float:
    """The adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075), without scikit-learn's checks."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns = (_pairs(part) for part in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = rows * columns / _pairs(np.array([len(one)], dtype=float))
    most = (rows + columns) / 2
    return float((together - expected) / (most - expected)) if most != expected else 1.0


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1)).sum() / 2)


def _mean_silhouette(coordinates: Floats) -> Callable[[Ints], float]:
    """Return the mean silhouette as a function of labels, its distances computed once."""
    from scipy.spatial.distance import pdist, squareform

    distance = squareform(pdist(coordinates))

    def score(labels: Ints) -> float:
        names, code = np.unique(labels, return_inverse=True)
        member = code[:, None] == np.arange(len(names))
        sizes = member.sum(axis=0)
        total = distance @ member
        own = sizes[code]
        inside = total[np.arange(len(code)), code] / np.maximum(own - 1, 1)
        outside = np.where(member, np.inf, total / sizes).min(axis=1)
        widest = np.maximum(inside, outside)
        value = np.divide(outside - inside, widest, out=np.zeros(len(code)), where=widest > 0)
        return float(np.where(own > 1, value, 0.0).mean())

    return score


def _alone(cluster: Ints) -> Ints:
    """Return the clusters with each point of none as a cluster of its own."""
    alone = cluster.copy()
    noise = cluster == NOISE
    alone[noise] = cluster.max(initial=NOISE) + 1 + np.arange(noise.sum())
    return alone
