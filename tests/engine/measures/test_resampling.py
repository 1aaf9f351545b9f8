"""The bootstrap: its intervals cover the truth, it draws items and not rows, and its two ways of drawing agree."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measures import alpha, expected_alpha, resampling
from engine.measures.resampling import percentile_interval, resampled_sums, single_interval
from tests.engine.measures.demo_voices import drawn, rule

SIMULATIONS = 600


def corpus_of_coins(rng: np.random.Generator, a: float, b: float, n_items: int, n_raters: int) -> np.ndarray:
    """Raters who throw the item's own coin, its bias from Beta(a, b); alpha of the population is 1 / (a + b + 1)."""
    return (rng.random((n_raters, n_items)) < rng.beta(a, b, n_items)).astype(int)


def test_intervals_of_95_percent_cover_the_truth_that_often() -> None:
    rng = np.random.default_rng(11)
    a, b = 0.8, 1.2
    truth = 1 / (a + b + 1)
    estimates = [alpha(corpus_of_coins(rng, a, b, 200, 5), seed=seed) for seed in range(SIMULATIONS)]
    covered = np.mean([e.low <= truth <= e.high for e in estimates])
    assert 0.92 <= covered <= 0.98
    # Two-sided: neither end is wrong all the time.
    assert np.mean([truth < e.low for e in estimates]) < 0.05
    assert np.mean([truth > e.high for e in estimates]) < 0.06


def test_the_interval_of_alpha_covers_the_truth_in_92_to_98_percent_of_500_demo_corpora() -> None:
    """Posts drawn again from the demo's, people's labels drawn by its rule, gaps as the corpus has."""
    people = rule()
    both = np.stack([1 - people, people], axis=2)
    n, total = len(people), both.sum(axis=0)
    alike = ((total**2).sum() - (both**2).sum()) / (n * (n - 1)) / people.shape[1]
    truth = 1 - (1 - alike) / (1 - ((total.mean(axis=0) / n) ** 2).sum())  # of endlessly many items
    rng = np.random.default_rng(13)
    below = above = 0
    for seed in range(500):
        posts = rng.integers(0, people.shape[1], people.shape[1])
        found = alpha(drawn(people[:, posts], seed), n_labels=2, resamples=400, seed=seed)
        below, above = below + (truth < found.low), above + (found.high < truth)
    assert 10 <= below + above <= 40
    assert max(below, above) <= 25


def test_intervals_of_drawn_items_with_several_wordings_cover_the_truth() -> None:
    """Units of one item are alike, so drawing units would cover too rarely; drawing items does not."""
    rng = np.random.default_rng(12)
    truth, wordings, n_items = 1 / 3, 6, 80
    of_items, of_units = [], []
    for seed in range(300):
        bias = np.repeat(rng.beta(1, 1, n_items), wordings)
        codes = (rng.random((4, bias.size)) < bias).astype(int)
        cluster = np.repeat(np.arange(n_items), wordings)
        right, wrong = alpha(codes, cluster=cluster, resamples=500, seed=seed), alpha(codes, resamples=500, seed=seed)
        of_items.append(right.low <= truth <= right.high)
        of_units.append(wrong.low <= truth <= wrong.high)
        assert right.value == wrong.value
        assert right.n_items == n_items
    assert 0.92 <= np.mean(of_items) <= 0.98
    assert np.mean(of_units) < 0.86


def test_drawing_label_rows_would_be_several_times_too_narrow() -> None:
    """The trap this module exists against: many labels of few items hold little more than the items do."""
    rng = np.random.default_rng(13)
    codes = corpus_of_coins(rng, 0.5, 0.5, 40, 60)
    ours = alpha(codes)
    rows = []
    for _ in range(200):  # draw the 2,400 labels, keep each under its item
        label = rng.integers(0, codes.size, codes.size)
        ones = np.bincount(label % 40, weights=codes.T.ravel()[(label % 40) * 60 + label // 40], minlength=40)
        counts = np.stack([np.bincount(label % 40, minlength=40) - ones, ones], axis=1)
        n = counts.sum(axis=1)
        observed = (2 * counts[:, 0] * counts[:, 1] / np.maximum(n - 1, 1)).sum() / n.sum()
        share = counts.sum(axis=0) / n.sum()
        rows.append(1 - observed / (2 * share.prod()))
    low, high = np.quantile(rows, [0.025, 0.975])
    assert low < ours.value < high
    assert (ours.high - ours.low) > 3 * (high - low)


def test_grouped_and_ungrouped_draws_give_the_same_interval() -> None:
    codes = corpus_of_coins(np.random.default_rng(1), 1, 1, 400, 5)
    grouped = alpha(codes, resamples=20_000)
    one_by_one = alpha(codes, cluster=np.arange(400), resamples=20_000)
    assert grouped.value == one_by_one.value
    assert grouped.low == pytest.approx(one_by_one.low, abs=0.003)
    assert grouped.high == pytest.approx(one_by_one.high, abs=0.003)


def test_every_draw_takes_as_many_items_as_there_are() -> None:
    rows = np.ones((37, 1))
    assert (resampled_sums(rows, None, 50, seed=0) == 37).all()
    assert (resampled_sums(rows, np.arange(1, 38), 50, seed=0) == np.arange(1, 38).sum()).all()


def test_draws_in_chunks_are_draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).random((30, 2))
    whole = resampled_sums(rows, None, 100, seed=4)
    monkeypatch.setattr("engine.measures.resampling.CHUNK", 300)
    assert resampled_sums(rows, None, 100, seed=4) == pytest.approx(whole)  # the same draws; rounding may differ


def test_the_seed_decides_the_interval() -> None:
    codes = corpus_of_coins(np.random.default_rng(2), 1, 1, 50, 4)
    assert alpha(codes, seed=1) == alpha(codes, seed=1)
    assert alpha(codes, seed=1).low != alpha(codes, seed=2).low
    probability = np.random.default_rng(3).dirichlet([1, 1], (3, 50))
    assert expected_alpha(probability, seed=1) == expected_alpha(probability, seed=1)


def test_more_confidence_is_a_wider_interval() -> None:
    codes = corpus_of_coins(np.random.default_rng(2), 1, 1, 50, 4)
    narrow, wide = alpha(codes, confidence=0.5), alpha(codes, confidence=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_undefined_draws_are_left_out_and_counted() -> None:
    draws = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    low, high, undefined = percentile_interval(draws, 0.9)
    assert low[0] == pytest.approx(1.05)
    assert high[0] == pytest.approx(1.95)
    assert np.isnan([low[1], high[1]]).all()
    assert undefined.tolist() == [1, 3]
    assert single_interval(draws[:, 0], 0.9) == (low[0], high[0], 1)


def test_draws_are_the_same_in_blocks_in_32_bits_and_for_every_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(3).random((40, 3))
    whole = resampling.resampled_sums(rows, None, 60, 5)
    assert (resampling.resampled_weights(40, 60, 5).T.astype(float) @ rows) == pytest.approx(whole)
    small = resampling.resampled_sums(rows.astype(np.float32), None, 60, 5)
    assert small.dtype == np.float32
    assert small == pytest.approx(whole, rel=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        resampling._one_block(40, 60, 5)[0, 0] = 9  # kept for the next measure
    monkeypatch.setattr(resampling, "CHUNK", 7 * 40)
    assert resampling.resampled_sums(rows, None, 60, 5) == pytest.approx(whole)
