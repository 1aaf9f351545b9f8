from __future__ import annotations

import numpy as np
import torch

from engine.annotators.texts.text_vectors import FrozenTexts, Scale


def test_the_scale_gives_mean_0_and_deviation_1_and_leaves_constant_dimensions() -> None:
    vectors = np.random.default_rng(0).normal(3, 2, size=(50, 4)).astype(np.float32)
    vectors[:, 2] = 7
    kept = vectors.copy()
    scaled = Scale.of(vectors).scaled(torch.from_numpy(vectors)).numpy()
    assert np.allclose(scaled.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(scaled.std(axis=0), [1, 1, 0, 1], atol=1e-5)
    assert np.array_equal(vectors, kept)


def test_frozen_texts_are_gathered_by_place_and_train_nothing() -> None:
    texts = FrozenTexts(torch.arange(6.0).reshape(3, 2))
    assert texts.rows(torch.tensor([2, 0, 2])).tolist() == [[4, 5], [0, 1], [4, 5]]
    assert texts.n_dimensions == 2
    assert texts.parameters() == []
