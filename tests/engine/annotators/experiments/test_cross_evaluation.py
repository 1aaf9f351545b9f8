"""Alignment gaps against simulated truth, against scoring by hand, and where labels are few or of one class."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from engine.annotators.annotations import Annotations
from engine.annotators.experiments.cross_evaluation import (
    CELL_COLUMNS,
    TRAINED_COLUMNS,
    CrossEvaluation,
    cross_evaluation,
)
from engine.annotators.experiments.cross_gaps import OwnAndOthers
from engine.annotators.experiments.cross_sides import questions
from engine.annotators.scores.draws import ScoreDraws
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.store import TrainingStore
from engine.errors import InputError
from tests.engine.annotators.simulated import World, personas_of, simulate, trainer

QUICK = TrainingSettings(epochs=15, learning_rate=1e-2, hidden=16)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> TrainingStore:
    """Trainings on the people's labels, which most tests share."""
    return TrainingStore(tmp_path_factory.mktemp("trainings"))


def crossed(
    people: World, personas: World, seeds: int = 2, store: TrainingStore | None = None, **more: Any
) -> CrossEvaluation:  # fmt: skip
    asking = trainer(people, store=store, settings=QUICK, only_finished=more.pop("only_finished", False))
    return cross_evaluation(
        people.annotations, personas.annotations, seeds, trainer=asking, **{"resamples": 200} | more
    )  # fmt: skip


def with_rows(world: World, annotations: Annotations) -> World:
    return replace(world, annotations=annotations)


@pytest.fixture(scope="module")
def people() -> World:
    return simulate(0, n_items=500, n_annotators=6, direction=0.8, bias=0.5)


@pytest.fixture(scope="module")
def faithful(people: World, kept: TrainingStore) -> CrossEvaluation:
    return crossed(people, personas_of(people), store=kept)


def test_a_persona_that_labels_like_its_person_has_no_gap_to_it_and_one_to_others(faithful: CrossEvaluation) -> None:
    gaps = faithful.matrix().iloc[:-1].to_numpy()
    own = np.diag(gaps)
    assert np.abs(own).max() < 0.06
    assert gaps[~np.eye(6, dtype=bool)].min() > 0.05
    assert faithful.own.low < 0 < faithful.own.high
    assert faithful.own.value == pytest.approx(own.mean())
    assert faithful.others.value == pytest.approx(gaps[~np.eye(6, dtype=bool)].mean())
    assert faithful.others.low > 0.1
    assert faithful.own_minus_others.high < -0.1
    assert faithful.nearest.value == 1
    assert faithful.chance == pytest.approx(1 / 6)
    assert faithful.p_value == pytest.approx(1 / 201, abs=0.006), "one of 720 pairings, and the true one counted"
    assert faithful.sentence.startswith("Personas teach their own person better than other people")


def test_personas_that_all_speak_as_the_majority_suit_nobody_more_than_others(
    people: World, kept: TrainingStore
) -> None:  # fmt: skip
    """Six personas that differ by chance alone: p-values are uniform over eight sets of them."""
    found = [
        crossed(people, personas_of(people, 1000 + trial, fidelity=0.0), 1, kept, seed=trial) for trial in range(8)
    ]
    assert np.mean([each.p_value for each in found]) == pytest.approx(0.5, abs=0.3)
    assert np.mean([each.own_minus_others.value for each in found]) == pytest.approx(0, abs=0.02)
    assert found[0].own.low > 0.05, "what the majority says is not what each says"
    assert found[0].matrix().iloc[:-1].std().max() < 0.08, "to each person, all personas are as good as each other"


