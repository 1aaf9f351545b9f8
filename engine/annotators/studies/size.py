"""How much there is to train in a study, and how long it may take at the pace of an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.annotators.annotations import Annotations, on_common_items
from engine.annotators.experiments.cross_sides import people_and_groups, personas_and_all, with_enough
from engine.annotators.models.attributes import telling_attributes
from engine.annotators.studies.labels import StudyLabels
from engine.annotators.studies.manifest import StudyManifest
from engine.annotators.studies.spec import StudySpec
from engine.annotators.training.splits import Splits, item_splits
from engine.errors import InputError


@dataclass(frozen=True)
class Pace:
    """How fast trainings went in an earlier study."""

    seconds: float
    """Of one training, mean."""
    study_id: str
    same_corpus: bool
    """Whether it was of the same corpus: another one's trainings may take much longer or shorter."""


def most_trainings(spec: StudySpec, n_people: int, n_groups: int, n_personas: Sequence[int]) -> int:
    """Return how many trainings a study has at most: annotators with few labels are left out once they are read.

    Args:
        spec: of the study.
        n_people, n_groups: of the corpus.
        n_personas: of each run.
    """
    sides = [n_people + n_groups + n + 1 for n in n_personas]
    return _trainings(spec, [len(spec.trained)] * (1 + len(n_personas)), sides)


def planned_trainings(spec: StudySpec, labels: StudyLabels) -> int:
    """Return how many trainings a study has, those that are on disk already included.

    Raises:
        InputError: people and personas have no items in common.
    """
    sides = []
    if "gaps" in spec.wanted:
        for personas in labels.personas.values():
            people, personas = on_common_items(labels.people, personas)
            splits = study_splits(spec, people)
            both = [*people_and_groups(people, splits), *personas_and_all(personas, splits)]
            sides.append(len(with_enough(both, spec.min_labels, {})))
    common = on_common_items(labels.people, *labels.personas.values())
    splits = study_splits(spec, common[0])
    return _trainings(spec, [_n_models(spec, splits.parts(side)[0]) for side in common], sides)


def pace_of(spec: StudySpec, studies: Sequence[StudyManifest]) -> Pace | None:
    """Return the pace of the newest study that trained in the same way; one of the same corpus goes first.

    Args:
        spec: of the study that is to be started.
        studies: those there are, newest first.
    """
    alike = [
        found for found in studies
        if found.work.trained and found.spec.settings.fine_tune == spec.settings.fine_tune
    ]  # fmt: skip
    for found in sorted(alike, key=lambda its: its.spec.corpus != spec.corpus):
        seconds = found.work.training_seconds / found.work.trained
        return Pace(seconds, found.study_id, found.spec.corpus == spec.corpus)
    return None


def study_splits(spec: StudySpec, people: Annotations) -> Splits:
    """Return which items are learned from, and which are asked: the corpus's own splits, or drawn."""
    return item_splits(people, spec.split_seed or 0, own=spec.split_seed is None)


def _n_models(spec: StudySpec, train: Annotations) -> int:
    """Return how many models these labels can train."""
    try:
        telling_attributes(train)
    except InputError:
        return len([name for name in spec.trained if name != "attributes"])
    return len(spec.trained)


def _trainings(spec: StudySpec, models: Sequence[int], sides: Sequence[int]) -> int:
    of_comparison = sum(models) * (2 if spec.shuffled else 1) if "comparison" in spec.wanted else 0
    of_gaps = sum(sides) if "gaps" in spec.wanted else 0
    of_map = max(1, len(spec.runs)) if "map" in spec.wanted and spec.space == "tokens" else 0
    return spec.seeds * (of_comparison + of_gaps + of_map)
