"""Learning curves: nested labels, curves that rise where there is something to learn, points that cannot be trained."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.annotators.annotations import annotations_of_people
from engine.annotators.comparison import train_models
from engine.annotators.experiments.learning_curve import (
    ANNOTATORS,
    GAIN_COLUMNS,
    LABELS_EACH,
    POINT_COLUMNS,
    LearningCurve,
    learning_curve,
)
from engine.annotators.experiments.thinning import doubling, with_annotators, with_labels_each
from engine.annotators.scores.scores import differences, model_scores
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.store import TrainingStore
from engine.corpora import read_lewidi2023
from engine.errors import InputError
from tests.engine.annotators.simulated import SimulatedTrainer, World, simulate, trainer

QUICK = TrainingSettings(epochs=15, learning_rate=1e-2, hidden=16, batch=64)
MODELS = ("text only", "user token")


def curve_of(world: World, *, store: TrainingStore | None = None, only_finished: bool = False, **more: Any) -> Any:
    asking = trainer(world, store=store, settings=QUICK, only_finished=only_finished)
    settings: dict[str, Any] = {"models": MODELS, "seeds": 3, "resamples": 100} | more
    return learning_curve(world.annotations, trainer=asking, **settings)


@pytest.fixture(scope="module")
def world() -> World:
    """Six annotators who react to different sides of a text; the last labels few items."""
    made = simulate(3, n_items=400, n_annotators=6, direction=0.9, own_splits=True)
    its = made.annotations
    few = np.ones(len(its), dtype=bool)
    few[np.flatnonzero((its.annotator == 5) & (its.item < 280))[20:]] = False
    return replace(made, annotations=its.where(few))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrainingStore:
    return TrainingStore(tmp_path_factory.mktemp("trainings"))


@pytest.fixture(scope="module")
def curve(world: World, store: TrainingStore) -> LearningCurve:
    return curve_of(world, store=store, labels_each=(4, 32, 280), annotators=(1, 3, 6))


def value(curve: LearningCurve, axis: str, size: int, model: str, score: str = "macro_f1") -> Any:
    table = curve.points
    rows = table[(table["axis"] == axis) & (table["size"] == size) & (table["model"] == model)]
    return rows[rows["score"] == score].iloc[0]


def test_smaller_training_sets_lie_within_larger_ones_and_differ_by_seed(world: World) -> None:
    train = world.annotations.of_items({f"i{i}" for i in range(280)})

    def cells(part: Any) -> set[tuple[int, int]]:
        return set(zip(part.item.tolist(), part.annotator.tolist(), strict=True))

    sets = [cells(with_labels_each(train, n, seed=1)) for n in (1, 4, 20, 21, 280)]
    assert all(small < large for small, large in itertools.pairwise(sets))
    assert [len(part) for part in sets] == [6, 24, 120, 125, 1420]
    assert sets[1] != cells(with_labels_each(train, 4, seed=2))
    people = [set(with_annotators(train, n, seed=1).annotator.tolist()) for n in (1, 2, 5, 6)]
    assert [len(part) for part in people] == [1, 2, 5, 6]
    assert all(small < large for small, large in itertools.pairwise(people))
    whole = with_labels_each(train, 280, seed=1)
    np.testing.assert_array_equal(whole.item, train.item)
    some = with_annotators(train, 2, seed=1)
    assert len(some) == np.isin(train.annotator, some.annotator).sum(), "all their labels"
    rates = [with_labels_each(train, 4, seed).label.mean() for seed in range(200)]
    assert np.mean(rates) == pytest.approx(
        np.mean([train.label[train.annotator == a].mean() for a in range(6)]), abs=0.02
    )


def test_sizes_double_up_to_all() -> None:
    assert doubling(784, 8) == (8, 16, 32, 64, 128, 256, 512, 784)
    assert doubling(70, 8) == (8, 16, 32, 70), "64 would be nearly all"
    assert doubling(6, 8) == (6,)
    assert doubling(6, 1) == (1, 2, 4, 6)


def test_scores_rise_with_labels_and_knowing_who_pays_only_with_enough_of_them(curve: LearningCurve) -> None:
    for model in MODELS:
        assert value(curve, LABELS_EACH, 280, model)["value"] > value(curve, LABELS_EACH, 4, model)["value"] + 0.05
    known = [value(curve, LABELS_EACH, size, "user token") for size in (4, 280)]
    assert known[1]["low"] > known[0]["value"] + 0.05
    gains = curve.gains[curve.gains["axis"] == LABELS_EACH].set_index("size")
    assert gains.loc[280, "low"] > 0.05, "annotators who react to different sides"
    assert gains.loc[4, "low"] < 0
    by_people = curve.gains[curve.gains["axis"] == ANNOTATORS].set_index("size")["value"]
    assert by_people[6] > by_people[1] + 0.03, "nobody is known who was not trained on"


def test_every_point_says_what_it_was_trained_and_tested_on(curve: LearningCurve) -> None:
    assert tuple(curve.points.columns) == POINT_COLUMNS
    assert tuple(curve.gains.columns) == GAIN_COLUMNS
    sizes = curve.points.drop_duplicates(["axis", "size"]).set_index(["axis", "size"])
    assert sizes["n_labels"].nunique() == sizes["n_items"].nunique() == 1, "one test set"
    labels = sizes.loc[LABELS_EACH]
    assert labels["n_train"].tolist() == [24, 5 * 32 + 20, 1420]
    assert labels["n_short"].tolist() == [0, 1, 1]
    assert labels["n_annotators"].tolist() == [6, 6, 6]
    people = sizes.loc[ANNOTATORS]
    assert people["n_annotators"].tolist() == [1, 3, 6]
    assert people["n_unseen"].tolist() == [400, 240, 0], "80 test items of 5 and of 3 annotators"
    assert people["n_short"].tolist() == [0, 0, 0]
    assert len(curve.points) == 6 * 2 * 4
    inside = (curve.points["low"] <= curve.points["value"]) & (curve.points["value"] <= curve.points["high"])
    assert inside.all()


def test_the_point_with_all_labels_is_the_comparison_of_models(world: World, curve: LearningCurve) -> None:
    whole = train_models(world.annotations, MODELS, 3, trainer=trainer(world, store=None, settings=QUICK))
    scores = model_scores(whole.predictions, 100)
    for axis, size in ((LABELS_EACH, 280), (ANNOTATORS, 6)):
        mine = curve.points[(curve.points["axis"] == axis) & (curve.points["size"] == size)].reset_index(drop=True)
        columns = ["model", "score", "value", "low", "high", "seed_sd"]
        pd.testing.assert_frame_equal(mine[columns], scores[columns])
        gain = curve.gains[(curve.gains["axis"] == axis) & (curve.gains["size"] == size)].iloc[0]
        assert gain["value"] == differences(whole.predictions, resamples=100)["value"].iloc[0]


def test_finished_trainings_are_read_and_missing_ones_are_nan(
    world: World, store: TrainingStore, curve: LearningCurve, tmp_path: Path
) -> None:
    again = curve_of(world, store=store, only_finished=True, labels_each=(4, 32, 280), annotators=(1, 3, 6))
    pd.testing.assert_frame_equal(again.points, curve.points)
    pd.testing.assert_frame_equal(again.gains, curve.gains)
    more = curve_of(world, store=store, only_finished=True, labels_each=(4, 5), annotators=())
    assert value(more, LABELS_EACH, 4, "text only")["n_seeds"] == 3
    missing = value(more, LABELS_EACH, 5, "text only")
    assert np.isnan(missing["value"])
    assert missing["note"] == "no seed has finished"
    nothing = curve_of(world, store=TrainingStore(tmp_path), only_finished=True, labels_each=(4,), annotators=())
    assert nothing.points["value"].isna().all()
    assert nothing.gains["verdict"].tolist() == ["not known"]


def test_annotators_without_dev_labels_leave_a_point_undefined(world: World) -> None:
    its = world.annotations
    dev = np.isin(its.item, np.arange(280, 320))
    alone = replace(world, annotations=its.where(~dev | (its.annotator == 0)))
    found = curve_of(alone, labels_each=(), annotators=(1, 6), seeds=(0, 1, 2), resamples=0)
    first, last = (value(found, ANNOTATORS, size, "text only") for size in (1, 6))
    assert last["n_seeds"] == 3
    assert first["n_seeds"] < 3
    assert any("no dev label of those it drew" in note for note in found.notes)


def test_models_of_attributes_miss_points_where_nothing_tells_annotators_apart(world: World) -> None:
    found = curve_of(world, models=("text only", "attributes"), labels_each=(), annotators=(1, 6), seeds=1, resamples=0)
    assert np.isnan(value(found, ANNOTATORS, 1, "attributes")["value"])
    assert value(found, ANNOTATORS, 6, "attributes")["value"] > 0
    assert any("tell them apart" in note for note in found.notes)


def test_what_cannot_be_asked_is_told(world: World) -> None:
    with pytest.raises(InputError, match="labels an annotator: 0 is below 1"):
        curve_of(world, labels_each=(8, 0))
    with pytest.raises(InputError, match="7 annotators were asked for, and simulated people trains 6"):
        curve_of(world, annotators=(7,))
    with pytest.raises(InputError, match="no point to train at"):
        curve_of(world, labels_each=(), annotators=())
    with pytest.raises(InputError, match="no seed"):
        curve_of(world, seeds=())
    with pytest.raises(InputError, match="name one twice or go below 0"):
        curve_of(world, seeds=(3, 3))
    with pytest.raises(InputError, match="score 'f1' is unknown"):
        curve_of(world, score="f1")


def test_without_text_only_there_are_no_gains(world: World, store: TrainingStore) -> None:
    found = curve_of(world, models=("user token",), store=store, labels_each=(4,), annotators=())
    assert found.gains.empty
    assert tuple(found.gains.columns) == GAIN_COLUMNS


def test_hs_brexit_thins_784_labels_of_each_of_six(shared_corpora: Path) -> None:
    people = annotations_of_people(read_lewidi2023(shared_corpora / "HS-Brexit_dataset"))
    asking = SimulatedTrainer(device="cpu", store=None, table=dict.fromkeys(people.texts, np.zeros(2, np.float32)))
    found = learning_curve(people, (8, 784), (1, 6), ("majority", "own rate"), 1, trainer=asking, resamples=0)
    sizes = found.points.drop_duplicates(["axis", "size"]).set_index(["axis", "size"])
    assert sizes["n_train"].tolist() == [48, 4704, 784, 4704]
    assert (sizes["n_labels"] == 6 * 168).all()
