"""Failure signatures: found in the chorus, not in the voices, and silent where there is nothing to decide from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import failure_signatures
from engine.measures.signatures import Bounds
from tests.engine.measures.demo_voices import chorus, drawn, people_of, rule, voices_of

PEOPLE = people_of(drawn(rule(), 1))
BLIND = np.repeat(rule(0.0)[:1], 12, axis=0)
"""What control personas say: the consensus, all alike."""


def signs(chance: np.ndarray, at: float = 1.0, **more):
    control = voices_of(BLIND, at, "control", groups=False)
    ends = {"colder": voices_of(chance, 0.0), "hotter": voices_of(chance, 1.0)}
    return failure_signatures(voices_of(chance, at), PEOPLE, **({"control": control} | ends | more), resamples=200)


def test_the_voices_have_no_signature() -> None:
    assert [sign.verdict for sign in signs(rule())] == ["not found"] * 3


def test_the_chorus_is_no_more_diverse_than_the_control_set_and_agrees_too_well_when_cold() -> None:
    high, falls, _diverse = signs(chorus(), at=0.0)
    assert high.verdict == "found"
    assert high.value.low > 0.8
    assert "people's 0.4" in high.evidence
    assert falls.verdict == "not found"  # through noise alone
    assert signs(chorus())[2].verdict == "found"


def test_signal_of_identical_personas_is_exactly_none() -> None:
    diverse = signs(BLIND)[2]
    assert diverse.value.value == 0
    assert diverse.verdict == "found"


def test_a_model_that_is_certain_does_not_fall_with_temperature() -> None:
    certain = np.where(rule() > 0.5, 1.0, 0.0)
    falls = signs(certain)[1]
    assert falls.value.value == pytest.approx(0, abs=1e-12)
    assert falls.verdict == "found"


def test_unanimous_personas_are_the_extreme_of_the_first_two() -> None:
    high, falls, _ = signs(np.zeros((12, 360)))
    assert (high.verdict, falls.verdict) == ("found", "found")
    assert np.isnan(high.value.value)
    assert "100%" in high.evidence


def test_high_alpha_is_no_failure_where_people_agree_as_much() -> None:
    clear = np.tile(np.arange(360) % 2, (12, 1)).astype(float)
    agreeing = people_of(clear.astype(int))
    high = failure_signatures(voices_of(clear), agreeing, resamples=50)[0]
    assert high.verdict == "not known"
    assert "People agree" in high.evidence


def test_what_is_missing_is_said() -> None:
    _high, falls, diverse = failure_signatures(voices_of(rule()), PEOPLE, resamples=50)
    assert (falls.verdict, diverse.verdict) == ("not known", "not known")
    once = replace(voices_of(rule().round()), draws=np.ones((12, 360, 1)))
    diverse = failure_signatures(once, PEOPLE, control=voices_of(BLIND), resamples=50)[2]
    assert diverse.verdict == "not known"
    assert "once" in diverse.evidence
    alone = failure_signatures(voices_of(rule()), PEOPLE, control=voices_of(BLIND[:1]), resamples=50)[2]
    assert diverse.verdict == "not known"
    assert "one rater" in alone.evidence


def test_bounds_can_be_moved_and_an_interval_on_both_sides_is_undecided() -> None:
    high = signs(chorus(), at=0.0)[0]
    at = {b: signs(chorus(), at=0.0, bounds=Bounds(high_alpha=b))[0].verdict for b in (0.5, high.value.value, 0.999)}
    assert list(at.values()) == ["found", "undecided", "not found"]


def test_temperatures_in_the_wrong_order_are_named() -> None:
    with pytest.raises(InputError, match="lower temperature first"):
        signs(rule(), colder=voices_of(rule(), 1.0), hotter=voices_of(rule(), 0.5))
