"""Models beat text only where simulated annotators differ in what the model can know, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import TRAINING_COLUMNS, Comparison, seeds_of, train_kinds, train_models
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.scores.scores import differences, model_scores
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import Splits, item_splits
from engine.errors import InputError
from tests.engine.annotators.simulated import World, simulate, trainer

FAST = TrainingSettings(learning_rate=5e-3, patience=5, epochs=80)
"""Five times the default rate: the same differences in a fifth of the time."""
QUICK = TrainingSettings(epochs=1)
KNOW_WHO = ("user token", "composite", "composite + user token", "multi-task")


def compared(
    world: World, models: Sequence[str] | None, seeds: int = 2, settings: TrainingSettings = FAST,
    annotations: Annotations | None = None, splits: Splits | None = None,
) -> Comparison:  # fmt: skip
    given = world.annotations if annotations is None else annotations
    return train_models(given, models, seeds, splits=splits, trainer=trainer(world, settings=settings, store=None))


def against_text_only(comparison: Comparison) -> pd.DataFrame:
    return differences(comparison.predictions, resamples=400).set_index("model")


@pytest.fixture(scope="module")
def biased() -> World:
    return simulate(1, n_items=120, n_annotators=6, bias=1.0)


def test_annotators_who_differ_in_bias_are_told_apart_until_they_are_shuffled(biased: World) -> None:
    found = against_text_only(compared(biased, ["text only", *KNOW_WHO]))
    assert set(found.verdict) == {"beats"}
    assert (found.value > 0.08).all()
    null = against_text_only(
        compared(biased, ["text only", *KNOW_WHO], annotations=biased.annotations.shuffled_annotators(1))
    )
    assert "beats" not in set(null.verdict)
    assert (null.value < 0.4 * found.value).all()


def test_annotators_who_react_to_different_things_are_told_apart() -> None:
    world = simulate(3, n_items=300, n_annotators=5, direction=0.7)
    found = against_text_only(compared(world, ["text only", *KNOW_WHO, "own rate"], 3))
    assert set(found.verdict[list(KNOW_WHO)]) == {"beats"}
    assert found.verdict["own rate"] == "loses"


def test_where_all_annotators_are_equal_intervals_hold_0_at_their_nominal_rate() -> None:
    models = ("user token", "composite", "attributes")
    missed, values = 0, []
    for seed in range(8):
        world = simulate(seed, n_items=80, n_annotators=4)
        found = against_text_only(compared(world, ["text only", *models], settings=FAST))
        missed += int(((found.low > 0) | (found.high < 0)).sum())
        values += found.value.tolist()
    # 24 intervals of 95 %, dependent within a world: 5 or more misses have a chance below 1 in 100.
    assert missed < 5
    assert abs(np.mean(values)) < 0.02


@pytest.mark.parametrize("decide", [True, False])
def test_unseen_annotators_are_predicted_by_attributes_only_where_these_decide(decide: bool) -> None:
    world = simulate(4, n_items=120, n_annotators=12, bias=1.0, by_group=decide)
    its = world.annotations if decide else _same_bias_in_both_groups(world)
    splits = item_splits(its)
    new = its.of_items(splits.test).where(its.of_items(splits.test).annotator >= 8)
    known = its.where(np.isin(its.item, [its.item_place[i] for i in splits.train | splits.dev]) & (its.annotator < 8))
    rows = replace(
        its, item=np.r_[known.item, new.item], annotator=np.r_[known.annotator, new.annotator],
        label=np.r_[known.label, new.label],
    )  # fmt: skip
    found = compared(world, ["text only", "attributes", "user token"], annotations=rows, splits=splits)
    assert not found.predictions.seen.any()
    gain = against_text_only(found)
    assert (gain.verdict["attributes"] == "beats") == decide
    assert gain.verdict["user token"] != "beats"
    assert f"test labels of annotators without training labels: {len(new):,}, by 4 annotators" in found.notes


def _same_bias_in_both_groups(world: World) -> Annotations:
    """Neither group is stricter than the other: annotators differ, and attributes say nothing of it."""
    order = np.argsort(world.biases[:, 0])
    view = np.empty(len(order), dtype=int)
    view[order] = np.tile([0, 1, 1, 0], 3)
    return replace(
        world.annotations, groups=tuple(f"g{v}" for v in view), attributes=tuple({"view": f"v{v}"} for v in view)
    )


def test_ordered_labels_and_three_unordered_ones() -> None:
    for labels, level in ((tuple("abc"), "nominal"), (tuple("1234"), "ordinal")):
        world = simulate(5, n_items=150, n_annotators=6, labels=labels, level=level, bias=1.0)  # type: ignore[arg-type]
        found = compared(world, ["text only", "user token", "multi-task"], 3)
        assert set(against_text_only(found).verdict) == {"beats"}
        scores = set(model_scores(found.predictions, 0).score)
        assert ("mean_absolute_error" in scores) == (level == "ordinal")


def test_a_comparison_says_what_it_is_made_of(biased: World) -> None:
    found = compared(biased, None, settings=QUICK)
    assert found.predictions.models == tuple(MODELS)
    assert found.predictions.finished.all()
    assert tuple(found.trainings.columns) == TRAINING_COLUMNS
    assert len(found.trainings) == 18
    networks = found.trainings[found.trainings.epochs > 0]
    assert (networks.train_loss > 0).all()
    assert (networks.best_epoch == 1).all()
    assert found.sizes["train"] == {"items": 84, "labels": 504, "annotators": 6}
    assert found.sizes["test"] == {"items": 24, "labels": 144, "annotators": 6}
    assert (found.source, found.left_out, found.notes) == ("people", {}, ())
    test = biased.annotations.of_items(found.splits.test)
    assert np.array_equal(found.predictions.label, test.label)


def test_progress_is_told_seed_by_seed(biased: World) -> None:
    told: list[tuple[str, int, int]] = []
    asked = trainer(biased, settings=QUICK, store=None, told=lambda *all_: told.append(all_))
    train_models(biased.annotations, ["text only", "majority"], [3, 1], trainer=asked)
    assert told == [
        ("text only, seed 3", 0, 4), ("majority, seed 3", 1, 4), ("text only, seed 1", 2, 4),
        ("majority, seed 1", 3, 4), ("done", 4, 4),
    ]  # fmt: skip


def test_models_of_attributes_are_left_out_where_there_are_none(biased: World) -> None:
    its = replace(biased.annotations, groups=("",) * 6, attributes=({},) * 6)
    found = compared(biased, ["attributes", "majority"], annotations=its)
    assert found.predictions.models == ("majority",)
    assert "no attributes or groups" in found.left_out["attributes"]
    with pytest.raises(InputError, match="no attributes or groups"):
        compared(biased, ["attributes"], annotations=its)
    kind = ModelKind("mine", True, "", features="attributes")
    vectors = {"mine": np.eye(6, dtype=np.float32)}
    asked = trainer(biased, settings=QUICK, store=None)
    mine = train_kinds(its, [kind, MODELS["attributes"]], 1, trainer=asked, vectors=vectors)
    assert mine.predictions.models == ("mine",)
    assert list(mine.left_out) == ["attributes"]


def test_labels_that_training_lacks_and_single_labels_are_noted() -> None:
    world = simulate(6, n_items=60, n_annotators=40, labels=("a", "b", "c"), share=0.05, own_splits=True)
    its = world.annotations
    in_train = np.array([split == "train" for split in its.splits])[its.item]
    single = int((np.bincount(its.annotator[in_train]) == 1).sum())
    assert f"annotators with a single training label: {single}" in compared(world, ["majority"]).notes
    fewer = its.where(~(in_train & (its.label == 2)))
    n = int((its.of_items([i for i, s in zip(its.items, its.splits, strict=True) if s == "test"]).label == 2).sum())
    notes = compared(world, ["text only"], annotations=fewer, settings=QUICK).notes
    assert f"test labels that training lacks, so that no model can say them: {n} ('c')" in notes
    one = its.where(~in_train | (its.label == 0))
    found = compared(world, None, annotations=one, settings=QUICK)
    assert "all training labels are 'a': models can learn nothing else" in found.notes
    assert np.isfinite(found.predictions.probability).all()


def test_seeds_and_models_are_checked_before_anything_is_trained(biased: World) -> None:
    assert seeds_of(3) == [0, 1, 2]
    for wrong, message in ((0, "no seed"), ([], "no seed"), ([1, 1], "name one twice"), ([-1], "below 0")):
        with pytest.raises(InputError, match=message):
            train_models(biased.annotations, ["text only"], wrong)
    with pytest.raises(InputError, match="no model to train"):
        train_models(biased.annotations, [], 1, trainer=trainer(biased))
    with pytest.raises(InputError, match="is no annotator model"):
        train_models(biased.annotations, ["texts"], 1)
    items = biased.annotations.items
    without_dev = Splits(frozenset(items[:9]), frozenset(), frozenset(items[9:]), "mine")
    with pytest.raises(InputError, match="no label on an item of the dev split"):
        train_models(biased.annotations, ["text only"], 1, splits=without_dev)
