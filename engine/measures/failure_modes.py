"""Failure modes of personas: resistance, distortion, instability, or none, each with its evidence.

    resistance   the persona moves the model no further than nine in ten of the empty and control personas do, or by
                 less than a hundredth of its noise
    undecided    the interval holds both: it may resist, or move the model
    distortion   it moves answers against the direction in which people of its group differ from the others
    instability  it makes answers less certain by more than it moves them: noise, not a voice
    none         it moves the model, and neither of the last two is shown

The baseline is the mean distribution of the empty and control personas. All comparisons are paired by item, and a mode
is named only where the interval over items shows it. Where several hold, the first of the list is named; the table has
the numbers of all. docs/measures.md tells how often simulated personas are called by a wrong name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints, label_counts
from engine.measures.own_noise import apart, label_distances, noise_over_wordings
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.voices import People, Voices

NOT_ASKED_TWICE = "items without two answers of it and of the baseline in one wording"
NO_SIDES = "items on which people of its group and others do not differ, or one side has no label"
BASELINE = ("empty", "control")
"""Kinds of personas that describe nobody."""
NUMBERS = ("noise", "shift", "beyond_controls", "added_noise", "toward_group")
MODE_COLUMNS = (
    "persona", "kind", "group", "mode",
    "noise", "noise_low", "noise_high", "shift", "shift_low", "shift_high",
    "beyond_controls", "beyond_controls_low", "beyond_controls_high",
    "added_noise", "added_noise_low", "added_noise_high",
    "toward_group", "toward_group_low", "toward_group_high",
    "n_items", "n_items_group", "dropped", "evidence", "note",
)  # fmt: skip
"""Columns of the table, one row a persona that is not of the baseline.

mode: resistance, undecided, distortion, instability, none, or undefined
noise: mean distance of two of its answers, each to one of the item's wordings at random (nominal: the chance that it
    contradicts itself)
shift: how far its distribution lies from the baseline's, beyond noise (nominal: 0 to 1)
beyond_controls: shift less that of the control persona at nine in ten; resistance where its interval is below a
    hundredth of the noise, undecided where it holds that
added_noise: its noise less the baseline personas' mean noise, less shift; instability where its interval is above 0
toward_group: shift along the difference of its group's people from the others, as a multiple of that difference: 1 as
    far as the people, below 0 against them; distortion where its interval is below 0
n_items, n_items_group: items that entered, and those with people of its group and others
dropped: items left out, reason to count, a dict; those on which people do not differ are missing from
    toward_group alone
