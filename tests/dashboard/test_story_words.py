"""What the story says of numbers: no more than their intervals allow, and the reason where there is no number."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from dashboard import story, story_groups
from dashboard.story import Told
from engine.measures import OwnPerson, PersonaSignal, Representation
from engine.measures.result import Estimate

NAN = math.nan


def e(value: float, low: float = NAN, high: float = NAN, *, raters: int = 12, note: str = "") -> Estimate:
    return Estimate(value, low, high, n_items=40, n_raters=raters, note=note)


def items(people: list[float], personas: list[float], one: list[bool] | None = None) -> pd.DataFrame:
    n = len(people)
    return pd.DataFrame(
        {"people": people, "personas": personas, "one_label": one or [True] * n, "n_personas": [12] * n}
    )


def signal(ratio: Estimate, p: float, noise: float = 0.2, at: float = 1.0) -> PersonaSignal:
    return PersonaSignal(e(ratio.value * noise), e(noise), ratio, p, 999, "", at)


DISTINCT, ALIKE = signal(e(0.5, 0.4, 0.6), 0.001), signal(e(0.001, 0.0005, 0.002), 0.6)
FEW = signal(e(0.1, -0.2, 0.4), 0.3)
"""A test that finds nothing in little data."""
HUMAN = e(0.4, 0.35, 0.45, raters=6)


def split(difference: Estimate, of: PersonaSignal, alpha: Estimate | None = None) -> Told:
    table = items([0.5, 0.0], [0.1, 0.0], [True, False])
    return story.how_personas_split(table, alpha or e(0.5, 0.4, 0.6), HUMAN, difference, of, 1.0)


# How people split


def test_people_who_split_and_people_who_do_not() -> None:
    told = story.how_people_split(items([0.5, 0.0, 0.3, NAN], [0.0] * 4), HUMAN)
    assert told.headline == "People split on 67 % of the items"
    assert "6 people labelled 3 items; on 2 of them not all gave the same label" in told.sentence
    assert "alpha 0.40 (95 % interval 0.35 to 0.45)" in told.sentence
    assert story.how_people_split(items([0.0], [0.0]), HUMAN).headline == "People agree on every item"


def test_no_people_and_undefined_agreement() -> None:
    assert story.how_people_split(items([NAN], [0.0]), HUMAN).headline == "How people split is not known"
    told = story.how_people_split(items([0.0], [0.0]), e(NAN, note="all labels are equal"))
    assert "alpha is undefined (all labels are equal)" in told.sentence


# How personas split


@pytest.mark.parametrize(
    ("difference", "of", "headline"),
    [
        (e(0.3, 0.2, 0.4), DISTINCT, "Fewer voices than people"),
        (e(0.3, 0.2, 0.4), ALIKE, "One voice"),
        (e(0.0, -0.1, 0.1), DISTINCT, "No homogenization is shown"),
        (e(0.0, -0.1, 0.1), ALIKE, "One voice"),
        (e(-0.3, -0.4, -0.2), DISTINCT, "The personas differ more than the people"),
        (e(-0.3, -0.4, -0.2), ALIKE, "One voice, and noise"),
        (e(0.3), DISTINCT, "No homogenization is shown"),
        (e(0.3, 0.2, 0.4), FEW, "Fewer voices than people"),
        (e(0.0, -0.1, 0.1), FEW, "Undecided: too little to tell voices apart"),
    ],
)
def test_personas_beside_people(difference: Estimate, of: PersonaSignal, headline: str) -> None:
    told = split(difference, of)
    assert told.headline == headline
    assert "on 1 of 2 items all of them lean to the same label" in told.sentence
    assert ("cannot be told from one persona asked 12 times" in told.sentence) == (of in (ALIKE, FEW))


def test_what_is_undecided_is_said_to_be() -> None:
    assert "agree neither clearly more nor clearly less than the people" in split(e(0.01, -0.1, 0.1), DISTINCT).sentence
    assert "agree more than the people" in split(e(0.2, 0.1, 0.3), DISTINCT).sentence
    untested = signal(e(NAN), NAN)
    assert split(e(0.2, 0.1, 0.3), untested).headline == "Fewer voices than people", "no test, no verdict of one voice"


def test_one_persona_and_unanimous_personas_and_no_number() -> None:
    assert split(e(NAN), ALIKE, e(NAN, raters=1)).headline == "One persona, so one voice"
    table = items([0.5], [0.0])
    unanimous = story.how_personas_split(table, e(NAN), HUMAN, e(NAN, note="unanimous"), ALIKE, 0.0)
    assert unanimous.headline == "One voice"
    assert "all personas gave the same label on every one of 1 item; alpha is no number there" in unanimous.sentence
    told = split(e(NAN, note="no pairs"), ALIKE)
    assert told.headline == "Undecided"
    assert "no pairs" in told.sentence


# What temperature does


def curve(*rows: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(t, a, a - 0.05, a + 0.05, 40, 12, "" if a == a else "unanimous") for t, a in rows],
        columns=["temperature", "alpha", "low", "high", "n_items", "n_raters", "note"],
    )


@pytest.mark.parametrize(
    ("rows", "headline", "where"),
    [
        (((0, 0.9), (1, 0.8), (2, 0.7)), "More agreement than people have, at every temperature",
         "so the personas agree clearly more than people at every temperature."),
        (((0, 0.9), (1, 0.4), (2, 0.1)), "Only heat brings the people's disagreement",
         "clearly more than people up to temperature 0; they agree clearly less from temperature 2 on."),
        (((0, 0.4), (1, 0.3)), "At no temperature is more agreement than people have shown",
         "which the personas clearly exceed at no temperature."),
        (((0, 0.4), (1, 0.9)), "More agreement than people have, at some temperatures", "more than people at 1."),
        (((0.7, 0.9),), "More agreement than people have", "so the personas agree clearly more than people."),
        (((0.7, 0.4),), "Not shown to agree more than people", "which the personas do not clearly exceed."),
        (((0.7, 0.1),), "Not shown to agree more than people", "clearly exceed; they agree clearly less."),
    ],
)  # fmt: skip
def test_where_personas_agree_more_than_people(
    rows: tuple[tuple[float, float], ...], headline: str, where: str
) -> None:
    told = story.what_temperature_does(curve(*rows), HUMAN, 1.0)
    assert told.headline == headline
    assert told.sentence.endswith(where)


def test_a_curve_without_people_or_without_numbers() -> None:
    assert "no interval of people" in story.what_temperature_does(curve((0, 0.9)), None, 1.0).headline
    told = story.what_temperature_does(curve((0, NAN)), HUMAN, 1.0)
    assert told.headline == "Undecided"
    assert "unanimous" in told.sentence
    partly = story.what_temperature_does(curve((0, NAN), (1, 0.9)), HUMAN, 0.0)
    assert partly.number is not None
    assert partly.number.value == 0.9, "the nearest temperature with a number"


# Noise or signal


@pytest.mark.parametrize(
    ("of", "headline"),
    [
        (ALIKE, "Noise, not points of view"),
        (FEW, "Undecided: all of it may be noise"),
        (DISTINCT, "Points of view, under noise"),
        (signal(e(3.0, 2.0, 4.0), 0.001), "Points of view outweigh the noise"),
        (signal(e(1.2, 0.8, 1.6), 0.001), "Points of view, beside noise"),
        (signal(e(0.5, 0.4, 0.6), 0.001), "Points of view, under noise"),
        (signal(e(0.5, 0.4, 0.6), NAN), "Too little to test whether the personas differ"),
    ],
)
def test_noise_and_signal(of: PersonaSignal, headline: str) -> None:
    assert story.noise_or_signal(of).headline == headline


def test_noise_without_repeats_and_no_noise_at_all() -> None:
    nothing = PersonaSignal(e(NAN, note="no repeats"), e(NAN), e(NAN), NAN, 0, "none", 1.0)
    assert "no repeats" in story.noise_or_signal(nothing).sentence
    cold = PersonaSignal(e(0.1), e(0.0), e(NAN, note="no noise"), 0.001, 999, "", 0.0)
    assert story.noise_or_signal(cold).headline == "Points of view outweigh the noise"
    assert "100 % sets personas apart" in story.noise_or_signal(cold).sentence
    alike = PersonaSignal(e(0.0), e(0.0), e(NAN), 1.0, 999, "", 0.0)
    assert story.noise_or_signal(alike).headline == "Neither noise nor signal"


# Who is represented


def representation(*rows: tuple[str, float, float, float]) -> Representation:
    table = pd.DataFrame(rows, columns=["group", "carried", "low", "high"])
    return Representation(table.assign(n_items=40, note=""), pd.DataFrame())


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ([("g", 0.9, 0.7, 1.2), ("h", 1.0, 0.8, 1.1)], "The groups are represented"),
        ([("g", 0.1, 0.0, 0.2), ("h", 0.2, 0.1, 0.3)], "No group is represented"),
        ([("g", 0.9, 0.7, 1.2), ("h", 0.2, 0.1, 0.3)], "1 of 2 groups is represented"),
        ([("g", 0.6, 0.2, 1.2), ("h", 0.5, 0.1, 0.9)], "Undecided who is represented"),
        ([("g", NAN, NAN, NAN)], "No group differs enough to be represented"),
        ([], "Who is represented is not known"),
    ],
)
def test_groups(rows: list[tuple[str, float, float, float]], headline: str) -> None:
    assert story_groups.who_is_represented(representation(*rows)).headline == headline


def test_every_group_is_named_with_what_is_carried_of_it() -> None:
    rows = [("g", 0.9, 0.7, 1.2), ("h", 0.2, 0.1, 0.3), ("i", 0.6, 0.2, 0.9), ("j", NAN, NAN, NAN)]
    sentence = story_groups.who_is_represented(representation(*rows)).sentence
    assert "personas of g carry 0.90 (95 % interval 0.70 to 1.20)" in sentence
    assert "h carry 0.20 (95 % interval 0.10 to 0.30) of what sets the group apart, so they do not speak" in sentence
    assert "of i carry 0.60 (95 % interval 0.20 to 0.90) of what sets the group apart, which is undecided" in sentence
    assert "j cannot be told from the other groups" in sentence


def own(*rows: tuple[float, float], whole: Estimate) -> OwnPerson:
    table = pd.DataFrame(rows, columns=["specific", "specific_low"])
    return OwnPerson(table, whole, whole, whole, 0.1, 0.01)


@pytest.mark.parametrize(
    ("rows", "whole", "headline"),
    [
        ([(0.2, 0.1), (0.3, 0.1)], e(0.25, 0.1, 0.3), "Personas are like the people they play"),
        ([(0.2, 0.1), (0.1, -0.1)], e(0.15, 0.1, 0.3), "Some personas are like their person"),
        ([(0.0, -0.1)], e(0.0, -0.1, 0.1), "No persona is shown to stand for its person"),
        ([(-0.2, -0.3)], e(-0.2, -0.3, -0.1), "Personas are less like the people they play"),
        ([], e(NAN, note="nobody"), "Who is represented is not known"),
    ],
)
def test_without_groups_persons_are_told(rows: list[tuple[float, float]], whole: Estimate, headline: str) -> None:
    assert story_groups.who_plays_whom(own(*rows, whole=whole)).headline == headline


# Two runs


def test_two_runs_are_told_apart_only_where_their_intervals_are() -> None:
    one, other = (Told("", "", f"do {n}", e(n, n - 0.1, n + 0.1), "The number") for n in (1.0, 2.0))
    near = Told("", "", "do 1.1", e(1.1, 1.0, 1.2), "The number")
    assert story.compared(("a", one), ("b", other)) == (
        "The personas of a do 1.0; those of b do 2.0. The number differs clearly between the two."
    )
    assert "does not differ clearly" in story.compared(("a", one), ("b", near))
    assert story.compared(("a", one), ("b", Told("", ""))) == ""
    assert story.compared(("a", one), ("b", Told("", "", "do", e(NAN)))).endswith("those of b do.")


@pytest.mark.parametrize(("value", "words"), [(0.1, "+0.10"), (0.001, "0.00"), (-0.001, "0.00"), (-0.1, "−0.10")])
def test_signs(value: float, words: str) -> None:
    assert story.signed(value) == words


def test_the_line_of_an_item() -> None:
    row = {"n_personas": 12, "personas_label": "1", "one_label": True, "personas": 0.25}
    assert story.item_line(row, {"1": "yes"}) == "12 personas: all lean to “yes”; two of them differ with chance 0.25"
    assert "most likely “1”" in story.item_line(row | {"one_label": False, "personas": NAN}, {})
    assert story.item_line(row | {"n_personas": 0}, {}) == "No persona has a label here"


def test_of_many_groups_the_first_are_named() -> None:
    found = story_groups.who_is_represented(representation(*((f"g{i}", 0.1, 0.0, 0.2) for i in range(9))))
    assert "the personas of g0, g1, g2 and 6 more carry" in found.sentence.replace("The personas", "the personas")
