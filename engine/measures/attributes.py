"""Attribute effects: how far one attribute of a persona moves its labels, beside what mere rewording does.

Personas are compared in pairs that differ in one attribute alone: with it and without it, or with one value and with
another. What differs between the two is the attribute's doing, item by item; the items are what the bootstrap draws.
An attribute whose values pull to opposite sides (politics: left, right) has no direction of its own, so each value has
a row of its own beside the row of the attribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.holm import holm
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.rewording import between_wordings, most_of_rewordings
from engine.measures.temperature import at_temperature, log_probability
from engine.measures.voices import Voices

QUANTITIES = ("total_variation", "flipped", "rewording", "excess", "shift")
EFFECT_COLUMNS = (
    "attribute", "value", "total_variation", "low", "high", "flipped", "flipped_low", "flipped_high",
    "rewording", "rewording_low", "rewording_high", "rewording_most", "excess", "excess_low", "excess_high",
    "shift", "shift_low", "shift_high", "p_value", "p_holm", "found",
    "n_pairs", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of `attribute_effects`."""
NO_VARIANCE = 1e-24
"""Below this variance between items a shift is the same on all of them; what is left is rounding."""

FEW_ITEMS = 5
"""Items a mean below which means are tested one by one (Bonferroni) instead of all at once."""


@dataclass(frozen=True)
class _Terms:
    """What each pair shows on each item, NaN where one of the two has no label."""

    quantities: Floats
    """(quantities, pairs, items), in the order of QUANTITIES."""
    scores: Floats
    """(pairs, items, scores): the shifts that the test looks at, one score where labels have a direction."""


