"""Distributions at a temperature, curves of exact and sampled runs, and the split into noise and signal."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import CURVE_COLUMNS, alpha, alpha_curve, at_temperature, expected_alpha, log_probability
from engine.measures.temperature import sampled_curve
from tests.engine.measures import brute_force

TEMPERATURES = (0.0, 0.3, 1.0, 2.0)


def personas(seed: int, n_labels: int = 2, n_personas: int = 6, n_units: int = 120) -> np.ndarray:
    """Log-probabilities (personas, units, labels): an item's own pull, and each persona's taste."""
    rng = np.random.default_rng(seed)
    scores = 1.5 * rng.normal(size=(1, n_units, n_labels)) + rng.normal(size=(n_personas, n_units, n_labels))
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


def sampled(logprobs: np.ndarray, temperatures: tuple[float, ...], n_repeats: int, seed: int = 0) -> np.ndarray:
    """Draw codes (personas, units, temperatures, repeats)."""
    rng = np.random.default_rng(seed)
    drawn = [[brute_force.draw(at_temperature(logprobs, t), rng) for _ in range(n_repeats)] for t in temperatures]
    return np.moveaxis(np.array(drawn), (0, 1), (2, 3))


def test_temperature_one_is_the_distribution_itself_and_an_offset_cancels() -> None:
    logprobs = personas(0)
    assert at_temperature(logprobs, 1.0) == pytest.approx(np.exp(logprobs))
    assert at_temperature(logprobs - 5, 0.4) == pytest.approx(at_temperature(logprobs, 0.4))


def test_temperature_raises_probabilities_to_its_inverse() -> None:
    p = np.array([0.5, 0.3, 0.2])
    for t in (0.25, 0.7, 1.9):
        assert at_temperature(np.log(p), t) == pytest.approx(p ** (1 / t) / (p ** (1 / t)).sum())


def test_temperature_zero_is_the_arg_max_and_ties_share_it() -> None:
    assert at_temperature(np.log([0.5, 0.3, 0.2]), 0).tolist() == [1, 0, 0]
    assert at_temperature(np.log([0.4, 0.4, 0.2]), 0).tolist() == [0.5, 0.5, 0]


def test_extreme_temperatures_stay_finite() -> None:
    logprobs = np.array([-1e4, -1e4 - 3, -np.inf])
    assert at_temperature(logprobs, 1e-300).tolist() == [1, 0, 0]
    assert at_temperature(logprobs, 1.0) == pytest.approx(np.array([1, math.exp(-3), 0]) / (1 + math.exp(-3)))
    assert at_temperature(logprobs, math.inf).tolist() == [0.5, 0.5, 0]


def test_small_temperatures_approach_zero() -> None:
    logprobs = personas(1, n_labels=3)
    assert at_temperature(logprobs, 1e-4) == pytest.approx(at_temperature(logprobs, 0), abs=1e-6)


def test_what_has_no_distribution_stays_without() -> None:
    rows = np.array([[-np.inf, -np.inf], [np.nan, -1.0], [-1.0, -2.0]])
    for t in (0, 0.5, math.inf):
        assert np.isnan(at_temperature(rows, t)).all(axis=1).tolist() == [True, True, False]


@pytest.mark.parametrize("wrong", [-0.1, math.nan])
def test_a_temperature_below_zero_is_refused(wrong: float) -> None:
    with pytest.raises(InputError, match="not 0 or more"):
        at_temperature([0.0, -1.0], wrong)
    with pytest.raises(InputError, match="not 0 or more"):
        alpha_curve(personas(0), [1.0, wrong])


def test_log_probability_keeps_zero_and_missing() -> None:
    assert log_probability([0.0, 1.0]).tolist() == [-math.inf, 0.0]
    assert np.isnan(log_probability([math.nan])).all()


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_every_point_of_the_curve_is_expected_alpha(level: str) -> None:
    logprobs = personas(2, n_labels=3)
    logprobs[1, ::3] = np.nan
    cluster = np.arange(120) // 2
    curve = alpha_curve(logprobs, TEMPERATURES, level=level, cluster=cluster, seed=3)
    assert tuple(curve.columns) == CURVE_COLUMNS
    for row in curve.itertuples():
        point = expected_alpha(at_temperature(logprobs, row.temperature), level=level, cluster=cluster, seed=3)
        assert row.alpha == pytest.approx(point.value, abs=1e-12)
        assert (row.low, row.high) == pytest.approx((point.low, point.high), abs=1e-12)
        assert (row.n_items, row.n_raters) == (60, 6)


def test_the_arg_max_point_is_alpha_of_the_arg_max_labels() -> None:
    logprobs = personas(3, n_labels=4)
    curve = alpha_curve(logprobs, [0.0], resamples=0)
    assert curve["alpha"][0] == pytest.approx(alpha(logprobs.argmax(axis=2), n_labels=4, resamples=0).value)
    assert curve["noise"][0] == 0


@pytest.mark.parametrize("level", ["nominal", "interval"])
def test_disagreement_splits_into_noise_and_signal_by_the_formula(level: str) -> None:
    logprobs, values = personas(4, n_labels=3), np.array([0.0, 1.0, 4.0])
    distance = 1 - np.eye(3) if level == "nominal" else (values[:, None] - values) ** 2
    curve = alpha_curve(logprobs, TEMPERATURES, level=level, values=values.tolist(), resamples=0)
    for row in curve.itertuples():
        p = at_temperature(logprobs, row.temperature)
        pairs = [(a, b) for a in range(6) for b in range(6) if a != b]
        own = np.einsum("auk,kl,aul->au", p, distance, p)
        between = np.mean([np.einsum("uk,kl,ul->u", p[a], distance, p[b]) for a, b in pairs])
        apart = np.mean([np.einsum("uk,kl,ul->u", p[a] - p[b], distance, p[a] - p[b]) for a, b in pairs])
        assert row.disagreement == pytest.approx(between)
        assert row.noise == pytest.approx(own.mean(), abs=1e-12)
        assert row.signal == pytest.approx(-apart / 2)  # nominal: half the squared distance of the distributions
        assert row.signal == pytest.approx(row.disagreement - row.noise)


def test_one_voice_has_noise_but_no_signal() -> None:
    same = np.repeat(personas(5)[:1], 6, axis=0)
    curve = alpha_curve(same, [0.0, 0.5, 1.0])
    assert curve["signal"].to_numpy() == pytest.approx(0, abs=1e-12)
    assert (curve["noise"].to_numpy()[1:] > 0.1).all()
    assert curve["alpha"][0] == 1.0


def test_one_set_of_weights_makes_the_band_as_smooth_as_the_curve() -> None:
    logprobs, temperatures = personas(6), np.linspace(0.2, 2, 41)
    curve = alpha_curve(logprobs, temperatures)
    bends = {name: np.abs(np.diff(curve[name], 2)).max() for name in ("alpha", "low", "high")}
    separate = [expected_alpha(at_temperature(logprobs, t), seed=i).low for i, t in enumerate(temperatures)]
    assert max(bends["low"], bends["high"]) < 0.005
    assert np.abs(np.diff(separate, 2)).max() > 2 * bends["low"]
    assert ((curve["low"] < curve["alpha"]) & (curve["alpha"] < curve["high"])).all()
    assert ((curve["signal_low"] <= curve["signal"]) & (curve["signal"] <= curve["signal_high"])).all()
    assert (np.diff(curve["noise"]) > 0).all()  # two labels: hotter is always noisier


def test_a_sampled_curve_is_alpha_of_its_repeats_as_units() -> None:
    codes = sampled(personas(7), TEMPERATURES, n_repeats=4)
    codes[2, 5:20] = -1
    cluster = np.arange(120) // 3
    curve = sampled_curve(codes, TEMPERATURES, cluster=cluster)
    for t, row in enumerate(curve.itertuples()):
        flat = codes[:, :, t].reshape(6, -1)
        point = alpha(flat, cluster=np.repeat(cluster, 4))
        assert row.alpha == pytest.approx(point.value, abs=1e-12)
        assert (row.low, row.high) == pytest.approx((point.low, point.high), abs=1e-12)
        assert (row.n_items, row.n_raters) == (point.n_items, point.n_raters)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_sampled_noise_and_signal_are_unbiased(level: str) -> None:
    """Two repeats are enough: over many drawn runs the mean is the exact value."""
    logprobs = personas(8, n_labels=3, n_units=60)
    exact = alpha_curve(logprobs, [0.7], level=level, resamples=0)
    drawn = [
        sampled_curve(sampled(logprobs, (0.7,), 2, seed), [0.7], n_labels=3, level=level, resamples=0).iloc[0]
        for seed in range(300)
    ]
    for name in ("disagreement", "noise", "signal"):
        values = np.array([row[name] for row in drawn], dtype=float)
        assert exact[name][0] == pytest.approx(values.mean(), abs=4 * values.std() / math.sqrt(300))
        assert values.std() / math.sqrt(300) < 0.02 * exact[name][0]  # else the line above would accept anything


def test_one_repeat_cannot_tell_noise_from_signal() -> None:
    curve = sampled_curve(sampled(personas(9), (1.0,), 1), [1.0])
    assert curve[["noise", "signal"]].isna().all(axis=None)
    assert "two repeats" in curve["note"][0]
    assert curve["disagreement"][0] > 0
    assert not math.isnan(curve["alpha"][0])


def test_a_temperature_without_labels_is_a_point_without_value() -> None:
    codes = sampled(personas(10), (0.5, 1.0), 2)
    codes[:, :, 1] = -1
    codes[:, 5:, 0] = -1
    curve = sampled_curve(codes, (0.5, 1.0))
    assert math.isnan(curve["alpha"][1])
    assert "no labels" in curve["note"][1]
    assert curve["n_items"].tolist() == [5, 0]


def test_a_unanimous_point_says_so() -> None:
    sure = np.broadcast_to(np.log([0.9, 0.1]), (4, 10, 2))
    curve = alpha_curve(sure, [0.0, 1.0])
    assert math.isnan(curve["alpha"][0])
    assert "unanimous" in curve["note"][0]
    assert curve["alpha"][1] == pytest.approx(0)


def test_no_temperatures_and_no_units_are_frames_too() -> None:
    assert list(alpha_curve(personas(0), []).columns) == list(CURVE_COLUMNS)
    empty = alpha_curve(np.zeros((3, 0, 2)), [1.0])
    assert "no labels" in empty["note"][0]
    with pytest.raises(InputError, match="temperatures x repeats"):
        sampled_curve(np.zeros((2, 2, 3, 1), dtype=int), [1.0])
