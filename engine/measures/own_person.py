"""Own person: is each persona more like the person it plays than like other people, and more than nobody is?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, percentile_interval, single_interval
from engine.measures.result import Estimate
from engine.measures.similarity import Likeness, check_pair, pairs_of
from engine.measures.targets import targets_of
from engine.measures.voices import People, Voices

CONTRASTS = ("own", "others", "nobody", "own_minus_others", "own_minus_nobody", "specific")
"""Numbers of `own_person`, a persona; each has a low and a high."""
MINUS_OTHERS, SPECIFIC = CONTRASTS.index("own_minus_others"), CONTRASTS.index("specific")
OWN_PERSON_COLUMNS = (
    "persona", "annotator", *(f"{name}{end}" for name in CONTRASTS for end in ("", "_low", "_high")), "confidence",
    "rank", "verdict", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
ROUNDING = 1e-12
"""Differences of similarities nearer to 0 than this are none."""
MORE, LESS, UNCLEAR = "more like its person", "less like its person", "no difference"


@dataclass(frozen=True)
class OwnPerson:
    """Personas beside the people they play."""

    table: pd.DataFrame
    """One row a persona that plays an annotator, with `OWN_PERSON_COLUMNS`."""
    own_minus_others: Estimate
    """Mean of the table's own_minus_others."""
    specific: Estimate
    """Mean of the table's specific."""
    nearest: Estimate
    """Share of personas to whom their own person is the most alike of all, 0 to 1, once each person's mean similarity
    to the personas is taken off: else the person who is easiest to agree with would be everybody's nearest."""
    chance: float
    """`nearest` of personas that know nothing: mean over them of 1 / annotators that they can be compared with."""
    p_value: float
    """Share of random assignments of personas to people whose mean similarity is at least that of the true one; of the
    personas whose own person has a value."""


