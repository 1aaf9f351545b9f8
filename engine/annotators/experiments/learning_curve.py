"""Learning curve: what more labels an annotator, and more annotators, would give each annotator model.

Training labels are thinned, test labels never: every point is scored on the same rows. Each training seed draws its own
labels (or annotators), the smaller sets within the larger, so that a point's interval holds what other labels would
change as well as other test items and other starts of the training. The dev split, which stops the training, keeps all
labels of the annotators that are trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import seeds_of
from engine.annotators.experiments.thinning import doubling, with_annotators, with_labels_each
from engine.annotators.models.baselines import seen
from engine.annotators.models.registry import TEXT_ONLY, ModelKind, model_kinds
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import DIFFERENCE_COLUMNS, SCORE_COLUMNS, differences, model_scores
from engine.annotators.scores.terms import MACRO_F1, check_score
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import NotTrained, Trainer
from engine.errors import InputError
from engine.measures.resampling import check_resampling

LABELS_EACH, ANNOTATORS = "labels an annotator", "annotators"
"""What is thinned: the axes of a learning curve."""
SIZE_COLUMNS = ("axis", "size", "n_train", "n_annotators", "n_short")
"""First columns of the frames of a LearningCurve.

axis: what is thinned
size: labels an annotator, or annotators, as asked for
n_train: training labels actually there, mean over the seeds' draws
n_annotators: annotators with training labels
n_short: annotators with fewer training labels than asked for, who give all they have; 0 on the axis of annotators
"""
POINT_COLUMNS = (*SIZE_COLUMNS, *SCORE_COLUMNS)
"""Columns of `LearningCurve.points`; those of scores as of `model_scores`, n_unseen being the mean over the seeds."""
GAIN_COLUMNS = (*SIZE_COLUMNS, *DIFFERENCE_COLUMNS)
"""Columns of `LearningCurve.gains`; those of differences as of `differences`."""
MODELS = (TEXT_ONLY, "user token", "composite", "composite + user token")
FEWEST_LABELS, FEWEST_ANNOTATORS = 8, 1
"""Where the points begin that are chosen where none are asked for."""
Thinned = Callable[[Annotations, int, int], Annotations]


@dataclass(frozen=True)
class LearningCurve:
    """Scores of annotator models against the number of training labels an annotator, and of annotators."""

    name: str
    """The labels': see `Annotations.name`."""
    source: str
    """people or personas."""
    points: pd.DataFrame
    """One row a point, model and score, with `POINT_COLUMNS`; the last point of each axis has all labels."""
    gains: pd.DataFrame
    """One row a point and model but text only: what it scores beyond text only, paired, with `GAIN_COLUMNS`; empty
    where text only is not among the models."""
    score: str
    """Of the gains."""
    splits: Splits
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Point:
    """One size on one axis, with a training set a seed."""

    axis: str
    size: int
    train: Mapping[int, Annotations]
    """Seed -> labels."""
    n_short: int

    @property
    def sizes(self) -> dict[str, str | int | float]:
        """Return `SIZE_COLUMNS`."""
        n_train = float(np.mean([len(part) for part in self.train.values()]))
        n_annotators = max(len(np.unique(part.annotator)) for part in self.train.values())
        return dict(zip(SIZE_COLUMNS, (self.axis, self.size, n_train, n_annotators, self.n_short), strict=True))