def test_every_cell_is_the_difference_of_two_scores_counted_by_hand(people: World, faithful: CrossEvaluation) -> None:
    personas, table = personas_of(people), faithful.cells.set_index(["persona", "kind", "target"])
    asking = trainer(people, store=None, settings=QUICK)
    train, _, test = faithful.splits.parts(people.annotations)
    items = np.unique(test.item)
    rows = questions(test, items)

    def said(labels: Annotations, wanted: list[str], seed: int) -> np.ndarray:
        part = [side.of_annotators(wanted) for side in faithful.splits.parts(labels)[:2]]
        return asking.predict("text only", *part, rows, seed)[0].argmax(axis=1)

    members = [a for a, g in zip(people.annotations.annotators, people.annotations.groups, strict=True) if g == "g1"]
    for kind, target, who in (("person", "a1", ["a1"]), ("group", "g1", members)):
        truth = test.of_annotators(who)
        place = np.searchsorted(items, truth.item)
        cell = table.loc[("strong-a4", kind, target)]
        own, its = [], []
        for seed in range(2):
            own.append(f1_score(truth.label, said(people.annotations, who, seed)[place], average="macro"))
            its.append(f1_score(truth.label, said(personas.annotations, ["strong-a4"], seed)[place], average="macro"))
        assert cell["own_score"] == pytest.approx(np.mean(own))
        assert cell["persona_score"] == pytest.approx(np.mean(its))
        assert cell["gap"] == pytest.approx(np.mean(own) - np.mean(its))
        assert cell["seed_sd"] == pytest.approx(np.std(np.subtract(own, its), ddof=1))
        assert cell["n_labels"] == len(truth)
        assert cell["n_items"] == 100
        assert cell["n_train_own"] == len(train.of_annotators(who))


def test_the_table_has_every_persona_and_all_beside_every_person_and_group(faithful: CrossEvaluation) -> None:
    cells = faithful.cells
    assert tuple(cells.columns) == CELL_COLUMNS
    assert len(cells) == (6 + 1) * (6 + 2)
    assert list(cells["persona"].unique()) == [*(f"strong-a{i}" for i in range(6)), "all personas"]
    own = cells[cells["own"]]
    assert all(row.persona == f"strong-{row.target}" for row in own[own["kind"] == "person"].itertuples())
    assert len(own) == 12, "its person and its group"
    inside = (cells["low"] <= cells["gap"]) & (cells["gap"] <= cells["high"])
    assert inside.all()
    assert tuple(faithful.trainings.columns) == TRAINED_COLUMNS
    assert len(faithful.trainings) == 2 * (6 + 2 + 6 + 1)
    assert "more than 2 times the training labels" in faithful.notes[0], "groups and all personas have more labels"
    assert set(faithful.matrix("group").columns) == {"g0", "g1"}


def test_weak_personas_have_a_group_of_their_own_and_no_person(people: World, kept: TrainingStore) -> None:
    found = crossed(people, personas_of(people, weak=True), 1, kept, resamples=50)
    own = found.cells[found.cells["own"]]
    assert set(zip(own["persona"], own["target"], strict=True)) == {("weak-g0", "g0"), ("weak-g1", "g1")}
    assert np.isnan(found.own.value)
    assert "no persona whose person is here" in found.own.note
    assert np.isnan(found.nearest.value)
    assert np.isnan(found.p_value)
    assert found.sentence == ""


def test_labels_of_one_class_are_told_and_people_of_few_labels_counted(
    people: World, faithful: CrossEvaluation, kept: TrainingStore
) -> None:  # fmt: skip
    """a0 says yes in training; a1 says no in the test; a2 has few labels; a3 has none in the dev split."""
    given, found = people.annotations, faithful
    split = np.array(["train", "dev", "test"])[
        [next(i for i, part in enumerate((found.splits.train, found.splits.dev, found.splits.test)) if name in part)
         for name in given.items]
    ][given.item]  # fmt: skip
    label = given.label.copy()
    label[(given.annotator == 0) & (split == "train")] = 1
    label[(given.annotator == 1) & (split == "test")] = 0
    left = np.ones(len(given), dtype=bool)
    left[np.flatnonzero((given.annotator == 2) & (split == "train"))[5:]] = False
    left[(given.annotator == 3) & (split == "dev")] = False
    changed = with_rows(people, replace(given, label=label).where(left))
    again = crossed(changed, personas_of(people), 1, kept, resamples=50, splits=found.splits)
    assert again.dropped == {"person: fewer than 10 training labels": 1, "person: no dev label": 1}
    cells = again.cells.set_index(["persona", "target"])
    assert ("strong-a0", "a2") not in cells.index
    assert "all training labels of a0 are 'yes'" in cells.loc[("strong-a1", "a0"), "note"]
    assert cells.loc[("strong-a1", "a0"), "own_score"] < 0.5, "a model of one label names one label"
    assert "all its test labels are 'no': macro-F1 is 1, or at most 0.5" in cells.loc[("strong-a0", "a1"), "note"]
    assert cells.loc[("strong-a0", "a4"), "note"] == "one seed: the interval holds items only"
    assert again.own.n_raters == 4
    assert again.own.dropped == {"personas whose person is not here": 2}
    lenient = crossed(changed, personas_of(people), 1, kept, resamples=0, splits=found.splits, min_labels=1)
    assert lenient.dropped == {"person: no dev label": 1}
    assert lenient.cells["low"].isna().all()
    with pytest.raises(InputError, match="Lower min_labels, now 2000"):
        crossed(people, personas_of(people), 1, min_labels=2000)


