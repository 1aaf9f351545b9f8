"""Temperature: agreement, noise and signal of personas at every temperature.

An exact run holds each persona's label distribution at T = 1. Decoding limited to the label tokens at temperature T
draws from p_T(k), proportional to p(k)^(1/T), so one run gives the whole curve. A sampled run gives points on it.

The chance that draws of two personas a, b differ splits exactly, at every temperature, into
    (W_a + W_b) / 2       noise: W_a = 1 - sum_k p_a(k)^2, the persona's chance to contradict itself when asked twice
    ||p_a - p_b||^2 / 2   signal: how far the personas' distributions lie apart
With a distance d between labels (ordinal, interval, ratio) W_a is the mean d of two draws, and the split is the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.agreement import UNANIMOUS, undefined_note
from engine.measures.coincidence import Floats, Scale, label_counts, solve, terms_of_counts, terms_of_distributions
from engine.measures.repeats import terms_of_repeats
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.samples import Sample, check_codes, sample_of_terms, size_of_label_set
from engine.measures.short_axes import largest, total

HOTTEST = 2.0
"""The highest temperature at which runs are made; beyond it samplers answer with noise."""
CURVE_COLUMNS = (
    "temperature",
    "alpha", "low", "high",
    "disagreement",
    "noise", "noise_low", "noise_high",
    "signal", "signal_low", "signal_high",
    "n_items", "n_raters", "note",
)  # fmt: skip
"""Columns of a curve, one row a temperature.

temperature: 0 and more
alpha, low, high: Krippendorff's alpha and its interval, at most 1; NaN where undefined
disagreement: mean squared distance of labels by two different personas (nominal: the chance that they differ, 0 to 1)
noise, noise_low, noise_high: the part of it that is each persona contradicting itself
signal, signal_low, signal_high: the part of it that sets the personas apart; disagreement = noise + signal
n_items, n_raters: what entered
note: why a number is missing, or what to know of it
"""


def log_probability(probability: npt.ArrayLike) -> Floats:
    """Return natural logs of probabilities; 0 becomes -inf, NaN stays."""
    with np.errstate(divide="ignore"):
        logs: Floats = np.log(np.asarray(probability, dtype=np.float64))
    return logs


def at_temperature(logprobs: npt.ArrayLike, temperature: float, axis: int = -1) -> Floats:
    """Return the label distribution at a temperature: p_T(k) proportional to p(k)^(1/T).

    At T = 0 the arg max; labels that tie for it share it evenly, which is the limit of small T (a greedy decoder takes
    the tied token with the lowest id instead). T = inf spreads evenly over the labels with any probability.

    Args:
        logprobs: natural logs of the labels' probabilities, -inf for 0; any shared offset (label mass) cancels.
            A row with a NaN, or with -inf alone, has no distribution and becomes NaN.
        temperature: 0 or more.
        axis: the labels' axis.

    Raises:
        InputError: a temperature below 0 or NaN.
    """
    return _tempered(_below_best(np.asarray(logprobs, dtype=np.float64), axis), check_temperature(temperature), axis)


def check_temperature(temperature: float) -> float:
    """Return the temperature as a float, or raise InputError."""
    if not temperature >= 0:
        raise InputError(f"temperature {temperature!r} is not 0 or more. Use 0 for the arg max, 1 for the model's own.")
    return float(temperature)


def check_range(temperature: float) -> float:
    """Return the temperature of a run as a float, or raise InputError: models are sampled from 0 to HOTTEST."""
    if not 0 <= temperature <= HOTTEST:
        raise InputError(
            f"temperature {temperature!r} is not between 0 and {HOTTEST:g}. Use 0 for the arg max, 1 for the model's "
            "own."
        )
    return float(temperature)


def _below_best(logprobs: Floats, axis: int) -> Floats:
    """Return log-probabilities relative to the best label's (0 and below), NaN where a row has no distribution."""
    with np.errstate(invalid="ignore"):
        below: Floats = logprobs - np.expand_dims(
            largest(logprobs, axis), axis
        )  # -inf - -inf = NaN; NaN spreads over the row
    return below


