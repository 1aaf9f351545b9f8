"""Failure modes: personas made to fail in one way each are told apart, and a faithful one is let go."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures.failure_modes import MODE_COLUMNS, NO_SIDES, NOT_ASKED_TWICE, failure_modes
from engine.measures.voices import People, Voices

N_ITEMS = 300


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def case(seed: int, repeats: int | None = None) -> tuple[Voices, People]:
    """Five controls, four personas of group g that each behave in one way, and people whose groups differ by item."""
    rng = np.random.default_rng(seed)
    items = rng.normal(0, 2.5, N_ITEMS)
    side = rng.choice([-1.5, 1.5], N_ITEMS)  # where people of g see more, or less, than others
    nudge = rng.normal(0, 0.15, (6, N_ITEMS))
    yes = np.stack([
        *sigmoid(items + nudge[:5]),
        sigmoid(items + nudge[5]),  # resists
        sigmoid(items - side),  # distorts
        np.full(N_ITEMS, 0.5) + 0.02 * np.tanh(items),  # a coin: noise dominates
        sigmoid(items + side),  # follows
    ])  # fmt: skip
    draws = np.full((9, N_ITEMS, 1), np.inf)
    if repeats:
        yes = rng.binomial(repeats, yes) / repeats
        draws = np.full((9, N_ITEMS, 1), float(repeats))
    names = ("c0", "c1", "c2", "c3", "c4", "resists", "distorts", "coin", "follows")
    ids = tuple(f"i{n}" for n in range(N_ITEMS))
    voices = Voices(
        names, ids, ("w",), ("0", "1"), "nominal", (0.0, 1.0), 1.0,
        np.stack([1 - yes, yes], axis=-1)[:, :, None], draws,
        kinds=("empty", *["control"] * 4, *["strong"] * 4), groups=("", "", "", "", "", "g", "g", "g", "g"),
    )  # fmt: skip
    truth = np.stack([sigmoid(items + side)] * 4 + [sigmoid(items)] * 6)
    codes = (rng.random(truth.shape) < truth).astype(np.int64)
    people = People(
        tuple(f"a{n}" for n in range(10)), ids, ("0", "1"), "nominal", (0.0, 1.0), codes, ("g",) * 4 + ("h",) * 6
    )
    return voices, people


@pytest.mark.parametrize(("repeats", "resists"), [(None, "resistance"), (20, "resistance"), (8, "undecided")])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_three_failures_are_told_apart(seed: int, repeats: int | None, resists: str) -> None:
    """That a persona does nothing takes more answers to show than that it does something."""
    found = failure_modes(*case(seed, repeats), seed=seed).set_index("persona")
    assert found["mode"].to_dict() == {
        "resists": resists, "distorts": "distortion", "coin": "instability", "follows": "none"
    }  # fmt: skip
    assert found.loc["follows", "toward_group_low"] > 0
    assert found.loc["distorts", "evidence"].startswith("moves -")


def test_the_numbers_by_hand() -> None:
    voices, people = case(4)
    found = failure_modes(voices, people, resamples=50).set_index("persona").loc["follows"]
    p = voices.probability[:, :, 0, 1]
    base = p[:5].mean(axis=0)
    shares = people.codes[:4].mean(axis=0) - people.codes[4:].mean(axis=0)
    shift = ((p[8] - base) ** 2).mean()
    noise = (2 * p * (1 - p)).mean(axis=1)
    own = [((p[c] - np.delete(p[:5], c, 0).mean(0)) ** 2).mean() for c in range(5)]
    assert found["shift"] == pytest.approx(shift)
    assert found["noise"] == pytest.approx(noise[8])
    assert found["beyond_controls"] == pytest.approx(shift - max(own))
    assert found["added_noise"] == pytest.approx(noise[8] - noise[:5].mean() - shift)
    assert found["toward_group"] == pytest.approx(((p[8] - base) * shares).sum() / (shares**2).sum())
    assert (found["n_items"], found["n_items_group"]) == (N_ITEMS, int((shares != 0).sum()))
    assert found["dropped"] == {NO_SIDES: int((shares == 0).sum())}


def test_draws_show_the_shift_without_bias() -> None:
    truth = failure_modes(*case(5), resamples=10).set_index("persona")["shift"]
    drawn = [failure_modes(*case_of(5, s), resamples=10).set_index("persona")["shift"] for s in range(60)]
    for name in truth.index:
        values = np.array([d[name] for d in drawn])
        assert abs(values.mean() - truth[name]) < 3.5 * values.std() / math.sqrt(len(values)), name


def case_of(seed: int, draw: int) -> tuple[Voices, People]:
    """Two draws from the distributions of an exact case."""
    voices, people = case(seed)
    yes = np.random.default_rng(draw).binomial(2, voices.probability[..., 1]) / 2
    probability = np.stack([1 - yes, yes], axis=-1)
    return Voices(**{**voices.__dict__, "probability": probability, "draws": np.full(yes.shape, 2.0)}), people


def test_a_persona_equal_to_the_controls_resists() -> None:
    voices, people = case(6)
    same = voices.probability[:1].repeat(9, axis=0)
    found = failure_modes(Voices(**{**voices.__dict__, "probability": same}), people)
    assert set(found["mode"]) == {"resistance"}
    assert found["shift"].to_numpy() == pytest.approx(0, abs=1e-15)


def test_without_people_or_a_second_control_the_rest_is_still_told() -> None:
    voices, _ = case(7)
    alone = failure_modes(voices.where([n in ("c0", "coin", "follows") for n in voices.personas]))
    assert alone.set_index("persona")["mode"].to_dict() == {"coin": "instability", "follows": "none"}
    assert "resistance cannot be told" in alone["note"][0]
    assert "no people of its group" in alone["note"][0]


def test_a_persona_that_never_answers_is_undefined() -> None:
    voices, people = case(8)
    p, draws = voices.probability.copy(), voices.draws.copy()
    p[5], draws[5] = np.nan, 0
    row = failure_modes(Voices(**{**voices.__dict__, "probability": p, "draws": draws}), people).iloc[0]
    assert row["mode"] == "undefined"
    assert row["n_items"] == 0
    assert "repeat the run" in row["note"]


def test_bad_input_is_refused() -> None:
    voices, people = case(9)
    with pytest.raises(InputError, match="Add the persona set 'control'"):
        failure_modes(voices.where([k == "strong" for k in voices.kinds]), people)
    with pytest.raises(InputError, match="not the same in the same order"):
        failure_modes(voices, People(**{**people.__dict__, "items": tuple(reversed(people.items))}))


def test_only_controls_give_an_empty_table() -> None:
    voices, people = case(10)
    table = failure_modes(voices.where([k != "strong" for k in voices.kinds]), people)
    assert list(table.columns) == list(MODE_COLUMNS)
    assert table.empty


def test_items_left_out_are_counted_by_reason() -> None:
    voices, _people = case(7, repeats=4)
    draws = voices.draws.copy()
    draws[8, :11] = 1.0  # asked once
    draws[:5, 20:24] = 1.0  # nobody of the baseline asked twice
    found = failure_modes(replace(voices, draws=draws), None, resamples=20).set_index("persona")
    assert found.loc["follows", "dropped"] == {NOT_ASKED_TWICE: 15}
    assert found.loc["coin", "dropped"] == {NOT_ASKED_TWICE: 4}
    assert found.loc["follows", "n_items"] == N_ITEMS - 15
    whole = failure_modes(case(7)[0], None, resamples=20)
    assert [row for row in whole["dropped"] if row] == []
