"""Persona signal against the model's own noise: are these personas many voices, or one voice asked again?

On every item the distance of two personas' answers splits into noise (a persona contradicts itself when asked twice)
and signal (what sets personas apart); see engine.measures.own_noise. Their ratio says how much a persona matters, and
a permutation test says whether it matters at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.own_noise import apart, label_distances, own_noise, sampling_part
from engine.measures.pairings import dealt_contradictions
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.result import Estimate
from engine.measures.voices import Voices

BUDGET = 30_000_000
"""Answers that all permutations together may move; beyond it there are fewer permutations."""
LEAST_PERMUTATIONS = 199
SIGNIFICANCE = 0.05
"""Above this p the sentence says that the personas cannot be told from one persona asked twice."""


@dataclass(frozen=True)
class PersonaSignal:
    """What sets personas apart beside what sets a persona apart from itself."""

    signal: Estimate
    """Mean distance between two personas beyond their noise; nominal: 0 to 1. Exactly 0 where exact distributions are
    identical; from draws it is unbiased, so it can fall below 0."""
    noise: Estimate
    """Mean distance between two answers of one persona; nominal: the chance that it contradicts itself."""
    ratio: Estimate
    """signal / noise."""
    p_value: float
    """Chance of a test statistic at least as large if persona names meant nothing."""
    permutations: int
    test: str
    """What was permuted, and which statistic."""
    temperature: float

    @property
    def distinguishable(self) -> bool:
        """Whether the permutation test tells the personas apart (p below 0.05)."""
        return self.p_value < SIGNIFICANCE

    @property
    def sentence(self) -> str:
        """The finding in one sentence with its numbers."""
        s, n, r = self.signal, self.noise, self.ratio
        facts = (
            f"(signal {_number(s)}, noise {_number(n)}; permutation p {_p(self.p_value)}; "
            f"{s.n_raters} personas, {s.n_items:,} items, T = {self.temperature:g})"
        )
        if not s.defined:
            return f"Persona signal is undefined: {s.note}."
        if not r.defined:
            start = f"Persona signal is {s.value:.3f} and the model's own noise {n.value:.3f}"
        else:
            start = f"Persona signal is {_short(r)} times the model's own noise"
        if math.isnan(self.p_value):
            verdict = "too little to test whether these personas differ"
        elif not self.distinguishable:
            verdict = "these personas are not distinguishable from one persona asked twice"
        elif r.defined and r.value < 1:
            verdict = "these personas differ, but less than one persona asked twice differs from itself"
        else:
            verdict = "these personas differ by more than one persona asked twice differs from itself"
        return f"{start}: {verdict} {facts}."


def persona_signal(
    voices: Voices, *, permutations: int = 999, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> PersonaSignal:
    """Measure what sets personas apart, beside what sets one persona apart from itself.

    Averages run over cells (an item in one wording) of at least two personas, each cell weighted by its personas as in
    D_o, so signal + noise is the disagreement of the temperature curve; the intervals draw items.

    The test permutes the names of the personas on the answers to a cell, in all cells at once; its statistic is the
    signal. It asks whether the answers of two personas differ more than two answers of one. An exact run holds no
    draws: its signal is set against permutations of two answers drawn to every cell, so p says whether these personas
    could be told apart by asking each of them twice, not whether their distributions are equal to the last digit.

    Args:
        voices: two personas or more; of a sampled run with two repeats or more. Else all numbers are NaN with a note.
        permutations: of the test.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides permutations and draws.

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    if permutations < 1:
        raise InputError(f"permutations {permutations!r} is below 1. Use 999.")
    distances = label_distances(voices)
    rows, used = _rows(voices, distances)
    kept = rows[:, 2] > 0
    known: dict[str, Any] = {
        "confidence": confidence,
        "n_items": int(kept.sum()),
        "n_raters": int(used.any(axis=(1, 2)).sum()),
        "dropped": _dropped(voices, used, kept),
    }
    if not kept.any():
        note = (
            "one persona differs from nobody"
            if len(voices.personas) < 2
            else "no item has two personas with two answers each: noise cannot be told from signal without repeats"
        )
        nothing = Estimate(math.nan, math.nan, math.nan, note=note, **known)
        return PersonaSignal(nothing, nothing, nothing, math.nan, 0, "none", voices.temperature)
    estimates = _estimates(rows[kept], known, resamples, confidence, seed)
    p, done, test = _test(voices, distances, used, float(rows[:, 0].sum()), permutations, seed)
    return PersonaSignal(*estimates, p_value=p, permutations=done, test=test, temperature=voices.temperature)


