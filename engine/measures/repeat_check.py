"""The check of repeats: are they draws of their own, or copies; and do they differ where nothing should?

A fixed engine seed, or answers shared between equal prompts, makes repeats copies of each other: noise is then 0 and
every signal looks certain. At temperature 0 it is the other way round: repeats should be equal, and what differs is the
engine's own floor of noise.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.result import Estimate
from engine.measures.voices import codes_at

if TYPE_CHECKING:
    import xarray as xr

Verdict = Literal["copies", "not copies", "cannot tell", "no repeats"]
TOO_UNLIKELY = 1e-6
"""Repeats that are equal everywhere are called copies where chance would do it less often than this."""


@dataclass(frozen=True)
class RepeatCheck:
    """What the repeats of a sampled run look like at one temperature."""

    temperature: float
    differ: Estimate
    """Chance that two repeats of a cell differ, 0 to 1; at temperature 0 the floor, which should be 0."""
    expected: float
    """The same from the exact distributions, where they were given; else NaN."""
    copies: tuple[tuple[int, int], ...]
    """Pairs of repeats that are equal in every cell though chance would not make them so."""
    chance: float
    """Upper bound of the chance that the pairs that are equal everywhere are so without being copies; NaN: none is, or
    unknown."""
    verdict: Verdict
    sentence: str


def check_repeats(
    sampled: xr.Dataset,
    temperature: float | None = None,
    probability: Floats | None = None,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> RepeatCheck:
    """Say whether the repeats of a sampled run are copies, and how often they differ.

    Independent repeats agree in a cell with chance sum_k p(k)^2. Two repeats that agree in all of n cells are copies
    where the product of these chances is below 1e-6; without p their mean, from the pairs of repeats that do differ
    somewhere, stands for each (a bound from above). Where no pair differs and p is unknown, nothing can tell copies
    from a model that is certain.

    Args:
        sampled: of a run (engine.runs.label_arrays).
        temperature: one of its own; None: the only one.
        probability: (personas, items, wordings, labels) exact distributions of the run's cells at this temperature,
            NaN where unknown.
        resamples: bootstrap draws of items; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: a temperature that the run does not have, or settings out of range.
    """
    check_resampling(resamples, confidence)
    codes, temperature = codes_at(sampled, temperature)
    n_repeats, n_labels = codes.shape[3], len(sampled.attrs["labels"])
    known: dict[str, Any] = {
        "confidence": confidence,
        "n_items": int(((codes >= 0).sum(axis=3) >= 2).any(axis=(0, 2)).sum()),
        "n_raters": int((codes >= 0).any(axis=(1, 2, 3)).sum()),
        "dropped": {"answers without a label": int((codes < 0).sum())} if (codes < 0).any() else {},
    }
    differ = _differ(codes, n_labels, known, resamples, seed)
    if not differ.defined:
        return RepeatCheck(
            temperature, differ, math.nan, (), math.nan, "no repeats",
            f"At temperature {temperature:g} no cell has two answers: {differ.note}.",
        )  # fmt: skip
    expected = math.nan
    if probability is not None:
        own = (np.asarray(probability, dtype=np.float64) ** 2).sum(axis=-1)
        asked = (codes >= 0).sum(axis=3) >= 2
        expected = float(1 - np.nanmean(own[asked])) if (asked & ~np.isnan(own)).any() else math.nan
    equal, chance = _equal_everywhere(codes, probability)
    copies = equal if not math.isnan(chance) and chance < TOO_UNLIKELY else ()
    verdict: Verdict = "not copies"
    if copies:
        verdict = "copies"
    elif equal and temperature > 0:
        verdict = "cannot tell"
    sentence = _sentence(temperature, differ, expected, equal, chance, verdict, n_repeats)
    return RepeatCheck(temperature, differ, expected, copies, chance, verdict, sentence)


def _differ(codes: Ints, n_labels: int, known: dict[str, Any], resamples: int, seed: int) -> Estimate:
    counts = (codes[..., None] == np.arange(n_labels)).sum(axis=3).astype(np.float64)
    asked = counts.sum(axis=-1)
    pairs = asked * (asked - 1)
    unequal = asked**2 - (counts**2).sum(axis=-1)
    rows = np.stack([unequal.sum(axis=(0, 2)), pairs.sum(axis=(0, 2))], axis=1)
    rows = rows[rows[:, 1] > 0]
    if not len(rows):
        note = "run it with repeats of 2 or more to see its noise"
        return Estimate(math.nan, math.nan, math.nan, note=note, **known)
    value = float(rows[:, 0].sum() / rows[:, 1].sum())
    low = high = math.nan
    if resamples and len(rows) > 1:
        sums = resampled_sums(rows, None, resamples, seed)
        low, high, _ = single_interval(sums[:, 0] / sums[:, 1], known["confidence"])
    return Estimate(value, low, high, note="one item: no interval" if len(rows) == 1 else "", **known)


def _equal_everywhere(codes: Ints, probability: Floats | None) -> tuple[tuple[tuple[int, int], ...], float]:
    """Return the pairs of repeats that are equal in every cell, and how likely the likeliest of them is by chance."""
    n_repeats = codes.shape[3]
    flat = codes.reshape(-1, n_repeats)
    own = None
    if probability is not None:
        own = (np.asarray(probability, dtype=np.float64) ** 2).sum(axis=-1).reshape(-1)
    found: list[tuple[int, int]] = []
    cells: list[int] = []
    chances: list[float] = []
    agreed = compared = 0
    for first, second in itertools.combinations(range(n_repeats), 2):
        both = (flat[:, first] >= 0) & (flat[:, second] >= 0)
        same = int((flat[both, first] == flat[both, second]).sum())
        n = int(both.sum())
        if n and same == n:
            found.append((first, second))
            cells.append(n)
            if own is not None:
                chances.append(float(np.nansum(np.log(np.maximum(own[both], 1e-300)))))
        else:
            agreed, compared = agreed + same, compared + n
    if not found:
        return (), math.nan
    if not chances and compared:
        chances = [n * math.log(max(agreed, 1) / compared) for n in cells]
    return tuple(found), math.exp(max(chances)) if chances else math.nan


def _sentence(
    temperature: float,
    differ: Estimate,
    expected: float,
    equal: tuple[tuple[int, int], ...],
    chance: float,
    verdict: Verdict,
    n_repeats: int,
) -> str:
    interval = "" if math.isnan(differ.low) else f" [{differ.low:.4f}, {differ.high:.4f}]"
    start = f"At temperature {temperature:g} two repeats of a cell differ with chance {differ.value:.4f}{interval}"
    start += "" if math.isnan(expected) else f" (expected {expected:.4f})"
    pairs = n_repeats * (n_repeats - 1) // 2
    if verdict == "copies":
        names = ", ".join(f"{a} and {b}" for a, b in equal[:3]) + ("" if len(equal) <= 3 else ", ...")
        return (
            f"{start}: {len(equal)} of {pairs} pairs of repeats are copies (repeats {names}), equal in every cell, "
            f"which chance does with probability {max(chance, 1e-99):.0e} at most. Give each engine start its own seed."
        )
    if verdict == "cannot tell":
        return (
            f"{start}: {len(equal)} of {pairs} pairs of repeats are equal in every cell. They are copies, or the model "
            "is certain; an exact run of the same cells would tell."
        )
    if temperature == 0:
        floor = "as it should be" if differ.value == 0 else "though nothing should: this is the engine's own floor"
        return f"{start}, {floor}."
    return f"{start}: they are draws of their own."
