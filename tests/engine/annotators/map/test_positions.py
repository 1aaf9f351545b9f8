"""Positions: each space against its definition, and what other items would have made of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from engine.annotators.map.points import Points, points_of
from engine.annotators.map.positions import (
    Positions,
    composite_space,
    given_positions,
    label_space,
    positions_of,
    principal_axes,
)
from engine.corpora import Task
from tests.engine.annotators.map.simulated import annotations, camps_of, codes_of, texts


def composite_positions(points: Points, embeddings: np.ndarray) -> Positions:
    return positions_of(points, composite_space(points, embeddings))


def label_positions(points: Points) -> Positions:
    return positions_of(points, label_space(points))


def sparse_codes(n: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    embeddings = texts(60)
    return embeddings, codes_of(embeddings, camps_of(n), seed=seed, missing=0.3)


def test_distances_are_those_of_the_joined_means_of_each_label() -> None:
    embeddings, codes = sparse_codes()
    positions = composite_positions(points_of([annotations(codes)], 1), embeddings)
    joined = [np.concatenate([embeddings[row == label].mean(axis=0) for label in (0, 1)]) for row in codes]
    assert pdist(positions.coordinates) == pytest.approx(pdist(joined), rel=1e-4)


def test_a_label_never_given_stands_at_the_mean_of_the_others_and_is_counted() -> None:
    embeddings, codes = sparse_codes()
    codes[0] = np.where(codes[0] < 0, -1, 0)
    positions = composite_positions(points_of([annotations(codes)], 1), embeddings)
    ones = np.array([embeddings[row == 1].mean(axis=0) for row in codes[1:]]).mean(axis=0)
    joined = [
        np.concatenate([embeddings[row == 0].mean(axis=0), embeddings[row == 1].mean(axis=0)]) for row in codes[1:]
    ]
    first = np.concatenate([embeddings[codes[0] == 0].mean(axis=0), ones])
    assert pdist(positions.coordinates) == pytest.approx(pdist([first, *joined]), rel=1e-4)
    assert "1 of 12 pairs of annotator and label" in positions.note


def test_squared_distances_of_labels_are_the_share_of_items_labelled_otherwise() -> None:
    codes = np.array([[0, 1, 1, 0], [0, 1, 0, 0], [1, 0, 0, 1]])
    positions = label_positions(points_of([annotations(codes)], 1))
    assert squareform(pdist(positions.coordinates) ** 2) == pytest.approx((codes[:, None] != codes).mean(axis=2))
    assert positions.note == ""
    three = Task(name="t", kind="t", labels=("a", "b", "c"))
    codes = np.array([[0, 1, 2, 0], [0, 1, 0, 0], [1, 2, 0, 1]])
    positions = label_positions(points_of([annotations(codes, task=three)], 1))
    assert squareform(pdist(positions.coordinates) ** 2) == pytest.approx((codes[:, None] != codes).mean(axis=2))


def test_ordinal_labels_differ_by_their_ranks_as_shares_of_the_scale() -> None:
    task = Task(name="t", kind="t", labels=("low", "mid", "high"), level="ordinal")
    positions = label_positions(points_of([annotations(np.array([[0, 0], [1, 2]]), task=task)], 1))
    assert pdist(positions.coordinates)[0] ** 2 == pytest.approx((0.25 + 1) / 2)


def test_missing_labels_stand_at_the_items_mean_and_their_share_is_told() -> None:
    codes = np.array([[0, 1, 1, -1], [0, 1, 0, 0], [1, -1, 0, 1]])
    positions = label_positions(points_of([annotations(codes)], 1))
    filled = np.where(codes < 0, [1 / 3, 1, 1 / 3, 0.5], codes)
    assert pdist(positions.coordinates) ** 2 == pytest.approx(pdist(filled) ** 2 / 4)
    assert positions.note.startswith("17% of the cells")


@pytest.mark.parametrize("space", ["composite", "labels"])
def test_weights_of_one_change_nothing_and_a_weight_of_two_is_an_item_asked_twice(space: str) -> None:
    embeddings, codes = sparse_codes(n=10)

    def of(c: np.ndarray, e: np.ndarray) -> Positions:
        points = points_of([annotations(c)], 1)
        return composite_positions(points, e) if space == "composite" else label_positions(points)

    positions = of(codes, embeddings)
    assert positions.under(np.ones(60)) == pytest.approx(positions.coordinates, abs=1e-6)
    if space == "composite":
        weights = np.ones(60)
        weights[:20] = 2
        twice = np.concatenate([np.arange(60), np.arange(20)])
        again = of(codes[:, twice], embeddings[twice])
        moved = positions.under(weights)
        axes = positions.axes
        vectors = again.coordinates @ again.axes.T
        assert moved == pytest.approx(vectors @ axes, abs=1e-5)


def test_a_point_none_of_whose_items_is_drawn_has_no_place_in_that_draw() -> None:
    embeddings, codes = sparse_codes()
    codes[0, 10:] = -1
    weights = np.ones(60)
    weights[:10] = 0
    moved = composite_positions(points_of([annotations(codes)], 1), embeddings).under(weights)
    assert np.isnan(moved[0]).all()
    assert not np.isnan(moved[1:]).any()


def test_tokens_of_other_seeds_are_turned_onto_the_first() -> None:
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(8, 5))
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    points = points_of([annotations(np.zeros((8, 3), np.int64))], 1)
    positions = given_positions(points, "tokens", np.stack([tokens, tokens @ turn + 7]))
    assert positions.others[0] == pytest.approx(positions.coordinates)
    assert pdist(positions.coordinates) == pytest.approx(pdist(tokens))


def test_principal_axes_keep_distances_and_come_longest_first() -> None:
    vectors = np.random.default_rng(0).normal(size=(7, 30)) * np.linspace(3, 0.1, 30)
    vectors -= vectors.mean(axis=0)
    coordinates, axes = principal_axes(vectors)
    assert coordinates.shape == (7, 6)
    assert pdist(coordinates) == pytest.approx(pdist(vectors))
    assert vectors @ axes == pytest.approx(coordinates)
    lengths = (coordinates**2).sum(axis=0)
    assert (np.diff(lengths) <= 0).all()


def test_annotators_without_and_with_too_few_labels_are_counted_apart() -> None:
    codes = np.array([[-1, -1, -1], [0, -1, -1], [0, 1, 0]])
    points = points_of([annotations(codes)], 2)
    assert points.names == ("people-2",)
    assert points.dropped == {
        "annotators without a label on these items": 1,
        "annotators with fewer than 2 labels on these items": 1,
    }
    assert points.n_labels.tolist() == [3]


def test_an_exchange_keeps_the_labels_of_items_and_the_number_of_each_annotator() -> None:
    _, codes = sparse_codes()
    points = points_of([annotations(codes)], 1)
    other = points.exchanged(3)
    assert other.n_labels.tolist() == points.n_labels.tolist()
    assert (other.label != points.label).any()
    for item in range(60):
        assert sorted(other.label[other.item == item]) == sorted(points.label[points.item == item])