def _rows(voices: Voices, distances: Floats) -> tuple[Floats, np.ndarray]:
    """Return sums of signal, noise and weight (items, 3), and the cells used (personas, items, wordings)."""
    p, draws = voices.probability, voices.draws
    noise = own_noise(p, draws, distances)
    used = ~np.isnan(noise) & ~np.isnan(p[..., 0])
    used &= used.sum(axis=0) >= 2
    m = used.sum(axis=0)
    # Distances from the cell's first persona: personas that are identical then give exactly 0, without rounding.
    first = np.take_along_axis(p, np.argmax(used, axis=0)[None, ..., None], axis=0)
    shift = np.where(used[..., None], p - first, 0.0)
    noise = np.where(used, noise, 0.0)
    total = apart(shift, distances).sum(axis=0) * m - apart(shift.sum(axis=0), distances)  # sum over pairs
    pairs = np.maximum(m * (m - 1) / 2, 1)
    own = noise.sum(axis=0) / np.maximum(m, 1)
    chance = 2 * sampling_part(noise, draws).sum(axis=0) / np.maximum(m, 1)
    signal = total / pairs - chance
    rows: Floats = np.stack([signal * m, own * m, m.astype(float)], axis=-1).sum(axis=1)
    return rows, used


def _dropped(voices: Voices, used: np.ndarray, kept: np.ndarray) -> Mapping[str, int]:
    found = {
        "cells without a label": int((voices.draws == 0).sum()),
        "cells without a second answer or a second persona": int(((voices.draws > 0) & ~used).sum()),
        "items without two personas": int((~kept).sum()),
    }
    return {reason: count for reason, count in found.items() if count}


def _estimates(
    rows: Floats, known: dict[str, Any], resamples: int, confidence: float, seed: int
) -> tuple[Estimate, Estimate, Estimate]:
    def quantities(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            noise = np.where(sums[:, 1] > 0, sums[:, 1], np.nan)
            return np.stack([sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 2], sums[:, 0] / noise], axis=1)

    value = quantities(rows.sum(axis=0)[None])[0]
    low = high = np.full(3, np.nan)
    if resamples and len(rows) > 1:
        low, high, _ = percentile_interval(quantities(resampled_sums(rows, None, resamples, seed)), confidence)
    one = "one item: no interval" if len(rows) == 1 else ""
    notes = [one, one, "the model has no noise, so there is no ratio" if np.isnan(value[2]) else one]
    low, high = (np.where(np.isnan(value), np.nan, end) for end in (low, high))
    made = [
        Estimate(float(v), float(lo), float(hi), note=note, **known)
        for v, lo, hi, note in zip(value, low, high, notes, strict=True)
    ]
    return made[0], made[1], made[2]