evidence: the numbers that decided, in words;  note: why a number is missing
"""


@dataclass(frozen=True)
class ModeBounds:
    """Where resistance ends. Conventions, not laws of nature: change them with reason, and say so."""

    control_quantile: float = 0.9
    """Share of the baseline's personas that a persona must outdo, 0 to 1. Of m of them the one at place
    ceil(control_quantile m) decides, so a persona that is no more than another wording of theirs outdoes it with a
    chance of up to (m + 1 - place) / (m + 1): 0.14 of thirteen, 0.25 of three."""
    negligible: float = 0.01
    """A shift beyond the controls below this share of the persona's noise is none. With two labels as likely as each
    other it is a change of .07 in the probability on every item, or of .25 on one item in twelve. 0: any shift that the
    items show counts, also one that a model shows for every change of words."""


@dataclass(frozen=True)
class _Baseline:
    distribution: Floats
    """(items, labels)."""
    noise: Floats
    """(items,) mean over its personas."""
    chance: Floats
    """(items,) what few draws add to a distance from it."""
    furthest: Floats
    """(items,) shift of its persona at `control_quantile`, from the rest of them; NaN with fewer than two."""
    name: str
    """That persona; '' where there is none."""


def failure_modes(
    voices: Voices,
    people: People | None = None,
    *,
    bounds: ModeBounds | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Tell the failure modes of every persona apart.

    Args:
        voices: personas to judge, with empty or control personas among them; a sampled run needs two answers an
            item in one of its wordings.
        people: of the same items, in the same order, with groups; None: distortion is not judged.
        bounds: where resistance ends; None: `ModeBounds()`.
        resamples: bootstrap draws of items, at least 1: a mode rests on its interval.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a persona, with MODE_COLUMNS.

    Raises:
        InputError: no baseline persona, people of other items, or settings out of range.
    """
    check_resampling(resamples, confidence)
    bounds = bounds or ModeBounds()
    if not 0 < bounds.control_quantile <= 1 or not bounds.negligible >= 0:
        raise InputError(f"{bounds!r}: expected control_quantile above 0, at most 1, and negligible of 0 or more.")
    base = np.array([kind in BASELINE for kind in voices.kinds], dtype=bool)
    if not base.any():
        raise InputError(
            f"the run has personas of the kinds {sorted(set(voices.kinds))!r} and none to compare them with. Expected "
            "empty or control personas. Add the persona set 'control' to the run."
        )
    if people is not None and people.items != voices.items:
        raise InputError(
            f"the personas labelled {len(voices.items):,} items, the people {len(people.items):,}, and they are not "
            "the same in the same order. Make both with `beside`."
        )
    distances = label_distances(voices)
    p = voices.of_items()
    noise, chance = noise_over_wordings(voices.probability, voices.draws, distances)
    names = [voices.personas[i] for i in np.flatnonzero(base)]
    baseline = _baseline(p[base], noise[base], chance[base], distances, names, bounds.control_quantile)
    judged = np.flatnonzero(~base)
    sides, groups = _group_sides(people), voices.groups or ("",) * len(voices.personas)
    columns = [_item_columns(p[a], noise[a], chance[a], baseline, sides.get(groups[a]), distances) for a in judged]
    if not columns:
        return pd.DataFrame(columns=list(MODE_COLUMNS))
    rows = np.stack(columns, axis=1)  # (items, personas, 7)
    value = _numbers(rows.sum(axis=0)[None])[0]
    low = high = np.full_like(value, np.nan)
    if resamples and len(rows) > 1:
        sums = resampled_sums(rows.reshape(len(rows), -1), None, resamples, seed)
        drawn = _numbers(sums.reshape(resamples, *rows.shape[1:]))
        ends = percentile_interval(drawn.reshape(resamples, -1), confidence)
        low, high = (np.where(np.isnan(value), np.nan, end.reshape(value.shape)) for end in ends[:2])
    counts = rows[:, :, [5, 6]].astype(bool).sum(axis=0)
    return pd.DataFrame(
        [
            _row(voices, a, value[n], low[n], high[n], counts[n], baseline.name, bounds.negligible)
            for n, a in enumerate(judged)
        ],
        columns=list(MODE_COLUMNS),
    )