def _tempered(below: Floats, temperature: float, axis: int) -> Floats:
    """Return p_T from log-probabilities relative to the best label's."""
    if temperature == 0:
        weights = np.where(np.isnan(below), np.nan, below == 0)
    elif math.isinf(temperature):
        weights = np.where(np.isnan(below), np.nan, below > -np.inf)
    else:
        with np.errstate(over="ignore"):  # a tiny T sends below / T to -inf, which is right
            weights = np.exp(below / temperature)
    weights /= np.expand_dims(total(weights, axis), axis)
    return weights


def alpha_curve(
    logprobs: npt.ArrayLike,
    temperatures: Sequence[float],
    *,
    level: str = "nominal",
    values: Sequence[float] | None = None,
    cluster: npt.ArrayLike | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Alpha, noise and signal at each temperature, from exact label distributions.

    Alpha is `expected_alpha` at p_T. All temperatures share one set of bootstrap weights, so the curve and its band are
    smooth, and differences along it are paired.

    Args:
        logprobs: (raters, units, labels) natural logs of the labels' probabilities at T = 1; NaN where there is none.
        temperatures: 0 and more, in any order.
        level: nominal, ordinal, interval or ratio.
        values: the labels as numbers, read by interval and ratio; None: 0, 1, 2, ...
        cluster: (units,) the item each unit belongs to; None: every unit is an item.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a temperature, with `CURVE_COLUMNS`.

    Raises:
        InputError: an array of another shape, or settings out of range.
    """
    grid = np.asarray(logprobs, dtype=np.float64)
    if grid.ndim != 3:
        raise InputError(f"logprobs has shape {grid.shape}. Expected raters x units x labels.")
    scale = Scale.of(level, grid.shape[2], values)
    checked = [check_temperature(t) for t in temperatures]
    below = _below_best(np.ascontiguousarray(np.moveaxis(grid, 2, 0)), axis=0)
    terms = np.empty((grid.shape[1], len(checked), scale.width))
    for index, t in enumerate(checked):
        terms[:, index] = terms_of_distributions(_tempered(below, t, axis=0), scale)
    present = ~np.isnan(below[0])
    sample = sample_of_terms(terms.reshape(len(terms), len(checked) * scale.width), present, cluster)
    counts = [(sample.n_items, sample.n_raters)] * len(checked)
    undefined = [sample.undefined] * len(checked)
    return _curve(sample, checked, scale, counts, undefined, resamples, confidence, seed)


def sampled_curve(
    codes: npt.ArrayLike,
    temperatures: Sequence[float],
    *,
    n_labels: int | None = None,
    level: str = "nominal",
    values: Sequence[float] | None = None,
    cluster: npt.ArrayLike | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Alpha, noise and signal at each temperature of a sampled run.

    Alpha is `alpha` with every repeat of a unit as a unit of its own: personas are compared within a repeat, and items
    are drawn with all their repeats. Noise and signal come from the repeats without bias: the chance that a persona
    contradicts itself by pairs of its own repeats, the chance that two personas differ by all pairs of their repeats;
    units whose every persona has one repeat cannot tell noise from signal and stay out of both.

    Args:
        codes: (raters, units, temperatures, repeats) indices into the labels, -1 missing.
        temperatures: (temperatures,) in the order of the axis.
        n_labels: size of the label set; None: the largest code + 1.
        level: nominal, ordinal, interval or ratio.
        values: the labels as numbers, read by interval and ratio; None: 0, 1, 2, ...
        cluster: (units,) the item each unit belongs to; None: every unit is an item.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a temperature, with `CURVE_COLUMNS`.

    Raises:
        InputError: an array of another shape, or settings out of range.
    """
    grid = np.asarray(codes)
    if grid.ndim != 4 or grid.shape[2] != len(temperatures):
        raise InputError(
            f"codes has shape {grid.shape} for {len(temperatures)} temperatures. Expected raters x units x "
            "temperatures x repeats."
        )
    n_raters, n_units, n_temperatures, n_repeats = grid.shape
    size = size_of_label_set(check_codes(grid.reshape(n_raters, -1), n_labels), n_labels)
    scale = Scale.of(level, size, values)
    checked = [check_temperature(t) for t in temperatures]
    items = np.arange(n_units) if cluster is None else np.asarray(cluster)
    terms = np.zeros((n_units, n_temperatures, 2 * scale.width))
    counts, undefined = [], []
    for t in range(n_temperatures):
        flat = check_codes(grid[:, :, t].reshape(n_raters, -1), size)  # units, each with its repeats side by side
        facts = sample_of_terms(np.zeros((n_units * n_repeats, 0)), flat >= 0, np.repeat(items, n_repeats))
        counts.append((facts.n_items, facts.n_raters))
        undefined.append(facts.undefined)
        drawn = terms_of_counts(label_counts(flat, size), scale)
        terms[:, t, : scale.width] = drawn.reshape(n_units, n_repeats, scale.width).sum(axis=1)
        terms[:, t, scale.width :] = terms_of_repeats(flat.reshape(n_raters, n_units, n_repeats), scale)
    pairing = terms.any(axis=(1, 2))  # units that pair labels at some temperature
    present: npt.NDArray[np.bool_] = np.any(grid >= 0, axis=(2, 3)) & pairing
    sample = sample_of_terms(terms.reshape(n_units, n_temperatures * 2 * scale.width), present, items)
    return _curve(sample, checked, scale, counts, undefined, resamples, confidence, seed)


def _curve(
    sample: Sample,
    temperatures: Sequence[float],
    scale: Scale,
    counts: Sequence[tuple[int, int]],
    undefined: Sequence[str],
    resamples: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Join values and intervals of all temperatures, from sums whose columns are (temperatures, one or two terms)."""
    check_resampling(resamples, confidence)
    n = len(temperatures)
    value, low, high = (np.full((4, n), np.nan) for _ in range(3))
    missing = np.zeros(n, dtype=np.int64)
    n_items = np.array([items for items, _ in counts], dtype=np.int64)
    if n and len(sample.rows):
        value = _quantities(sample.rows.sum(axis=0), n, scale)
        if resamples and len(sample.rows) > 1:
            draws = _quantities(resampled_sums(sample.rows, None, resamples, seed), n, scale)
            ends = [percentile_interval(draws[:, q], confidence) for q in range(4)]
            shown = ~np.isnan(value) & (n_items > 1)
            low, high = (np.where(shown, [end[side] for end in ends], np.nan) for side in (0, 1))
            missing = ends[0][2]
    return pd.DataFrame(
        {
            "temperature": np.array(temperatures, dtype=np.float64),
            "alpha": value[0], "low": low[0], "high": high[0],
            "disagreement": value[1],
            "noise": value[2], "noise_low": low[2], "noise_high": high[2],
            "signal": value[3], "signal_low": low[3], "signal_high": high[3],
            "n_items": n_items,
            "n_raters": np.array([raters for _, raters in counts], dtype=np.int64),
            "note": [
                why or _curve_note(value[:, t], int(n_items[t]), int(missing[t]), resamples)
                for t, why in enumerate(undefined)
            ],
        },
        columns=list(CURVE_COLUMNS),
    )  # fmt: skip


def _quantities(sums: Floats, n_temperatures: int, scale: Scale) -> Floats:
    """Return alpha, disagreement, noise and signal, (..., 4, temperatures), from sums (..., temperatures x terms)."""
    parts = sums.reshape(*sums.shape[:-1], n_temperatures, -1)
    pairs = solve(parts[..., : scale.width], scale)
    split = solve(parts[..., -scale.width :], scale)
    disagreement = np.where(np.isnan(split.observed), pairs.observed, split.observed)
    return np.stack([pairs.alpha, disagreement, split.within, split.observed - split.within], axis=-2)


def _curve_note(value: Floats, n_items: int, missing: int, resamples: int) -> str:
    """Say what a reader must know of one point: value holds alpha, disagreement, noise and signal."""
    notes = [
        UNANIMOUS if math.isnan(value[0]) else "",
        "one item: no interval" if n_items == 1 else undefined_note(missing, resamples),
        "noise and signal need two repeats" if math.isnan(value[2]) else "",
    ]
    return "; ".join(note for note in notes if note)
