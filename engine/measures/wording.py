"""Sensitivity to wording, beside that to persona and to temperature, and its relation to the model's confidence.

All three are one kind of number: how far two label distributions of the same item lie apart beyond the model's noise,
where they differ in wording alone, in persona alone, or in temperature alone (nominal: ||p - q||^2 / 2, 0 to 1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.own_noise import apart, label_distances, own_noise, sampling_part
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.result import Estimate
from engine.measures.voices import Voices


@dataclass(frozen=True)
class Sensitivity:
    """How far answers move with what is asked, who answers, and how hot the model runs."""

    wording: Estimate
    """Mean distance of two wordings of one persona and item; NaN with one wording."""
    persona: Estimate
    """Mean distance of two personas in one wording and item: the persona signal; NaN with one persona."""
    temperature: Estimate
    """Mean distance of the same cell at two temperatures; NaN where no second one was given."""
    wording_to_persona: Estimate
    """wording / persona: above 1, rewording the question moves the labels more than changing the persona does."""
    confidence_correlation: Estimate
    """Correlation over items of the wording distance with the model's confidence (mean probability of its likeliest
    label), -1 to 1: below 0, wording matters where the model is unsure. NaN with one wording, and from draws: the same
    few answers would make both numbers, and chance alone a correlation above 0."""
    at: tuple[float, ...]
    """The temperature, and the second one where there is one."""


def wording_sensitivity(
    voices: Voices, other: Voices | None = None, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Sensitivity:
    """Measure sensitivity to wording beside that to persona and temperature.

    Args:
        voices: at one temperature; a sampled run needs two answers a cell.
        other: the same personas, items and wordings at another temperature; None: temperature is not compared.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Raises:
        InputError: `other` has other cells, or settings are out of range.
    """
    check_resampling(resamples, confidence)
    if other is not None and other.probability.shape != voices.probability.shape:
        raise InputError(
            f"the first temperature has cells {voices.probability.shape}, the second {other.probability.shape} "
            "(personas, items, wordings, labels). Take both from one run."
        )
    distances = label_distances(voices)
    noise = own_noise(voices.probability, voices.draws, distances)
    chance = sampling_part(noise, voices.draws)
    by_wording = _between(voices.probability, chance, distances, axis=2)
    by_persona = _between(voices.probability, chance, distances, axis=0)
    by_temperature = np.zeros((len(voices.items), 2))
    if other is not None:
        theirs = sampling_part(own_noise(other.probability, other.draws, distances), other.draws)
        moved = apart(voices.probability - other.probability, distances) - chance - theirs
        known = ~np.isnan(moved)
        by_temperature = np.stack([np.where(known, moved, 0).sum(axis=(0, 2)), known.sum(axis=(0, 2))], axis=1)
    known = ~np.isnan(chance)
    sure = np.where(known, voices.probability.max(axis=-1), np.nan)
    confident = np.where(known, sure, 0).sum(axis=(0, 2)) / np.maximum(known.sum(axis=(0, 2)), 1)
    exact = np.isinf(voices.draws) | (voices.draws == 0)
    there = (by_wording[:, 1] > 0) & exact.all(axis=(0, 2))
    x = np.where(there, confident, 0.0)
    y = np.where(there, by_wording[:, 0] / np.maximum(by_wording[:, 1], 1), 0.0)
    moments = np.stack([there, x, y, x * x, y * y, x * y], axis=1)
    rows = np.concatenate([by_wording, by_persona, by_temperature, moments], axis=1)
    return _sensitivity(voices, other, rows[known.any(axis=(0, 2))], resamples, confidence, seed)


def _between(p: Floats, chance: Floats, distances: Floats, axis: int) -> Floats:
    """Return the summed distance of all pairs along an axis, and the number of pairs, (items, 2)."""
    used = ~np.isnan(chance)
    m = used.sum(axis=axis)
    filled = np.where(used[..., None], p, 0.0)
    first = np.take_along_axis(p, np.argmax(used, axis=axis, keepdims=True)[..., None], axis=axis)
    move = np.where(used[..., None], filled - first, 0.0)  # from the first: equal distributions give exactly 0
    total = apart(move, distances).sum(axis=axis) * m - apart(move.sum(axis=axis), distances)
    total = total - np.where(used, chance, 0.0).sum(axis=axis) * (m - 1)
    pairs = m * (m - 1) / 2
    left = 0 if axis == 2 else 1  # (personas, items) or (items, wordings)
    found: Floats = np.stack([np.where(m > 1, total, 0.0).sum(axis=left), pairs.sum(axis=left)], axis=1)
    return found


def _numbers(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [sums[:, c] / np.where(sums[:, c + 1] > 0, sums[:, c + 1], np.nan) for c in (0, 2, 4)]
        n, x, y, xx, yy, xy = sums[:, 6:].T
        spread = (n * xx - x * x) * (n * yy - y * y)
        correlation = (n * xy - x * y) / np.sqrt(np.where(spread > 1e-12 * n**4, spread, np.nan))
        ratio = means[0] / np.where(means[1] > 0, means[1], np.nan)
    found: Floats = np.stack([*means, ratio, np.clip(correlation, -1, 1)], axis=1)
    return found


def _sensitivity(
    voices: Voices, other: Voices | None, rows: Floats, resamples: int, confidence: float, seed: int
) -> Sensitivity:
    value = _numbers(rows.sum(axis=0)[None])[0]
    low = high = np.full(len(value), np.nan)
    if resamples and len(rows) > 1:
        low, high, _ = percentile_interval(_numbers(resampled_sums(rows, None, resamples, seed)), confidence)
    single = "one wording: ask in several to see its effect"
    answers = voices.draws[voices.draws > 0]
    drawn = "from draws: read the model's confidence from an exact run" if np.isfinite(answers).any() else ""
    reasons = (
        single if len(voices.wordings) < 2 else "no cell with two answers in two wordings: repeat the run",
        "one persona" if len(voices.personas) < 2 else "no cell with two answers of two personas: repeat the run",
        "no second temperature" if other is None else "no cell with two answers at both temperatures",
        single if len(voices.wordings) < 2 else "personas do not differ",
        single if len(voices.wordings) < 2 else drawn or "confidence or wording distance is the same everywhere",
    )
    known: dict[str, Any] = {
        "confidence": confidence,
        "n_items": len(rows),
        "n_raters": int((voices.draws > 0).any(axis=(1, 2)).sum()),
        "dropped": {"cells without a label": int((voices.draws == 0).sum())} if (voices.draws == 0).any() else {},
    }
    made = [
        Estimate(math.nan, math.nan, math.nan, note=reason, **known)
        if math.isnan(v)
        else Estimate(float(v), float(lo), float(hi), **known)
        for v, lo, hi, reason in zip(value, low, high, reasons, strict=True)
    ]
    at = (voices.temperature,) if other is None else (voices.temperature, other.temperature)
    return Sensitivity(made[0], made[1], made[2], made[3], made[4], at)