def own_person(
    voices: Voices,
    people: People,
    likeness: Likeness = "kappa",
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> OwnPerson:
    """Set each persona beside its own annotator, the other annotators, and nobody (control and empty personas).

    own, others: similarity to its annotator, mean similarity to the others. nobody: mean similarity of the control and
    empty personas to its annotator. own_minus_others is above 0 also where its annotator is simply easy to agree with,
    and own_minus_nobody where the persona agrees better with everybody; specific takes both off: own, less the
    persona's mean over annotators, less the annotator's mean over personas that play somebody, plus the mean of all.
    Intervals are paired: each bootstrap draw of items serves all cells.

    Args:
        voices: personas; those with an annotator among the people are measured, control and empty ones are nobody.
        people: on the same items.
        likeness: cosine, centred or kappa, as of `alignment`.
        resamples: bootstrap draws over items, and random assignments; 0: neither.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        The table (rank: place of its own annotator among all, 1 the most alike; verdict by the interval of
        own_minus_others; n_items with labels of both; n_raters: annotators compared; dropped: items left out) and the
        means over personas. Undefined numbers are NaN with the reason in the note.

    Raises:
        InputError: an unknown measure, settings out of range, or voices and people of different items.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    targets = targets_of(people, "annotator")
    place = {name: i for i, name in enumerate(targets.names)}
    playing = np.array([i for i, name in enumerate(voices.annotators) if name in place], dtype=np.int64)
    own = np.array([place[voices.annotators[i]] for i in playing], dtype=np.int64)
    nobody = np.array([i for i, kind in enumerate(voices.kinds) if kind in ("control", "empty")], dtype=np.int64)
    pairs = pairs_of(voices, targets, likeness)
    values, draws = pairs.now, pairs.draws(resamples, seed)
    point = _contrasts(values[None], playing, own, nobody)[:, 0]
    drawn = _contrasts(draws, playing, own, nobody)
    matrix, n_items = values[playing], pairs.n_items[playing, own]
    facts = {
        "persona": [voices.personas[i] for i in playing],
        "annotator": [targets.names[i] for i in own],
        "confidence": confidence,
        "rank": _rank(matrix, own),
        "n_items": n_items,
        "n_raters": (~np.isnan(matrix)).sum(axis=1),
        "dropped": len(voices.items) - n_items,
    }
    table = _table(facts, point, _ends(drawn, n_items, confidence), pairs.why_undefined()[playing, own], len(nobody))

    def overall(now: Floats, later: Floats) -> Estimate:
        return _mean_estimate(now, later, int(n_items.max(initial=0)), len(playing), confidence)

    return OwnPerson(
        table=table,
        own_minus_others=overall(point[MINUS_OTHERS], drawn[MINUS_OTHERS]),
        specific=overall(point[SPECIFIC], drawn[SPECIFIC]),
        nearest=overall(_is_nearest(matrix[None], own)[0], _is_nearest(draws[:, playing], own)),
        chance=_chance(matrix, own),
        p_value=_assignment_p(matrix, own, resamples, seed),
    )


def _ends(drawn: Floats, n_items: Ints, confidence: float) -> Floats:
    """Return both ends of every contrast, (2, contrasts, personas), from draws (contrasts, draws, personas)."""
    n_contrasts, resamples, n = drawn.shape
    ends = np.full((2, n_contrasts, n), np.nan)
    if resamples:
        flat = drawn.transpose(1, 0, 2).reshape(resamples, n_contrasts * n)
        low, high, _ = percentile_interval(flat, confidence)
        ends = np.where(n_items > 1, np.stack([low, high]).reshape(ends.shape), np.nan)
    return ends


def _table(
    facts: Mapping[str, object], point: Floats, ends: Floats, reasons: npt.NDArray[np.object_], n_nobody: int
) -> pd.DataFrame:
    columns = dict(facts)
    for c, name in enumerate(CONTRASTS):
        columns |= {name: point[c], f"{name}_low": ends[0, c], f"{name}_high": ends[1, c]}
    columns["verdict"] = [_verdict(*pair) for pair in ends[:, MINUS_OTHERS].T]
    columns["note"] = [_note(reason, n_nobody, row[MINUS_OTHERS]) for reason, row in zip(reasons, point.T, strict=True)]
    return pd.DataFrame(columns, columns=list(OWN_PERSON_COLUMNS))


def _contrasts(cells: Floats, playing: Ints, own: Ints, nobody: Ints) -> Floats:
    """Return every contrast, (contrasts, draws, personas that play somebody), from cells (draws, personas, people)."""
    matrix = cells[:, playing]
    mine = matrix[:, np.arange(len(playing)), own]
    known = ~np.isnan(matrix)
    total, count = np.where(known, matrix, 0.0).sum(axis=2), known.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        others = (total - mine) / (count - 1)
        others = np.where(count > 1, others, np.nan)
        by_person = _mean(matrix, 1)[:, own]
        no_one = _mean(cells[:, nobody], 1)[:, own]
        specific = mine - total / count - by_person + _mean(matrix, (1, 2))[:, None]
    specific = np.where((count > 1) & (known.sum(axis=1)[:, own] > 1), specific, np.nan)
    return np.stack([mine, others, no_one, mine - others, mine - no_one, specific])


def _mean(values: Floats, axis: int | tuple[int, int]) -> Floats:
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis)
    return mean


def _rank(matrix: Floats, own: Ints) -> Floats:
    """Place of each persona's own person, 1 the most alike; people who tie share the middle of their places."""
    mine = matrix[np.arange(len(matrix)), own][:, None]
    rank = 0.5 + (matrix > mine + ROUNDING).sum(axis=1) + (np.abs(matrix - mine) <= ROUNDING).sum(axis=1) / 2
    return np.where(np.isnan(mine[:, 0]), np.nan, rank)


def _is_nearest(cells: Floats, own: Ints) -> Floats:
    """Whether each persona's own person is the most alike, (draws, personas); people who tie share the place."""
    cells = cells - _mean(cells, 1)[:, None]
    mine = cells[:, np.arange(len(own)), own]
    best = np.nan_to_num(cells, nan=-np.inf).max(axis=2, initial=-np.inf) - 1e-12
    ties = np.maximum((cells >= best[..., None]).sum(axis=2), 1)
    return np.where(np.isnan(mine), np.nan, (mine >= best) / ties)


def _mean_estimate(now: Floats, later: Floats, n_items: int, n_raters: int, confidence: float) -> Estimate:
    """The mean over personas with its interval over draws of items."""
    known = ~np.isnan(now)
    if not known.any():
        note = "no persona whose annotator is among the people and has labels in common with it"
        return Estimate(math.nan, math.nan, math.nan, confidence, n_items, n_raters, note=note)
    low = high = math.nan
    if len(later) and n_items > 1:
        low, high, _ = single_interval(_mean(later[:, known], 1), confidence)
    left_out = {"personas without a value": int((~known).sum())} if not known.all() else {}
    return Estimate(float(now[known].mean()), low, high, confidence, n_items, int(known.sum()), left_out)


def _chance(matrix: Floats, own: Ints) -> float:
    known = ~np.isnan(matrix[np.arange(len(own)), own])
    return float((1 / (~np.isnan(matrix[known])).sum(axis=1)).mean()) if known.any() else math.nan


def _assignment_p(matrix: Floats, own: Ints, resamples: int, seed: int) -> float:
    """P-value of the true assignment among random ones, which hand the same people to other personas."""
    known = ~np.isnan(matrix[np.arange(len(own)), own])
    matrix, own = matrix[known], own[known]
    if resamples == 0 or len(own) < 2:
        return math.nan
    rng = np.random.default_rng(seed)
    shuffled = own[np.argsort(rng.random((resamples, len(own))), axis=1)]
    means = _mean(matrix[np.arange(len(own)), shuffled], 1)
    true = matrix[np.arange(len(own)), own].mean()
    return float((1 + (means >= true - 1e-12).sum()) / (1 + resamples))


def _verdict(low: float, high: float) -> str:
    if math.isnan(low):
        return "unknown"
    return MORE if low > ROUNDING else LESS if high < -ROUNDING else UNCLEAR


def _note(reason: str, n_nobody: int, minus: float) -> str:
    parts = [str(reason)] if reason else []
    parts += ["nobody to compare with: the run has no control or empty persona"] if n_nobody == 0 else []
    parts += ["no other annotator with a value"] if not reason and math.isnan(minus) else []
    return "; ".join(parts)
