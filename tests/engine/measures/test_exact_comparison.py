"""Exact against sampled, and repeats against each other: what fits passes, and each fault is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from engine.errors import InputError
from engine.measures import at_temperature
from engine.measures.exact_comparison import compare_with_exact
from engine.measures.repeat_check import check_repeats
from tests.engine.measures import arrays


def pair(seed: int = 1, temperature: float = 0.7, repeats: int = 5, drawn_at: float | None = None) -> tuple:
    """An exact run, and a sampled one drawn from it."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), (4, 50, 2))
    q = at_temperature(np.log(p), temperature if drawn_at is None else drawn_at)
    codes = (rng.random((*p.shape[:3], 1, repeats, 1)) > np.cumsum(q, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1)
    return arrays.exact(p[:, :, :, None]), arrays.sampled(codes, [temperature], 3)


def copied(sampled: xr.Dataset) -> xr.Dataset:
    """The same run with its second repeat a copy of the first."""
    codes = sampled["code"].to_numpy().copy()
    codes[..., 1] = codes[..., 0]
    return sampled.assign(code=(sampled["code"].dims, codes))


def test_draws_of_the_exact_distributions_agree() -> None:
    found = compare_with_exact(*pair())
    assert found.agree
    assert "agree: rms of z" in found.sentence
    assert found.check.rms.value == pytest.approx(1, abs=0.15)
    assert found.repeats.verdict == "not copies"
    assert found.repeats.differ.low < found.repeats.expected < found.repeats.differ.high
    z = found.items["z"].to_numpy()
    assert np.sqrt((z**2).mean()) == pytest.approx(1, abs=0.2)
    assert (found.items.groupby("item")["drawn"].sum() == 4 * 2 * 5).all()
    assert found.items.groupby("item")["expected"].sum().to_numpy() == pytest.approx(40)


def test_a_score_of_an_item_by_hand() -> None:
    exact = arrays.exact(np.array([[0.8, 0.2], [0.5, 0.5]])[:, None, None, None])
    sampled = arrays.sampled(np.array([[0] * 4, [0, 0, 0, 1]])[:, None, None, None], [1.0], 2)
    row = compare_with_exact(exact, sampled).items.iloc[0]
    assert (row["drawn"], row["n_draws"]) == (7, 8)
    assert row["expected"] == pytest.approx(4 * 0.8 + 4 * 0.5)
    assert row["z"] == pytest.approx((7 - 5.2) / math.sqrt(4 * 0.16 + 4 * 0.25))


def test_a_temperature_the_server_ignored_is_caught() -> None:
    found = compare_with_exact(*pair(temperature=0.4, drawn_at=1.0))
    assert not found.agree
    assert "do not agree" in found.sentence


def test_what_only_one_run_has_is_left_out_and_counted() -> None:
    exact, sampled = pair()
    found = compare_with_exact(exact.isel(persona=slice(1, 4), item=slice(0, 40)), sampled.isel(wording=[0]))
    assert found.dropped == {
        "personas of one run alone": 1,
        "wordings of one run alone": 1,
        "items of one run alone": 10,
    }
    assert found.check.rms.n_items == 3 * 40


def test_runs_that_do_not_belong_together_are_refused() -> None:
    exact, sampled = pair()
    with pytest.raises(InputError, match="exact run first"):
        compare_with_exact(sampled, exact)
    with pytest.raises(InputError, match="share no persona"):
        compare_with_exact(exact, sampled.assign_coords(persona=["w", "x", "y", "z"]))
    with pytest.raises(InputError, match="share no items"):
        compare_with_exact(exact, sampled.assign_coords(item=[f"other-{i}" for i in range(50)]))
    with pytest.raises(InputError, match="labels"):
        compare_with_exact(exact, sampled.assign_attrs(labels=["a", "b", "c"]))
    with pytest.raises(InputError, match=r"sampled at 0\.7; 1 was asked"):
        compare_with_exact(exact, sampled, 1.0)


@pytest.mark.parametrize("with_exact", [True, False])
def test_repeats_that_are_copies_are_detected_and_said(with_exact: bool) -> None:
    exact, sampled = pair()
    if with_exact:
        found = compare_with_exact(exact, copied(sampled))
        assert not found.agree
        assert "copies" in found.sentence
        check = found.repeats
    else:
        check = check_repeats(copied(sampled))
    assert check.verdict == "copies"
    assert check.copies == ((0, 1),)
    assert "repeats 0 and 1" in check.sentence


def test_all_repeats_equal_needs_the_exact_run_to_be_judged() -> None:
    exact, sampled = pair()
    same = sampled["code"].to_numpy()[..., :1].repeat(5, axis=-1)
    equal = sampled.assign(code=(sampled["code"].dims, same))
    assert check_repeats(equal).verdict == "cannot tell"
    assert "exact run of the same cells would tell" in check_repeats(equal).sentence
    assert compare_with_exact(exact, equal).repeats.verdict == "copies"


def test_a_certain_model_is_not_accused_of_copies() -> None:
    p = np.eye(2)[np.random.default_rng(2).integers(0, 2, (3, 20, 1))]
    sampled = arrays.sampled(p.argmax(-1)[:, :, :, None, None].repeat(3, axis=-1), [1.0], 2)
    found = compare_with_exact(arrays.exact(p[:, :, :, None]), sampled)
    assert found.repeats.verdict != "copies"
    assert found.agree


def test_the_floor_at_zero() -> None:
    codes = np.random.default_rng(3).integers(0, 2, (3, 40, 1, 1, 1)).repeat(4, axis=-1)
    still = check_repeats(arrays.sampled(codes, [0.0], 2))
    assert still.differ.value == 0
    assert "as it should be" in still.sentence
    codes[0, 0, 0, 0, 3] ^= 1
    moved = check_repeats(arrays.sampled(codes, [0.0], 2))
    assert moved.differ.value == pytest.approx(3 / (6 * 120))  # 3 of the cell's 6 pairs
    assert "the engine's own floor" in moved.sentence


def test_a_run_without_repeats_says_so() -> None:
    check = check_repeats(pair(repeats=1)[1])
    assert check.verdict == "no repeats"
    assert math.isnan(check.differ.value)
    assert "repeats of 2 or more" in check.sentence


def test_independent_repeats_are_not_called_copies() -> None:
    """Few cells of a nearly certain model are often equal throughout; that alone accuses nobody."""
    rng = np.random.default_rng(4)
    accused = 0
    for _ in range(200):
        codes = (rng.random((2, 10, 1, 1, 3)) < 0.03).astype(int)
        accused += check_repeats(arrays.sampled(codes, [1.0], 2), resamples=0).verdict == "copies"
    assert accused == 0
