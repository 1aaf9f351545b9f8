"""Alpha against the definition, the krippendorff package and published values; what stays undefined, and why."""

from __future__ import annotations

import math
from pathlib import Path

import krippendorff
import numpy as np
import pytest

from engine.corpora.lewidi2023 import read_lewidi2023
from engine.errors import InputError
from engine.measures import alpha, expected_alpha, human_agreement, percent_agreement
from engine.measures.coincidence import Scale, label_counts, solve, terms_of_counts
from engine.runs.label_arrays import human_labels
from tests.engine.measures import brute_force

LEVELS = ("nominal", "ordinal", "interval", "ratio")
VALUES = (0.0, 1.0, 2.5, 7.0)


def some_codes(seed: int, n_raters: int = 5, n_units: int = 30, n_labels: int = 4, missing: float = 0.3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    liked = rng.integers(0, n_labels, n_units)
    codes = np.where(rng.random((n_raters, n_units)) < 0.6, liked, rng.integers(0, n_labels, (n_raters, n_units)))
    return np.where(rng.random(codes.shape) < missing, -1, codes)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(5))
def test_alpha_equals_its_definition_the_package_and_our_closed_form(level: str, seed: int) -> None:
    codes = some_codes(seed)
    value = alpha(codes, n_labels=4, level=level, values=VALUES, resamples=0).value
    assert value == pytest.approx(brute_force.alpha(codes, level, VALUES), abs=1e-9)
    data = np.where(codes < 0, np.nan, np.array(VALUES)[codes])
    assert value == pytest.approx(
        krippendorff.alpha(reliability_data=data, value_domain=VALUES, level_of_measurement=level), abs=1e-9
    )
    scale = Scale.of(level, 4, VALUES)
    sums = terms_of_counts(label_counts(codes, 4), scale).sum(axis=0)
    assert value == pytest.approx(float(solve(sums, scale).alpha), abs=1e-9)


