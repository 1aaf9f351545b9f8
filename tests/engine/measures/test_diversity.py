"""Effective number of voices and the items where people and personas part."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.measures import effective_number, parting_items
from tests.engine.measures.demo_voices import chorus, drawn, people_of, rule, voices_of


def test_one_voice_repeated_is_one() -> None:
    same = np.repeat(rule()[:1], 7, axis=0)
    found = effective_number(voices_of(same), resamples=50).distinct
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_raters_who_share_nothing_are_as_many_as_they_are() -> None:
    codes = (np.arange(64)[None] >> np.arange(6)[:, None]) & 1  # every combination once: cosines are 0
    assert effective_number(people_of(codes), resamples=0).as_labelled.value == pytest.approx(6)


def test_it_is_the_participation_ratio_of_the_eigenvalues() -> None:
    chance = rule()
    x = chance - chance.mean()
    cosines = x @ x.T / np.sqrt(np.outer((x**2).sum(axis=1), (x**2).sum(axis=1)))
    eigenvalues = np.linalg.eigvalsh(cosines / len(chance))
    found = effective_number(voices_of(chance), resamples=0).distinct.value
    assert found == pytest.approx(1 / (eigenvalues**2).sum(), abs=1e-9)


def test_noise_is_taken_out_of_repeats_without_bias() -> None:
    truth = effective_number(voices_of(chorus()), resamples=0)
    rng = np.random.default_rng(1)
    found, as_labelled = [], []
    for _ in range(30):
        hits = rng.binomial(4, chorus())
        p = np.stack([1 - hits / 4, hits / 4], axis=2)[:, :, None]
        run = replace(voices_of(chorus()), probability=p, draws=np.full((12, 360, 1), 4.0))
        both = effective_number(run, resamples=0)
        found.append(both.distinct.value)
        as_labelled.append(both.as_labelled.value)
    assert np.mean(found) == pytest.approx(truth.distinct.value, abs=0.03)
    assert np.mean(as_labelled) == pytest.approx(truth.as_labelled.value, abs=0.1)


def test_people_and_personas_of_the_same_rule_are_as_many_as_labelled() -> None:
    people = [effective_number(people_of(drawn(rule(), s)), resamples=0).as_labelled.value for s in range(20)]
    exact = effective_number(voices_of(rule()), resamples=0)
    assert np.mean(people) == pytest.approx(exact.as_labelled.value, abs=0.15)
    assert exact.distinct.value > 1.15 > 1.03 > effective_number(voices_of(chorus()), resamples=0).distinct.value


def test_people_asked_once_have_no_number_without_noise() -> None:
    found = effective_number(people_of(drawn(rule(), 1))).distinct
    assert not found.defined
    assert "once" in found.note


def test_raters_without_a_common_item_have_no_number() -> None:
    codes = np.where(np.arange(4)[:, None] == np.arange(40) % 4, np.arange(40) % 2, -1)
    found = effective_number(people_of(codes), resamples=50).as_labelled
    assert math.isnan(found.value)
    assert "item in common" in found.note


def test_pairs_without_a_common_item_are_taken_to_be_like_the_others() -> None:
    """Two halves of the raters on different items: as many voices as if all had labelled all."""
    rng = np.random.default_rng(8)
    shared = rng.random(4000) < 0.5
    codes = np.where(rng.random((6, 4000)) < 0.7, shared, rng.random((6, 4000)) < 0.5).astype(np.int64)
    apart = codes.copy()
    apart[:3, 2000:] = apart[3:, :2000] = -1
    whole, parted = (effective_number(people_of(c), resamples=0).as_labelled.value for c in (codes, apart))
    assert parted == pytest.approx(whole, rel=0.05)


def test_traps_of_effective_number() -> None:
    assert not effective_number(people_of(np.zeros((3, 5), int)), resamples=0).as_labelled.defined
    assert not effective_number(people_of(np.full((3, 5), -1)), resamples=0).as_labelled.defined
    gaps = drawn(rule(), 2)
    gaps[0] = -1
    found = effective_number(people_of(gaps), resamples=50).as_labelled
    assert found.dropped == {"raters without a label": 1}
    assert found.n_raters == 11
    assert found.low <= found.value <= found.high


def test_items_where_people_split_and_personas_agree_come_first_and_the_reverse_last() -> None:
    codes = np.array([[0, 0, 1, -1], [0, 1, 1, -1], [0, 0, 1, -1], [0, 1, 1, 0]])
    chance = np.array([[0.5, 0.0, 1.0, 0.5], [0.5, 0.0, 1.0, 0.5], [0.5, 0.0, 1.0, 0.5]])
    table = parting_items(voices_of(chance), people_of(codes)).set_index("item_id")
    assert list(table.index) == ["p1", "p2", "p0", "p3"]
    assert table.loc["p1", "people"] == pytest.approx(4 / 6)
    assert table.loc["p1", ["personas", "one_label"]].tolist() == [0, True]
    assert table.loc["p0", "gap"] == pytest.approx(-0.5)
    assert table.loc["p0", "personas_entropy"] == pytest.approx(1)
    assert np.isnan(table.loc["p3", "gap"])
    assert table.loc["p2", "personas_label"] == table.loc["p2", "people_label"] == "1"
