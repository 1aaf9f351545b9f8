"""Representation: the demo world, where it is known what personas carry; and by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import REPRESENTATION_COLUMNS, People, Voices, representation
from tests.engine.measures import stand_ins

QUICK = {"resamples": 200}


def carried(share: float, seed: int = 0) -> list[float]:
    """What the personas of the demo world carry, who follow `share` of its rule."""
    found = representation(*stand_ins.demo(share, seed), **QUICK)
    return found.groups["carried"].dropna().tolist()


def test_personas_who_follow_the_rule_carry_all_of_it_and_those_who_do_not_carry_little() -> None:
    whole = [value for seed in range(6) for value in carried(1.0, seed)]
    little = [value for seed in range(6) for value in carried(0.1, seed)]
    assert np.mean(whole) == pytest.approx(1.0, abs=0.15)
    assert np.mean(little) < 0.35


def test_the_interval_holds_the_truth() -> None:
    inside = [
        row["low"] <= 1.0 <= row["high"]
        for seed in range(10)
        for _, row in representation(*stand_ins.demo(1.0, seed), **QUICK).groups.dropna(subset="carried").iterrows()
    ]
    assert len(inside) >= 15
    assert np.mean(inside) >= 0.8


def two_groups(told: list[list[float]], said: list[list[int]]) -> tuple[Voices, People]:
    """One persona a group from chances (2, items), and two people a group from codes (4, items)."""
    voices = stand_ins.voices_of(stand_ins.both(np.array(told)), groups=("g", "h"))
    return voices, stand_ins.people_of(np.array(said), groups=("g", "g", "h", "h"))


SAID = [[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([[1, 1, 1, 0], [0, 0, 0, 0]], 1.0),
        ([[0.75, 0.75, 0.75, 0], [0.25, 0.25, 0.25, 0]], 0.5),
        ([[0.5, 0.5, 0.5, 0.5]] * 2, 0.0),
        ([[0, 0, 0, 0], [1, 1, 1, 0]], -1.0),
    ],
)
def test_by_hand(told: list[list[float]], expected: float) -> None:
    found = representation(*two_groups(told, SAID), **QUICK)
    assert found.groups["carried"].tolist() == pytest.approx([expected] * 2)
    assert found.groups["contrast"].tolist() == pytest.approx([math.sqrt(3 / 4)] * 2)
    assert tuple(found.groups.columns) == REPRESENTATION_COLUMNS
    assert found.groups["n_people"].tolist() == [2, 2]


def test_chance_among_few_people_does_not_lower_it() -> None:
    """Without the correction the slope would be far below 1: half of the squared contrast is chance."""
    rng = np.random.default_rng(3)
    chance = np.array([np.full(4000, 0.65), np.full(4000, 0.35)])
    said = (rng.random((2, 2, 4000)) < chance[:, None]).astype(int).reshape(4, -1)
    voices, people = two_groups(chance.tolist(), said.tolist())
    assert representation(voices, people, **QUICK).groups["carried"].tolist() == pytest.approx([1.0] * 2, abs=0.1)


def test_groups_that_do_not_differ_have_no_number_and_the_note_says_why() -> None:
    same = [[1, 0, 1, 0], [1, 0, 1, 0]] * 2
    found = representation(*two_groups([[1, 1, 0, 0], [0, 0, 1, 1]], same), **QUICK).groups
    assert found["carried"].isna().all()
    assert found["note"].str.contains("do not differ from the others beyond chance").all()


def test_items_without_two_people_of_each_group_are_dropped_and_counted() -> None:
    said = [[1, 1, 1, 0], [1, 1, 1, -1], [0, 0, -1, 0], [0, 0, 0, 0]]
    found = representation(*two_groups([[1, 1, 1, 0], [0, 0, 0, 0]], said), **QUICK)
    assert found.groups["n_items"].tolist() == [2, 2]
    assert found.groups["dropped"].tolist() == [2, 2]
    assert set(found.items["item"]) == {"i0", "i1"}


def test_the_items_missed_most_come_first() -> None:
    told = [[1, 0.2, 1, 0], [0, 0.1, 0, 0]]
    items = representation(*two_groups(told, SAID), **QUICK).items
    assert items.iloc[0]["item"] == "i1"
    assert items.iloc[0]["people"] == pytest.approx(1.0)
    assert items.iloc[0]["personas"] == pytest.approx(0.1)
    assert items.iloc[0]["missed"] == pytest.approx(0.9)


def test_without_two_groups_in_common_there_is_nothing() -> None:
    voices, people = two_groups([[1, 1, 1, 0], [0, 0, 0, 0]], SAID)
    for other in (dataclasses.replace(voices, groups=()), dataclasses.replace(voices, groups=("g", "x"))):
        found = representation(other, people)
        assert found.groups.empty
        assert found.items.empty
        assert tuple(found.groups.columns) == REPRESENTATION_COLUMNS


def test_three_nominal_labels_have_a_coordinate_each() -> None:
    told = np.zeros((2, 6, 3))
    told[0, :, 2] = told[1, :, 0] = 1.0
    voices = stand_ins.voices_of(told, groups=("g", "h"))
    people = stand_ins.people_of(np.array([[2] * 6, [2] * 6, [0] * 6, [0] * 6]), 3, groups=("g", "g", "h", "h"))
    assert representation(voices, people).groups["carried"].tolist() == pytest.approx([1.0, 1.0])


def test_settings_are_checked() -> None:
    voices, people = two_groups([[1, 1, 1, 0], [0, 0, 0, 0]], SAID)
    with pytest.raises(InputError, match="resamples"):
        representation(voices, people, resamples=-1)
