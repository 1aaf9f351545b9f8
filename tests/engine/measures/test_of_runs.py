"""Measures of labelled arrays: axes by name, items as clusters, policies for what has no label."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import (
    agreement_by_temperature,
    alpha,
    alpha_curve,
    expected_alpha,
    human_agreement,
    item_table,
    log_probability,
    persona_agreement,
    sampled_agreement_by_temperature,
    sampled_curve,
    voices,
)
from tests.engine.measures import arrays

RNG = np.random.default_rng(0)
PEOPLE = RNG.integers(-1, 3, (6, 40))
DISTRIBUTIONS = RNG.dirichlet([1, 1, 1], (4, 20, 3, 2))
"""4 personas, 20 items, 3 wordings, 2 repeats."""
DRAWN = RNG.integers(0, 2, (4, 20, 3, 2, 5))
"""4 personas, 20 items, 3 wordings, 2 temperatures, 5 repeats."""


def test_human_agreement_is_alpha_at_the_tasks_level() -> None:
    for level in ("nominal", "ordinal", "interval"):
        human = arrays.human(PEOPLE, 3, level=level)
        assert human_agreement(human) == alpha(PEOPLE, n_labels=3, level=level)
        assert human_agreement(human.transpose("item", "annotator")) == alpha(PEOPLE, n_labels=3, level=level)


def test_human_agreement_of_a_group() -> None:
    human = arrays.human(PEOPLE, 3, groups=["left", "right"] * 3)
    assert human_agreement(human, "left").value == alpha(PEOPLE[::2], n_labels=3).value
    assert human_agreement(human, "left").n_raters == 3
    with pytest.raises(InputError, match="'left', 'right'"):
        human_agreement(human, "up")


def test_what_making_the_array_dropped_travels_with_the_number() -> None:
    estimate = human_agreement(arrays.human(PEOPLE, 3, dropped={"label outside the task": 7}))
    assert estimate.dropped["label outside the task"] == 7


def test_persona_agreement_draws_items_with_all_their_wordings_and_repeats() -> None:
    estimate = persona_agreement(arrays.exact(DISTRIBUTIONS), 1.0)
    plain = expected_alpha(DISTRIBUTIONS.reshape(4, 120, 3), cluster=np.repeat(np.arange(20), 6))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert estimate.n_items == 20
    other_order = arrays.exact(DISTRIBUTIONS).transpose("label", "repeat", "item", "wording", "persona")
    assert persona_agreement(other_order, 1.0).low == pytest.approx(estimate.low)


def test_personas_are_chosen_by_name() -> None:
    exact = arrays.exact(DISTRIBUTIONS)
    estimate = persona_agreement(exact, 0.5, ["persona-3", "persona-1"])
    assert estimate.n_raters == 2
    assert estimate.value == pytest.approx(persona_agreement(exact.isel(persona=[1, 3]), 0.5).value)
    with pytest.raises(InputError, match=r"personas 'nobody' are not in the labels\. They have 'persona-0'"):
        persona_agreement(exact, 0.5, ["nobody"])


def test_items_are_chosen_by_name_for_people_and_runs_alike() -> None:
    items = ["item-7", "item-2", "item-11", "item-3", "item-19"]
    places = [7, 2, 11, 3, 19]
    human, exact = arrays.human(PEOPLE, 3, dropped={"x": 3}), arrays.exact(DISTRIBUTIONS)
    drawn = arrays.sampled(DRAWN, [0.2, 0.9], 2)
    people = human_agreement(human, items=items)
    expected = alpha(PEOPLE[:, places], n_labels=3)
    assert (people.value, people.low, people.n_items) == (expected.value, expected.low, expected.n_items)
    assert not people.dropped.get("x"), "what was dropped of all items is not what was dropped of these"
    one = persona_agreement(exact, 0.7, ["persona-1", "persona-3"], items=items)
    part = exact.isel(persona=[1, 3], item=places)
    assert one.value == pytest.approx(persona_agreement(part, 0.7).value)
    curve = agreement_by_temperature(exact, [0.7], ["persona-1", "persona-3"], items=items)
    assert curve["alpha"][0] == pytest.approx(one.value)
    assert curve["n_items"][0] == 5
    points = sampled_agreement_by_temperature(drawn, items=items)
    assert points.equals(sampled_agreement_by_temperature(drawn.isel(item=places)))
    with pytest.raises(InputError, match="items 'item-99' are not in the labels"):
        human_agreement(human, items=["item-1", "item-99"])


def test_the_curve_of_a_run_is_the_curve_of_its_array_and_says_what_is_missing() -> None:
    holes = DISTRIBUTIONS.copy()
    holes[0, :2] = np.nan
    curve = agreement_by_temperature(arrays.exact(holes), [0.0, 0.7])
    plain = alpha_curve(
        log_probability(holes.reshape(4, 120, 3)), [0.0, 0.7], cluster=np.repeat(np.arange(20), 6)
    )  # fmt: skip
    assert curve.drop(columns="note").equals(plain.drop(columns="note"))
    assert curve["note"].tolist() == ["cells without a distribution: left out (12)"] * 2


def test_the_points_of_a_sampled_run_are_those_of_its_array() -> None:
    points = sampled_agreement_by_temperature(arrays.sampled(DRAWN, [0.2, 0.9], 2))
    plain = sampled_curve(DRAWN.reshape(4, 60, 2, 5), [0.2, 0.9], cluster=np.repeat(np.arange(20), 3))
    assert points.drop(columns="note").equals(plain.drop(columns="note"))
    assert points["note"].tolist() == ["answers without a label: left out (none)"] * 2
    codes_alone = sampled_agreement_by_temperature(
        arrays.sampled(DRAWN, [0.2, 0.9], 2)["code"].assign_attrs(labels="ab")
    )
    assert codes_alone["alpha"].equals(points["alpha"])


def test_refusals_are_left_out_or_a_category_and_the_note_says_which() -> None:
    code, status = DRAWN.copy(), np.zeros_like(DRAWN)
    refused = np.zeros(code.shape, dtype=bool)
    refused[0, :, :, 1] = True  # one persona refuses everything at the second temperature
    code[refused], status[refused] = -1, arrays.STATUSES.index("refusal")
    code[1, 0], status[1, 0] = -1, arrays.STATUSES.index("failed")
    run = arrays.sampled(code, [0.2, 0.9], 2, status)
    left_out = sampled_agreement_by_temperature(run)
    category = sampled_agreement_by_temperature(run, policy="own category")
    assert left_out["n_raters"].tolist() == [4, 3]
    assert category["n_raters"].tolist() == [4, 4]
    assert category["alpha"][0] == left_out["alpha"][0]
    third = np.where(refused, 2, code).reshape(4, 60, 2, 5)
    plain = sampled_curve(third, [0.2, 0.9], n_labels=3, cluster=np.repeat(np.arange(20), 3))
    assert category["alpha"].tolist() == plain["alpha"].tolist()
    assert category["note"].tolist() == [
        "answers without a label: own category (none)",
        "answers without a label: own category (300 refusal)",
    ]


def test_policies_that_cannot_be_followed_are_refused() -> None:
    run = arrays.sampled(DRAWN, [0.2, 0.9], 2)
    with pytest.raises(InputError, match="unknown"):
        sampled_agreement_by_temperature(run, policy="ignored")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="status"):
        sampled_agreement_by_temperature(run["code"].assign_attrs(run.attrs), policy="own category")
    with pytest.raises(InputError, match="ordinal"):
        sampled_agreement_by_temperature(run.assign_attrs(level="ordinal"), policy="own category")


def test_arrays_without_labels_are_refused() -> None:
    with pytest.raises(InputError, match="name no labels"):
        human_agreement(arrays.human(PEOPLE, 3).drop_attrs())


def test_item_table_takes_ids_and_labels_from_the_array() -> None:
    table = item_table(arrays.human(PEOPLE, 3), positive="label-2")
    assert table["item_id"][3] == "item-3"
    assert table["n_of_label-2"].tolist() == (PEOPLE == 2).sum(axis=0).tolist()
    assert table["share_positive"][3] == pytest.approx((PEOPLE[:, 3] == 2).sum() / (PEOPLE[:, 3] >= 0).sum())


def test_a_run_without_answers_is_a_curve_without_values() -> None:
    curve = agreement_by_temperature(arrays.exact(np.full((2, 3, 1, 1, 2), np.nan)), [0.5])
    assert math.isnan(curve["alpha"][0])
    assert "no labels" in curve["note"][0]


@pytest.mark.parametrize("temperature", [-0.1, 2.1, math.nan])
def test_a_temperature_outside_the_range_is_refused_at_every_door(temperature: float) -> None:
    run = arrays.exact(np.full((2, 3, 1, 1, 2), 0.5))
    doors = (
        lambda: persona_agreement(run, temperature),
        lambda: agreement_by_temperature(run, [1.0, temperature]),
        lambda: voices(run, temperature),
    )
    for door in doors:
        with pytest.raises(InputError, match="not between 0 and 2"):
            door()
