"""What every measure must keep, whatever the labels: one test a property, for all measures that keep it (kept.py)."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as array_strategy

from engine.errors import InputError
from tests.engine.measures.from_codes import Codes, K
from tests.engine.measures.kept import CURVES, KEPT, RANGES, Property
from tests.engine.measures.registry import REGISTRY

CASES = st.integers(1, 5).flatmap(
    lambda raters: st.integers(1, 7).flatmap(
        lambda items: array_strategy(np.int64, (raters, items), elements=st.integers(-1, K - 1))
    )
)
LEVELS = st.sampled_from(["nominal", "ordinal", "interval", "ratio"])
VALUES = [0.0, 1.0, 3.0, 4.0]
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True)


def holders(name: Property) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(KEPT[name]))


def same(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and np.allclose(left, right, atol=1e-9, equal_nan=True)


@holders("order of items")
@given(codes=CASES, level=LEVELS, data=st.data())
@FEW
def test_the_order_of_items_does_not_matter(name: str, codes: Codes, level: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(codes.shape[1])))
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](codes[:, order], level, VALUES))


@holders("order of raters")
@given(codes=CASES, level=LEVELS, data=st.data())
@FEW
def test_the_order_of_raters_does_not_matter(name: str, codes: Codes, level: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(codes.shape[0])))
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](codes[order], level, VALUES))


@holders("new names of labels")
@given(codes=CASES, data=st.data())
@FEW
def test_nominal_labels_are_only_names(name: str, codes: Codes, data: st.DataObject) -> None:
    renamed = np.append(data.draw(st.permutations(range(K))), -1)[codes]  # code -1 reaches the last entry
    assert same(REGISTRY[name](codes, "nominal", VALUES), REGISTRY[name](renamed, "nominal", VALUES))


@holders("monotone values")
@given(codes=CASES)
@FEW
def test_ordinal_labels_have_order_alone(name: str, codes: Codes) -> None:
    other = [-3.0, 0.0, 0.1, 90.0]
    assert same(REGISTRY[name](codes, "ordinal", VALUES), REGISTRY[name](codes, "ordinal", other))


@holders("reversed order")
@given(codes=CASES)
@FEW
def test_an_ordinal_scale_can_be_read_from_either_end(name: str, codes: Codes) -> None:
    turned = np.where(codes < 0, -1, K - 1 - codes)
    assert same(REGISTRY[name](codes, "ordinal", VALUES), REGISTRY[name](turned, "ordinal", VALUES))


@holders("affine values")
@given(codes=CASES, factor=st.floats(0.1, 50), shift=st.floats(-100, 100))
@FEW
def test_interval_agreement_does_not_depend_on_unit_and_zero(
    name: str, codes: Codes, factor: float, shift: float
) -> None:
    before = REGISTRY[name](codes, "interval", VALUES)
    after = REGISTRY[name](codes, "interval", [factor * v + shift for v in VALUES])
    if name in CURVES:  # disagreement, noise and signal are in squared units of the values
        before, after = (numbers_.reshape(-1, 7) for numbers_ in (before, after))
        before[:, 2:5] *= factor**2
    assert np.allclose(before, after, rtol=1e-6, atol=1e-6, equal_nan=True)


@holders("scaled values")
@given(codes=CASES, factor=st.floats(0.1, 50))
@FEW
def test_ratio_agreement_does_not_depend_on_the_unit(name: str, codes: Codes, factor: float) -> None:
    scaled = REGISTRY[name](codes, "ratio", [factor * v for v in VALUES])
    assert same(REGISTRY[name](codes, "ratio", VALUES), scaled)


@holders("a rater without labels")
@given(codes=CASES, level=LEVELS)
@FEW
def test_a_rater_without_labels_changes_nothing(name: str, codes: Codes, level: str) -> None:
    more = np.vstack([codes, np.full(codes.shape[1], -1)])
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](more, level, VALUES))


@holders("an item without labels")
@given(codes=CASES, level=LEVELS)
@FEW
def test_an_item_without_labels_changes_nothing(name: str, codes: Codes, level: str) -> None:
    more = np.hstack([codes, np.full((codes.shape[0], 1), -1)])
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](more, level, VALUES))


def values_of(name: str, codes: Codes, level: str) -> np.ndarray:
    """The value alone: of a curve the alpha column, of anything else the first number."""
    found = REGISTRY[name](codes, level, VALUES)
    return found.reshape(-1, 7)[:, 1] if name in CURVES else found[:1]


@holders("range")
@given(codes=CASES, level=LEVELS)
@FEW
def test_a_value_stays_within_its_range_or_is_undefined(name: str, codes: Codes, level: str) -> None:
    values = values_of(name, codes, level)
    values = values[~np.isnan(values)]
    low, high = RANGES[name]
    assert ((low - 1e-9 <= values) & (values <= high + 1e-9)).all()


@holders("unanimous labels")
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_unanimous_labels_leave_nothing_to_correct_for(name: str, level: str) -> None:
    assert np.isnan(values_of(name, np.full((3, 5), 2), level)).all()


@holders("one rater")
@given(codes=array_strategy(np.int64, (1, 6), elements=st.integers(-1, K - 1)), level=LEVELS)
@FEW
def test_one_rater_agrees_with_nobody(name: str, codes: Codes, level: str) -> None:
    assert np.isnan(values_of(name, codes, level)).all()


@holders("nothing")
@pytest.mark.parametrize("shape", [(3, 4), (3, 0)])
def test_nothing_is_undefined(name: str, shape: tuple[int, int]) -> None:
    assert np.isnan(values_of(name, np.full(shape, -1), "nominal")).all()


HOSTILE = {
    "all labels equal": np.full((4, 6), 1),
    "one item": np.array([[0], [1], [1], [3]]),
    "one rater": np.array([[0, 1, 3, 0, 1]]),
    "a rater without labels": np.array([[0, 1, 2, 0], [1, 1, 2, 3], [-1, -1, -1, -1]]),
    "identical raters": np.repeat([[0, 1, 3, 3, 2]], 4, axis=0),
    "items labelled once": np.where(np.eye(4, dtype=bool), 1, -1),
    "no labels": np.full((3, 4), -1),
    "no items": np.full((3, 0), -1),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_hostile_labels_stop_no_measure(name: str, case: str, level: str) -> None:
    """A number, NaN, or the user's mistake told as such: no crash, no warning, no infinity."""
    with contextlib.suppress(InputError):
        assert not np.isinf(REGISTRY[name](HOSTILE[case], level, VALUES)).any()


def test_the_registry_would_notice_a_measure_that_breaks_a_property() -> None:
    """The comparison itself can fail: values that differ, and NaN against a number."""
    assert not same(np.array([0.1]), np.array([0.2]))
    assert not same(np.array([math.nan]), np.array([0.2]))
    codes = np.array([[0, 1, 2, 3], [1, 1, 2, 0]])
    assert not same(REGISTRY["alpha"](codes, "interval", VALUES), REGISTRY["alpha"](codes, "nominal", VALUES))
