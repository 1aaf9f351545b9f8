"""Test-retest: voices find themselves, one voice does so by chance, and a run without repeats is refused."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures.result import Estimate
from engine.measures.retest import halves, retest
from engine.measures.voices import voices
from tests.engine.measures import arrays

QUICK = {"permutations": 199, "resamples": 100}


def drawn(p: np.ndarray, repeats: int, seed: int) -> object:
    u = np.random.default_rng(seed).random((*p.shape[:3], 1, repeats, 1))
    return arrays.sampled((u > np.cumsum(p, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1), [1.0], p.shape[-1])


def test_voices_of_their_own_find_themselves() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(3), (8, 80, 1))
    found = retest(*halves(drawn(p, 4, 2)), **QUICK)
    assert found.accuracy.value == 1
    assert found.p_value == pytest.approx(1 / 200)
    assert (found.assignments["persona"] == found.assignments["assigned"]).all()
    assert (found.assignments["margin"] > 0).all()
    assert "100% of 8 personas find themselves again (chance 12%" in found.sentence


def test_one_voice_is_assigned_by_chance_at_the_nominal_rate() -> None:
    one = np.random.default_rng(3).dirichlet(np.ones(2), (1, 40, 1)).repeat(6, axis=0)
    found = [retest(*halves(drawn(one, 2, s)), permutations=99, resamples=0, seed=s) for s in range(200)]
    assert np.mean([f.accuracy.value for f in found]) == pytest.approx(1 / 6, abs=0.04)
    assert np.mean([f.p_value <= 0.05 for f in found]) <= 0.09


def test_identical_personas_share_the_credit() -> None:
    p = np.random.default_rng(4).dirichlet(np.ones(2), (1, 30, 1)).repeat(5, axis=0)
    found = retest(*[voices(arrays.exact(p[:, :, :, None]))] * 2, **QUICK)
    assert found.accuracy.value == pytest.approx(1 / 5)
    assert found.p_value == 1
    assert "cannot be told" in found.sentence


def test_an_assignment_by_hand() -> None:
    first = voices(arrays.exact(np.array([[0.9, 0.1], [0.2, 0.8]])[:, None, None, None]))
    second = voices(arrays.exact(np.array([[0.7, 0.3], [0.6, 0.4]])[:, None, None, None]))
    found = retest(first, second, **QUICK)
    assert list(found.assignments["assigned"]) == ["persona-0", "persona-0"]
    assert found.assignments["margin"][0] == pytest.approx(0.5**2 - 0.2**2)
    assert found.assignments["margin"][1] == pytest.approx(0.3**2 - 0.4**2)
    assert found.accuracy.value == 0.5


def test_runs_are_matched_on_what_both_have() -> None:
    p = np.random.default_rng(5).dirichlet(np.ones(2), (4, 30, 1))
    run = arrays.exact(p[:, :, :, None])
    other = run.isel(persona=[3, 1, 0], item=slice(5, 30))
    other["probability"][0, 0] = np.nan
    found = retest(voices(run), voices(other), **QUICK)
    assert found.accuracy.value == 1
    assert (found.accuracy.n_items, found.accuracy.n_raters) == (24, 3)
    assert found.accuracy.dropped == {
        "personas of one run alone": 1, "items of one run alone": 5, "items without a label from every persona": 1
    }  # fmt: skip


def test_bad_input_is_refused() -> None:
    p = np.random.default_rng(6).dirichlet(np.ones(2), (3, 5, 1))
    run = voices(arrays.exact(p[:, :, :, None]))
    with pytest.raises(InputError, match="asked every cell once"):
        halves(drawn(p, 1, 0))
    with pytest.raises(InputError, match="share 1 personas"):
        retest(run, run.where([True, False, False]))
    with pytest.raises(InputError, match="one task"):
        retest(run, voices(arrays.exact(np.full((3, 5, 1, 1, 3), 1 / 3))))


def test_what_permuted_names_reach_lies_between_chance_and_what_voices_reach() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(3), (8, 80, 1))
    found = retest(*halves(drawn(p, 4, 2)), **QUICK)
    assert found.chance < found.null_high < found.accuracy.value
    assert found.null_high * 8 == pytest.approx(round(found.null_high * 8)), "a number of personas"
    one = p[:1].repeat(8, axis=0)
    nothing = retest(*[voices(arrays.exact(one[:, :, :, None]))] * 2, **QUICK)
    assert nothing.null_high == pytest.approx(nothing.chance)  # all tie, whatever the names


def test_the_interval_holds_its_own_value_where_every_persona_finds_itself() -> None:
    """Items drawn again hold fewer different ones: in all 1,000 draws fewer personas found themselves than did."""
    p = np.random.default_rng(0).dirichlet(np.full(2, 2.0), (60, 80, 1))
    found = retest(*halves(drawn(p, 8, 3)), permutations=19, resamples=1000)
    assert found.accuracy.value == 1
    assert found.accuracy.high == 1
    assert 0.9 < found.accuracy.low < 1


WORLDS = [(0.0, 8, (0.1, 0.15)), (0.6, 12, (0.3, 0.4)), (1.2, 12, (0.7, 0.9)), (0.8, 30, (0.3, 0.6))]
"""How far personas reach, how many they are, and what share of them finds itself, from and to."""


@pytest.mark.parametrize(("spread", "n_personas", "between"), WORLDS)
def test_the_interval_covers_the_accuracy_that_other_items_give(
    spread: float, n_personas: int, between: tuple[float, float]
) -> None:
    rng = np.random.default_rng(8)
    own = rng.normal(0, spread / 2, n_personas)  # some personas are easier to find than others
    reach = spread * np.exp(rng.normal(0, 0.4, n_personas))

    def accuracy(seed: int) -> Estimate:
        of = np.random.default_rng(seed)
        score = of.normal(0, 1.5, 60) + own[:, None] + reach[:, None] * of.normal(size=(n_personas, 60))
        yes = 1 / (1 + np.exp(-score))
        run = drawn(np.stack([1 - yes, yes], axis=-1)[:, :, None], 4, seed)
        return retest(*halves(run), permutations=1, resamples=150, seed=seed).accuracy

    found = [accuracy(seed) for seed in range(300)]
    truth = np.mean([a.value for a in found])
    assert between[0] <= truth <= between[1]
    covered = np.mean([a.low <= truth <= a.high for a in found])
    assert 0.92 <= covered <= 0.99  # of whole personas, so not every coverage can be had
