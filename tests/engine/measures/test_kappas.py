"""Kappas against scikit-learn and statsmodels, their intervals, and what has no kappa."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as by_statsmodels

from engine.errors import InputError
from engine.measures import agreement_of_sets, cohen_kappa, fleiss_kappa
from tests.engine.measures.demo_voices import drawn, rule


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_cohens_kappa_is_scikit_learns_on_the_items_that_both_labelled(weights: str) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(-1, 4, (2, 80))
    both = (a >= 0) & (b >= 0)
    found = cohen_kappa(a, b, n_labels=4, weights=weights, resamples=200)  # type: ignore[arg-type]
    named = None if weights == "none" else weights
    assert found.value == pytest.approx(cohen_kappa_score(a[both], b[both], weights=named), abs=1e-9)
    assert found.low < found.value < found.high
    assert found.dropped == {"items without a label of both": int((~both).sum())}


def test_many_labels_in_a_narrow_type_do_not_overflow() -> None:
    codes = np.random.default_rng(2).integers(0, 100, (2, 300))
    codes[1, :150] = codes[0, :150]
    narrow = cohen_kappa(*codes.astype(np.int8), n_labels=100, resamples=20)
    assert narrow == cohen_kappa(*codes, n_labels=100, resamples=20)


def test_the_bootstrap_of_cohens_kappa_is_centred_on_it() -> None:
    a, b = drawn(rule(), 1, missing=0)[[0, 5]]
    rng = np.random.default_rng(0)
    draws = [cohen_kappa_score(a[i], b[i]) for i in rng.integers(0, 360, (400, 360))]
    found = cohen_kappa(a, b, resamples=4000)
    assert [found.low, found.high] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.02)


def test_fleiss_kappa_is_statsmodels_on_whole_items() -> None:
    codes = drawn(rule(), 2)
    whole = (codes >= 0).all(axis=0)
    table, _ = aggregate_raters(codes[:, whole].T, n_cat=2)
    found = fleiss_kappa(codes, n_labels=2, resamples=200)
    assert found.value == pytest.approx(by_statsmodels(table), abs=1e-9)
    assert found.dropped == {"items without a label of every rater": int((~whole).sum())}
    assert found.low < found.value < found.high


def test_an_annotator_with_no_label_does_not_empty_fleiss_kappa() -> None:
    codes = drawn(rule(), 3, missing=0)
    more = np.vstack([codes, np.full(360, -1)])
    assert fleiss_kappa(more, resamples=0) == fleiss_kappa(codes, resamples=0)


def test_agreement_of_sets_is_that_of_every_pair_across() -> None:
    first, second = drawn(rule()[:3], 4), drawn(rule()[3:5], 5)
    p = [np.where(c[..., None] < 0, np.nan, np.eye(2)[c]) for c in (first, second)]
    per_item = []
    for i in range(360):
        pairs = [x == y for x in first[:, i] for y in second[:, i] if x >= 0 and y >= 0]
        if pairs:
            per_item.append(np.mean(pairs))
    assert agreement_of_sets(*p, resamples=0).value == pytest.approx(np.mean(per_item), abs=1e-12)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lambda: cohen_kappa([0, 0], [0, 0]), "unanimous"),
        (lambda: cohen_kappa([0, -1], [-1, 0]), "no item in common"),
        (lambda: fleiss_kappa([[1, 1], [1, 1]]), "unanimous"),
        (lambda: fleiss_kappa([[0, 1], [-1, -1]]), "two raters"),
        (lambda: fleiss_kappa([[0, -1], [-1, 1]]), "no item has a label of every rater"),
    ],
)
def test_undefined_kappas_say_why(found, why) -> None:
    estimate = found()
    assert np.isnan(estimate.value)
    assert why in estimate.note


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="same order"):
        cohen_kappa([0, 1], [0])
    with pytest.raises(InputError, match="cubic"):
        cohen_kappa([0, 1], [0, 1], weights="cubic")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="same ones"):
        agreement_of_sets(np.ones((1, 2, 1)), np.ones((1, 3, 1)))
