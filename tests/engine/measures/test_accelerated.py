"""BCa intervals: equal to scipy's, exact where nothing is skewed, and quiet where there is nothing to correct."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from engine.measures.accelerated import accelerated_interval, acceleration_of
from engine.measures.resampling import percentile_interval


def without_each(x: np.ndarray, statistic) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.array([statistic(np.delete(x, i)) for i in range(len(x))])


@pytest.mark.parametrize("statistic", [np.mean, np.std, lambda x: np.log(np.mean(x**2))])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_is_scipys(statistic, confidence: float) -> None:  # type: ignore[no-untyped-def]
    x = np.random.default_rng(1).exponential(size=25)
    theirs = bootstrap(
        (x,), statistic, method="BCa", vectorized=False, confidence_level=confidence, n_resamples=999, rng=2
    )
    draws, value = theirs.bootstrap_distribution[:, None], np.array([statistic(x)])
    low, high, undefined = accelerated_interval(
        draws, value, acceleration_of(without_each(x, statistic))[None], confidence
    )
    assert (low[0], high[0]) == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)
    assert undefined[0] == 0


def test_without_bias_and_acceleration_it_is_the_percentile_interval() -> None:
    draws = np.random.default_rng(2).normal(size=(500, 3))
    found = accelerated_interval(draws, np.median(draws, axis=0), np.zeros(3), 0.9)
    np.testing.assert_allclose(found[:2], percentile_interval(draws, 0.9)[:2])


def test_draws_without_a_value_are_left_out_and_counted() -> None:
    draws = np.random.default_rng(3).normal(size=(200, 2))
    holes = np.vstack([draws, np.full((50, 2), np.nan)])
    value, acceleration = np.zeros(2), np.full(2, 0.05)
    np.testing.assert_allclose(
        accelerated_interval(holes, value, acceleration, 0.95)[:2],
        accelerated_interval(draws, value, acceleration, 0.95)[:2],
    )
    assert accelerated_interval(holes, value, acceleration, 0.95)[2].tolist() == [50, 50]


def test_nothing_defined_and_nothing_varying() -> None:
    draws = np.column_stack([np.full(20, np.nan), np.full(20, 0.5), np.full(20, 0.5)])
    value = np.array([0.5, np.nan, 0.5])
    low, high, undefined = accelerated_interval(draws, value, np.zeros(3), 0.95)
    assert np.isnan([low[:2], high[:2]]).all()
    assert (low[2], high[2]) == (0.5, 0.5)
    assert undefined.tolist() == [20, 0, 0]
    assert acceleration_of(np.full((5, 2), 0.3)).tolist() == [0.0, 0.0]
    assert acceleration_of(np.full((5, 2), np.nan)).tolist() == [0.0, 0.0]
