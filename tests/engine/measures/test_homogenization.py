"""Homogenization: values against alpha and brute force, the demo's rule, and intervals that cover."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import agreement_of_panels, alpha, expected_alpha, homogenization, percent_agreement
from tests.engine.measures.demo_voices import chorus, drawn, people_of, rule, voices_of


def row(table, raters: str, among: str = "all"):
    found = table[(table["raters"] == raters) & (table["among"] == among)]
    assert len(found) == 1
    return found.iloc[0]


def test_the_difference_is_that_of_the_two_alphas() -> None:
    voices, people = voices_of(rule()), people_of(drawn(rule(), 1))
    found = homogenization(voices, people, resamples=50)
    human = alpha(people.codes, n_labels=2, resamples=0)
    assert found.value == pytest.approx(expected_alpha(voices.of_items(), resamples=0).value - human.value, abs=1e-12)
    assert (found.n_items, found.n_raters) == (360, 12)
    assert found.low < found.value < found.high


def test_every_panel_of_people_is_that_of_their_labels() -> None:
    people = people_of(drawn(rule(), 2))
    table = agreement_of_panels(voices_of(rule()), people, resamples=0)
    everybody = row(table, "people")
    assert everybody["alpha"] == pytest.approx(alpha(people.codes, n_labels=2, resamples=0).value, abs=1e-12)
    assert everybody["agreement"] == pytest.approx(percent_agreement(people.codes, resamples=0).value, abs=1e-12)
    for group in set(people.groups):
        codes = people.codes[[g == group for g in people.groups]]
        expected = alpha(codes, n_labels=2, resamples=0)
        assert row(table, "people", group)["alpha"] == pytest.approx(expected.value, abs=1e-12)
        assert row(table, "people", group)["n_items"] == expected.n_items


def test_pairs_within_and_between_groups_against_counting_them() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(-1, 3, (5, 9))
    groups = ("x", "x", "y", "y", "")
    people = replace(people_of(codes, 3), groups=groups)
    voices = replace(voices_of(np.full((2, 9), 0.5)), labels=people.labels, values=people.values)
    voices = replace(voices, probability=np.full((2, 9, 1, 3), 1 / 3))
    table = agreement_of_panels(voices, people, resamples=0)
    seen = {True: 0.0, False: 0.0}
    marginals = np.zeros(3)
    total = 0
    for item in range(9):
        there = [(groups[i], codes[i, item]) for i in range(4) if codes[i, item] >= 0]  # the fifth has no group
        pairs = [(a[0] == b[0], a[1] != b[1]) for i, a in enumerate(there) for j, b in enumerate(there) if i != j]
        kinds = {same for same, _ in pairs}
        if kinds != {True, False}:
            continue
        total += len(there)
        marginals += np.bincount([label for _, label in there], minlength=3)
        for same in (True, False):
            seen[same] += len(there) * np.mean([differ for kind, differ in pairs if kind == same])
    expected = (total**2 - (marginals**2).sum()) / (total * (total - 1))
    for among, same in (("within groups", True), ("between groups", False)):
        found = row(table, "people", among)
        assert found["alpha"] == pytest.approx(1 - seen[same] / total / expected, abs=1e-12)
        assert found["agreement"] == pytest.approx(1 - seen[same] / total, abs=1e-12)


def test_the_chorus_is_homogenized_and_the_voices_are_not_more_than_their_rule_makes_them() -> None:
    people = people_of(drawn(rule(), 4))
    cold_chorus, cold_voices = (homogenization(voices_of(p, 0.3), people, resamples=300) for p in (chorus(), rule()))
    assert cold_chorus.low > 0.3
    assert cold_chorus.value > cold_voices.value + 0.1
    at_one = homogenization(voices_of(rule()), people, resamples=300)
    assert at_one.low < 0 < at_one.high
    assert homogenization(voices_of(chorus()), people, resamples=300).low > 0


def test_groups_of_the_chorus_differ_less_than_those_of_the_voices() -> None:
    people = people_of(drawn(rule(), 4))
    gaps = {}
    for name, chance in {"voices": rule(), "chorus": chorus()}.items():
        table = agreement_of_panels(voices_of(chance), people, resamples=0)
        gaps[name] = row(table, "strong", "within groups")["alpha"] - row(table, "strong", "between groups")["alpha"]
    assert gaps["voices"] > 10 * gaps["chorus"] > 0


def population(chance: np.ndarray) -> float:
    """Alpha of one label of each rater on endlessly many items drawn from these."""
    n = len(chance)
    p = np.stack([1 - chance, chance], axis=2)
    total = p.sum(axis=0)
    same = ((total**2).sum() - (p**2).sum()) / (n * (n - 1)) / chance.shape[1]
    shares = total.mean(axis=0) / n
    return float(1 - (1 - same) / (1 - (shares**2).sum()))


@pytest.mark.parametrize("which", ["voices", "chorus"])
def test_the_interval_covers_the_truth_in_92_to_98_percent_of_500_demo_corpora(which: str) -> None:
    personas = rule() if which == "voices" else chorus()
    truth = population(personas) - population(rule())
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(500):
        posts = rng.integers(0, personas.shape[1], personas.shape[1])
        people = people_of(drawn(rule()[:, posts], seed))
        found = homogenization(voices_of(personas[:, posts]), people, resamples=400, seed=seed)
        covered += found.low <= truth <= found.high
    assert 0.92 <= covered / 500 <= 0.98


def test_the_paired_interval_is_narrower_than_that_of_two_independent_alphas() -> None:
    people = people_of(drawn(rule(), 5))
    found = homogenization(voices_of(rule()), people)
    own = [expected_alpha(voices_of(rule()).of_items()), alpha(people.codes, n_labels=2)]
    apart = math_hypot([estimate.high - estimate.low for estimate in own])
    assert found.high - found.low < 0.95 * apart


def math_hypot(widths: list[float]) -> float:
    return float(np.sqrt(np.sum(np.square(widths))))


def test_wordings_are_units_and_items_are_drawn() -> None:
    voices, people = voices_of(rule()), people_of(drawn(rule(), 6))
    twice = replace(
        voices,
        wordings=("plain", "other"),
        probability=np.repeat(voices.probability, 2, axis=2),
        draws=np.repeat(voices.draws, 2, axis=2),
    )
    once, both = (homogenization(v, people) for v in (voices, twice))
    assert both.n_items == once.n_items
    assert both.high - both.low == pytest.approx(once.high - once.low, rel=0.02)


def test_an_item_that_people_labelled_once_is_left_out_of_both_alphas() -> None:
    codes = drawn(rule(), 12)
    codes[1:, ::2] = -1  # half of the items: one label by one person
    voices, people = voices_of(rule()), people_of(codes)
    half = replace(
        voices, items=voices.items[1::2], probability=voices.probability[:, 1::2], draws=voices.draws[:, 1::2]
    )
    expected = homogenization(half, replace(people_of(codes[:, 1::2]), items=half.items), resamples=0)
    found = homogenization(voices, people, resamples=50)
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert (found.n_items, expected.n_items) == (180, 180)
    assert found.dropped["personas: items where only one of the two has pairs"] == 180
    table = row(agreement_of_panels(voices, people, resamples=50), "strong")
    assert table["homogenization"] == pytest.approx(expected.value, abs=1e-12)
    assert (table["n_items"], table["note"]) == (360, "homogenization on the 180 items where both have pairs")
    nothing = homogenization(voices, people_of(np.where(np.arange(12)[:, None] == 0, codes, -1)))
    assert math.isnan(nothing.value)
    assert nothing.note


def test_unanimous_personas_have_no_alpha_and_the_note_says_whose() -> None:
    found = homogenization(voices_of(np.zeros((4, 30))), people_of(drawn(rule()[:4, :30], 7)))
    assert not found.defined
    assert "personas" in found.note
    assert "unanimous" in found.note


def test_one_persona_and_people_without_labels_are_undefined_with_a_reason() -> None:
    people = people_of(drawn(rule(), 8))
    assert "one rater" in homogenization(voices_of(rule()[:1]), people).note
    nobody = people_of(np.full((12, 360), -1))
    assert "people" in homogenization(voices_of(rule()), nobody).note


def test_personas_and_people_on_other_items_are_refused() -> None:
    with pytest.raises(InputError, match="100 items"):
        homogenization(voices_of(rule()[:, :100]), people_of(drawn(rule(), 9)))
