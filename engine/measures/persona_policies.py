"""Policies for answers without a label, persona by persona: what its refusals do to a persona's agreement with others.

A persona's agreement is that of the pairs of labels that hold one of its own: on every unit its label beside those of
all others, a unit counting once. The mean over personas, weighted by their labels, is the agreement of all under
`left out` and `own category`. Under `worst case` every persona has its own: its pairs differ as far as they could.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.measures.agreement import UNANIMOUS, undefined_note
from engine.measures.coincidence import NOTHING_EXPECTED, Floats, Ints, Scale, label_counts
from engine.measures.labelless import Bools
from engine.measures.refusals import POLICIES, answers_of, between_labels, no_place, worst_counts
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums

if TYPE_CHECKING:
    import xarray as xr

PERSONA_POLICY_COLUMNS = (
    "persona", "temperature", "policy", "alpha", "low", "high", "agreement", "agreement_low", "agreement_high",
    "n_items", "n_raters", "n_labelless", "note",
)  # fmt: skip
"""Columns of `persona_agreement_by_policy`, one row a persona, a temperature and a policy.

alpha, low, high: 1 - D / D_e of its pairs and their interval, at most 1; D_e is that of all personas under the policy,
    so that personas compare; NaN where undefined
agreement, agreement_low, agreement_high: chance that its label is another persona's, 0 to 1
n_items: items on which it has a pair; n_raters: personas in its pairs, itself among them
n_labelless: its answers without a label, which the policy decides about
note: why a number is missing
"""


def persona_agreement_by_policy(
    sampled: xr.Dataset,
    personas: Sequence[str] | None = None,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Agreement of each persona with the others at each temperature, under the three policies.

    Every repeat of an item in a wording is a unit of its own; items are drawn with all of theirs, for all rows alike.
    In the worst case a persona's missing labels, and those of the others beside it, are whatever makes its pairs differ
    most: no labels could have made its percent agreement lower. Ordinal distances are taken at the labels there are.

    Args:
        sampled: `code` and `status` of a sampled run.
        personas: only these, beside each other alone; None: all.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        Frame with `PERSONA_POLICY_COLUMNS`.

    Raises:
        InputError: the arrays are not of a sampled run, lack a persona, or settings are out of range.
    """
    check_resampling(resamples, confidence)
    sampled, codes, labelless, scale = answers_of(sampled, personas)
    names = [str(name) for name in sampled["persona"].to_numpy()]
    n_personas, n_items = codes.shape[:2]
    rows = []
    for t, temperature in enumerate(sampled["temperature"].to_numpy()):
        answers, gaps = codes[:, :, :, t].reshape(n_personas, -1), labelless[:, :, :, t].reshape(n_personas, -1)
        made = {
            policy.name: _solved(policy, n_items, resamples, confidence, seed)
            for policy in _policies(answers, gaps, scale)
        }
        for place, name in enumerate(names):
            facts = {"persona": name, "temperature": float(temperature), "n_labelless": int(gaps[place].sum())}
            for policy_name in POLICIES:
                found = made[policy_name][place] if policy_name in made else no_place(scale.level)
                rows.append(facts | {"policy": policy_name} | found)
    return pd.DataFrame(rows, columns=list(PERSONA_POLICY_COLUMNS))


@dataclass(frozen=True)
class _Policy:
    """Personas' pairs under one policy."""

    name: str
    there: Bools
    """(personas, units): where the persona has a pair."""
    apart: Floats
    """(personas, units): mean distance of its label from those of the others, 0 where it has no pair."""
    differ: Floats
    """(personas, units): the share of the others with another label."""
    counts: Ints
    """(units, labels) of all personas."""
    distances: Floats
    """(labels, labels)."""


def _policies(codes: Ints, gaps: Bools, scale: Scale) -> Iterator[_Policy]:
    """Yield the policies for codes and missing answers (personas, units)."""
    counts, missing = label_counts(codes, scale.n_labels), gaps.sum(axis=0)
    distances = between_labels(counts[counts.sum(axis=1) >= 2], scale)
    unequal = 1.0 - np.eye(scale.n_labels)
    labelled: Bools = codes >= 0
    left = [_apart(codes, labelled, counts, d) for d in (distances, unequal)]
    yield _Policy("left out", labelled & (counts.sum(axis=1) >= 2), left[0], left[1], counts, distances)
    there: Bools = labelled | gaps
    several = counts.sum(axis=1) + missing >= 2
    if scale.level == "nominal":
        more = 1.0 - np.eye(scale.n_labels + 1)
        own_counts = np.column_stack([counts, missing])
        differ = _apart(np.where(gaps, scale.n_labels, codes), there, own_counts, more)
        yield _Policy("own category", there & several, differ, differ, own_counts, more)
    worst = [_worst(codes, gaps, counts, d) for d in (distances, unequal)]
    filled = worst_counts(counts, missing, scale)
    yield _Policy("worst case", there & several, worst[0], worst[1], filled, distances)