def learning_curve(
    annotations: Annotations,
    labels_each: Sequence[int] | None = None,
    annotators: Sequence[int] | None = None,
    models: Sequence[str] = MODELS,
    seeds: int | Sequence[int] = 5,
    *,
    score: str = MACRO_F1,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> LearningCurve:
    """Train models on more and more labels an annotator, and of more and more annotators; test all on the same rows.

    Trainings that an earlier call left on disk are read, the points with all labels being those of `train_models`;
    interrupted, finished ones are kept: the same call goes on, and with `Trainer(only_finished=True)` it returns what
    there is.

    Args:
        annotations: labels of people or personas.
        labels_each: training labels an annotator; None: 8, 16, 32, ... and all; (): leave this axis out.
        annotators: numbers of annotators to train on, with all their labels; None: 1, 2, 4, ... and all; (): none.
            Test rows of the others are asked as of unknown ones (n_unseen).
        models: names of engine.annotators.models.registry.MODELS.
        seeds: of trainings and of the draws of labels: how many (0, 1, ...), or which.
        score: of the gains, as of `model_scores`.
        splits: None: `item_splits`.
        trainer: settings, encoder, device and store; None: the defaults.
        resamples: draws of items and seeds behind each interval; 0: no intervals.
        confidence: coverage of the intervals, each on its own.
        seed: decides the draws behind the intervals.

    Raises:
        InputError: no labels in a split; a number below 1; unknown models or score; settings out of range.
    """
    check_resampling(resamples, confidence)
    kinds = model_kinds(models)
    numbers = seeds_of(seeds)
    trainer = trainer or Trainer()
    splits = splits or item_splits(annotations)
    train, dev, test = splits.parts(annotations)
    points = _points(train, labels_each, annotators, numbers)
    tables, gains, notes = [], [], []
    for place, point in enumerate(points):
        predictions, why = _predictions(point, kinds, dev, test, trainer, (place, len(points)))
        check_score(predictions, score)
        notes += why
        scores = model_scores(predictions, resamples, confidence, seed).assign(**point.sizes)
        unseen = [(~seen(part, test)).sum() for part in point.train.values()]
        tables.append(scores.assign(n_unseen=float(np.mean(unseen))))
        if TEXT_ONLY in predictions.models and len(kinds) > 1:
            found = differences(predictions, TEXT_ONLY, score, resamples, confidence, seed)
            gains.append(found.assign(**point.sizes))
    trainer.tell("done", len(points), len(points))
    return LearningCurve(
        annotations.name, annotations.source, _together(tables, POINT_COLUMNS), _together(gains, GAIN_COLUMNS), score,
        splits, (*trainer.embeddings(annotations).notes, *dict.fromkeys(notes)),
    )  # fmt: skip


def _points(
    train: Annotations, labels_each: Sequence[int] | None, annotators: Sequence[int] | None, seeds: Sequence[int]
) -> list[_Point]:
    """Return the points of both axes, ascending."""
    counts = np.bincount(train.annotator)
    counts = counts[counts > 0]
    labels_each = doubling(int(counts.max()), FEWEST_LABELS) if labels_each is None else labels_each
    annotators = doubling(len(counts), FEWEST_ANNOTATORS) if annotators is None else annotators
    axes: tuple[tuple[str, Sequence[int], Thinned], ...] = (
        (LABELS_EACH, labels_each, with_labels_each), (ANNOTATORS, annotators, with_annotators),
    )  # fmt: skip
    found = []
    for axis, sizes, thinned in axes:
        if wrong := [size for size in sizes if size < 1]:
            raise InputError(f"{axis}: {wrong[0]!r} is below 1. Ask for 1 or more at every point of the curve.")
        if axis == ANNOTATORS and (wrong := [size for size in sizes if size > len(counts)]):
            raise InputError(f"{wrong[0]:,} annotators were asked for, and {train.name} trains {len(counts):,}.")
        for size in sorted(set(sizes)):
            n_short = int((counts < size).sum()) if axis == LABELS_EACH else 0
            found.append(_Point(axis, size, {seed: thinned(train, size, seed) for seed in seeds}, n_short))
    if not found:
        raise InputError("no point to train at. Name labels_each or annotators, or leave both out for doubling sizes.")
    return found


def _predictions(
    point: _Point, kinds: Sequence[ModelKind], dev: Annotations, test: Annotations, trainer: Trainer,
    progress: tuple[int, int],
) -> tuple[Predictions, list[str]]:  # fmt: skip
    """Return what all models trained at one point say of the test rows, and what could not be trained."""
    seeds, task = list(point.train), test.task
    probability = np.full((len(kinds), len(seeds), len(test), len(task.labels)), np.nan, dtype=np.float32)
    notes = []
    for s, (seed, train) in enumerate(point.train.items()):
        trained = np.unique(train.annotator)
        stops = dev.where(np.isin(dev.annotator, trained))
        if not len(stops):
            notes.append(f"{point.axis} {point.size:,}, seed {seed}: no dev label of those it drew, nothing is trained")
            continue
        for m, kind in enumerate(kinds):
            trainer.tell(f"{point.axis} {point.size:,}: {kind.name}, seed {seed}", *progress)
            try:
                probability[m, s], _ = trainer.predict(kind, train, dev, test, seed)
            except NotTrained:
                continue
            except InputError as error:
                if kind.features != "attributes":
                    raise
                notes.append(f"{point.axis} {point.size:,}: {error}")
    known = np.logical_and.reduce([seen(train, test) for train in point.train.values()])
    return (
        Predictions(
            test.items, test.annotators, task.labels, task.level, task.values, test.item, test.annotator, test.label,
            known, tuple(kind.name for kind in kinds), tuple(seeds), probability, dict(test.dropped),
        ),
        notes,
    )  # fmt: skip


def _together(tables: Sequence[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)[list(columns)] if tables else pd.DataFrame(columns=list(columns))
