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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.coincidence import Floats, Ints, Scale
from engine.measures.homogenization import check_same_items
from engine.measures.item_disagreement import item_disagreement
from engine.measures.own_noise import noise_over_wordings
from engine.measures.rater_pairs import Sums, drawn_sums, is_sparse, sparse_pairs, whole_sums
from engine.measures.resampling import check_resampling, single_interval
from engine.measures.result import Estimate
from engine.measures.voices import People, Voices

Bools = npt.NDArray[np.bool_]
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
    dropped = {"raters without a label": int((~present.any(axis=1)).sum())}
    dropped = {reason: count for reason, count in dropped.items() if count}
    facts = (confidence, int((present.sum(axis=0) >= 2).sum()), int(present.any(axis=1).sum()), dropped)
    once = bool(np.isnan(noise[present]).any())
    asked_once = "raters were asked once a wording, so their noise cannot be told from their difference" if once else ""
    labelled = np.where(present, np.nan_to_num(spread - known_by_mean), 0.0)
    variants = [np.nan_to_num(np.where(present, -known_by_mean, 0.0)), labelled]  # added to the squared lengths
    vectors = _Vectors(np.where(present[..., None], x, 0.0), present, variants)
    values = vectors.numbers(whole_sums)[:, 0]
    drawn = np.empty((2, 0))
    if resamples and x.shape[1] > 1:
        drawn = vectors.numbers(drawn_sums(x.shape[1], resamples, seed))
    return EffectiveNumber(
        *(
            _estimate(float(value), draws, facts, why)
            for value, draws, why in zip(values, drawn, (asked_once, ""), strict=True)
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


@dataclass(frozen=True)
class _Vectors:
    """Raters as vectors over items."""

    x: Floats
    """(raters, items, dimensions); 0 where there is no label."""
    present: Bools
    """(raters, items)."""
    variants: Sequence[Floats]
    """What each kind of number adds to the squared lengths, (raters, items)."""

    def numbers(self, sums: Sums) -> Floats:
        """Return the effective number of every kind, (kinds, draws)."""
        squares = (self.x**2).sum(axis=2)
        counted = self._counts(sums, self.present.T.astype(np.float64))
        inverse = []
        with np.errstate(invalid="ignore", divide="ignore"):
            for own in self.variants:
                length = sums((squares + own).T) / counted
                inverse.append(1 / np.where(length > 1e-12, length, np.nan))  # (draws, raters)
        total, across = (np.zeros((len(inverse), len(inverse[0]))) for _ in range(2))
        for first, second, products in self._products(sums):
            for kind, lengths in enumerate(inverse):
                likeness = np.minimum(products**2 * lengths[:, first] * lengths[:, second], 1.0)
                known = ~np.isnan(likeness)
                total[kind] += np.where(known, likeness, 0.0).sum(axis=1)
                across[kind] += known.sum(axis=1)
        n_raters = np.stack([(~np.isnan(lengths)).sum(axis=1) for lengths in inverse])
        with np.errstate(invalid="ignore", divide="ignore"):  # pairs that share no item are taken to be like the others
            found: Floats = n_raters / (1 + (n_raters - 1) * (total / across))
        return found

    def _products(self, sums: Sums) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield some pairs of raters and the products of their vectors over common items, (draws, pairs).

        Pairs without a common item are left out, or NaN.
        """
        if is_sparse(self.present):
            for pairs in sparse_pairs(self.present, np.arange(self.present.shape[1])):
                a, b, item = pairs.raters_and_units
                products = pairs.summed(sums, (self.x[a, item] * self.x[b, item]).sum(axis=1))
                with np.errstate(invalid="ignore"):
                    yield pairs.first, pairs.second, products / pairs.summed(sums, np.ones(len(item)))
            return
        there = self.present.astype(np.float64)
        for rater in range(len(self.x) - 1):  # one beside all later ones: all pairs at once would not fit
            later: Ints = np.arange(rater + 1, len(self.x))
            products = sums(np.einsum("id,bid->ib", self.x[rater], self.x[later]))
            with np.errstate(invalid="ignore", divide="ignore"):
                yield np.full(len(later), rater), later, products / self._counts(sums, (there[rater] * there[later]).T)

    def _counts(self, sums: Sums, there: Floats) -> Floats:
        """Return how many items enter; 1 where nothing is missing, because the number does not change with it."""
        return np.ones((1, 1)) if self.present.all() else sums(there)


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


def _estimate(value: float, draws: Floats, facts: tuple[float, int, int, dict[str, int]], undefined: str) -> Estimate:
    """Join an effective number and the interval of its draws (draws,)."""
    confidence, n_items, n_raters, dropped = facts
    if not undefined and n_raters < 2:
        undefined = "fewer than two raters have labels"
    if undefined or math.isnan(value):
        note = undefined or "no two raters with an item in common have labels that differ from the mean of all"
        return Estimate(math.nan, math.nan, math.nan, confidence, n_items, n_raters, dropped, note)
    low = high = math.nan
    if len(draws) and n_items > 1:
        low, high, _ = single_interval(draws, confidence)
    return Estimate(value, low, high, confidence, n_items, n_raters, dropped, "one item: no interval" * (n_items == 1))