def _baseline(
    p: Floats, noise: Floats, chance: Floats, distances: Floats, names: list[str], quantile: float
) -> _Baseline:
    known = ~np.isnan(noise)
    n = known.sum(axis=0)
    filled = np.where(known[..., None], p, 0.0)
    part = np.where(known, chance, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / n[:, None]
        together = part.sum(axis=0) / n**2
        typical = np.where(known, noise, 0.0).sum(axis=0) / n
        others = (filled.sum(axis=0) - filled) / (n - 1)[:, None]
        theirs = (part.sum(axis=0) - part) / (n - 1) ** 2
        shift = np.where(known & (n > 1), apart(p - others, distances) - part - theirs, np.nan)
    some = ~np.isnan(shift).all(axis=1)
    if not some.any():
        return _Baseline(mean, typical, together, np.full(len(mean), np.nan), "")
    means = np.array([np.nanmean(s) if ok else -np.inf for s, ok in zip(shift, some, strict=True)])
    furthest = int(np.argsort(means)[math.ceil(quantile * int(some.sum())) - 1 - int(some.sum())])
    return _Baseline(mean, typical, together, shift[furthest], names[furthest])


def _group_sides(people: People | None) -> dict[str, Floats]:
    """Return of each group (items, labels): how its people differ from the others."""
    if people is None:
        return {}
    counts = {
        group: label_counts(people.codes[[g == group for g in people.groups]], len(people.labels))
        for group in dict.fromkeys(people.groups)
    }
    everybody = sum(counts.values())
    with np.errstate(invalid="ignore", divide="ignore"):
        return {group: _shares(own) - _shares(everybody - own) for group, own in counts.items() if group}


def _shares(counts: Ints) -> Floats:
    shares: Floats = counts / counts.sum(axis=-1, keepdims=True)
    return shares


def _item_columns(
    p: Floats, noise: Floats, chance: Floats, baseline: _Baseline, side: Floats | None, distances: Floats
) -> Floats:
    """Return (items, 7): noise, shift, furthest control's shift, baseline noise, product and square of the group's
    side (0 without people), and whether the item entered; the square's place says whether people did."""
    used = ~np.isnan(noise) & ~np.isnan(baseline.noise)
    move = np.where(used[:, None], p - baseline.distribution, 0.0)
    shift = apart(move, distances) - np.where(used, chance + baseline.chance, 0.0)
    along, square = np.zeros(len(p)), np.zeros(len(p))
    if side is not None:
        there = used & ~np.isnan(side).any(axis=1)
        direction = np.where(there[:, None], side, 0.0)
        along = np.einsum("ik,kl,il->i", move, distances, direction) * -0.5
        square = apart(direction, distances)
    columns = [noise, shift, baseline.furthest, baseline.noise, along, square, used]
    found: Floats = np.stack([np.where(used, column, 0.0) for column in columns], axis=1)
    return found


def _numbers(sums: Floats) -> Floats:
    """Return (draws, personas, NUMBERS) from sums (draws, personas, 7)."""
    noise, shift, furthest, typical, along, square, n = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(n > 0, n, np.nan)
        return np.stack(
            [
                noise / n, shift / n, (shift - furthest) / n, (noise - typical - shift) / n,
                along / np.where(square > 0, square, np.nan),
            ],
            axis=-1,
        )  # fmt: skip


def _row(
    voices: Voices,
    persona: int,
    value: Floats,
    low: Floats,
    high: Floats,
    counts: npt.NDArray[np.int64],
    control: str,
    negligible: float,
) -> dict[str, object]:
    numbers = {
        f"{name}{end}": float(found[n])
        for n, name in enumerate(NUMBERS)
        for end, found in (("", value), ("_low", low), ("_high", high))
    }
    mode, evidence = _verdict(numbers, control, negligible)
    n_group, n_used = (int(count) for count in counts)
    dropped = {NOT_ASKED_TWICE: len(voices.items) - n_used, NO_SIDES: n_used - n_group if n_group else 0}
    notes = []
    if math.isnan(numbers["shift"]):
        notes.append("no item with two answers of this persona and of the baseline in one wording: repeat the run")
    elif math.isnan(numbers["beyond_controls"]):
        notes.append("fewer than two empty or control personas: resistance cannot be told")
    if math.isnan(numbers["toward_group"]):
        notes.append("no people of its group and of others on the same items, or they do not differ")
    return {
        "persona": voices.personas[persona],
        "kind": voices.kinds[persona],
        "group": voices.groups[persona] if voices.groups else "",
        "mode": mode,
        **numbers,
        "n_items": n_used,
        "n_items_group": n_group,
        "dropped": {reason: count for reason, count in dropped.items() if count},
        "evidence": evidence,
        "note": "; ".join(notes),
    }


def _verdict(n: dict[str, float], control: str, negligible: float) -> tuple[str, str]:
    def told(name: str) -> str:
        return f"{n[name]:.3f} [{n[name + '_low']:.3f}, {n[name + '_high']:.3f}]"

    if math.isnan(n["shift"]) or math.isnan(n["shift_low"]):
        return "undefined", "no interval"
    moves = f"shift {told('shift')}, beyond {control or 'nothing'} {told('beyond_controls')}"
    limit = negligible * n["noise"]
    if n["beyond_controls_low"] <= limit:
        return "resistance" if n["beyond_controls_high"] <= limit else "undecided", moves
    if n["toward_group_high"] < 0:
        return "distortion", f"moves {told('toward_group')} times the way of its group's people"
    if n["added_noise_low"] > 0:
        return "instability", f"adds {told('added_noise')} more noise than shift"
    return "none", moves
