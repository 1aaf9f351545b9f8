"""Trustworthiness is scikit-learn's, the picture repeats, and what is placed anew lies where it should."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import manifold

from engine.annotators.map.clouds import uncertainty
from engine.annotators.map.exchange import Exchange
from engine.annotators.map.projection import FEWEST, distinct_places, project
from engine.annotators.map.trust import nearest, trust, trustworthiness

NOBODY = Exchange(np.nan, np.nan, np.nan, np.nan)


def cloud(n: int = 20, axes: int = 6, seed: int = 0) -> np.ndarray:
    points = np.random.default_rng(seed).normal(size=(n, axes)) * np.linspace(2, 0.5, axes)
    return points - points.mean(axis=0)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_trustworthiness_is_that_of_scikit_learn(k: int) -> None:
    space, picture = cloud(), cloud(axes=2, seed=1)
    expected = manifold.trustworthiness(space, picture, n_neighbors=k)
    assert trustworthiness(space, picture, k) == pytest.approx(expected)
    assert trustworthiness(space, space, k) == 1


def test_few_places_are_drawn_by_pca_and_said_so() -> None:
    points = cloud(FEWEST - 1)
    projection = project(points)
    assert projection.method == "PCA"
    assert "only 14 different places" in projection.note
    assert projection.coordinates == pytest.approx(points[:, :2])
    assert projection.explained == pytest.approx((points[:, :2] ** 2).sum() / (points**2).sum())
    assert project(np.repeat(points, 3, axis=0)).method == "PCA", "identical points are one place"


def test_umap_repeats_keeps_identical_points_together_and_places_points_where_they_are() -> None:
    points = np.concatenate([cloud(24), cloud(24)[:4]])
    one, again, other = project(points, 1), project(points, 1), project(points, 2)
    assert one.method == "UMAP"
    assert (one.coordinates == again.coordinates).all()
    assert (one.coordinates != other.coordinates).any()
    assert (one.coordinates[:4] == one.coordinates[24:]).all()
    assert "4 points lie exactly on another one" in one.note
    assert one.place(points) == pytest.approx(one.coordinates, abs=1e-6)
    near = one.place(points + 1e-4)
    assert np.abs(near - one.coordinates).max() < 0.01
    assert np.isnan(one.place(np.full((1, 6), np.nan))).all()


def test_a_picture_of_chance_is_not_to_be_read_and_that_of_a_plane_is() -> None:
    plane = cloud(FEWEST - 1, 2)
    faithful = trust(plane, project(plane), np.nan, NOBODY)
    assert faithful.trustworthiness.value == 1
    assert faithful.sentence.startswith("Distances can be read")
    assert faithful.stability.value == 1
    many = cloud(13, 13)
    wrong = project(many)
    shuffled = type(wrong)(cloud(13, 2, seed=3), "PCA", 0, {}, 0.1, wrong.place)
    told = trust(many, shuffled, np.nan, NOBODY)
    assert told.trustworthiness.value < told.random
    assert told.sentence.startswith("Do not read this picture")


def test_random_pictures_reach_the_random_mark_once_in_twenty_times() -> None:
    space = cloud(14, 5)
    random = trust(space, project(space), np.nan, NOBODY).random
    rng = np.random.default_rng(9)
    handed = [trustworthiness(space, space[rng.permutation(14), :2], 5) for _ in range(400)]
    assert np.mean(np.array(handed) > random) == pytest.approx(0.05, abs=0.035)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_places_have_no_neighbours_and_say_so(n: int) -> None:
    points = np.zeros((n, 0)) if n < 2 else np.array([[1.0], [-1.0]])
    told = trust(points, project(points), np.nan, NOBODY)
    assert np.isnan(told.trustworthiness.value)
    assert "at least 3" in told.trustworthiness.note
    assert "too few places" in told.sentence


def test_places_come_in_the_order_of_the_points() -> None:
    points = np.array([[2.0, 0], [1, 0], [2, 0], [0, 5]])
    places, of = distinct_places(points)
    assert places.tolist() == [[2, 0], [1, 0], [0, 5]]
    assert of.tolist() == [0, 1, 0, 2]


def test_nearest_and_uncertainty_by_hand() -> None:
    line = np.array([[0.0], [1], [3], [7]])
    assert nearest(line, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    drawn = np.stack([line + 1, line - 1])
    assert uncertainty(line, drawn) == pytest.approx(1 / np.array([3, 2, 3, 6]))
    assert np.isnan(uncertainty(np.zeros((3, 1)), np.ones((2, 3, 1)))).all(), "no distance to measure by"


def test_the_sentence_follows_the_p_of_the_exchange_where_there_were_exchanges_enough() -> None:
    points = cloud(FEWEST - 1, 2)

    def told(p: float, draws: int) -> str:
        return trust(points, project(points), 0.2, Exchange(1.0, 1.0, p, 0.5, draws)).sentence

    assert told(0.3, 99).startswith("Take no place for a voice")
    assert told(0.01, 99).endswith("it matters who labels (p = 0.01 with the annotators of each item exchanged).")
    assert told(0.1, 9).endswith("9 exchanges are too few to say whether it matters who labels.")
    assert "a point moves 0.20 of the way to the others, 0.50 if nobody had a voice" in told(0.01, 99)
