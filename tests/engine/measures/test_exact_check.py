"""The check of sampled counts against the exact distribution: it passes what fits and catches what does not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import at_temperature, check_against_exact

CELLS = 400


def cells(seed: int, temperature: float, draws: int = 50, n_labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logprobs = np.log(rng.dirichlet([1.0] * n_labels, CELLS))
    return logprobs, rng.multinomial(draws, at_temperature(logprobs, temperature))


@pytest.mark.parametrize("temperature", [0.3, 0.7, 1.0, 1.5])
def test_draws_from_the_distribution_have_an_rms_of_one(temperature: float) -> None:
    check = check_against_exact(*cells(1, temperature), temperature)
    assert check.rms.value == pytest.approx(1, abs=0.1)
    assert check.rms.low < 1 < check.rms.high
    assert (check.n_draws, check.n_impossible) == (CELLS * 50, 0)
    assert np.nanmean(check.z) == pytest.approx(0, abs=0.05)


def test_another_temperature_is_caught() -> None:
    logprobs, counts = cells(2, 0.7)
    assert check_against_exact(logprobs, counts, 1.0).rms.low > 1.2


def test_copied_repeats_are_caught() -> None:
    """An engine that returns one draw fifty times."""
    logprobs, _ = cells(3, 1.0)
    _, single = cells(3, 1.0, draws=1)
    assert check_against_exact(logprobs, single * 50, 1.0).rms.low > 3


def test_a_score_is_the_standard_score_of_its_count() -> None:
    check = check_against_exact(np.log([[0.8, 0.2]]), [[70, 30]], 1.0)
    assert check.z[0] == pytest.approx([-2.5, 2.5])
    assert check.rms.value == pytest.approx(2.5)
    assert "one cell" in check.rms.note


def test_at_zero_only_the_impossible_can_be_wrong() -> None:
    check = check_against_exact(np.log([[0.8, 0.2], [0.6, 0.4]]), [[10, 0], [9, 1]], 0.0)
    assert math.isnan(check.rms.value)
    assert check.n_impossible == 1
    assert check.rms.dropped == {"cells whose label is certain": 2}
    assert "no cell" in check.rms.note


def test_what_cannot_be_compared_is_counted() -> None:
    logprobs = np.log([[0.5, 0.5], [0.5, 0.5], [0.3, 0.7]])
    logprobs[2] = np.nan
    check = check_against_exact(logprobs, [[5, 5], [0, 0], [5, 5]], 1.0)
    assert check.rms.dropped == {"cells without an exact distribution": 1, "cells without a draw": 1}
    assert check.rms.n_items == 1
    assert check.n_draws == 10


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="cells x labels"):
        check_against_exact(np.zeros((2, 2)), [[1, 1]], 1.0)
