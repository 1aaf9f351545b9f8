"""In training an item is not in the composites that its rows learn from; unknown annotators are zeros."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from engine.annotators.models.annotator_features import FixedFeatures, NoFeatures, composite_features
from engine.annotators.models.composite import composite_embeddings
from tests.engine.annotators.simulated import World, simulate


def world() -> World:
    return simulate(n_items=40, n_annotators=5, labels=("a", "b", "c"), share=0.15, bias=1.0)


def test_training_rows_learn_from_composites_without_their_fold_of_items() -> None:
    made = world()
    its, vectors = made.annotations, made.vectors
    features = composite_features(its, vectors, seed=3)
    found = features(torch.from_numpy(its.annotator), torch.from_numpy(its.item)).numpy()
    assert found.shape == (len(its), features.n_features) == (len(its), 24)
    assert features.fold is not None
    fold = features.fold.numpy()
    assert np.bincount(fold).tolist() == [4] * 10
    for row in range(len(its)):
        rest = its.where(fold[its.item] != fold[its.item[row]])
        assert its.item[row] not in rest.item
        expected = composite_embeddings(rest.item, rest.annotator, rest.label, vectors, 5, 3)[its.annotator[row]]
        assert np.allclose(found[row], expected.ravel(), atol=1e-5)


def test_changing_an_item_s_vector_and_labels_leaves_what_its_rows_learn_from() -> None:
    made = world()
    its, item = made.annotations, int(made.annotations.item[0])
    vectors, label = made.vectors.copy(), its.label.copy()
    vectors[item] += 50
    label[its.item == item] = (label[its.item == item] + 1) % 3
    rows = torch.from_numpy(its.annotator[its.item == item]), torch.full((int((its.item == item).sum()),), item)
    before = composite_features(its, made.vectors, seed=3)(*rows)
    after = composite_features(replace(its, label=label), vectors, seed=3)(*rows)
    assert torch.allclose(before, after, atol=1e-4)


def test_asked_for_other_items_the_whole_composite_answers_and_unknown_ones_are_zeros() -> None:
    made = world()
    its, vectors = made.annotations, made.vectors
    features = composite_features(its, vectors, seed=0)
    found = features(torch.arange(6)).numpy()
    expected = composite_embeddings(its.item, its.annotator, its.label, vectors, 5, 3)
    assert np.allclose(found[:5], expected.reshape(5, -1), atol=1e-5)
    assert not found[5].any()
    assert not features(torch.full((4,), 5), torch.arange(4)).any()


def test_fixed_features_are_the_given_rows_and_zeros_for_unknown_ones() -> None:
    features = FixedFeatures(torch.arange(6.0).reshape(3, 2))
    assert features(torch.tensor([2, 0, 3])).tolist() == [[4, 5], [0, 1], [0, 0]]
    assert features.n_features == 2
    assert NoFeatures()(torch.tensor([0, 1])).shape == (2, 0)
