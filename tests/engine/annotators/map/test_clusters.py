"""Clusters are found where there are camps, and chance is told where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from engine.annotators.map.clusters import _adjusted_rand, _mean_silhouette, clustering, clusters_of

NONE = np.zeros((0, 0, 0))


def two_camps(n: int = 30, apart: float = 8.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    camp = np.arange(n) % 3 // 2  # one camp is twice the other
    return rng.normal(size=(n, 5)) + apart * camp[:, None] * np.eye(5)[0], camp


def test_camps_are_found_largest_first_and_beat_their_nulls() -> None:
    points, camp = two_camps()
    found = clustering(points, np.stack([points, points]), {"camp": tuple("AB"[c] for c in camp)}, seed=1)
    assert found.n_clusters == 2
    assert (found.cluster[camp == 0] <= 0).all()
    assert found.silhouette_p <= 0.05
    assert found.stability.value == 1
    (labelling,) = found.labellings
    assert labelling.adjusted_rand.value > 0.8
    assert labelling.adjusted_rand_p == pytest.approx(1 / 1001)
    assert labelling.silhouette_p == pytest.approx(1 / 1001)
    assert found.n_noise == (found.cluster == -1).sum()


def test_scores_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(25, 4))
    for _ in range(5):
        one, other = rng.integers(0, 4, 25), rng.integers(0, 3, 25)
        one[0], other[0] = 4, 3  # clusters of one point too
        assert _adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
        assert _mean_silhouette(points)(one) == pytest.approx(silhouette_score(points, one))


def test_p_values_of_labels_that_mean_nothing_are_uniform() -> None:
    """Labels handed out at random: the p-values of 60 data sets spread over 0 to 1."""
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(14, 4))
        labels = tuple(rng.permutation(["A", "B"] * 7))
        p.append(clustering(points, NONE, {"camp": labels}, null_draws=0, seed=seed).labellings[0].silhouette_p)
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(p) <= 0.1) < 0.25


def test_islands_in_noise_are_not_told_from_noise() -> None:
    """Wherever HDBSCAN finds clusters in a cloud without camps, the null finds as good ones."""
    p = []
    for seed in range(12):
        points = np.random.default_rng(seed).normal(size=(30, 3))
        found = clustering(points, NONE, {}, null_draws=19, seed=seed)
        p += [found.silhouette_p] if found.silhouette.defined else []
    assert len(p) >= 3, "the test needs islands"
    assert np.mean(np.array(p) <= 0.05) <= 0.25


def test_what_is_undefined_says_why() -> None:
    few = clustering(np.eye(4), NONE, {"camp": ("A", "B", "A", "B")})
    assert few.n_clusters == 0
    assert few.n_noise == 4
    assert np.isnan(few.silhouette.value)
    assert "no two clusters" in few.silhouette.note
    assert few.note.startswith("no clusters")
    assert few.labellings[0].adjusted_rand.note == "no clusters to compare with"
    assert few.labellings[0].silhouette.defined, "the groups themselves can be compared without clusters"
    points, camp = two_camps()
    one = clustering(points, NONE, {"camp": ("A",) * 30, "none": ("",) * 30}, null_draws=0)
    for labelling in one.labellings:
        assert np.isnan(labelling.adjusted_rand.value)
        assert "no two labels" in labelling.adjusted_rand.note
    some = clustering(points, NONE, {"camp": ("", *("AB"[c] for c in camp[1:]))}, null_draws=0)
    assert some.labellings[0].adjusted_rand.dropped == {"points without a camp": 1}


@pytest.mark.parametrize("shape", [(0, 0), (1, 0), (8, 0)])
def test_points_at_one_place_have_no_clusters(shape: tuple[int, int]) -> None:
    assert (clusters_of(np.zeros(shape)) == -1).all()
    found = clustering(np.zeros(shape), NONE, {"camp": tuple("ABABABAB"[: shape[0]])})
    assert found.n_clusters == 0
    assert np.isnan(found.labellings[0].silhouette.value)
    assert found.labellings[0].silhouette.note
