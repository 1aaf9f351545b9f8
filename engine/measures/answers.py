"""Answers side by side: who said what of which item, people and personas on the same items in the same order.

No statistic, but the picture that statistics stand on: a set of raters that speaks with one voice gives every item one
shade, whoever is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.homogenization import check_same_items
from engine.measures.voices import People, Voices


@dataclass(frozen=True)
class Answers:
    """Answers of people and personas to the same items."""

    items: tuple[str, ...]
    """Those drawn, from the lowest mean label of the people to the highest."""
    annotators: tuple[str, ...]
    annotator_groups: tuple[str, ...]
    personas: tuple[str, ...]
    persona_groups: tuple[str, ...]
    people: Floats
    """(annotators, items): the label as a place on the scale, 0 the first to 1 the last; its number for `labels` that
    have no order; NaN where there is none."""
    told: Floats
    """(personas, items): the persona's expected label as such a place; without order the number of its likeliest."""
    labels: tuple[str, ...]
    ordered: bool
    """Whether places mean anything between labels: two labels, or a level above nominal."""
    n_items: int
    """Items of the whole; `items` are spread evenly over them."""
    n_annotators: int
    n_personas: int


def answers(voices: Voices, people: People, *, most_items: int = 120, most_raters: int = 40) -> Answers:
    """Lay the answers of people and personas side by side.

    Items stand in the order of the people's mean label, raters by group; a persona that stands for an annotator stands
    in that annotator's order.

    Args:
        voices: personas at one temperature.
        people: on the same items in the same order.
        most_items: to keep, spread evenly over that order.
        most_raters: of either side to keep, those with the most labels.

    Raises:
        InputError: personas and people on different items or labels, or nothing is to be kept.
    """
    check_same_items(voices, people)
    if most_items < 1 or most_raters < 1:
        raise InputError(f"most_items {most_items!r} and most_raters {most_raters!r} must be 1 or more.")
    ordered = len(voices.labels) == 2 or voices.level != "nominal"
    numbers = np.array(voices.values) if voices.level in ("interval", "ratio") else np.arange(len(voices.labels))
    places = (numbers - numbers.min()) / max(float(np.ptp(numbers)), 1e-12) if ordered else numbers.astype(float)
    said = np.where(people.codes >= 0, places[people.codes], np.nan)
    p = voices.of_items()
    told = p @ places if ordered else _likeliest(p)
    columns = _columns(said if ordered else _shares_of_majority(people), voices.items, most_items)
    rows = _rows(people.annotators, people.groups, said, most_raters)
    place = {people.annotators[row]: n for n, row in enumerate(rows)}
    playing = voices.annotators or ("",) * len(voices.personas)
    groups = voices.groups or ("",) * len(voices.personas)
    by_person = tuple(f"{place.get(name, len(place)):06d}" for name in playing)
    lines = _rows(by_person, groups, told, most_raters)
    return Answers(
        tuple(voices.items[i] for i in columns),
        tuple(people.annotators[i] for i in rows), tuple(people.groups[i] for i in rows),
        tuple(voices.personas[i] for i in lines), tuple(groups[i] for i in lines),
        said[np.ix_(rows, columns)], told[np.ix_(lines, columns)],
        voices.labels, ordered, len(voices.items), len(people.annotators), len(voices.personas),
    )  # fmt: skip


def _likeliest(p: Floats) -> Floats:
    """Return the number of each likeliest label; NaN without a distribution."""
    present = ~np.isnan(p[..., 0])
    found: Floats = np.where(present, np.where(present[..., None], p, 0.0).argmax(axis=-1), np.nan)
    return found


def _shares_of_majority(people: People) -> Floats:
    """Return, for labels without order, numbers (1, items) that sort items by majority label, then by its share."""
    shares = np.nan_to_num(people.shares())
    return (shares.argmax(axis=1) - shares.max(axis=1) / 2)[None]


def _columns(said: Floats, items: tuple[str, ...], most: int) -> Ints:
    """Return the places of items by their mean number, ties by id, those without last, spread evenly."""
    known = ~np.isnan(said)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, said, 0.0).sum(axis=0) / known.sum(axis=0)
    order = np.lexsort((np.array(items), np.nan_to_num(mean, nan=np.inf)))
    if len(order) > most:
        order = order[np.linspace(0, len(order) - 1, most).round().astype(int)]
    return np.asarray(order, dtype=np.int64)


def _rows(names: tuple[str, ...], groups: tuple[str, ...], answered: Floats, most: int) -> Ints:
    """Return the places of the raters with the most answers, by group and name; those without a group last."""
    n = (~np.isnan(answered)).sum(axis=1)
    kept = np.argsort(-n, kind="stable")[:most]
    found = sorted(kept[n[kept] > 0].tolist(), key=lambda i: (not groups[i], groups[i], names[i], i))
    return np.array(found, dtype=np.int64)
