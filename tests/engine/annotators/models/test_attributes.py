"""Attributes become columns that training annotators decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.models.attributes import attribute_codes, telling_attributes
from engine.errors import InputError
from tests.engine.annotators.simulated import simulate


def people() -> Annotations:
    its = simulate(n_items=5, n_annotators=4).annotations
    attributes = (
        {"age": "old", "land": "x"},
        {"age": "young", "land": "x"},
        {"land": "x"},
        {"age": "new", "land": "y"},
    )
    return replace(its, attributes=attributes, groups=("", "", "g", ""))


def test_columns_are_the_values_that_tell_training_annotators_apart() -> None:
    its = people()
    train = its.where(its.annotator < 3)
    codes = attribute_codes(train)
    assert codes.columns == (("age", "old"), ("age", "young"), ("group", "g"))
    assert codes.matrix(its).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_annotators_without_differences_are_told() -> None:
    its = people()
    alone = its.where(its.annotator == 1)
    assert attribute_codes(alone).matrix(its).shape == (4, 0)
    with pytest.raises(InputError, match="have no attributes or groups that tell them apart"):
        telling_attributes(alone)
    assert np.array_equal(telling_attributes(its).matrix(its), attribute_codes(its).matrix(its))
