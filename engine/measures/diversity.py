"""Diversity: how many distinct voices a set of raters amounts to, and the items where personas and people part ways.

Every label is a point whose squared distances are those of the task's level, so a rater is a vector over items, taken
from the mean of all raters' labels. With s_ab the cosine of two raters' vectors,

    effective number = 1 / mean over all pairs (a, b), a = b among them, of s_ab^2

which is 1 for one voice said many times and n for n raters who share nothing: the participation ratio of the
eigenvalues of the raters' similarity matrix, i.e. the Vendi score of order 2.

Source: Friedman and Dieng, The Vendi Score (TMLR 2023, arXiv:2210.02410).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.measures.coincidence import Floats, Ints, Scale
from engine.measures.homogenization import check_same_items
from engine.measures.item_disagreement import item_disagreement
from engine.measures.own_noise import noise_over_wordings
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.result import Estimate
from engine.measures.voices import People, Voices

ITEM_COLUMNS = (
    "item_id", "people", "personas", "gap", "people_entropy", "personas_entropy",
    "people_label", "personas_label", "one_label", "n_people", "n_personas",
)  # fmt: skip
"""Columns of `parting_items`, one row an item.

people: chance that two people gave the item different labels, 0 to 1
personas: chance that one draw of each of two personas differs, 0 to 1
gap: people - personas; near 1: personas agree where people split; near -1: the reverse
people_entropy, personas_entropy: of the label shares, of the mean of the distributions, in bits
people_label: most frequent label, missing where labels tie; personas_label: likeliest label of the mean distribution
one_label: whether every persona's own likeliest label is the same
n_people, n_personas: who has a label
"""


class EffectiveNumber(NamedTuple):
    """How many distinct voices raters amount to."""

    distinct: Estimate
    """1 to n: with the raters' own noise taken out, so two personas with one distribution are one voice. NaN for
    people, who were asked once."""
    as_labelled: Estimate
    """1 to n: of one label of each, noise counted as difference; comparable between personas and people."""


def effective_number(
    raters: Voices | People, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> EffectiveNumber:
    """Return the effective number of distinct voices, with and without the raters' own noise.

    Raters whose every label is the mean of all have no direction and stay out. Two raters without a common item have
    no cosine: the mean is that of the other pairs, and undefined where there are none. With few items chance
    correlations make the number too low; with k repeats noise is taken out without bias from the length of vectors, by
    pairs of repeats.

    Args:
        raters: personas at one temperature, or people.
        resamples: bootstrap draws of items; 0 gives no intervals. The mean and the labels' distances stay those of
            all items.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    p, of_wordings, draws = _distributions(raters)
    scale = Scale.of(raters.level, len(raters.labels), raters.values)
    x, distance = _vectors(p, scale)
    noise, known_by_mean = noise_over_wordings(of_wordings, draws, distance)  # the mean of few draws still has of it
    spread = noise / 2  # of one draw, without bias
    present = ~np.isnan(p[..., 0])
    pairs = _Pairs.of(x, present)
    dropped = {"raters without a label": int((~present.any(axis=1)).sum())}
    dropped = {reason: count for reason, count in dropped.items() if count}
    facts = (confidence, int((present.sum(axis=0) >= 2).sum()), int(present.any(axis=1).sum()), dropped)
    once = bool(np.isnan(noise[present]).any())
    asked_once = "raters were asked once a wording, so their noise cannot be told from their difference" if once else ""
    labelled = np.where(present, np.nan_to_num(spread - known_by_mean), 0.0)
    variants = [np.where(present, -known_by_mean, 0.0), labelled]  # added to the squared lengths
    columns = np.concatenate([pairs.columns, *(np.nan_to_num(own).T for own in variants)], axis=1)
    small = columns.astype(np.float32)  # enough for an interval
    draws_of_sums = resampled_sums(small, None, resamples, seed) if resamples and len(columns) > 1 else None
    n = len(x)
    return EffectiveNumber(
        *(
            _estimate(pairs, columns.sum(axis=0)[None], draws_of_sums, slice(start, start + n or None), facts, why)
            for start, why in ((-2 * n, asked_once), (-n, ""))
        )
    )


def parting_items(voices: Voices, people: People) -> pd.DataFrame:
    """Return every item with how far people and personas split on it, those first where only people do.

    Args:
        voices: personas at one temperature, of one kind.
        people: on the same items in the same order.

    Returns:
        Frame with `ITEM_COLUMNS`, gap falling; items where two people or two personas are missing have no gap and
        come last.

    Raises:
        InputError: personas and people on different items or labels.
    """
    check_same_items(voices, people)
    human = item_disagreement(people.codes, people.items, people.labels)
    p = voices.of_items()
    present = ~np.isnan(p[..., 0])
    n = present.sum(axis=0)
    filled = np.where(present[..., None], p, 0.0)
    total = filled.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n[:, None]
        same = ((total**2).sum(axis=1) - (filled**2).sum(axis=(0, 2))) / (n * (n - 1))
        entropy = -np.where(mean > 0, mean * np.log2(mean), 0.0).sum(axis=1) + 0.0
    differ = np.where(n > 1, 1 - same, np.nan)
    best = np.where(present, filled.argmax(axis=2), -1)
    top = best.max(axis=0, initial=-1)
    labels = np.array([*voices.labels, None], dtype=object)
    table = pd.DataFrame(
        {
            "item_id": list(voices.items),
            "people": human["disagreement"],
            "personas": differ,
            "gap": human["disagreement"] - differ,
            "people_entropy": human["entropy"],
            "personas_entropy": np.where(n > 0, entropy, np.nan),
            "people_label": human["majority"],
            "personas_label": labels[np.where(n > 0, total.argmax(axis=1), -1)],
            "one_label": ((best == top) | ~present).all(axis=0) & (n > 1),
            "n_people": human["n_labels"],
            "n_personas": n,
        },
        columns=list(ITEM_COLUMNS),
    )
    order = table.sort_values(["gap", "item_id"], ascending=[False, True], kind="stable", na_position="last")
    return order.reset_index(drop=True)


