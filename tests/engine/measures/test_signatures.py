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


def simulated(n_items: int, seed: int, sharpness: float, flattened: float, apart: float):
    """Signatures of 12 personas on new items: how sharp their answers, how much flatter when hot, how far apart."""
    rng = np.random.default_rng(seed)
    item = rng.normal(size=n_items)
    own, another = rng.normal(size=(2, 12, n_items))
    said = people_of((rng.random((6, n_items)) < 1 / (1 + np.exp(-item / 4))).astype(int))

    def of(logit: np.ndarray, at: float = 1.0, kind: str = "strong"):
        return replace(voices_of(1 / (1 + np.exp(-logit)), 1.0, kind, groups=False), temperature=at)

    warm = 2.5 * (item + 0.35 * own)
    high = failure_signatures(of(sharpness * (item + 0.1 * own)), said, resamples=200)[0]
    falls = failure_signatures(of(warm), said, colder=of(warm, 0.5), hotter=of(warm * (1 - flattened), 1.5),
                               resamples=200)[1]  # fmt: skip
    control = of(1.5 * item + 0.3 * another, kind="control")
    return high, falls, failure_signatures(of(1.5 * item + apart * own), said, control=control, resamples=200)[2]


def test_at_the_bounds_verdicts_come_at_the_nominal_rate_and_beyond_them_the_right_one() -> None:
    """docs/measures.md has the table: either verdict in 2.5 % where the truth is the bound, an interval's two tails."""
    truth = [sign.value.value for sign in simulated(30_000, 99, 8.718, 0.1546, 0.4896)]
    assert truth == pytest.approx([0.8, 0.05, 0.01], abs=1e-3)
    found = [[sign.verdict for sign in simulated(100, seed, 8.718, 0.1546, 0.4896)] for seed in range(200)]
    for verdicts in zip(*found, strict=True):
        assert 0.88 <= verdicts.count("undecided") / 200 <= 0.99
    right = [[sign.verdict for sign in simulated(100, seed, 20.0, 0.05, 0.3)] for seed in range(20)]
    wrong = [[sign.verdict for sign in simulated(100, seed, 4.0, 0.4, 0.9)] for seed in range(20)]
    assert [set(verdicts) for verdicts in zip(*right, strict=True)][1:] == [{"found"}, {"found"}]
    assert {row[0] for row in right} <= {"found", "undecided"}
    assert {verdict for row in wrong for verdict in row} == {"not found"}
