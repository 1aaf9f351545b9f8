"""Factorial effects: what each attribute adds, and what two add together, where a set's personas vary in many at once.

    outcome[persona, item] = item's own level + sum of main effects + sum of interactions + rest

by least squares with a level for every item. Columns are centred over the personas, so that a main effect is the
average one and does not depend on whether interactions are asked for. Every item gives estimates of its own and the
result is their mean, so that the bootstrap draws items with all their personas.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.holm import holm
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums

Scale = Literal["logit", "probability"]
"""logit: log-odds of the outcome; probability: the outcome as it is (a probability, or a mean value of labels)."""
NOT_STATED = "(not stated)"
"""The value of an attribute that a persona does not have."""
CLIP = 1e-6
"""Probabilities nearer to 0 or 1 than this are moved here before their log-odds are taken."""
FACTORIAL_COLUMNS = (
    "term", "order", "attributes", "against", "effect", "low", "high", "p_value", "p_holm", "n_items", "n_raters",
    "dropped", "note",
)  # fmt: skip
"""Columns of `factorial_effects`."""


@dataclass(frozen=True)
class _Term:
    name: str
    attributes: tuple[str, ...]
    against: str
    column: Floats
    """(personas,), centred."""


def factorial_effects(
    outcome: npt.ArrayLike,
    attributes: Sequence[Mapping[str, str]],
    *,
    scale: Scale = "logit",
    interactions: bool = False,
    reference: Mapping[str, str] | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Estimate main effects and two-way interactions of attributes.

    Args:
        outcome: (personas, items) probability of the positive label (or, on scale 'probability', any number); NaN
            missing. Items without an outcome of every persona are left out and counted.
        attributes: (personas,) name -> value of each persona; one that is not there is '(not stated)'.
        scale: what effects add up in.
        interactions: whether to estimate what two values together add beyond the sum of both.
        reference: attribute -> the value that others are set against; default: not stated, where that occurs, else
            the attribute's most frequent value.
        resamples: bootstrap draws over items; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a term, main effects first, each kind by size:
            term: 'politics=left', or 'gender=woman x politics=left';
            order: 1 main effect, 2 interaction;
            attributes: its attributes, joined by ' x ';
            against: the value it is set against;
            effect, low, high: in log-odds or in the outcome's unit, averaged over items; NaN where personas do not
                allow to tell the term from others, with that in the note;
            p_value: of an average of 0 (t-test over items); p_holm: corrected for the number of terms of its order;
            n_items, n_raters: items and personas that entered;
            dropped: items left out;
            note.

    Raises:
        InputError: shapes that do not fit, an unknown scale or reference, a probability outside 0 to 1, or personas
            that do not vary.
    """
    check_resampling(resamples, confidence)
    values = _checked(outcome, attributes, scale)
    complete = ~np.isnan(values).any(axis=0)
    kept = values[:, complete]
    clipped = 0
    if scale == "logit":
        clipped = int(((kept < CLIP) | (kept > 1 - CLIP)).sum())
        inside = np.minimum(np.maximum(kept, CLIP), 1 - CLIP)
        kept = np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)
    terms = _main(attributes, reference or {})
    if interactions:
        terms += _products(terms)
    solve, known = _solution(terms)
    by_item = (solve @ kept).T  # (items, terms)
    table = _table(terms, _estimated(by_item, resamples, confidence, seed), known)
    note = f"{clipped} probabilities at 0 or 1 taken as {CLIP:g} from there" if clipped else ""
    few = "fewer than two items with an outcome of every persona" if len(by_item) < 2 else ""
    aliased = "these personas do not allow to tell it from other terms"
    table["n_items"], table["n_raters"], table["dropped"] = len(by_item), len(kept), int((~complete).sum())
    table["note"] = ["; ".join(filter(None, (note, few, "" if k else aliased))) for k in known]
    ranked = table.assign(size=-table["effect"].abs()).sort_values(["order", "size"], kind="stable")
    return ranked[list(FACTORIAL_COLUMNS)].reset_index(drop=True)