@pytest.mark.parametrize("dtype", [np.int8, np.int64])
@pytest.mark.parametrize("at_once", [1, 7, 40, 10_000])
def test_counting_in_blocks_counts_the_same(at_once: int, dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.measures.coincidence.LABELS_AT_ONCE", at_once)
    codes = some_codes(3).astype(dtype)
    expected = (codes[:, :, None] == np.arange(4)).sum(axis=0)
    np.testing.assert_array_equal(label_counts(codes, 4), expected)
    assert label_counts(codes[:, :0], 4).shape == (0, 4)
    assert not label_counts(codes[:0], 4).any()


def test_narrow_codes_give_the_same_as_wide_ones() -> None:
    """120 labels, 150 raters: nothing may overflow in the type that the codes came in."""
    codes = np.random.default_rng(0).integers(-1, 120, (150, 60))
    wide, narrow = (alpha(codes.astype(kind), level="interval", resamples=50) for kind in (np.int64, np.int8))
    assert wide == narrow


def test_krippendorffs_own_example() -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C: four observers, 12 units."""
    data = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
    codes = np.array(data) - 1
    published = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
    for level, value in published.items():
        estimate = alpha(codes, level=level, values=[1, 2, 3, 4, 5])
        assert round(estimate.value, 3) == value
        assert (estimate.n_items, estimate.n_raters, estimate.dropped) == (11, 4, {"units with one label": 1})


@pytest.mark.parametrize("level", LEVELS)
def test_expected_alpha_of_certain_labels_is_alpha(level: str) -> None:
    codes = some_codes(3)
    certain = np.where(codes[..., None] < 0, np.nan, np.eye(4)[codes])
    drawn, exact = (
        alpha(codes, n_labels=4, level=level, values=VALUES),
        expected_alpha(certain, level=level, values=VALUES),
    )
    assert exact.value == pytest.approx(drawn.value, abs=1e-12)
    assert (exact.n_items, exact.n_raters, exact.dropped) == (drawn.n_items, drawn.n_raters, drawn.dropped)


@pytest.mark.parametrize("level", LEVELS)
def test_expected_alpha_is_the_mean_of_drawn_alphas(level: str) -> None:
    """A ratio of expectations stands for the mean of ratios: at 100 items the bias is below Monte-Carlo error."""
    rng = np.random.default_rng(5)
    probability = rng.dirichlet([0.6, 0.4, 0.3], size=100)[None] * 0.6 + rng.dirichlet([0.5] * 3, size=(4, 100)) * 0.4
    probability[rng.random((4, 100)) < 0.1] = np.nan
    scale = Scale.of(level, 3)
    counts = (label_counts(brute_force.draw(probability, rng), 3) for _ in range(4000))
    draws = [float(solve(terms_of_counts(drawn, scale).sum(axis=0), scale).alpha) for drawn in counts]
    error = np.std(draws) / math.sqrt(len(draws))
    assert expected_alpha(probability, level=level, resamples=0).value == pytest.approx(np.mean(draws), abs=4 * error)
    assert error < 0.0012  # else the line above would accept anything


def test_expected_chance_leaves_out_a_rater_paired_with_itself() -> None:
    """E[n_k n_l] = E n_k E n_l + Cov: without the covariance, few labels would make it visibly wrong."""
    probability = np.full((2, 3, 2), 0.5)  # six fair coins
    # D_o: two coins differ half the time. D_e: so do any two of the six, whoever threw them.
    assert expected_alpha(probability, resamples=0).value == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("codes", "reason", "dropped"),
    [
        ([[1, 1, 1], [1, 1, -1]], "unanimous", {"units with one label": 1}),
        ([[0, 1, 0]], "only one rater", {"units with one label": 3, "raters without a label to compare": 1}),
        ([[0, -1], [-1, 1]], "no unit has two labels", {"units with one label": 2}),
        ([[-1, -1], [-1, -1]], "no labels", {"units without a label": 2}),
        (np.zeros((3, 0), dtype=int), "no labels", {}),
        (np.zeros((0, 3), dtype=int), "no labels", {"units without a label": 3}),
    ],
)
def test_undefined_alpha_is_nan_with_its_reason(codes: object, reason: str, dropped: dict[str, int]) -> None:
    estimate = alpha(codes, n_labels=2)  # type: ignore[arg-type]
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.low)
    assert reason in estimate.note
    assert dropped.items() <= estimate.dropped.items()
    assert estimate.to_dict()["value"] is None


def test_unanimous_labels_still_have_percent_agreement() -> None:
    assert "100 %" in alpha([[1, 1], [1, 1]]).note
    assert percent_agreement([[1, 1], [1, 1]]).value == 1.0


def test_percent_agreement_counts_equal_pairs() -> None:
    estimate = percent_agreement([[0, 0, 1, 1], [0, 1, 1, 1]])
    assert estimate.value == 0.75
    assert estimate.low < 0.75 < estimate.high <= 1


def test_one_item_has_a_value_but_no_interval() -> None:
    estimate = alpha([[0, 1], [1, 0]], cluster=["a", "a"])
    assert estimate.value < 0
    assert math.isnan(estimate.low)
    assert "one item" in estimate.note
    assert estimate.n_items == 1


def test_resamples_without_disagreement_are_left_out_and_named() -> None:
    estimate = alpha([[0, 0, 0, 1], [0, 0, 0, 0]])  # a third of all resamples miss the only disagreement
    assert estimate.defined
    assert "unanimous" in estimate.note
    assert not math.isnan(estimate.low)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": [0, 1]}, "raters x units"),
        ({"codes": [[0.0, 1.0]]}, "whole numbers"),
        ({"codes": [[0, 2]]}, r"\[2\]"),
        ({"codes": [[0, -2]]}, r"\[-2\]"),
        ({"level": "cardinal"}, "nominal, ordinal, interval, ratio"),
        ({"level": "interval", "values": [1.0]}, "1 numbers for 2 labels"),
        ({"level": "interval", "values": [1.0, 1.0]}, "one number"),
        ({"level": "ratio", "values": [-1.0, 1.0]}, "below 0"),
        ({"level": "interval", "values": [math.nan, 1.0]}, "finite"),
        ({"cluster": [0]}, "one item for each of the 2 units"),
        ({"confidence": 95}, "between 0 and 1"),
        ({"resamples": -1}, "below 0"),
    ],
)
def test_input_that_cannot_be_used_is_refused(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"codes": [[0, 1], [1, 1]], "n_labels": 2} | change
    with pytest.raises(InputError, match=message):
        alpha(arguments.pop("codes"), **arguments)  # type: ignore[arg-type]


def test_probabilities_that_are_no_distribution_are_refused() -> None:
    with pytest.raises(InputError, match="first: rater 1, unit 0"):
        expected_alpha([[[0.5, 0.5]], [[0.5, 0.6]]])
    with pytest.raises(InputError, match="raters x units x labels"):
        expected_alpha([[0.5, 0.5]])


def test_real_corpora_give_the_reference_values(shared_corpora: Path) -> None:
    brexit = human_labels(read_lewidi2023(shared_corpora / "HS-Brexit_dataset"))
    estimate = human_agreement(brexit)
    assert (round(estimate.value, 4), estimate.n_items, estimate.n_raters) == (0.3475, 1120, 6)
    assert estimate.low < 0.32 < 0.375 < estimate.high
    groups = {human_agreement(brexit, group).value for group in set(brexit["group"].to_numpy().tolist())}
    assert sorted(round(value, 4) for value in groups) == [0.4337, 0.5816]
    abuse = human_labels(read_lewidi2023(shared_corpora / "ConvAbuse_dataset"))
    estimate = human_agreement(abuse)
    assert (round(estimate.value, 4), estimate.n_items, estimate.n_raters) == (0.6495, 4050, 8)
