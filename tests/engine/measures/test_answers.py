"""Answers side by side: what is kept, in which order, and where a label stands on the scale."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import answers
from tests.engine.measures.stand_ins import both, people_of, voices_of

SAID = np.array([[1, 0, 1, 1], [1, 0, 0, -1], [0, 0, 1, 1]])


def test_items_run_from_the_first_label_to_the_last_and_raters_by_group() -> None:
    people = people_of(SAID, groups=("h", "g", "h"))
    voices = voices_of(both(np.array([[0.2, 0.1, 0.9, 0.8]] * 2)), groups=("h", "g"), annotators=("a2", "a1"))
    found = answers(voices, people)
    assert found.items == ("i1", "i0", "i2", "i3")
    assert found.annotators == ("a1", "a0", "a2")
    assert found.annotator_groups == ("g", "h", "h")
    assert found.personas == ("p1", "p0"), "a persona stands where its person does"
    np.testing.assert_array_equal(found.people[0], [0, 1, 0, np.nan])
    np.testing.assert_allclose(found.told[0], [0.1, 0.2, 0.9, 0.8])
    assert found.ordered


def test_large_ones_keep_items_spread_evenly_and_the_busiest_raters() -> None:
    codes = np.tile((np.arange(100) >= 50).astype(int), (4, 1))
    codes[1, :90] = -1
    found = answers(voices_of(both(np.full((5, 100), 0.5))), people_of(codes), most_items=11, most_raters=3)
    assert len(found.items) == 11
    assert found.people[0].tolist() == [0.0] * 5 + found.people[0, 5:6].tolist() + [1.0] * 5
    assert found.annotators == ("a0", "a2", "a3")
    assert (found.n_items, found.n_annotators, found.n_personas) == (100, 4, 5)


def test_labels_without_order_are_numbers_and_the_likeliest_is_told() -> None:
    told = np.array([[[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]])
    found = answers(voices_of(told), people_of(np.array([[2, 0], [2, 1]]), 3))
    assert not found.ordered
    assert dict(zip(found.items, found.told[0], strict=True)) == {"i0": 2.0, "i1": 0.0}
    assert np.isnan(answers(voices_of(np.full((1, 2, 3), np.nan)), people_of(np.array([[2, 0]]), 3)).told).all()


def test_a_scale_is_measured_by_its_values() -> None:
    scale = {"level": "interval", "values": (1.0, 2.0, 5.0)}
    found = answers(voices_of(np.eye(3)[None], **scale), people_of(np.array([[0, 1, 2]]), 3, **scale))
    np.testing.assert_allclose(found.people, [[0, 0.25, 1]])
    np.testing.assert_allclose(found.told, [[0, 0.25, 1]])


def test_what_does_not_fit_is_refused() -> None:
    voices, people = voices_of(both(np.full((1, 4), 0.5))), people_of(SAID)
    with pytest.raises(InputError, match="most_items"):
        answers(voices, people, most_items=0)
    with pytest.raises(InputError, match="not the same ones"):
        answers(voices, dataclasses.replace(people, items=("x", "i1", "i2", "i3")))
