"""Neighbours of points, beside brute force."""

from __future__ import annotations

import numpy as np
import pytest

from engine.annotators.map.neighbours import NEIGHBOUR_COLUMNS, neighbours_of
from engine.annotators.map.points import Points
from engine.corpora.corpus import Task


def points(n_people: int, n_personas: int) -> Points:
    names = tuple(f"n{i % n_people if n_people else i}" for i in range(n_people + n_personas))
    n = len(names)
    none = np.zeros(0, dtype=np.int64)
    return Points(
        names, ("people",) * n_people + ("personas",) * n_personas, ("",) * n, ("",) * n, np.arange(n), (),
        Task(name="t", kind="t", labels=("0", "1")), none, none, none,
    )  # fmt: skip


def test_the_nearest_of_each_source_come_first_with_their_distances() -> None:
    made = points(6, 5)
    places = np.random.default_rng(3).normal(size=(11, 4))
    found = neighbours_of(made, places, most=3)
    assert tuple(found.columns) == NEIGHBOUR_COLUMNS
    assert len(found) == 11 * 6
    for i in range(11):
        apart = np.linalg.norm(places - places[i], axis=1)
        middle = np.median(np.delete(apart, i))
        for source in ("people", "personas"):
            others = [j for j in range(11) if made.sources[j] == source and j != i]
            nearest = sorted(others, key=lambda j: apart[j])[:3]
            rows = found[(found["name"] == made.names[i]) & (found["source"] == made.sources[i])]
            rows = rows[rows["neighbour_source"] == source]
            assert list(rows["neighbour"]) == [made.names[j] for j in nearest]
            assert list(rows["rank"]) == [1, 2, 3]
            assert rows["distance"].to_numpy(float) == pytest.approx(apart[nearest])
            assert rows["relative"].to_numpy(float) == pytest.approx(apart[nearest] / middle)


def test_points_at_one_place_are_neighbours_at_0_and_nobody_is_their_own() -> None:
    found = neighbours_of(points(3, 0), np.zeros((3, 2)))
    assert len(found) == 6
    assert (found["distance"] == 0).all()
    assert found["relative"].isna().all(), "the median distance is 0 too"
    assert (found["name"] != found["neighbour"]).all()


def test_nobody_and_one_point_have_no_neighbours() -> None:
    assert neighbours_of(points(0, 0), np.zeros((0, 2))).empty
    assert neighbours_of(points(1, 0), np.zeros((1, 2))).empty