def _test(
    voices: Voices, distances: Floats, used: np.ndarray, signal: float, permutations: int, seed: int
) -> tuple[float, int, str]:
    """Return p, how many permutations were done, and what they were."""
    rng = np.random.default_rng((seed, 1))
    exact = np.isinf(voices.draws)
    draws = np.where(exact, 2, voices.draws)
    counts = np.rint(np.nan_to_num(voices.probability) * draws[..., None])
    if (exact & used).any():
        counts = np.where(exact[..., None], _two_answers(voices.probability, rng), counts)
    groups = [
        _cells(counts[:, item, wording], asked, distances)
        for asked, (item, wording) in _patterns(np.where(used, draws, 0))
    ]
    size = sum(group.codes.size for group in groups if not group.of_pairs)
    done = int(min(permutations, max(LEAST_PERMUTATIONS, BUDGET // max(size, 1))))
    observed = signal if (exact & used).any() else sum(group.signal(group.codes) for group in groups)
    null = np.zeros(done)
    for group in groups:
        null += group.permuted(done, rng)
    slack = 1e-9 * max(abs(observed), 1e-300)
    p = (1 + int((null >= observed - slack).sum())) / (1 + done)
    drawn = "two answers drawn to every cell" if (exact & used).any() else "the answers to a cell"
    return p, done, f"{drawn}, permuted among its personas; the signal"


def _two_answers(probability: Floats, rng: np.random.Generator) -> Floats:
    """Return counts of two draws from every distribution, (..., labels)."""
    steps = np.cumsum(np.nan_to_num(probability), axis=-1)[..., None, :-1]
    drawn = (rng.random((*probability.shape[:-1], 2, 1)) > steps).sum(axis=-1)
    counts: Floats = (drawn[..., None] == np.arange(probability.shape[-1])).sum(axis=-2).astype(np.float64)
    return counts


def _patterns(draws: Floats) -> Iterator[tuple[Ints, tuple[Ints, Ints]]]:
    """Yield, for every distinct number of draws a persona, that pattern (personas,) and the cells that have it."""
    n_wordings = draws.shape[2]
    flat = draws.reshape(len(draws), -1).T.astype(np.int64)
    if len(flat) and (flat == flat[0]).all():  # as in a whole run: nothing to sort
        if flat[0].any():
            yield flat[0], np.divmod(np.arange(len(flat)), n_wordings)
        return
    patterns, which = np.unique(flat, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.any():
            yield pattern, np.divmod(np.flatnonzero(which.ravel() == number), n_wordings)


@dataclass(frozen=True)
class _Cells:
    """Cells whose personas were drawn equally often: what moves under a permutation is who gave which answer."""

    codes: npt.NDArray[np.int8]
    """(cells, answers), each persona's side by side."""
    asked: Ints
    """(personas,) answers of each."""
    distances: Floats
    pooled: float
    """Mean distance of any two answers of a cell, summed over cells: no permutation changes it."""

    def signal(self, codes: npt.NDArray[np.int8]) -> float:
        """Return the signal these answers would show, summed over cells and personas as in `_rows`."""
        return float(self._beyond(np.asarray(self._own(codes).sum())))

    @property
    def of_pairs(self) -> bool:
        """Whether every persona gave two answers of two possible: permutations then need no answers to be moved."""
        return len(self.distances) == 2 and bool((self.asked == 2).all())

    def permuted(self, times: int, rng: np.random.Generator) -> Floats:
        """Return the signals that the answers would show, permuted within cells, (times,)."""
        if self.of_pairs:
            second = self.codes.sum(axis=1, dtype=np.int64)
            return self._beyond(self.distances[0, 1] * dealt_contradictions(len(self.asked), second, times, rng))
        return np.array([self.signal(rng.permuted(self.codes, axis=1)) for _ in range(times)])

    def _beyond(self, own: Floats) -> Floats:
        n, m = int(self.asked.sum()), len(self.asked)
        signal: Floats = (m * self.pooled - own) * (n - 1) / (n - n / m)
        return signal

    def _own(self, codes: npt.NDArray[np.int8]) -> Floats:
        """Return the personas' own noise, summed over them, (cells,)."""
        if (self.asked == 2).all():  # one pair a persona: its distance alone
            pairs: Floats = self.distances[codes[:, ::2], codes[:, 1::2]].sum(axis=1)
            return pairs
        starts = np.concatenate([[0], np.cumsum(self.asked)[:-1]])
        tally = [np.add.reduceat(codes == k, starts, axis=1, dtype=np.int32) for k in range(len(self.distances))]
        counts = np.stack(tally, axis=-1).astype(np.float64)
        own: Floats = ((counts @ self.distances) * counts).sum(axis=-1) @ (1 / (self.asked * (self.asked - 1)))
        return own


def _cells(counts: Floats, asked: Ints, distances: Floats) -> _Cells:
    """Spell out the answers of cells from their counts (personas, cells, labels) and draws a persona."""
    who = np.flatnonzero(asked)
    answers = counts[who].transpose(1, 0, 2).astype(np.int64)  # (cells, personas, labels)
    n_cells, _, n_labels = answers.shape
    codes = np.repeat(np.tile(np.arange(n_labels, dtype=np.int8), n_cells * len(who)), answers.ravel())
    totals = answers.sum(axis=1).astype(np.float64)
    n = int(asked.sum())
    pooled = ((totals @ distances) * totals).sum() / (n * (n - 1))
    return _Cells(codes.reshape(n_cells, n), asked[who], distances, float(pooled))


def _number(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _short(ratio: Estimate) -> str:
    """Two digits that count, so that a ratio of 0.004 is not told as 0.00."""
    interval = "" if math.isnan(ratio.low) else f" [{ratio.low:.2g}, {ratio.high:.2g}]"
    return f"{ratio.value:.2g}{interval}"


def _p(value: float) -> str:
    return "untested" if math.isnan(value) else f"{value:.3g}"
