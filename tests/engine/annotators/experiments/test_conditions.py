"""Conditions on simulations: a gain where there are voices, none where there are none, differences that are paired."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.annotators.experiments.conditions import AS_GIVEN, Conditions, compare_conditions
from engine.annotators.experiments.equal_size import THINNED
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.store import TrainingStore
from engine.errors import InputError
from tests.engine.annotators.simulated import SimulatedTrainer, World, personas_of, simulate, trainer

MODELS = ("text only", "user token")
QUICK = {"seeds": 3, "resamples": 200}
SETTINGS = TrainingSettings(learning_rate=1e-2, epochs=12)


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    """Six people with voices; personas of the same voices, and personas that all speak as the mean."""
    people = simulate(0, n_items=200, n_annotators=6, bias=1.0, direction=0.3)
    return {
        "people": people, "voices": personas_of(people, 1), "chorus": personas_of(people, 2, fidelity=0.0)
    }  # fmt: skip


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def quick(worlds: dict[str, World], told: list[str], tmp_path_factory: pytest.TempPathFactory) -> SimulatedTrainer:
    store = TrainingStore(Path(tmp_path_factory.mktemp("trainings")))
    return trainer(
        *worlds.values(), settings=SETTINGS, store=store, told=lambda what, done, total: told.append(what)
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(worlds: dict[str, World], quick: SimulatedTrainer) -> Conditions:
    conditions = {name: world.annotations for name, world in worlds.items()}
    return compare_conditions(conditions, MODELS, trainer=quick, **QUICK)


def test_knowing_who_gains_where_there_are_voices_and_nothing_where_there_are_none(found: Conditions) -> None:
    gains = found.gains[found.gains["labels"] == AS_GIVEN].set_index("condition")
    assert (gains.loc[["people", "voices"], "low"] > 0.02).all()
    assert gains.loc["chorus", "low"] < 0.02
    assert gains.loc["chorus", "high"] < gains.loc[["people", "voices"], "low"].min()
    verdicts = {name: signature.verdict for name, signature in found.signatures.items()}
    assert verdicts["people"] == verdicts["voices"] == "not found"
    assert verdicts["chorus"] in ("found", "undecided")


def test_gains_differ_where_voices_do_and_not_where_they_are_the_same(found: Conditions) -> None:
    apart = found.contrasts.set_index("condition")
    assert found.reference == "people"
    assert list(apart.index) == ["voices", "chorus"]
    assert apart.loc["voices", "low"] < 0 < apart.loc["voices", "high"]
    assert apart.loc["voices", "verdict"] == "not told apart"
    assert apart.loc["chorus", "high"] < 0
    assert apart.loc["chorus", "verdict"] == "lower"
    gains = found.gains[found.gains["labels"] == AS_GIVEN].set_index("condition")["value"]
    np.testing.assert_allclose(apart["value"], gains[apart.index] - gains["people"])
    assert "'chorus' than in 'people' with 0 of 1 models, less with 1" in found.words[-1]


def test_all_conditions_share_items_splits_and_seeds(found: Conditions) -> None:
    several = list(found.comparisons.values())
    for its in several:
        assert its.splits == found.splits
        assert its.predictions.seeds == (0, 1, 2)
        np.testing.assert_array_equal(np.unique(its.predictions.item), np.unique(several[0].predictions.item))
    assert (found.sizes["n_labels"] == found.sizes["n_items"] * 6).all()


def test_finished_trainings_are_read_and_a_call_that_may_not_train_says_what_is_missing(
    worlds: dict[str, World], quick: SimulatedTrainer, found: Conditions, told: list[str]
) -> None:
    conditions = {name: worlds[name].annotations for name in ("people", "voices")}
    assert any(what.startswith("chorus: user token") for what in told)
    reader = replace(quick, only_finished=True)
    again = compare_conditions(conditions, MODELS, trainer=reader, reference="voices", **QUICK)
    value = found.contrasts.set_index("condition").loc["voices", "value"]
    assert again.contrasts["value"].item() == pytest.approx(-value)
    more = compare_conditions(conditions, MODELS, trainer=reader, seeds=[0, 7], resamples=50)
    assert more.contrasts["n_seeds"].item() == 1
    assert "1 of 2 seeds have finished in both conditions" in more.contrasts["note"].item()
    none = compare_conditions(conditions, MODELS, trainer=reader, seeds=[7], resamples=50)
    assert np.isnan(none.contrasts["value"].item())
    assert none.contrasts["verdict"].item() == "not known"
    assert {signature.verdict for signature in none.signatures.values()} == {"not known"}


def test_conditions_of_unequal_size_are_noted_and_thinned_where_asked(
    worlds: dict[str, World], quick: SimulatedTrainer
) -> None:
    people = worlds["people"].annotations
    some = people.where(np.random.default_rng(3).random(len(people)) < 0.5)
    conditions = {"some": some, "all": worlds["voices"].annotations}
    given = compare_conditions(conditions, MODELS, trainer=quick, seeds=1, resamples=0)
    assert any("voices are easier to learn in all" in note for note in given.notes)
    thinned = compare_conditions(conditions, MODELS, trainer=quick, seeds=1, resamples=0, equal_size=True)
    sizes = thinned.sizes.pivot(index="split", columns="condition", values="n_labels")
    assert (sizes["some"] == sizes["all"]).all()
    assert any(THINNED in note and note.startswith("all: ") for note in thinned.notes)
    assert np.isnan(thinned.contrasts["low"].item())


def test_bad_calls_are_told(worlds: dict[str, World], quick: SimulatedTrainer) -> None:
    people, voices = worlds["people"].annotations, worlds["voices"].annotations
    with pytest.raises(InputError, match="1 conditions were given"):
        compare_conditions({"people": people}, MODELS, trainer=quick)
    both = {"people": people, "voices": voices}
    with pytest.raises(InputError, match="reference 'dogs' is no condition"):
        compare_conditions(both, MODELS, trainer=quick, reference="dogs")
    with pytest.raises(InputError, match="show no gain"):
        compare_conditions(both, ["user token"], trainer=quick)
    with pytest.raises(InputError, match="show no gain"):
        compare_conditions(both, ["text only", "majority"], trainer=quick)
    other = replace(voices, task=voices.task.model_copy(update={"labels": ("a", "b")}))
    with pytest.raises(InputError, match="do not belong together"):
        compare_conditions({"people": people, "other": other}, MODELS, trainer=quick)