def _apart(codes: Ints, there: Bools, counts: Ints, distances: Floats) -> Floats:
    """Return the mean distance of each persona's label from the others' of the unit, (personas, units)."""
    from_label = counts @ distances  # (units, labels): summed over all labels of the unit; its own adds 0
    total = from_label[np.arange(len(counts)), np.maximum(codes, 0)]
    others = np.maximum(counts.sum(axis=1) - 1, 1)
    found: Floats = np.where(there, total / others, 0.0)
    return found


def _worst(codes: Ints, gaps: Bools, counts: Ints, distances: Floats) -> Floats:
    """Return the largest mean distance that each persona's label can have from the others', (personas, units)."""
    missing = gaps.sum(axis=0)
    furthest = distances.max(axis=1)
    known = counts @ distances
    of_labelled = known + missing[:, None] * furthest  # every other persona without a label gave the furthest one
    of_labelless = (known + (missing[:, None] - 1) * furthest).max(axis=1)
    total = np.where(gaps, of_labelless, of_labelled[np.arange(len(counts)), np.maximum(codes, 0)])
    others = np.maximum(counts.sum(axis=1) + missing - 1, 1)
    found: Floats = np.where((codes >= 0) | gaps, total / others, 0.0)
    return found


def _solved(policy: _Policy, n_items: int, resamples: int, confidence: float, seed: int) -> list[dict[str, Any]]:
    """Return alpha and percent agreement of every persona with their intervals."""
    n, n_units = policy.there.shape
    there, per_item = policy.there, n_units // max(n_items, 1)
    paired = policy.counts * (policy.counts.sum(axis=1) >= 2)[:, None]
    columns = np.concatenate([(policy.apart * there).T, (policy.differ * there).T, there.T, paired], axis=1)
    rows = columns.reshape(n_items, per_item, columns.shape[1]).sum(axis=1).astype(np.float64)

    def both(sums: Floats) -> Floats:  # (draws, columns) -> (draws, 2, personas)
        apart, differ, units, marginals = np.split(sums, [n, 2 * n, 3 * n], axis=1)
        total = marginals.sum(axis=1)
        expected = np.einsum("dk,kl,dl->d", marginals, policy.distances, marginals)
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = expected / (total * (total - 1))
            expected = np.where(expected > NOTHING_EXPECTED * policy.distances.max(initial=0.0), expected, np.nan)
            return np.stack([1 - apart / units / expected[:, None], 1 - differ / units], axis=1)

    value = both(rows.sum(axis=0, keepdims=True))[0]
    low, high, undefined = np.full_like(value, np.nan), np.full_like(value, np.nan), np.zeros_like(value)
    of_items = there.reshape(n, n_items, per_item).any(axis=2).sum(axis=1)
    if resamples and n_items > 1:
        ends = percentile_interval(both(resampled_sums(rows, None, resamples, seed)).reshape(resamples, -1), confidence)
        low, high, undefined = (end.reshape(value.shape) for end in ends)
        low, high = (np.where(np.isnan(value) | (of_items < 2), np.nan, end) for end in (low, high))
    met = (there.astype(np.float64) @ there.T > 0).sum(axis=1)
    return [
        {
            "alpha": float(value[0, a]), "low": float(low[0, a]), "high": float(high[0, a]),
            "agreement": float(value[1, a]), "agreement_low": float(low[1, a]), "agreement_high": float(high[1, a]),
            "n_items": int(of_items[a]), "n_raters": int(met[a]),
            "note": _note(value[:, a], int(of_items[a]), int(undefined[0, a]) if of_items[a] > 1 else 0, resamples),
        }
        for a in range(n)
    ]  # fmt: skip


def _note(value: Floats, n_items: int, undefined: int, resamples: int) -> str:
    if not n_items:
        return "none of its labels has another beside it"
    if math.isnan(value[0]):
        return UNANIMOUS
    return "one item: no interval" if n_items == 1 else undefined_note(undefined, resamples)
