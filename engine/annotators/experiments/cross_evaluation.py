"""Cross-evaluation: what a model of a persona's labels is worth on people, beside a model of their own labels.

    alignment gap (persona, person) = score of the model trained on the person's own labels
                                    - score of the model trained on the persona's labels

Both are scored on the person's labels of the same test items. A gap of 0 says that the persona teaches as much of the
person as the person does; above 0 is what is lost; below 0 the persona teaches more, as many clean labels may where a
person gave few. Groups stand beside people (all labels of their members together), and a model of all personas'
labels together beside the personas.

One training a persona, person or group and seed answers for all test items once; every cell is counted from that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations, Ints, on_common_items
from engine.annotators.comparison import seeds_of
from engine.annotators.experiments.cross_gaps import Gaps, OwnAndOthers, TestSet, gaps_to
from engine.annotators.experiments.cross_sides import (
    PERSON,
    Booleans,
    Side,
    check_sides,
    only_label,
    paired,
    people_and_groups,
    personas_and_all,
    questions,
    stands_for,
    with_enough,
)
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import MODELS, TEXT_ONLY, ModelKind, model_kinds
from engine.annotators.scores.scores import FEW_LABELS
from engine.annotators.scores.terms import ACCURACY, MACRO_F1, WORDS
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import NotTrained, Trainer
from engine.errors import InputError
from engine.measures.resampling import check_resampling
from engine.measures.result import Estimate

CELL_COLUMNS = (
    "persona", "target", "kind", "own", "gap", "low", "high", "confidence", "seed_sd", "own_score", "persona_score",
    "n_seeds", "n_items", "n_labels", "n_train_own", "n_train_persona", "note",
)  # fmt: skip
"""Columns of `CrossEvaluation.cells`, one row a persona (and all personas together) and person or group.

persona: its id, or 'all personas'; target: the person or group; kind: person or group
own: whether the persona stands for this person or group
gap, low, high, confidence: own_score - persona_score, -1 to 1, with its interval over test items and seeds, paired
seed_sd: standard deviation of the gap over seeds; NaN with one
own_score, persona_score: of the two models, mean over finished seeds, 0 to 1
n_seeds: that both have finished; n_items, n_labels: tested
n_train_own, n_train_persona: training labels of the two models
note: one label only in training or test, seeds that are missing, too few labels
"""
TRAINED_COLUMNS = (
    "trained_on", "kind", "seed", "n_labels", "epochs", "best_epoch", "dev_loss", "seconds", "device", "note",
)  # fmt: skip
"""Columns of `CrossEvaluation.trainings`: seconds are those the training took when it was made."""
CONVINCING = 0.05
"""A p-value up to this is told as a difference: a convention."""
MUCH_MORE = 2
"""Times the training labels beyond which two models are said to be taught by unequal amounts: a convention."""


@dataclass(frozen=True)
class CrossEvaluation:
    """Alignment gaps of personas to people and groups."""

    people: str
    """The labels': see `Annotations.name`."""
    personas: str
    model: str
    score: str
    cells: pd.DataFrame
    """With `CELL_COLUMNS`."""
    own: Estimate
    """Mean gap of personas to the person that each plays, over items and seeds."""
    others: Estimate
    """Mean gap of the same personas to the people that the other personas play."""
    own_minus_others: Estimate
    """Below 0 where personas teach their own person better than other people."""
    nearest: Estimate
    """Share of personas to whom their own person has the smallest gap of these people, 0 to 1, each person's mean gap
    taken off."""
    chance: float
    """`nearest` of personas that know nothing: 1 / people."""
    p_value: float
    """Share of random pairings of personas and people whose mean gap is at most the true one's."""
    trainings: pd.DataFrame
    """One row a training, with `TRAINED_COLUMNS`."""
    splits: Splits
    dropped: Mapping[str, int]
    """Who and what was left out: reason to count."""
    notes: tuple[str, ...] = ()

    def matrix(self, kind: str = PERSON, column: str = "gap") -> pd.DataFrame:
        """Return a column of the cells as personas (rows) x people or groups."""
        cells = self.cells[self.cells["kind"] == kind]
        wide = cells.pivot(index="persona", columns="target", values=column)
        return wide.reindex(index=cells["persona"].unique(), columns=cells["target"].unique())

    @property
    def sentence(self) -> str:
        """What a reader may conclude of personas and their own people; '' where none is here."""
        if not self.own.defined or np.isnan(self.p_value):
            return ""
        better = "better than" if self.p_value <= CONVINCING else "no better than"
        return (
            f"Personas teach their own person {better} other people: mean gap {self.own.value:.3f} in "
            f"{WORDS[self.score]} against {self.others.value:.3f} (p = {self.p_value:.2g} among random pairings); own "
            f"person the nearest for {self.nearest.value:.0%} of {self.nearest.n_raters} personas, by chance "
            f"{self.chance:.0%}."
        )


