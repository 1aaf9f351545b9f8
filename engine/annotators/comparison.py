"""The comparison: every annotator model on the same labels, splits and seeds. `polyvocal train` makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations
from engine.annotators.models.attributes import telling_attributes
from engine.annotators.models.baselines import seen
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import ModelKind, model_kinds
from engine.annotators.scores.predictions import Predictions
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import NotTrained, Trainer
from engine.errors import InputError

TRAINING_COLUMNS = (
    "model", "seed", "epochs", "best_epoch", "train_loss", "dev_loss", "seconds", "device", "batch", "note",
)  # fmt: skip
"""Columns of `Comparison.trainings`: losses are those of the epoch that was kept; seconds those the training took when
it was made, 0 for baselines."""


@dataclass(frozen=True)
class Comparison:
    """Several annotator models on one set of labels."""

    name: str
    """The labels': see `Annotations.name`."""
    source: str
    """people or personas."""
    predictions: Predictions
    """Of the test rows, by every model and seed; scores are made of it (engine.annotators.scores.scores)."""
    trainings: pd.DataFrame
    """One row a training, with `TRAINING_COLUMNS`."""
    splits: Splits
    sizes: Mapping[str, Mapping[str, int]]
    """Split -> items, labels and annotators in it."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Models that these labels cannot train -> why."""
    notes: tuple[str, ...] = ()
    """What a reader must know: unseen annotators, labels that training lacks, texts cut off."""


def train_models(
    annotations: Annotations,
    models: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    *,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
) -> Comparison:
    """Train annotator models on the train split, stop them on dev, and let them predict the test split.

    Trainings that an earlier call left on disk are read. Interrupted, all finished ones are kept: the same call goes
    on, and with `Trainer(only_finished=True)` it returns what there is.

    Args:
        annotations: labels of people or personas.
        models: names of engine.annotators.models.registry.MODELS; None: all.
        seeds: how many (0, 1, ...), or which.
        splits: None: `item_splits`: the corpus's own, else drawn with seed 0, the same for all seeds.
        trainer: settings, encoder, device and store; None: the defaults.

    Raises:
        InputError: unknown models; seeds twice or below 0; no labels in a split; no model can be trained on these
            labels; no such encoder or device.
    """
    return train_kinds(annotations, model_kinds(models), seeds, splits=splits, trainer=trainer)


def train_kinds(
    annotations: Annotations,
    kinds: Sequence[ModelKind],
    seeds: int | Sequence[int] = 5,
    *,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    vectors: Mapping[str, Floats32] | None = None,
    starts: Mapping[str, Floats32] | None = None,
) -> Comparison:
    """Do what `train_models` does for kinds that the registry need not have.

    Args:
        annotations, seeds, splits, trainer: see `train_models`.
        kinds: with names that differ; the name decides, with what is given here, whether a training is on disk.
        vectors: kind's name -> (annotators, numbers) to put beside the text.
        starts: kind's name -> (annotators, numbers) that its learned vectors start from.

    Raises:
        InputError: see `train_models`.
    """
    vectors, starts = vectors or {}, starts or {}
    numbers = seeds_of(seeds)
    trainer = trainer or Trainer()
    splits = splits or item_splits(annotations)
    train, dev, test = splits.parts(annotations)
    left_out = _left_out([kind for kind in kinds if kind.name not in vectors], train)
    kinds = [kind for kind in kinds if kind.name not in left_out]
    if not kinds:
        raise InputError(next(iter(left_out.values()), "no model to train. Name at least one."))
    probability = np.full((len(kinds), len(numbers), len(test), len(test.labels)), np.nan, dtype=np.float32)
    records: dict[tuple[int, int], TrainingRecord] = {}
    # Seed by seed, so that an interrupted comparison has whole seeds of all models.
    steps = [(m, kind, s, seed) for s, seed in enumerate(numbers) for m, kind in enumerate(kinds)]
    for done, (m, kind, s, seed) in enumerate(steps):
        trainer.tell(f"{kind.name}, seed {seed}", done, len(steps))
        with suppress(NotTrained):
            probability[m, s], records[m, s] = trainer.predict(
                kind, train, dev, test, seed, annotator_vectors=vectors.get(kind.name),
                token_start=starts.get(kind.name),
            )  # fmt: skip
    trainer.tell("done", len(steps), len(steps))
    parts = {"train": train, "dev": dev, "test": test}
    return Comparison(
        annotations.name, annotations.source,
        _predictions(test, train, kinds, numbers, probability, annotations.dropped),
        _training_frame(kinds, numbers, records), splits, {name: _size(part) for name, part in parts.items()}, left_out,
        _notes(trainer, train, test),
    )  # fmt: skip