def _table(terms: list[_Term], effects: Sequence[Floats], known: np.ndarray) -> pd.DataFrame:
    """Return one row a term; effects: effect, low, high and p-value (terms,); known: which can be told from others."""
    table = pd.DataFrame(
        {
            "term": [term.name for term in terms],
            "order": [len(term.attributes) for term in terms],
            "attributes": [" x ".join(term.attributes) for term in terms],
            "against": [term.against for term in terms],
        }
    )
    for name, column in zip(("effect", "low", "high", "p_value"), effects, strict=True):
        table[name] = np.where(known, column, np.nan)
    for order in (1, 2):
        chosen = table["order"] == order
        table.loc[chosen, "p_holm"] = holm(table.loc[chosen, "p_value"])
    return table


def _checked(outcome: npt.ArrayLike, attributes: Sequence[Mapping[str, str]], scale: Scale) -> Floats:
    values = np.asarray(outcome, dtype=float)
    if values.ndim != 2 or len(values) != len(attributes):
        raise InputError(
            f"outcome has the shape {values.shape} for the attributes of {len(attributes)} personas. Expected "
            "(personas, items), one row a persona."
        )
    if scale not in get_args(Scale):
        raise InputError(f"scale {scale!r} is unknown. Use one of {', '.join(map(repr, get_args(Scale)))}.")
    if scale == "logit" and np.any((values < 0) | (values > 1)):
        raise InputError(
            f"outcome holds {np.nanmax(np.abs(values)):g}, which has no log-odds. Use scale 'probability'."
        )
    return values


def _main(attributes: Sequence[Mapping[str, str]], reference: Mapping[str, str]) -> list[_Term]:
    """Return a term for each value but the reference of each attribute that varies."""
    names = list(dict.fromkeys(name for own in attributes for name in own))
    if unknown := [name for name in reference if name not in names]:
        raise InputError(f"no persona has an attribute {unknown[0]!r}; there are: {', '.join(names) or 'none'}.")
    terms = []
    for name in names:
        of_personas = np.array([own.get(name, NOT_STATED) for own in attributes], dtype=object)
        values, counts = np.unique(of_personas.astype(str), return_counts=True)
        against = reference.get(name, NOT_STATED if NOT_STATED in values else str(values[counts.argmax()]))
        if against not in values:
            raise InputError(f"no persona has {name}={against!r}; it has {', '.join(map(repr, values))}.")
        for value in values[values != against]:
            column = (of_personas == value).astype(float)
            terms.append(_Term(f"{name}={value}", (name,), against, column - column.mean()))
    if not terms:
        raise InputError("the personas do not differ in any attribute. Effects need personas that do.")
    return terms


def _products(terms: list[_Term]) -> list[_Term]:
    made = []
    for first, second in itertools.combinations(terms, 2):
        if first.attributes != second.attributes:
            column = first.column * second.column
            made.append(
                _Term(
                    f"{first.name} x {second.name}",
                    first.attributes + second.attributes,
                    f"{first.against} x {second.against}",
                    column - column.mean(),
                )
            )
    return made


def _solution(terms: list[_Term]) -> tuple[Floats, np.ndarray]:
    """Return (terms, personas) that turns an item's outcomes into estimates, and which terms can be estimated."""
    design = np.stack([term.column for term in terms], axis=1)
    solve: Floats = np.asarray(np.linalg.pinv(design, rcond=1e-10), dtype=np.float64)
    # A term stands for itself where its row of solve @ design is a unit vector.
    known = np.abs(solve @ design - np.eye(len(terms))).max(axis=1) < 1e-8
    return solve, known


def _estimated(by_item: Floats, resamples: int, confidence: float, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return effect, low, high, p-value (terms,) from the items' own estimates (items, terms)."""
    from scipy.stats import t

    n, n_terms = by_item.shape
    low: Floats = np.full(n_terms, np.nan)
    high = low
    if n < 2:
        return (by_item.mean(axis=0) if n else low), low, high, low
    effect = by_item.mean(axis=0)
    if resamples:
        low, high, _ = percentile_interval(resampled_sums(by_item, None, resamples, seed) / n, confidence)
    spread = by_item.std(axis=0, ddof=1) / np.sqrt(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * t.sf(np.abs(effect) / spread, n - 1)
    same = spread < 1e-12
    return effect, low, high, np.where(same, np.where(np.abs(effect) < 1e-12, 1.0, 0.0), p)
