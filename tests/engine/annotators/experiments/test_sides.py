"""People against personas: one table with both sides, the sides in their order, what one cannot train said."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.annotators.experiments.sides import SIDE_COLUMNS, Sides, compare_sides
from engine.errors import InputError
from tests.engine.annotators.experiments.test_conditions import SETTINGS
from tests.engine.annotators.simulated import SimulatedTrainer, World, personas_of, simulate, trainer


@pytest.fixture(scope="module")
def worlds() -> tuple[World, World]:
    people = simulate(4, n_items=200, n_annotators=6, bias=1.0, direction=0.3)
    return people, personas_of(people, 5, fidelity=0.0)


@pytest.fixture(scope="module")
def quick(worlds: tuple[World, World]) -> SimulatedTrainer:
    return trainer(*worlds, settings=SETTINGS, store=None)


@pytest.fixture(scope="module")
def found(worlds: tuple[World, World], quick: SimulatedTrainer) -> Sides:
    """Models of people and of personas without voices, who also lack the attributes that people have."""
    people, personas = (world.annotations for world in worlds)
    bare = replace(personas, groups=("",) * 6, attributes=({},) * 6)
    models = ["text only", "user token", "attributes"]
    return compare_sides(people, bare, models, 3, trainer=quick, resamples=200)


def test_the_table_holds_both_sides_and_their_difference(found: Sides) -> None:
    table = found.table
    assert list(table.columns) == list(SIDE_COLUMNS)
    row = table.set_index("model").loc["user token"]
    assert row["people_low"] > 0.02
    assert row["personas_low"] < 0.02
    assert row["low"] > 0
    assert row["verdict"] == "higher"
    assert row["difference"] == pytest.approx(row["people"] - row["personas"])
    assert max(abs(row["people_shuffled"]), abs(row["personas_shuffled"])) < 0.03
    assert (row["against"], row["score"], row["n_seeds"], row["n_items"]) == ("text only", "macro_f1", 3, 40)


def test_shuffled_names_are_told_apart_in_words(found: Sides) -> None:
    assert set(found.conditions.shuffled) == {"people", "personas"}
    for side in ("people", "personas"):
        (said,) = (sentence for sentence in found.words if sentence.startswith(f"{side}, names shuffled: "))
        assert "Knowing who annotates pays" not in said


def test_the_signature_is_of_personas_without_voices_alone(found: Sides) -> None:
    assert found.signatures["people"].verdict == "not found"
    assert found.signatures["personas"].verdict in ("found", "undecided")
    assert found.signatures["people"].name == "the ID model does not beat text only on these labels"
    assert (found.people.source, found.personas.source) == ("people", "personas")
    assert "gains more in 'people' than in 'personas' with 1 of 1 models" in found.words[-1]


def test_a_model_that_one_side_cannot_train_has_no_difference(found: Sides) -> None:
    row = found.table.set_index("model").loc["attributes"]
    assert row["people"] > 0
    assert math.isnan(row["personas"])
    assert math.isnan(row["difference"])
    assert row["note"] == "one side cannot train it"
    assert any(note.startswith("personas: no 'attributes'") for note in found.conditions.notes)


def test_sides_in_the_wrong_order_are_told(worlds: tuple[World, World], quick: SimulatedTrainer) -> None:
    people, personas = (world.annotations for world in worlds)
    with pytest.raises(InputError, match="Give people first"):
        compare_sides(personas, people, trainer=quick)


def test_without_shuffling_the_null_is_not_known(worlds: tuple[World, World], quick: SimulatedTrainer) -> None:
    people, personas = (world.annotations for world in worlds)
    models = ["text only", "user token"]
    found = compare_sides(people, personas, models, 1, trainer=quick, shuffled=False, resamples=0)
    assert found.table[["people_shuffled", "personas_shuffled"]].isna().all(axis=None)
    assert found.conditions.shuffled == {}
