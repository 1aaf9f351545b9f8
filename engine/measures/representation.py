"""Representation: how much of what sets a group of people apart do the personas of that group carry?

On every item a group of people lies some way from the other groups (its contrast d), and the personas of the group
from the other groups' personas (their contrast e). Over all items

    carried = sum d.e / sum |d|^2

is 1 where the personas part from one another just as the people do, 0 where they know nothing of it, below 0 where
they part the other way, and above 1 where they exaggerate. Contrasts are between mean labels as coordinates (two
labels: a number; three or more nominal ones: a 0/1 coordinate a label), every group with the same weight.

Few people stand behind d, and their chance would make sum |d|^2 too large; it is taken out by the variance within
groups. The slope is that of a regression with errors in its regressor.

Source: Fuller, Measurement Error Models (1987), doi:10.1002/9780470316665, section 1.2, for the correction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.similarity import TINY, check_pair, label_vectors
from engine.measures.voices import People, Voices

REPRESENTATION_COLUMNS = (
    "group", "carried", "low", "high", "contrast", "confidence", "n_items", "n_people", "n_personas", "dropped", "note",
)  # fmt: skip
"""Columns of the groups.

carried, low, high: see this module; NaN where undefined
contrast: root mean square distance of the group from the others, people's chance taken out; 0 where they do not differ
n_items: items on which every group has two people or more, and its personas a label; dropped: the others
n_people, n_personas: of the group
"""
REPRESENTATION_ITEMS = ("group", "item", "people", "personas", "missed")
"""Columns of the items: |d|, the part of e along d, and the length of d - e."""


@dataclass(frozen=True)
class Representation:
    """What the personas of each group carry of it."""

    groups: pd.DataFrame
    """One row a group that has people and personas, with `REPRESENTATION_COLUMNS`."""
    items: pd.DataFrame
    """One row a group and item that entered, with `REPRESENTATION_ITEMS`; most missed first."""


def representation(
    voices: Voices, people: People, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Representation:
    """Measure how much of each group's difference from the other groups its personas carry.

    Args:
        voices: personas; those whose group is one of the people's enter, control and empty ones do not.
        people: on the same items.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        The groups, in the order of their names, and the items. Without two groups that have people and personas both
        are empty. A group that does not differ from the others beyond chance has no number: there is nothing to carry.

    Raises:
        InputError: settings out of range, or voices and people of different items.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    groups = sorted({group for group in people.groups if group and group in voices.groups})
    if len(groups) < 2:
        return Representation(
            pd.DataFrame(columns=list(REPRESENTATION_COLUMNS)), pd.DataFrame(columns=list(REPRESENTATION_ITEMS))
        )
    said, chance, told = _means(voices, people, groups)
    entered = ~np.isnan(said + told).any(axis=(0, 2))
    rows, items = [], []
    for place, group in enumerate(groups):
        d, e = _contrast(said, place)[entered], _contrast(told, place)[entered]
        rest = (chance.sum(axis=0) - chance[place])[entered] / (len(groups) - 1) ** 2
        by_chance = chance[place][entered] + rest
        terms = np.stack([(d * e).sum(axis=1), (d**2).sum(axis=1) - by_chance, (d**2).sum(axis=1) + by_chance], axis=1)
        counts = {
            "group": group, "confidence": confidence, "n_items": int(entered.sum()), "dropped": int((~entered).sum()),
            "n_people": people.groups.count(group), "n_personas": voices.groups.count(group),
        }  # fmt: skip
        rows.append(_slope(terms, resamples, confidence, seed) | counts)
        items.append(_items(group, np.array(voices.items, dtype=object)[entered], d, e))
    missed = pd.concat(items).sort_values(["missed", "item"], ascending=[False, True], kind="stable", ignore_index=True)
    return Representation(pd.DataFrame(rows, columns=list(REPRESENTATION_COLUMNS)), missed)


def _means(voices: Voices, people: People, groups: list[str]) -> tuple[Floats, Floats, Floats]:
    """Return mean label vectors of people and of personas (groups, items, dims), and what people's chance adds to the
    squared length of theirs (groups, items); NaN below two people or without a persona."""
    vectors = label_vectors(voices.level, voices.values)
    vectors = vectors - vectors.mean(axis=0)  # contrasts do not change, rounding does
    p = voices.of_items()
    said, chance, told = [], [], []
    for group in groups:
        codes = people.codes[[g == group for g in people.groups]]
        given, n = vectors[codes], (codes >= 0).sum(axis=0)
        given = np.where(codes[..., None] >= 0, given, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = given.sum(axis=0) / np.where(n > 1, n, np.nan)[:, None]
            within = ((given**2).sum(axis=(0, 2)) - n * (mean**2).sum(axis=1)) / (n - 1)
            chance.append(np.maximum(within, 0.0) / n)
        said.append(mean)
        mine = p[[g == group for g in voices.groups]]
        present = ~np.isnan(mine[..., 0])
        total = np.where(present[..., None], mine, 0.0).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            told.append((total / present.sum(axis=0)[:, None]) @ vectors)
    return np.array(said), np.array(chance), np.array(told)


def _contrast(means: Floats, place: int) -> Floats:
    """Return how far one group lies from the mean of the others, (items, dims)."""
    others: Floats = means[place] - np.delete(means, place, axis=0).mean(axis=0)
    return others


def _slope(terms: Floats, resamples: int, confidence: float, seed: int) -> dict[str, object]:
    """Return carried with its interval from what items add: products, lengths, and the size of both, (items, 3)."""
    none = dict.fromkeys(("carried", "low", "high", "contrast"), math.nan)
    if not len(terms):
        return none | {"note": "no item on which every group has two people and a persona"}
    product, length = terms[:, :2].sum(axis=0)
    rounding = TINY * terms[:, 2].sum()
    contrast = math.sqrt(max(length, 0.0) / len(terms))
    draws = resampled_sums(terms, None, resamples, seed) if resamples and len(terms) > 1 else np.zeros((0, 3))
    if length <= rounding or (len(draws) and np.quantile(draws[:, 1], (1 - confidence) / 2) <= rounding):
        why = "the people of this group do not differ from the others beyond chance: there is nothing to carry"
        return none | {"contrast": contrast, "note": why}
    low = high = math.nan
    if len(draws):
        with np.errstate(invalid="ignore", divide="ignore"):
            slopes = np.where(draws[:, 1] > 0, draws[:, 0] / draws[:, 1], np.nan)
        low, high, _ = single_interval(slopes, confidence)
    note = "one item: no interval" if len(terms) == 1 else ""
    return {"carried": product / length, "low": low, "high": high, "contrast": contrast, "note": note}


def _items(group: str, names: np.ndarray, d: Floats, e: Floats) -> pd.DataFrame:
    length = np.sqrt((d**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.where(length > 0, (d * e).sum(axis=1) / length, 0.0)
    missed = np.sqrt(((d - e) ** 2).sum(axis=1))
    return pd.DataFrame({"group": group, "item": names, "people": length, "personas": along, "missed": missed})
