"""Short axes are folded as whole arrays, and give what numpy gives."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measures.short_axes import SHORT, largest, total, zeroed


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
@pytest.mark.parametrize("n", [1, 2, 5, SHORT, SHORT + 1])
def test_sums_and_maxima_are_numpys(n: int, axis: int) -> None:
    shape = [4, 3, 6]
    shape[axis] = n
    values = np.random.default_rng(n).normal(size=shape)
    values[tuple(size // 2 for size in shape)] = np.nan
    np.testing.assert_allclose(total(values, axis), values.sum(axis), rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(largest(values, axis), values.max(axis))


def test_a_vector_becomes_a_number() -> None:
    assert total(np.array([1.0, 2.0]), 0) == 3
    assert largest(np.array([1.0, 2.0]), -1) == 2


def test_an_empty_axis_sums_to_nothing() -> None:
    np.testing.assert_array_equal(total(np.ones((3, 0)), 1), np.zeros(3))


def test_what_is_returned_is_not_what_was_given() -> None:
    values = np.ones((3, 1))
    total(values, 1)[:] = 7
    largest(values, 1)[:] = 7
    assert (values == 1).all()


def test_zero_stands_for_what_is_missing() -> None:
    np.testing.assert_array_equal(zeroed(np.array([np.nan, -np.inf, 2.0])), [0, -np.inf, 2])
