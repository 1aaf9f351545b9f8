"""Conditions: does it pay more to know who annotates in one condition than in another?

Conditions are label sets of the same items: people and personas, strong and weak personas, low and high temperature.
The same models learn each on the same splits from the same seeds, and gains are compared on the same draws of test
items and seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from engine.annotators.annotations import Annotations, on_common_items
from engine.annotators.comparison import Comparison, train_models
from engine.annotators.experiments.contrasts import (
    AS_GIVEN,
    CONTRAST_COLUMNS,
    GAIN_COLUMNS,
    SHUFFLED,
    contrasts_of,
    gains_of,
)
from engine.annotators.experiments.equal_size import sizes_of, thinned_to_smallest
from engine.annotators.models.registry import KNOWS_WHO, TEXT_ONLY, model_kinds
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.terms import ERRORS, MACRO_F1, WORDS
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import Trainer
from engine.errors import InputError
from engine.measures.resampling import check_resampling
from engine.measures.signatures import Signature

__all__ = ["AS_GIVEN", "CONTRAST_COLUMNS", "GAIN_COLUMNS", "SHUFFLED", "Conditions", "compare_conditions"]
SIGNIFICANT = 0.05
"""Holm-corrected p-value below which a sentence speaks of a difference."""


@dataclass(frozen=True)
class Conditions:
    """What knowing the annotator gains in each condition, and how the gains differ."""

    comparisons: Mapping[str, Comparison]
    """Condition -> its models; their predictions, trainings, and what they left out."""
    reference: str
    """The condition that the others are held against."""
    gains: pd.DataFrame
    """What each model gains in each condition: engine.annotators.experiments.contrasts.gains_of.

    labels: 'as given', or 'names shuffled': annotators' names exchanged at random within each item, so that nobody has
    a voice of their own; what a model gains there is chance.
    """
    contrasts: pd.DataFrame
    """Gains of each condition minus those of the reference: engine.annotators.experiments.contrasts.contrasts_of."""
    signatures: Mapping[str, Signature]
    """Condition -> whether knowing who annotates pays there at all, for the best model (id_model_signature)."""
    sizes: pd.DataFrame
    """How large each condition is in each split: engine.annotators.experiments.equal_size.sizes_of."""
    splits: Splits
    shuffled: Mapping[str, Comparison] = field(default_factory=dict)
    """Condition -> its models on shuffled names; empty where none were asked for."""
    notes: tuple[str, ...] = ()
    """What a reader must know: thinning, unequal sizes, models that a condition cannot train."""
    words: tuple[str, ...] = ()
    """The findings, a sentence or two each."""


def compare_conditions(
    conditions: Mapping[str, Annotations],
    models: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    *,
    reference: str | None = None,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    equal_size: bool = False,
    shuffled: bool = False,
    shuffle_seed: int = 0,
    against: str = TEXT_ONLY,
    score: str = MACRO_F1,
    least_gain: float = 0.02,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Conditions:
    """Train the same models on every condition, on the items that all have labels of, and compare what they gain.

    A score is easier to reach on labels that agree: compare gains, not scores. More labels an annotator make voices
    easier to learn, so see `sizes`, and use `equal_size` where a condition with more of them is to be held against one
    with fewer.

    Args:
        conditions: name -> labels, two or more.
        models: names of the registry; None: text only and every model that knows who annotates.
        seeds: how many, or which.
        reference: the condition to hold the others against; None: the first.
        splits: None: `item_splits` of the first condition on the common items; used for all.
        trainer: None: the defaults.
        equal_size: thin every item to the labels of the condition that has fewest of it (`thinned_to_smallest`), in
            test too.
        shuffled: train also on labels whose annotators' names are shuffled within items, the null: twice the work.
        shuffle_seed: of shuffling and thinning.
        against: the model whose score is subtracted.
        score: of `engine.annotators.scores.scores.model_scores`; of errors, a difference below 0 is the better.
        least_gain: see `id_model_signature`.
        resamples, confidence, seed: of the draws of test items and seeds.

    Raises:
        InputError: fewer than two conditions; different labels or no items in common; unknown names; no labels in a
            split; settings out of range.
    """
    check_resampling(resamples, confidence)
    names = _checked_models(models, against)
    reference = _checked_reference(conditions, reference)
    sides = dict(zip(conditions, on_common_items(*conditions.values()), strict=True))
    if equal_size:
        sides = thinned_to_smallest(sides, shuffle_seed)
    splits = splits or item_splits(next(iter(sides.values())))
    plan = {(name, AS_GIVEN): side for name, side in sides.items()}
    if shuffled:
        plan |= {(name, SHUFFLED): side.shuffled_annotators(shuffle_seed) for name, side in sides.items()}
    made = _trained(plan, names, seeds, splits, trainer or Trainer())
    given = {name: comparison for (name, labels), comparison in made.items() if labels == AS_GIVEN}
    null = {name: comparison for (name, labels), comparison in made.items() if labels == SHUFFLED}
    draws: dict[str, Any] = {
        "score": score, "resamples": resamples, "seed": seed, "confidence": confidence, "against": against
    }  # fmt: skip
    said = {key: its.predictions for key, its in made.items()}
    found = {key: id_model_signature(its, least_gain=least_gain, **draws) for key, its in said.items()}
    contrasts = contrasts_of({name: its.predictions for name, its in given.items()}, reference, **draws)
    sizes = sizes_of(sides, splits)
    return Conditions(
        given, reference, gains_of(said, **draws), contrasts, {name: found[name, AS_GIVEN] for name in given}, sizes,
        splits, null, _notes(given, sizes, sides), _words(found, contrasts, reference, score),
    )  # fmt: skip


def _checked_models(models: Sequence[str] | None, against: str) -> list[str]:
    names = [against, *KNOWS_WHO] if models is None else [kind.name for kind in model_kinds(models)]
    names = list(dict.fromkeys(names))
    if against not in names or not any(name in KNOWS_WHO and name != against for name in names):
        raise InputError(
            f"the models {', '.join(map(repr, names))} show no gain: expected {against!r}, which is subtracted, and at "
            f"least one that knows who annotates: {', '.join(map(repr, KNOWS_WHO))}."
        )
    return names


def _checked_reference(conditions: Mapping[str, Annotations], reference: str | None) -> str:
    if len(conditions) < 2:
        raise InputError(
            f"{len(conditions)} conditions were given ({', '.join(conditions) or 'none'}); at least two are compared. "
            "Train the models of a single one with train_models."
        )
    if reference is not None and reference not in conditions:
        raise InputError(f"reference {reference!r} is no condition. Use one of {', '.join(map(repr, conditions))}.")
    return next(iter(conditions)) if reference is None else reference


def _trained(
    plan: Mapping[tuple[str, str], Annotations], models: Sequence[str], seeds: int | Sequence[int], splits: Splits,
    trainer: Trainer,
) -> dict[tuple[str, str], Comparison]:  # fmt: skip
    """Train each condition, with its name before what is told."""
    made = {}
    for (name, labels), side in plan.items():

        def told(what: str, done: int, total: int, head: str = _named(name, labels)) -> None:
            trainer.tell(f"{head}: {what}", done, total)

        made[name, labels] = train_models(side, models, seeds, splits=splits, trainer=replace(trainer, told=told))
    return made


def _notes(
    comparisons: Mapping[str, Comparison], sizes: pd.DataFrame, sides: Mapping[str, Annotations]
) -> tuple[str, ...]:
    notes = [f"{name}: {note}" for name, its in comparisons.items() for note in its.notes]
    notes += [
        f"{name}: no {model!r}: {why}" for name, its in comparisons.items() for model, why in its.left_out.items()
    ]
    notes += [
        f"{name}: {count:,} labels left out: {why}"
        for name, side in sides.items()
        for why, count in side.dropped.items()
    ]
    train = sizes[sizes["split"] == "train"].set_index("condition")["labels_a_rater"]
    if train.max() > 1.2 * train.min():
        most, fewest = train.idxmax(), train.idxmin()
        notes.append(
            f"{most} has {train.max():,.0f} training labels an annotator, {fewest} {train.min():,.0f}: voices are "
            f"easier to learn in {most}"
        )
    return tuple(notes)


def _words(
    signatures: Mapping[tuple[str, str], Signature], contrasts: pd.DataFrame, reference: str, score: str
) -> tuple[str, ...]:
    """Say of each condition whether knowing who pays, and of each contrast how many models see it."""
    said = [f"{_named(*key)}: {found.evidence}" for key, found in signatures.items()]
    sign = -1.0 if score in ERRORS else 1.0
    for name, rows in contrasts.groupby("condition", sort=False):
        sure = rows[rows["p_holm"] < SIGNIFICANT]
        more, less = (int((side * sign * sure["value"] > 0).sum()) for side in (1, -1))
        said.append(
            f"Knowing who annotates gains more in {name!r} than in {reference!r} with {more} of {len(rows)} models, "
            f"less with {less} (in {WORDS[score]}, p < {SIGNIFICANT:g} corrected for the number of comparisons)."
        )
    return tuple(said)


def _named(condition: str, labels: str) -> str:
    return condition if labels == AS_GIVEN else f"{condition}, {labels}"