def attribute_effects(
    voices: Voices,
    pairs: Sequence[tuple[str, str, str, str]],
    positive: str | None = None,
    *,
    negligible: float = 0.005,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure what each attribute does to the label distribution, largest effect first.

    Args:
        voices: what the personas say, all wordings.
        pairs: (persona with it, persona without it, attribute, value), as engine.personas.counterfactual_pairs makes
            them. Where a value is exchanged, the first persona has the new one.
        positive: the label that means 'yes'; without one, direction is on the labels' values, and on nominal labels
            there is none.
        negligible: total variation that is put down to any change of words where the run has one wording and cannot
            show what words do. The default is a little above what the demo models do; a model that reacts more to words
            has null attributes found. Ask in several wordings instead of trusting it.
        resamples: bootstrap draws over items; 0: no intervals, and nothing is found.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        The attributes' rows (value ''), ranked by total variation, then a row for each value, ranked too:
            total_variation, low, high: half the sum of |p_with - p_without|, 0 to 1, mean over items, pairs, wordings;
            flipped: share of items whose likeliest label differs, 0 to 1 (a tie counts half);
            rewording: total variation between two wordings of the same persona, NaN where the run has one wording;
            excess: total_variation - rewording; above 0 the attribute does more than another wording would;
            shift: p_with(positive) - p_without(positive), or of the mean value, signed; NaN where there is none;
            p_value: of no shift under any of its values (Hotelling's T-squared over items, two-sided);
            p_holm: the same, corrected for the number of attributes (or of values);
            rewording_most: what rewordings of as many personas stay below with the chance of `confidence`; NaN where
                the run has one wording;
            found: whether p_holm is below 1 - confidence and the interval of total_variation above rewording_most (in
                a run with one wording: above `negligible`);
            n_pairs, n_items, n_raters: pairs, items and personas that entered (with labels to compare);
            dropped: pair-items left out for want of a label in one of the two;
            note.

    Raises:
        InputError: no pairs, a persona that the run does not have, or a positive label that is none.

    Source: T-squared: Hotelling (1931), doi:10.1214/aoms/1177732979.
    """
    check_resampling(resamples, confidence)
    ends = places_of_pairs(voices, pairs)
    directed = positive is not None or voices.level != "nominal"
    with_, without = voices.probability[ends[:, 0]], voices.probability[ends[:, 1]]
    terms = _terms(with_, without, _scores(voices, positive), directed)
    groups, names = _groups(pairs)
    sums, counts = _item_sums(terms.quantities, groups)
    table = _with_intervals(names, sums, counts, resamples, confidence, seed)
    table["p_value"] = [_p_value(terms.scores, rows, pairs) for rows in groups]
    whole = table["value"] == ""
    for level in (whole, ~whole):
        table.loc[level, "p_holm"] = holm(table.loc[level, "p_value"])
    entered = ~np.isnan(terms.quantities[0]).all(axis=1)  # (pairs,)
    table["n_pairs"] = (groups & entered).sum(axis=1)
    apart = between_wordings(voices.probability[np.unique(ends)])
    most = {n: most_of_rewordings(apart, n, confidence, seed) for n in set(table["n_pairs"])}
    table["rewording_most"] = table["n_pairs"].map(most).astype(float)
    table["found"] = (table["p_holm"] < 1 - confidence) & (table["low"] > table["rewording_most"].fillna(negligible))
    table["n_items"] = (counts[0] > 0).sum(axis=1)
    table["n_raters"] = [len(np.unique(ends[rows & entered])) for rows in groups]
    table["dropped"] = (groups.sum(axis=1) * len(voices.items) - counts[0].sum(axis=1)).astype(int)
    table["note"] = [_joined(_few(n), _note(voices, ends, positive)) for n in table["n_items"]]
    ranked = table.assign(of_value=~whole).sort_values(["of_value", "total_variation"], ascending=[True, False])
    return ranked[list(EFFECT_COLUMNS)].reset_index(drop=True)


def places_of_pairs(voices: Voices, pairs: Sequence[tuple[str, str, str, str]]) -> Ints:
    """Return (pairs, 2): the places of both personas of each pair."""
    if not pairs:
        raise InputError(
            "there is no pair of personas that differ in one attribute. Make a set of them with `polyvocal persona "
            "counterfactual SET` and label with it."
        )
    place = {name: i for i, name in enumerate(voices.personas)}
    if unknown := sorted({name for pair in pairs for name in pair[:2] if name not in place}):
        raise InputError(
            f"persona {unknown[0]!r} is not among the {len(place)} personas of the run. Pair personas that it has."
        )
    return np.array([[place[with_], place[without]] for with_, without, *_ in pairs], dtype=np.int64)


def _scores(voices: Voices, positive: str | None) -> Floats:
    """Return (labels, scores): what of a distribution a shift is measured in."""
    labels = voices.labels
    if positive is not None:
        if positive not in labels:
            raise InputError(f"positive {positive!r} is not a label. The labels are {', '.join(map(repr, labels))}.")
        return np.eye(len(labels))[:, [labels.index(positive)]]
    if voices.level != "nominal":
        return np.asarray(voices.values)[:, None]
    return np.eye(len(labels))[:, :-1]


def _terms(with_: Floats, without: Floats, scores: Floats, directed: bool) -> _Terms:
    """Take distributions (pairs, items, wordings, labels) of both, and scores (labels, scores)."""
    apart = 0.5 * np.abs(with_ - without).sum(axis=-1)
    with np.errstate(divide="ignore"):
        firm = [at_temperature(log_probability(p), 0.0) for p in (with_, without)]
    flipped = _mean(0.5 * np.abs(firm[0] - firm[1]).sum(axis=-1))
    total, shift = _mean(apart), _mean(with_ - without, axis=2) @ scores
    rewording = 0.5 * sum(_mean(between_wordings(side), axis=0) for side in (with_, without))
    direction = shift[..., 0] if directed else np.full(total.shape, np.nan)
    return _Terms(np.stack([total, flipped, rewording, total - rewording, direction]), shift)


def _mean(values: Floats, axis: int = -1) -> Floats:
    """Return the mean of what is there, NaN where nothing is."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(there, values, 0.0).sum(axis=axis) / there.sum(axis=axis)
    return mean


def _groups(pairs: Sequence[tuple[str, str, str, str]]) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return (rows, pairs) true where a pair belongs to a row of the table, and attribute and value of each row."""
    attributes = list(dict.fromkeys(attribute for *_, attribute, _value in pairs))
    values = list(dict.fromkeys((attribute, value) for *_, attribute, value in pairs))
    names = [(attribute, "") for attribute in attributes] + values
    member = [[a == attribute and value in ("", v) for *_, a, v in pairs] for attribute, value in names]
    return np.array(member), names


def _item_sums(quantities: Floats, groups: np.ndarray) -> tuple[Floats, Floats]:
    """Return (quantities, rows, items): what the pairs of a row add up to on each item, and how many there are."""
    there = ~np.isnan(quantities)
    weights = groups.astype(float)
    return weights @ np.where(there, quantities, 0.0), weights @ there.astype(float)


def _with_intervals(
    names: list[tuple[str, str]], sums: Floats, counts: Floats, resamples: int, confidence: float, seed: int
) -> pd.DataFrame:
    n_items = sums.shape[2]
    shape = (len(QUANTITIES), len(names))
    half = len(QUANTITIES) * len(names)
    flat = np.concatenate([sums.reshape(half, n_items), counts.reshape(half, n_items)]).T
    low = high = np.full(shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = sums.sum(axis=2) / counts.sum(axis=2)
        if resamples:
            drawn = resampled_sums(np.ascontiguousarray(flat), None, resamples, seed)
            ends = percentile_interval(drawn[:, :half] / drawn[:, half:], confidence)
            several = (counts > 0).sum(axis=2) > 1  # one item has no interval
            low, high = (np.where(several, end.reshape(shape), np.nan) for end in ends[:2])
    table = pd.DataFrame(names, columns=["attribute", "value"])
    for number, name in enumerate(QUANTITIES):
        prefix = "" if name == "total_variation" else f"{name}_"
        table[name], table[f"{prefix}low"], table[f"{prefix}high"] = values[number], low[number], high[number]
    return table


def _p_value(scores: Floats, rows: np.ndarray, pairs: Sequence[tuple[str, str, str, str]]) -> float:
    """Return the p-value of no mean shift, in any value and score, by the items' influence on the means."""
    values: Ints = np.unique([value for *_, value in pairs], return_inverse=True)[1]
    columns, means = [], []
    for value in np.unique(values[rows]):
        chosen = scores[rows & (values == value)]
        there = ~np.isnan(chosen)
        total, count = np.where(there, chosen, 0.0).sum(axis=0), there.sum(axis=0)
        if not count.any():
            continue
        mean = total.sum(axis=0) / count.sum(axis=0)
        columns.append((total - mean * count) / count.mean(axis=0))
        means.append(mean)
    return hotelling(np.hstack(columns), np.concatenate(means)) if columns else float("nan")


def hotelling(influence: Floats, mean: Floats) -> float:
    """Return the p-value of Hotelling's T-squared test that all means are 0.

    With fewer than five items a mean it is that of the largest mean's own t-test, corrected for their number.

    Args:
        influence: (items, means) what each item adds to each mean, centred.
        mean: (means,).

    Returns:
        0 to 1; 1 where nothing ever differs, 0 where the same shift stands on every item, NaN with too few items.
    """
    from scipy.stats import f, t

    n = len(influence)
    if n < 2:
        return float("nan")
    varies = influence.var(axis=0) > NO_VARIANCE
    if np.any(np.abs(mean[~varies]) > np.sqrt(NO_VARIANCE)):
        return 0.0
    if not varies.any():
        return 1.0
    kept = influence[:, varies]
    if FEW_ITEMS * kept.shape[1] > n:  # too few to know how so many means vary together: the smallest of their own
        each = mean[varies] / (kept.std(axis=0, ddof=1) / np.sqrt(n))
        return float(min(1.0, kept.shape[1] * 2 * t.sf(np.abs(each).max(), n - 1)))
    sizes, axes = np.linalg.eigh(kept.T @ kept / (n - 1) / n)
    along = axes.T @ mean[varies]
    some = sizes > 1e-10 * sizes.max()
    if np.any(np.abs(along[~some]) > 1e-9):  # a sum of means that is the same on every item, and not 0
        return 0.0
    rank = int(some.sum())
    statistic = float((along[some] ** 2 / sizes[some]).sum())
    return float(f.sf(statistic * (n - rank) / (rank * (n - 1)), rank, n - rank))


def _note(voices: Voices, ends: np.ndarray, positive: str | None) -> str:
    parts = []
    if voices.probability.shape[2] == 1:
        parts.append("one wording: how far mere rewording moves labels is unknown, so 'found' may be any words' doing")
    draws = voices.draws[ends.ravel()]
    if np.isfinite(draws).all() and draws.any():
        parts.append(
            f"sampled, {np.median(draws):.0f} answers a cell: total variation and flips are above those of the model's "
            "own distributions; shift is not"
        )
    if positive is None and voices.level == "nominal":
        parts.append("nominal labels without a positive one have no direction")
    return _joined(*parts)


def _few(n_items: int) -> str:
    return ("no item has a label of both personas of a pair", "one item: no interval and no test", "")[min(n_items, 2)]


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