def seeds_of(seeds: int | Sequence[int]) -> list[int]:
    """Return 0, 1, ... for a number of seeds, else the seeds themselves.

    Raises:
        InputError: none, one twice, or one below 0.
    """
    numbers = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not numbers:
        raise InputError("no seed to train with. Ask for at least one; 5 show how far training itself varies.")
    if len(set(numbers)) != len(numbers) or min(numbers) < 0:
        raise InputError(f"seeds {numbers} name one twice or go below 0. Name different ones from 0 on.")
    return numbers


def _left_out(kinds: Sequence[ModelKind], train: Annotations) -> dict[str, str]:
    """Return the kinds that need attributes, and why they cannot be made, where annotators have none."""
    try:
        telling_attributes(train)
    except InputError as error:
        return {kind.name: str(error) for kind in kinds if kind.features == "attributes"}
    return {}


def _predictions(
    test: Annotations, train: Annotations, kinds: Sequence[ModelKind], seeds: Sequence[int], probability: np.ndarray,
    dropped: Mapping[str, int],
) -> Predictions:  # fmt: skip
    task = test.task
    return Predictions(
        test.items, test.annotators, task.labels, task.level, task.values, test.item, test.annotator, test.label,
        seen(train, test), tuple(kind.name for kind in kinds), tuple(seeds), probability, dict(dropped),
    )  # fmt: skip


def _training_frame(
    kinds: Sequence[ModelKind], seeds: Sequence[int], records: Mapping[tuple[int, int], TrainingRecord]
) -> pd.DataFrame:
    rows = []
    for (m, s), record in records.items():
        losses = record.losses[record.best_epoch - 1] if record.best_epoch else (float("nan"), float("nan"))
        rows.append(
            (kinds[m].name, seeds[s], len(record.losses), record.best_epoch, *losses, record.seconds, record.device,
             record.batch, record.note)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(TRAINING_COLUMNS))


def _size(part: Annotations) -> dict[str, int]:
    return {"items": len(np.unique(part.item)), "labels": len(part), "annotators": len(np.unique(part.annotator))}


def _notes(trainer: Trainer, train: Annotations, test: Annotations) -> tuple[str, ...]:
    notes = list(trainer.embeddings(train).notes)
    counts = np.bincount(train.label, minlength=len(train.labels))
    if (counts > 0).sum() == 1:
        notes.append(f"all training labels are {train.labels[int(counts.argmax())]!r}: models can learn nothing else")
    elif unlearned := int((counts[test.label] == 0).sum()):
        names = ", ".join(repr(train.labels[k]) for k in np.setdiff1d(test.label, train.label))
        notes.append(f"test labels that training lacks, so that no model can say them: {unlearned:,} ({names})")
    single = int((np.bincount(train.annotator) == 1).sum())
    if single:
        notes.append(f"annotators with a single training label: {single:,}")
    if unseen := int((~seen(train, test)).sum()):
        people = len(np.setdiff1d(test.annotator, train.annotator))
        notes.append(f"test labels of annotators without training labels: {unseen:,}, by {people:,} annotators")
    return tuple(notes)
