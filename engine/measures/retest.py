"""Test-retest: can the answers of a second run be assigned to the persona that gave them?

Each persona of the second run is assigned to the persona of the first whose distributions over items are nearest. If
the personas are voices of their own, most find themselves; if they are one voice, one in as many as there are
personas does, by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.own_noise import label_distances
from engine.measures.resampling import check_resampling, resampled_sums
from engine.measures.result import Estimate
from engine.measures.voices import Voices, voices

if TYPE_CHECKING:
    import xarray as xr

ASSIGNMENT_COLUMNS = ("persona", "assigned", "right", "margin")
"""Columns of the assignments.

persona: of the second run;  assigned: the nearest persona of the first (the first of several as near)
right: how right the assignment is: 1, 0, or 1 / n where n personas are as near and it is one of them
margin: how much nearer it is to itself than to the nearest other persona, per item; below 0: another is nearer
"""

ROUNDING = {4: 1e-5, 8: 1e-12}
"""Bytes of a number -> by which share equal sums of it can differ."""
MOST_VARIED = 10
"""Independent personas that one persona can count for, at most."""


@dataclass(frozen=True)
class Retest:
    """How many personas of a second run find themselves in the first."""

    accuracy: Estimate
    """Share of personas assigned to themselves, 0 to 1, and the interval of what as many other items would give."""
    chance: float
    """What one voice under as many names would reach: 1 / personas."""
    p_value: float
    """Chance of as many right if the names of the second run's personas meant nothing."""
    assignments: pd.DataFrame
    """One row a persona, with ASSIGNMENT_COLUMNS."""
    sentence: str
    null_high: float = math.nan
    """Accuracy that this share of permutations (that of the interval) does not exceed."""


def retest(
    first: Voices, second: Voices, *, permutations: int = 999, resamples: int = 1000, confidence: float = 0.95,
    seed: int = 0,
) -> Retest:  # fmt: skip
    """Assign the personas of a second run to those of the first.

    Args:
        first: of one run (or one half of its repeats); `halves` makes both from one run.
        second: of another; personas, items and wordings that only one of them has are left out and counted.
        permutations: of the second run's names, behind the p-value.
        resamples: bootstrap draws of items; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides permutations and draws.

    Raises:
        InputError: they share no two personas or no items, have other labels, or settings are out of range.
    """
    check_resampling(resamples, confidence)
    if permutations < 1:
        raise InputError(f"permutations {permutations!r} is below 1. Use 999.")
    if first.labels != second.labels:
        raise InputError(f"one run's labels are {first.labels}, the other's {second.labels}. Compare runs of one task.")
    theirs, labelled = set(second.personas), set(second.items)
    names = [name for name in first.personas if name in theirs]
    items = [item for item in first.items if item in labelled]
    if len(names) < 2 or not items:
        raise InputError(
            f"the two runs share {len(names)} personas and {len(items):,} items; test-retest needs two personas and an "
            "item of both. Compare runs of the same persona set and corpus."
        )
    left, right = (_of(run, names, items) for run in (first, second))
    usable = ~np.isnan(left[..., 0]).any(axis=0) & ~np.isnan(right[..., 0]).any(axis=0)
    dropped = {
        "personas of one run alone": len(first.personas) + len(second.personas) - 2 * len(names),
        "items of one run alone": len(first.items) + len(second.items) - 2 * len(items),
        "items without a label from every persona": int((~usable).sum()),
    }
    known: dict[str, Any] = {
        "confidence": confidence,
        "n_items": int(usable.sum()),
        "n_raters": len(names),
        "dropped": {reason: count for reason, count in dropped.items() if count},
    }
    rows = _distances(left[:, usable], right[:, usable], label_distances(first))
    return _result(rows, names, known, permutations, resamples, seed)


def halves(labels: xr.Dataset, temperature: float | None = None, personas: list[str] | None = None) -> tuple[
    Voices, Voices
]:  # fmt: skip
    """Return the voices of a run's even repeats and of its odd ones, to be set against each other.

    Raises:
        InputError: the run has no repeats.
    """
    n = labels.sizes["repeat"]
    if n < 2:
        raise InputError(
            f"the run asked every cell once (repeats: {n}), so it has nothing to be tested against. Start it with two "
            "repeats or more, or name a second run of the same personas and items."
        )
    even, odd = (labels.isel(repeat=slice(start, None, 2)) for start in (0, 1))
    return voices(even, temperature, personas), voices(odd, temperature, personas)


def _of(run: Voices, names: list[str], items: list[str]) -> Floats:
    people = {name: i for i, name in enumerate(run.personas)}
    place = {item: i for i, item in enumerate(run.items)}
    means = run.of_items()
    found: Floats = means[np.ix_([people[n] for n in names], [place[i] for i in items])]
    return found