def test_finished_trainings_are_read_seeds_repeat_and_missing_ones_are_nan(
    people: World, faithful: CrossEvaluation, tmp_path: Path
) -> None:  # fmt: skip
    personas, store = personas_of(people), TrainingStore(tmp_path)
    nothing = crossed(people, personas, store=store, only_finished=True)
    assert nothing.cells["gap"].isna().all()
    assert set(nothing.cells["note"]) == {"no seed has finished"}
    for estimate in (nothing.own, nothing.others, nothing.own_minus_others, nothing.nearest):
        assert np.isnan(estimate.value)
        assert estimate.note == "no seed has finished for all of them"
    assert np.isnan(nothing.p_value)
    first = crossed(people, personas, 1, store=store)
    part = crossed(people, personas, store=store, only_finished=True)
    pd.testing.assert_series_equal(part.cells["gap"], first.cells["gap"])
    assert part.cells["note"].str.contains("1 of 2 seeds have finished").all()
    whole = crossed(people, personas, store=store)
    read = crossed(people, personas, store=store, only_finished=True)
    pd.testing.assert_frame_equal(whole.cells, read.cells)
    assert (whole.own, whole.p_value) == (read.own, read.p_value)
    pd.testing.assert_frame_equal(whole.cells, faithful.cells)


def test_a_baseline_and_accuracy_can_be_crossed(people: World) -> None:
    personas = personas_of(people)
    found = crossed(people, personas, 1, model="majority", score="accuracy", resamples=50)
    train, _, test = found.splits.parts(people.annotations)
    mine, tested = train.of_annotators(["a0"]).label, test.of_annotators(["a0"]).label
    expected = accuracy_score(tested, np.full(len(tested), np.bincount(mine).argmax()))
    cell = found.cells.set_index(["persona", "target"]).loc[("strong-a3", "a0")]
    assert cell["own_score"] == pytest.approx(expected)


def test_what_cannot_be_crossed_is_told(people: World) -> None:
    personas = personas_of(people)
    with pytest.raises(InputError, match=r"'user token' cannot be cross-evaluated.*'text only', 'majority'"):
        crossed(people, personas, model="user token")
    with pytest.raises(InputError, match="score 'f1' is unknown here"):
        crossed(people, personas, score="f1")
    with pytest.raises(InputError, match="no seed"):
        crossed(people, personas, 0)
    with pytest.raises(InputError, match="name one twice or go below 0"):
        crossed(people, personas, seeds=(0, -1))  # type: ignore[arg-type]
    names = ("all personas", *personas.annotations.annotators[1:])
    with pytest.raises(InputError, match="is called 'all personas'"):
        crossed(people, with_rows(personas, replace(personas.annotations, annotators=names)))


def test_the_pairing_is_random_where_gaps_know_nothing_of_it() -> None:
    """P-values of gaps with strong personas and easy people, but no pairing, are uniform; means are those by hand."""
    rng = np.random.default_rng(0)
    p_values = []
    for trial in range(200):
        gaps = rng.normal(size=(6, 6)) + 5 * rng.normal(size=(6, 1)) + 5 * rng.normal(size=(1, 6))
        pairs = OwnAndOthers(rng.permutation(6))
        for column in range(6):
            pairs.add(column, ScoreDraws(gaps[:, [column]], np.zeros((0, 6, 1)), 0))
        p_values.append(pairs.p_value(99, trial))
        own, others, less = pairs.estimates(0.95, 10, 0)
        mine = gaps[np.arange(6), pairs.own]
        assert own.value == pytest.approx(mine.mean())
        assert others.value == pytest.approx((gaps.sum() - mine.sum()) / 30)
        assert less.value == pytest.approx(own.value - others.value)
    assert np.mean(p_values) == pytest.approx(0.505, abs=0.07)
    assert np.mean(np.array(p_values) <= 0.1) == pytest.approx(0.1, abs=0.07)
