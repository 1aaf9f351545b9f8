"""Composite embeddings equal a loop over rows."""

from __future__ import annotations

import numpy as np

from engine.annotators.models.composite import composite_embeddings, composite_sums
from tests.engine.annotators.simulated import simulate


def test_composites_are_the_means_of_what_each_annotator_gave_each_label() -> None:
    world = simulate(n_items=50, n_annotators=6, labels=("a", "b", "c"), share=0.2, bias=1.0)
    its = world.annotations.where(world.annotations.annotator != 4)
    found = composite_embeddings(its.item, its.annotator, its.label, world.vectors, 6, 3)
    assert found.dtype == np.float32
    for a in range(6):
        for k in range(3):
            rows = (its.annotator == a) & (its.label == k)
            expected = world.vectors[its.item[rows]].mean(axis=0) if rows.any() else np.zeros(8)
            assert np.allclose(found[a, k], expected, atol=1e-6)
    assert not found[4].any()


def test_no_rows_give_zeros() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    made = composite_sums(nothing, nothing, nothing, np.ones((3, 4), dtype=np.float32), 2, 2)
    assert made.means().shape == (2, 2, 4)
    assert not made.means().any()