def _distances(left: Floats, right: Floats, distances: Floats) -> Floats:
    """Return the distance of every persona of the second run from every one of the first, (items, second, first)."""
    own = [np.einsum("pik,kl,pil->ip", side, distances, side, optimize=True) for side in (right, left)]
    cross = np.matmul((right @ distances).transpose(1, 0, 2), left.transpose(1, 2, 0))
    found: Floats = cross - own[0][:, :, None] / 2 - own[1][:, None, :] / 2
    return found


def _right(totals: npt.NDArray[np.floating]) -> Floats:
    """Return how right each assignment is, (..., second), from distances (..., second, first); ties share."""
    tied = _as_near(totals)
    own = np.diagonal(tied, axis1=-2, axis2=-1)
    right: Floats = own / tied.sum(axis=-1)
    return right


def _as_near(totals: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return which of the first are as near as the nearest, but for rounding, (..., second, first)."""
    nearest = totals.min(axis=-1, keepdims=True)
    near: npt.NDArray[np.bool_] = totals <= nearest * (1 + ROUNDING[totals.dtype.itemsize]) + 1e-9
    return near


def _interval(value: float, rows: Floats, confidence: float, resamples: int, seed: int) -> tuple[float, float]:
    """Return the interval of an accuracy.

    Drawing items again shifts it: a draw holds fewer different items, so fewer personas find themselves, and a
    percentile interval can lie below its own value. What a draw does keep is how much the accuracy varies. So the
    draws' mean m and variance give the number of independent personas that would vary as much, m (1 - m) / variance,
    and the interval is Clopper and Pearson's for the value with that number. Where the draws do not differ it is the
    number of personas, the most that it can be is MOST_VARIED times that.

    Source: Korn and Graubard (1998), Survey Methodology 24:193-201, for intervals with an effective number.
    """
    from scipy.stats import beta

    n_items, n = rows.shape[:2]
    drawn = resampled_sums(rows.reshape(n_items, -1).astype(np.float32), None, resamples, seed)
    reached = _right(drawn.reshape(resamples, n, n)).mean(axis=1)
    mean, variance = float(reached.mean()), float(reached.var())
    personas = min(mean * (1 - mean) / variance, MOST_VARIED * n) if variance > 1e-12 else float(n)
    found, tail = value * personas, (1 - confidence) / 2
    low = 0.0 if found < 1e-9 else float(beta.ppf(tail, found, personas - found + 1))
    high = 1.0 if personas - found < 1e-9 else float(beta.ppf(1 - tail, found + 1, personas - found))
    return low, high


def _result(
    rows: Floats, names: list[str], known: dict[str, Any], permutations: int, resamples: int, seed: int
) -> Retest:
    n_items, n = rows.shape[:2]
    if not n_items:
        note = "no item has a label from every persona in both runs"
        nothing = Estimate(math.nan, math.nan, math.nan, note=note, **known)
        table = pd.DataFrame(columns=list(ASSIGNMENT_COLUMNS))
        return Retest(nothing, 1 / n, math.nan, table, f"Test-retest is undefined: {note}.")
    totals = rows.sum(axis=0)
    right = _right(totals)
    value, low, high = float(right.mean()), math.nan, math.nan
    if resamples and n_items > 1:
        low, high = _interval(value, rows, known["confidence"], resamples, seed)
    rng = np.random.default_rng((seed, 3))
    orders: Ints = rng.permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)
    credit = _as_near(totals).astype(np.float64)
    credit /= credit.sum(axis=1, keepdims=True)
    null = credit[np.arange(n)[None], orders].mean(axis=1)
    p = (1 + int((null >= value - 1e-9).sum())) / (1 + permutations)
    others = np.where(np.eye(n, dtype=bool), np.inf, totals).min(axis=1)
    table = pd.DataFrame(
        {
            "persona": names,
            "assigned": [names[i] for i in totals.argmin(axis=1)],
            "right": right,
            "margin": (others - np.diagonal(totals)) / n_items,
        },
        columns=list(ASSIGNMENT_COLUMNS),
    )
    accuracy = Estimate(value, low, high, note="one item: no interval" if n_items == 1 else "", **known)
    told = "can be told from each other" if p < 0.05 else "cannot be told from one voice under many names"
    sentence = (
        f"{value:.0%} of {n} personas find themselves again (chance {1 / n:.0%}, permutation p {p:.3g}, {n_items:,} "
        f"items): the personas {told}."
    )
    null_high = float(np.quantile(null, known["confidence"], method="higher"))
    return Retest(accuracy, 1 / n, p, table, sentence, null_high)