def cross_evaluation(
    people: Annotations,
    personas: Annotations,
    seeds: int | Sequence[int] = 5,
    *,
    model: str = TEXT_ONLY,
    score: str = MACRO_F1,
    min_labels: int = FEW_LABELS,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> CrossEvaluation:
    """Train a model on each persona, person and group, test all on the people, and return the gaps between them.

    Trainings that an earlier call left on disk are read; interrupted, finished ones are kept: the same call goes on,
    and with `Trainer(only_finished=True)` it returns what there is.

    Intervals hold other test items and other starts of the training, not other training labels: whether personas suit
    their own people rather than any is for the p-value of the pairing to say.

    Args:
        people, personas: labels on common items; others are left out (counted).
        seeds: of the trainings: how many (0, 1, ...), or which.
        model: one that does not know who annotates: text only, or the baseline majority.
        score: macro_f1 or accuracy, of a person's or group's own test labels.
        min_labels: training labels, and test labels, that a person or group needs to be a target, and training labels
            that a persona needs; those with fewer, or without any dev label, are left out and counted. Groups hold the
            labels of all their members, of those too.
        splits: None: `item_splits` of the people.
        trainer: settings, encoder, device and store; None: the defaults.
        resamples: draws of items and seeds behind the intervals, and random pairings; 0: none of both.
        confidence: coverage of the intervals.
        seed: decides draws and pairings.

    Raises:
        InputError: no common items; nobody has enough labels; a model that knows who annotates; settings out of range.
    """
    check_resampling(resamples, confidence)
    kind = _kind(model, score)
    numbers = seeds_of(seeds)
    trainer = trainer or Trainer()
    people, personas = on_common_items(people, personas)
    splits = splits or item_splits(people)
    dropped: dict[str, int] = {}
    targets = with_enough(people_and_groups(people, splits), min_labels, dropped)
    teachers = with_enough(personas_and_all(personas, splits), min_labels, dropped)
    check_sides(targets, teachers, people, personas, min_labels, dropped)
    test_set = TestSet.of(splits.parts(people)[2], resamples, seed)
    probability, trainings = _train(kind, [*targets, *teachers], numbers, test_set.items, trainer)
    own = stands_for(teachers, targets, personas)
    pairs = OwnAndOthers(paired(own, targets))
    tables = []
    for place, target in enumerate(targets):
        trainer.tell("alignment gaps: scoring", place, len(targets))
        chosen = np.concatenate([probability[[place]], probability[len(targets) :]])
        found = gaps_to(target.test, chosen, numbers, test_set, score)
        tables.append(_cells(target, teachers, own[:, place], found, confidence, score, len(numbers)))
        if target.kind == PERSON:
            pairs.add(place, found.of_personas())
    trainer.tell("done", len(targets), len(targets))
    cells = pd.concat(tables, ignore_index=True)
    by_persona = np.arange(len(cells)).reshape(len(targets), len(teachers)).T.ravel()
    cells = cells.iloc[by_persona].reset_index(drop=True)
    n_items = len(test_set.items)
    return CrossEvaluation(
        people.name, personas.name, model, score, cells, *pairs.estimates(confidence, n_items, seed),
        *pairs.nearest(confidence, n_items), pairs.p_value(resamples, seed), trainings, splits,
        dropped | _dropped_labels(people, personas), (*trainer.embeddings(people).notes, *_notes(cells)),
    )  # fmt: skip


def _kind(model: str, score: str) -> ModelKind:
    kind = model_kinds([model])[0]
    if kind.knows_who or kind.oracle:
        usable = [k.name for k in MODELS.values() if not (k.knows_who or k.oracle)]
        raise InputError(
            f"model {model!r} cannot be cross-evaluated: it is trained on one annotator's labels and asked about "
            f"another, whom it cannot know. Use one of {', '.join(map(repr, usable))}."
        )
    if score not in (MACRO_F1, ACCURACY):
        raise InputError(f"score {score!r} is unknown here. Use {MACRO_F1!r} or {ACCURACY!r}.")
    return kind


def _train(
    kind: ModelKind, sides: Sequence[Side], seeds: Sequence[int], items: Ints, trainer: Trainer
) -> tuple[Floats32, pd.DataFrame]:
    """Return (sides, seeds, test items, labels) of what each says of all test items, NaN unfinished; the trainings."""
    asked = questions(sides[0].test, items)
    probability = np.full((len(sides), len(seeds), len(items), len(asked.labels)), np.nan, dtype=np.float32)
    rows: list[tuple[object, ...]] = []
    # Seed by seed, so that an interrupted experiment has whole seeds of all sides.
    steps = [(s, number, place, side) for s, number in enumerate(seeds) for place, side in enumerate(sides)]
    for done, (s, number, place, side) in enumerate(steps):
        trainer.tell(f"alignment gaps: training on {side.name}, seed {number}", done, len(steps))
        try:
            probability[place, s], record = trainer.predict(kind, side.train, side.dev, asked, number)
        except NotTrained:
            continue
        loss = record.losses[record.best_epoch - 1][1] if record.best_epoch else math.nan
        rows.append(
            (side.name, side.kind, number, len(side.train), len(record.losses), record.best_epoch, loss,
             record.seconds, record.device, record.note)
        )  # fmt: skip
    return probability, pd.DataFrame(rows, columns=list(TRAINED_COLUMNS))


def _cells(
    target: Side, teachers: Sequence[Side], own: Booleans, found: Gaps, confidence: float, score: str, n_seeds: int
) -> pd.DataFrame:
    """Return the rows of one person or group."""
    draws, n_items = found.draws, len(np.unique(target.test.item))
    low = high = np.full(len(teachers), math.nan)
    if len(draws.of_items) and n_items > 1:
        low, high, _ = draws.interval(confidence)
    columns: dict[str, object] = {
        "persona": [teacher.name for teacher in teachers], "target": target.name, "kind": target.kind, "own": own,
        "gap": draws.value, "low": np.maximum(low, -1), "high": np.minimum(high, 1), "confidence": confidence,
        "seed_sd": np.sqrt(draws.seed_variance), "own_score": found.own_score, "persona_score": found.scores,
        "n_seeds": draws.n_seeds, "n_items": n_items, "n_labels": len(target.test), "n_train_own": len(target.train),
        "n_train_persona": [len(teacher.train) for teacher in teachers],
        "note": _cell_notes(target, teachers, draws.n_seeds, score, n_seeds),
    }  # fmt: skip
    return pd.DataFrame(columns, columns=list(CELL_COLUMNS))


def _cell_notes(target: Side, teachers: Sequence[Side], finished: Ints, score: str, n_seeds: int) -> list[str]:
    """Say of each cell what its number cannot be read without."""
    only = only_label(target.test)
    few = f"{len(target.test)} test labels: too few to trust the interval"
    shared = [
        f"all its test labels are {only!r}: macro-F1 is 1, or at most 0.5" if only and score == MACRO_F1 else "",
        _taught_one(target),
        few if len(target.test) < FEW_LABELS else "",
    ]
    notes = []
    for teacher, n in zip(teachers, finished, strict=True):
        seeds = f"{n} of {n_seeds} seeds have finished" if 0 < n < n_seeds else "no seed has finished" if not n else ""
        alone = "one seed: the interval holds items only" if n == 1 else ""
        notes.append("; ".join(filter(None, [seeds, alone, _taught_one(teacher), *shared])))
    return notes


def _taught_one(side: Side) -> str:
    only = side.taught_one
    return f"all training labels of {side.name} are {only!r}: its model says nothing else" if only else ""


def _dropped_labels(people: Annotations, personas: Annotations) -> dict[str, int]:
    sides = (("labels of people", people), ("labels of personas", personas))
    return {f"{whose}: {reason}": n for whose, side in sides for reason, n in side.dropped.items()}


def _notes(cells: pd.DataFrame) -> list[str]:
    """What holds of many cells."""
    ratio = cells["n_train_persona"] / cells["n_train_own"]
    unequal = int(((ratio > MUCH_MORE) | (ratio < 1 / MUCH_MORE)).sum())
    one_label = int(cells["note"].str.contains("label").sum())
    few = [
        f"{unequal:,} of {len(cells):,} cells compare models of which one had more than {MUCH_MORE} times the training "
        "labels of the other: their gap holds that too"
    ] * bool(unequal)
    return few + [f"{one_label:,} of {len(cells):,} cells have few labels, or one label only: see their notes"] * bool(
        one_label
    )