class _Pairs(NamedTuple):
    """Products of raters' vectors on every item."""

    products: Floats
    """(items, pairs) x_a . x_b, pairs a <= b; 0 where one is missing."""
    first: Ints
    second: Ints
    both: Floats | None
    """(items, pairs) 1 where both are there; None where nothing is missing."""

    @property
    def columns(self) -> Floats:
        """(items, columns) what is summed: the products, then who is there, where anybody is missing."""
        return self.products if self.both is None else np.concatenate([self.products, self.both], axis=1)

    @classmethod
    def of(cls, x: Floats, present: np.ndarray) -> _Pairs:
        first, second = (side.astype(np.int64) for side in np.triu_indices(len(x)))
        filled = np.where(present[..., None], x, 0.0)
        products = np.zeros((x.shape[1], len(first)))
        for axis in range(x.shape[2]):
            one = np.ascontiguousarray(filled[..., axis].T)
            products += one[:, first] * one[:, second]
        there = present.T.astype(np.float64)
        both = None if present.all() else there[:, first] * there[:, second]
        return cls(products, first, second, both)


def _distributions(raters: Voices | People) -> tuple[Floats, Floats, Floats]:
    """Return distributions (raters, items, labels), those of each wording, and the draws behind those."""
    if isinstance(raters, People):
        p = (raters.codes[..., None] == np.arange(len(raters.labels))).astype(np.float64)
        p = np.where(raters.codes[..., None] < 0, np.nan, p)
        return p, p[:, :, None], (raters.codes >= 0).astype(np.float64)[..., None]
    return raters.of_items(), raters.probability, raters.draws


def _vectors(p: Floats, scale: Scale) -> tuple[Floats, Floats]:
    """Return centred vectors (raters, items, dimensions) and the squared distance of every two labels."""
    shares = np.nan_to_num(p).sum(axis=(0, 1))
    first, second = scale.pairs
    distance = np.zeros((scale.n_labels, scale.n_labels))
    distance[first, second] = distance[second, first] = scale.pair_distances(shares)
    weight = shares / max(shares.sum(), np.finfo(np.float64).tiny)
    centre = np.eye(scale.n_labels) - weight  # each row: a label less the mean of all
    gram = -0.5 * centre @ distance @ centre.T  # inner products of labels seen from the mean (Torgerson)
    values, directions = np.linalg.eigh(gram)
    keep = values > 1e-12
    points = directions[:, keep] * np.sqrt(values[keep])  # (labels, dimensions)
    return p @ points, distance


def _estimate(
    pairs: _Pairs,
    total: Floats,
    draws: Floats | None,
    own: slice,
    facts: tuple[float, int, int, dict[str, int]],
    undefined: str,
) -> Estimate:
    """Return the effective number from sums (draws, columns); `own` are the columns added to the squared lengths."""
    confidence, n_items, n_raters, dropped = facts
    if not undefined and n_raters < 2:
        undefined = "fewer than two raters have labels"
    value = math.nan if undefined else float(_solved(total, own, pairs)[0])
    if math.isnan(value):
        note = undefined or "no two raters with an item in common have labels that differ from the mean of all"
        return Estimate(math.nan, math.nan, math.nan, confidence, n_items, n_raters, dropped, note)
    low = high = math.nan
    if draws is not None and n_items > 1:
        found = _solved(draws, own, pairs)[:, None]
        low, high = (float(end[0]) for end in percentile_interval(found, confidence)[:2])
    return Estimate(value, low, high, confidence, n_items, n_raters, dropped, "one item: no interval" * (n_items == 1))


def _solved(sums: Floats, own: slice, pairs: _Pairs) -> Floats:
    """Return 1 / mean s_ab^2 from sums (draws, columns)."""
    n = len(pairs.first)
    diagonal = pairs.first == pairs.second
    products = sums[:, :n]
    length = products[:, diagonal] + sums[:, own]  # (draws, raters)
    if pairs.both is not None:
        with np.errstate(invalid="ignore", divide="ignore"):
            length = length / sums[:, n : 2 * n][:, diagonal]
            products = products / sums[:, n : 2 * n]
    inverse = 1 / np.where(length > 1e-12, length, np.nan)
    squares = np.minimum(products**2 * inverse[:, pairs.first] * inverse[:, pairs.second], 1.0)
    squares[:, diagonal] = np.where(np.isnan(inverse), np.nan, 1.0)
    known = ~np.isnan(squares)
    n_raters, across = known[:, diagonal].sum(axis=1), known[:, ~diagonal]
    with np.errstate(invalid="ignore", divide="ignore"):  # pairs without a common item are taken to be like the others
        likeness = np.where(across, squares[:, ~diagonal], 0.0).sum(axis=1) / across.sum(axis=1)
        found: Floats = n_raters / (1 + (n_raters - 1) * likeness)
    return found
