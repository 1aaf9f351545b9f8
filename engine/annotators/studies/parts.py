"""The parts of a study: each asks an experiment of engine.annotators and returns its result as tables and facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations, on_common_items
from engine.annotators.comparison import Comparison, train_models
from engine.annotators.experiments.conditions import compare_conditions
from engine.annotators.experiments.contrasts import AS_GIVEN, CONTRAST_COLUMNS, SHUFFLED, gains_of
from engine.annotators.experiments.cross_evaluation import cross_evaluation
from engine.annotators.experiments.equal_size import sizes_of
from engine.annotators.map import annotator_map
from engine.annotators.models.learned_tokens import learned_tokens
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.scores import annotator_scores, model_scores
from engine.annotators.studies.labels import StudyLabels
from engine.annotators.studies.results import COMPARISON, PEOPLE, StoredResult, gaps_of, map_of
from engine.annotators.studies.size import study_splits
from engine.annotators.studies.spec import StudySpec
from engine.annotators.training.trainer import Trainer
from engine.documents import parts_of, plain
from engine.measures.signatures import Signature

WHO_COLUMNS = ("name", "source", "group", "person", "attributes", "description")
"""Columns of who is on a map: attributes is a JSON object; person: whom a persona stands for."""
RATE_COLUMNS = ("name", "source", "label", "n", "rate")
"""Columns of label rates: how often each gave each label, on the items of the map; n: labels of the point."""


def comparison(spec: StudySpec, labels: StudyLabels, trainer: Trainer) -> StoredResult:
    """Compare the models on people's labels and on those of every run's personas, on the items that all have.

    Returns:
        Tables: scores, annotators and trainings, each with the column condition; gains, contrasts (against people),
        sizes. Facts: signatures by condition, 'as given' and 'names shuffled'; left_out by condition; splits, notes.
    """
    conditions = {PEOPLE: labels.people, **labels.personas}
    draws: dict[str, Any] = {"resamples": spec.resamples, "seed": spec.seed}
    splits = study_splits(spec, on_common_items(*conditions.values())[0])
    if len(conditions) > 1:
        found = compare_conditions(
            conditions, spec.models, spec.seeds, reference=PEOPLE, splits=splits, trainer=trainer,
            shuffled=spec.shuffled, **draws,
        )  # fmt: skip
        given, null = dict(found.comparisons), dict(found.shuffled)
        gains, contrasts, sizes, notes = found.gains, found.contrasts, found.sizes, found.notes
    else:
        given = {PEOPLE: train_models(labels.people, spec.models, spec.seeds, splits=splits, trainer=trainer)}
        null = {}
        if spec.shuffled:
            exchanged = labels.people.shuffled_annotators(0)
            its = _named(trainer, SHUFFLED)
            null = {PEOPLE: train_models(exchanged, spec.models, spec.seeds, splits=splits, trainer=its)}
        gains = gains_of(_predictions(given, null), **draws)
        contrasts = pd.DataFrame(columns=list(CONTRAST_COLUMNS))
        sizes, notes = sizes_of({PEOPLE: labels.people}, splits), given[PEOPLE].notes
    signatures = {
        kind: {name: _signature(id_model_signature(its.predictions, **draws)) for name, its in comparisons.items()}
        for kind, comparisons in ((AS_GIVEN, given), (SHUFFLED, null))
    }
    tables = {
        "scores": _stacked({name: model_scores(its.predictions, **draws) for name, its in given.items()}),
        "annotators": _stacked({name: annotator_scores(its.predictions, **draws) for name, its in given.items()}),
        "trainings": _stacked({name: its.trainings for name, its in given.items()}),
        "gains": gains, "contrasts": contrasts, "sizes": sizes,
    }  # fmt: skip
    facts = {
        "signatures": signatures, "left_out": {name: dict(its.left_out) for name, its in given.items()},
        "splits": splits.origin, "notes": list(notes),
    }  # fmt: skip
    return StoredResult(COMPARISON, tables, facts)


def gaps(spec: StudySpec, labels: StudyLabels, run: str, trainer: Trainer) -> StoredResult:
    """Train on each person, group and persona of a run, and tell the gaps between them (`cross_evaluation`).

    Returns:
        Tables: cells, trainings. Facts: the other fields of a `CrossEvaluation`, its sentence, and the run.
    """
    people, personas = on_common_items(labels.people, labels.personas[run])
    found = cross_evaluation(
        people, personas, spec.seeds, min_labels=spec.min_labels, splits=study_splits(spec, people), trainer=trainer,
        resamples=spec.resamples, seed=spec.seed,
    )  # fmt: skip
    facts = parts_of(
        found, "people", "personas", "model", "score", "own", "others", "own_minus_others", "nearest", "chance",
        "p_value", "dropped", "notes", "sentence",
    )  # fmt: skip
    more = {"run": run, "splits": found.splits.origin}
    return StoredResult(
        gaps_of(spec.runs.index(run)), {"cells": found.cells, "trainings": found.trainings}, facts | more
    )


def picture(spec: StudySpec, labels: StudyLabels, run: str, trainer: Trainer) -> StoredResult:
    """Place people, and the personas of a run where one is named, in one space (`annotator_map`).

    Returns:
        Tables: points, clouds, pairs, neighbours, who (`WHO_COLUMNS`), rates (`RATE_COLUMNS`). Facts: the other fields
        of an `AnnotatorMap`, the sentences of trust and pairing, and the run ('' for people alone).
    """
    sides = on_common_items(labels.people, *([labels.personas[run]] if run else []))
    found = annotator_map(
        *sides, space=spec.space, **_vectors(spec, sides, trainer), min_labels=spec.min_labels,
        replicates=spec.replicates, null_draws=spec.null_draws, seed=spec.seed, told=trainer.tell,
    )  # fmt: skip
    tables = {
        "points": found.points, "clouds": found.clouds, "pairs": found.pairs, "neighbours": found.neighbours,
        "who": who(sides, found.points), "rates": rates(sides, found.points),
    }  # fmt: skip
    clusters = found.clustering
    facts = parts_of(
        found, "space", "method", "seed", "parameters", "explained", "uncertainty", "n_items", "dropped", "note",
        "trust", "exchange",
    )  # fmt: skip
    facts |= {
        "run": run, "pairing": plain(found.pairing) | {"sentence": found.pairing.sentence},
        "clustering": {field: value for field, value in plain(clusters).items() if field != "cluster"},
    }  # fmt: skip
    return StoredResult(map_of(spec.runs.index(run) if run else 0), tables, facts)


def who(sides: tuple[Annotations, ...], points: pd.DataFrame) -> pd.DataFrame:
    """Return one row a point with what is known of it: `WHO_COLUMNS`."""
    rows = {}
    for side in sides:
        for i, name in enumerate(side.annotators):
            about = json.dumps(dict(side.attributes[i]), ensure_ascii=False)
            person = side.people[i] if side.source == "personas" else ""
            rows[side.source, name] = (name, side.source, side.groups[i], person, about, side.descriptions[i])
    keys = zip(points["source"], points["name"], strict=True)
    return pd.DataFrame([rows[key] for key in keys], columns=list(WHO_COLUMNS))


def rates(sides: tuple[Annotations, ...], points: pd.DataFrame) -> pd.DataFrame:
    """Return how often each point gave each label: `RATE_COLUMNS`; NaN where it gave none."""
    rows = []
    on_map = set(zip(points["source"], points["name"], strict=True))
    for side in sides:
        counts = np.zeros((len(side.annotators), len(side.labels)), dtype=np.int64)
        np.add.at(counts, (side.annotator, side.label), 1)
        for name, row in zip(side.annotators, counts, strict=True):
            if (side.source, name) in on_map:
                n = int(row.sum())
                shares = row / n if n else np.full(len(row), np.nan)
                rows += [(name, side.source, label, n, float(s)) for label, s in zip(side.labels, shares, strict=True)]
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def _vectors(spec: StudySpec, sides: tuple[Annotations, ...], trainer: Trainer) -> dict[str, Any]:
    """Return the vectors that the map's space is made of."""
    if spec.space == "composite":
        return {"embeddings": trainer.embeddings(sides[0]).vectors}
    if spec.space == "tokens":
        return {"tokens": learned_tokens(sides, spec.seeds, trainer, study_splits(spec, sides[0]))}
    if spec.space == "descriptions":
        return {"descriptions": trainer.vectors_of(sides[-1].descriptions).vectors}
    return {}


def _predictions(given: Mapping[str, Comparison], null: Mapping[str, Comparison]) -> dict[tuple[str, str], Any]:
    both = ((AS_GIVEN, given), (SHUFFLED, null))
    return {(name, kind): its.predictions for kind, part in both for name, its in part.items()}


def _named(trainer: Trainer, head: str) -> Trainer:
    """Return the trainer with words before all that it tells."""

    def told(what: str, done: int, total: int) -> None:
        trainer.tell(f"{head}: {what}", done, total)

    return replace(trainer, told=told)


def _signature(found: Signature) -> dict[str, object]:
    return found.to_dict()


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table.assign(condition=name) for name, table in tables.items()], ignore_index=True)
