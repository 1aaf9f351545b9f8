"""Baselines equal counting by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.models import baselines
from tests.engine.annotators.simulated import simulate


@pytest.fixture(scope="module")
def both() -> tuple[Annotations, Annotations]:
    """Training rows of a0 to a4; rows to predict of a3 to a7, of whom a5 to a7 are new."""
    its = simulate(n_items=30, n_annotators=8, labels=("a", "b", "c"), bias=1.0, share=0.4).annotations
    names = its.annotators
    train = its.where((its.item < 20) & (its.annotator < 5))
    return train, its.where(its.item >= 20).of_annotators(names[3:])


def test_shares_equal_a_loop_over_rows(both: tuple[Annotations, Annotations]) -> None:
    train, rows = both
    everybody = [np.mean(train.label == k) for k in range(3)]
    assert np.allclose(baselines.majority(train, rows), everybody)
    own, others = baselines.own_rate(train, rows), baselines.others_majority(rows)
    assert own.dtype == others.dtype == np.float32
    alone = 0
    for r in range(len(rows)):
        name = rows.annotators[rows.annotator[r]]
        its = train.label[train.annotator == train.annotators.index(name)]
        assert np.allclose(own[r], [np.mean(its == k) for k in range(3)] if its.size else everybody)
        same = rows.label[(rows.item == rows.item[r]) & (rows.annotator != rows.annotator[r])]
        alone += not same.size
        assert np.allclose(others[r], [np.mean(same == k) for k in range(3)] if same.size else 1 / 3)
    assert alone


def test_seen_are_those_with_training_rows(both: tuple[Annotations, Annotations]) -> None:
    train, rows = both
    known = {train.annotators[a] for a in train.annotator}
    expected = [rows.annotators[a] in known for a in rows.annotator]
    assert baselines.seen(train, rows).tolist() == expected
    assert {True, False} == set(expected)


def test_the_oracle_alone_looks_at_the_labels_asked_for(both: tuple[Annotations, Annotations]) -> None:
    train, rows = both
    other = replace(rows, label=(rows.label + 1) % 3)
    assert np.array_equal(baselines.own_rate(train, rows), baselines.own_rate(train, other))
    assert np.array_equal(baselines.majority(train, rows), baselines.majority(train, other))
    assert not np.array_equal(baselines.others_majority(rows), baselines.others_majority(other))
