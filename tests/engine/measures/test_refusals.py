"""Answers without a label: rates with intervals, and three policies against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.measures import agreement_by_policy, alpha, labelless_rates, percent_agreement
from engine.measures.coincidence import Scale
from engine.measures.refusals import worst_counts
from tests.engine.measures import arrays

OK, REFUSAL, HEDGE, UNPARSABLE, FAILED = range(5)


def run(rng: np.random.Generator, shape: tuple[int, ...], n_labels: int, rate: float):
    code = rng.integers(0, n_labels, shape)
    status = np.where(rng.random(shape) < rate, rng.integers(1, 5, shape), OK)
    code = np.where(status == OK, code, -1)
    return arrays.sampled(code, list(np.linspace(0.5, 1.5, shape[3])), n_labels, status), code, status


def cell(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_rates_count_causes_by_persona_wording_and_temperature_and_failed_requests_are_no_answers() -> None:
    data, _, status = run(np.random.default_rng(1), (4, 30, 2, 3, 2), 2, 0.4)
    table = labelless_rates(data)
    answered = status != FAILED
    assert cell(table, by="all", cause="any")["rate"] == pytest.approx(
        ((status > 0) & answered).sum() / answered.sum(), abs=1e-12
    )
    for axis, by, index, name in (
        (0, "persona", 2, "persona-2"), (2, "wording", 1, "wording-1"), (3, "temperature", 2, "1.5"),
    ):  # fmt: skip
        part, there = np.take(status, index, axis), np.take(answered, index, axis)
        found = cell(table, by=by, name=name, cause="hedge")
        assert found["rate"] == pytest.approx((part == HEDGE).sum() / there.sum(), abs=1e-12)
        assert found["n_answers"] == there.sum()
        assert found["low"] < found["rate"] < found["high"]


def test_a_rate_of_zero_or_one_keeps_an_interval_and_a_persona_that_always_refuses_is_seen() -> None:
    _data, code, status = run(np.random.default_rng(2), (3, 40, 1, 1, 2), 2, 0)
    status[1], code[1] = REFUSAL, -1
    table = labelless_rates(arrays.sampled(code, [1.0], 2, status))
    always = cell(table, by="persona", name="persona-1", cause="refusal")
    never = cell(table, by="persona", name="persona-0", cause="refusal")
    assert (always["rate"], always["high"], never["rate"], never["low"]) == (1, 1, 0, 0)
    assert never["high"] == pytest.approx(1 - 0.025 ** (1 / 40))
    assert always["low"] == pytest.approx(0.025 ** (1 / 40))


def test_the_interval_of_a_rate_covers_where_refusals_gather_on_items() -> None:
    rng = np.random.default_rng(3)
    covered = naive = 0
    for _ in range(300):
        chance = rng.beta(0.3, 2.7, 60)  # mean .1; some items are nearly always refused
        status = (rng.random((5, 60, 1, 1, 4)) < chance[None, :, None, None, None]).astype(int)
        found = cell(
            labelless_rates(arrays.sampled(np.where(status, -1, 0), [1.0], 2, status)), by="all", cause="refusal"
        )
        covered += found["low"] <= 0.1 <= found["high"]
        margin = 1.96 * np.sqrt(found["rate"] * (1 - found["rate"]) / found["n_answers"])
        naive += abs(found["rate"] - 0.1) <= margin
    assert 0.90 <= covered / 300 <= 0.985
    assert naive / 300 < 0.7  # answers taken for independent


def test_an_exact_run_tells_the_probability_outside_the_labels() -> None:
    data = arrays.exact(np.full((2, 20, 1, 1, 2), 0.5))
    mass = np.linspace(0.8, 1.0, 40).reshape(2, 20, 1, 1)
    data["label_mass"] = (("persona", "item", "wording", "repeat"), mass)
    found = cell(labelless_rates(data), by="all")
    assert found["cause"] == "outside the labels"
    assert found["rate"] == pytest.approx(0.1)
    assert 0 < found["low"] < 0.1 < found["high"] < 0.2


def test_left_out_and_own_category_are_alphas_of_their_labels() -> None:
    data, code, status = run(np.random.default_rng(4), (5, 25, 2, 1, 2), 3, 0.3)
    table = agreement_by_policy(data, resamples=50)
    units, labelless = code[:, :, :, 0].reshape(5, -1), (status[:, :, :, 0] % 4 > 0).reshape(5, -1)
    own = np.where(labelless, 3, units)
    for policy, codes, k in (("left out", units, 3), ("own category", own, 4)):
        found = cell(table, policy=policy)
        assert found["alpha"] == pytest.approx(alpha(codes, n_labels=k, resamples=0).value, abs=1e-9)
        assert found["agreement"] == pytest.approx(percent_agreement(codes, n_labels=k, resamples=0).value, abs=1e-9)
        assert found["n_labelless"] == labelless.sum()
        assert found["low"] <= found["alpha"] <= found["high"]


def test_the_worst_case_is_the_lowest_percent_agreement_any_labels_could_give() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        code = rng.integers(-1, 3, (4, 3, 1, 1, 1))
        status = np.where(code < 0, REFUSAL, OK)
        found = cell(agreement_by_policy(arrays.sampled(code, [1.0], 3, status), resamples=0), policy="worst case")
        gaps = np.argwhere(code.reshape(4, 3) < 0)
        lowest = 1.0
        for fill in product(range(3), repeat=len(gaps)):
            codes = code.reshape(4, 3).copy()
            codes[tuple(gaps.T)] = fill
            lowest = min(lowest, percent_agreement(codes, n_labels=3, resamples=0).value)
        assert found["agreement"] == pytest.approx(lowest, abs=1e-12)


def test_the_worst_case_on_an_ordered_scale_fills_in_the_farthest_label() -> None:
    scale = Scale.of("interval", 3)
    filled = worst_counts([[4, 0, 0], [0, 0, 3], [2, 0, 2]], [2, 1, 0], scale)
    assert filled.tolist() == [[4, 0, 2], [1, 0, 3], [2, 0, 2]]


def test_each_wording_is_that_of_a_run_in_this_wording_alone() -> None:
    data, _, _ = run(np.random.default_rng(9), (4, 25, 3, 2, 2), 3, 0.3)
    table = agreement_by_policy(data, by_wording=True, resamples=50)
    together = table[table["wording"] == ""].reset_index(drop=True)
    pd.testing.assert_frame_equal(together, agreement_by_policy(data, resamples=50))
    for w, name in enumerate(data["wording"].to_numpy()):
        alone = agreement_by_policy(data.isel(wording=[w]), resamples=50).drop(columns="wording")
        pd.testing.assert_frame_equal(table[table["wording"] == name].reset_index(drop=True)[alone.columns], alone)


def test_a_persona_that_always_refuses() -> None:
    _data, code, status = run(np.random.default_rng(6), (3, 30, 1, 1, 1), 2, 0)
    code[:2] = code[0]
    code[2], status[2] = -1, REFUSAL
    table = agreement_by_policy(arrays.sampled(code, [1.0], 2, status), resamples=0)
    assert cell(table, policy="left out")["agreement"] == 1
    assert cell(table, policy="left out")["n_raters"] == 2
    assert cell(table, policy="own category")["agreement"] == pytest.approx(1 / 3)
    assert cell(table, policy="worst case")["agreement"] == pytest.approx(1 / 3)
    assert cell(table, policy="worst case")["n_raters"] == 3


def test_a_refusal_has_no_place_on_an_ordered_scale() -> None:
    data, _, _ = run(np.random.default_rng(7), (3, 10, 1, 1, 1), 3, 0.2)
    found = cell(agreement_by_policy(data.assign_attrs(level="ordinal"), resamples=0), policy="own category")
    assert np.isnan(found["alpha"])
    assert "ordinal" in found["note"]


def test_all_refused_is_undefined_and_bad_input_is_named() -> None:
    code = np.full((2, 5, 1, 1, 1), -1)
    table = agreement_by_policy(arrays.sampled(code, [1.0], 2, np.full(code.shape, REFUSAL)), resamples=20)
    assert "no unit has two labels" in cell(table, policy="left out")["note"]
    assert "unanimous" in cell(table, policy="own category")["note"]
    with pytest.raises(InputError, match="sampled run"):
        agreement_by_policy(arrays.exact(np.full((2, 3, 1, 1, 2), 0.5)))
    with pytest.raises(InputError, match="nobody"):
        agreement_by_policy(arrays.sampled(code, [1.0], 2), ["nobody"])
    with pytest.raises(InputError, match="label_mass"):
        labelless_rates(arrays.exact(np.full((2, 3, 1, 1, 2), 0.5)))
