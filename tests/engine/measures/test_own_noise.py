"""Noise: unbiased from few answers, of one wording and of several that differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.measures.diversity import effective_number
from engine.measures.failure_modes import failure_modes
from engine.measures.own_noise import apart, noise_over_wordings, own_noise
from engine.measures.voices import voices
from tests.engine.measures import arrays

WORDINGS = np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.4, 0.1, 0.5]])
LEVELS = {"nominal": 1.0 - np.eye(3), "interval": np.abs(np.subtract.outer(np.arange(3), np.arange(3))) ** 2.0}


def answers(p: np.ndarray, repeats: int, seed: int) -> np.ndarray:
    """Return counts of answers drawn from p (..., labels)."""
    return np.random.default_rng(seed).multinomial(repeats, p).astype(float)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("repeats", [2, 3])
def test_noise_over_wordings_that_differ_is_unbiased_from_few_answers(level: str, repeats: int) -> None:
    distances, mean = LEVELS[level], WORDINGS.mean(axis=0)
    truth, centre = mean @ distances @ mean, np.full(3, 1 / 3)
    shares = answers(np.broadcast_to(WORDINGS, (20_000, 3, 3)), repeats, 1) / repeats
    noise, chance = noise_over_wordings(shares, np.full((20_000, 3), float(repeats)), distances)
    shift = apart(shares.mean(axis=1) - centre, distances) - chance
    error = 4 / np.sqrt(20_000)
    assert noise.mean() == pytest.approx(truth, abs=error * noise.std())
    assert shift.mean() == pytest.approx(apart(mean - centre, distances), abs=error * shift.std())
    pooled = own_noise(shares.mean(axis=1), np.full(20_000, 3.0 * repeats), distances)
    between = truth - np.mean([p @ distances @ p for p in WORDINGS])
    assert pooled.mean() == pytest.approx(truth + between / (3 * repeats - 1), abs=error * pooled.std())
    assert abs(pooled.mean() - truth) > error * pooled.std(), "pooling answers of all wordings shows too much noise"


def test_exact_distributions_and_one_wording_are_what_own_noise_says() -> None:
    distances = LEVELS["nominal"]
    exact = noise_over_wordings(WORDINGS[None], np.full((1, 3), np.inf), distances)
    assert exact[0] == pytest.approx(own_noise(WORDINGS.mean(axis=0)[None], np.array([np.inf]), distances))
    assert exact[1] == 0
    one = answers(WORDINGS, 5, 2)[:, None] / 5
    assert noise_over_wordings(one, np.full((3, 1), 5.0), distances)[0] == pytest.approx(
        own_noise(one[:, 0], np.full(3, 5.0), distances)
    )


def test_a_wording_asked_once_is_as_noisy_as_the_others_and_none_asked_twice_tells_nothing() -> None:
    distances = LEVELS["nominal"]
    shares = np.array([[[0.5, 0.5, 0], [1.0, 0, 0], [np.nan] * 3]])
    noise, chance = noise_over_wordings(shares, np.array([[2.0, 1.0, 0.0]]), distances)
    within, across = 1.0, 0.5  # two answers that differ; half of the first's differ from the second's
    assert noise == pytest.approx((2 * within + 2 * across) / 4)
    assert chance == pytest.approx((within / 4 + within / 2) / 4)
    once = noise_over_wordings(shares[:, 1:], np.array([[1.0, 0.0]]), distances)
    assert np.isnan(once).all()


def _run(p: np.ndarray, repeats: int, seed: int) -> object:
    u = np.random.default_rng(seed).random((*p.shape[:3], 1, repeats, 1))
    return arrays.sampled((u > np.cumsum(p, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1), [1.0], p.shape[-1])


def _world(n_items: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    tilt = rng.normal(0, 1.5, (4, n_items, 3)) + rng.normal(0, 1, n_items)[:, None]
    return np.stack([1 / (1 + np.exp(-tilt)), 1 / (1 + np.exp(tilt))], axis=-1)


def test_failure_modes_of_several_wordings_have_the_noise_and_shift_of_the_exact_run() -> None:
    def measured(run: object) -> np.ndarray:
        said = replace(voices(run), kinds=("strong", "strong", "control", "control"))
        modes = failure_modes(said, resamples=0)
        return np.array([*modes["noise"], *modes["shift"]])

    p = _world(60)
    truth = measured(arrays.exact(p[:, :, :, None]))
    drawn = np.stack([measured(_run(p, 2, seed)) for seed in range(200)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - truth) < 4 * error).all()


def test_effective_number_of_several_wordings_is_that_of_the_exact_run() -> None:
    p = _world(4000)
    truth = effective_number(voices(arrays.exact(p[:, :, :, None])), resamples=0)
    drawn = effective_number(voices(_run(p, 2, 1)), resamples=0)
    assert drawn.distinct.value == pytest.approx(truth.distinct.value, abs=0.05)
    assert drawn.as_labelled.value == pytest.approx(truth.as_labelled.value, abs=0.05)
