"""Label rates, departing and differing items: against brute force, and unbiased where answers are few."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import (
    DEPARTING_COLUMNS,
    DIFFERING_COLUMNS,
    LABEL_RATE_COLUMNS,
    Voices,
    departing_items,
    differing_items,
    label_rates,
)
from tests.engine.measures.stand_ins import voices_of


def drawn(n_personas: int = 4, n_items: int = 12, n_labels: int = 3, seed: int = 0) -> Voices:
    return voices_of(np.random.default_rng(seed).dirichlet(np.ones(n_labels), (n_personas, n_items)))


def with_holes(voices: Voices) -> Voices:
    """The first persona lacks items 0 and 1; nobody but the last has item 2."""
    p = voices.probability.copy()
    p[0, :2] = p[:-1, 2] = np.nan
    return dataclasses.replace(voices, probability=p, draws=np.where(np.isnan(p[..., 0]), 0.0, voices.draws))


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(((a - b) ** 2).sum() / 2)


def test_rates_are_means_over_the_items_that_have_labels() -> None:
    voices = with_holes(drawn())
    table = label_rates(voices, resamples=100)
    assert list(table.columns) == list(LABEL_RATE_COLUMNS)
    first = table[table["persona"] == "p0"]
    assert list(first["label"]) == list(voices.labels)
    assert first["rate"].to_numpy() == pytest.approx(np.nanmean(voices.of_items()[0], axis=0))
    assert set(first["n_items"]) == {9}
    assert set(first["dropped"]) == {3}
    assert ((table["low"] <= table["rate"]) & (table["rate"] <= table["high"])).all()
    assert table.groupby("persona")["rate"].sum().to_numpy() == pytest.approx(np.ones(4))


def test_intervals_of_rates_cover_the_truth() -> None:
    covered = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        p = np.stack([share := random.beta(1, 3, (1, 60)), 1 - share], axis=2)
        row = label_rates(voices_of(p), resamples=300, seed=seed).iloc[0]
        covered.append(row["low"] <= 0.25 <= row["high"])
    assert 0.90 <= np.mean(covered) <= 0.99


def test_a_persona_without_labels_has_no_rate_and_says_why() -> None:
    voices = drawn()
    p = voices.probability.copy()
    p[1] = np.nan
    p[2, 1:] = np.nan
    table = label_rates(dataclasses.replace(voices, probability=p)).set_index("persona")
    assert table.loc["p1", "rate"].isna().all()
    assert set(table.loc["p1", "note"]) == {"the persona has no label"}
    assert table.loc["p2", "rate"].notna().all()
    assert table.loc["p2", "low"].isna().all()
    assert set(table.loc["p2", "note"]) == {"one item: no interval"}


def test_departures_are_distances_from_the_mean_of_the_others() -> None:
    voices = with_holes(drawn())
    table = departing_items(voices, "p1")
    assert list(table.columns) == list(DEPARTING_COLUMNS)
    assert table["departure"].dropna().is_monotonic_decreasing
    p = voices.of_items()
    for row in table.to_dict("records"):
        i = voices.items.index(row["item_id"])
        others = [p[j, i] for j in (0, 2, 3) if not np.isnan(p[j, i, 0])]
        assert row["n_others"] == len(others)
        mean = np.mean(others, axis=0)
        assert row["departure"] == pytest.approx(apart(p[1, i], mean), nan_ok=True)
        if i != 2:
            label = int(np.abs(p[1, i] - mean).argmax())
            assert row["label"] == voices.labels[label]
            assert (row["probability"], row["others"]) == pytest.approx((p[1, i, label], mean[label]))


def test_differences_are_mean_distances_of_two_personas() -> None:
    voices = with_holes(drawn())
    table = differing_items(voices)
    assert list(table.columns) == list(DIFFERING_COLUMNS)
    p = voices.of_items()
    for row in table.to_dict("records"):
        i = voices.items.index(row["item_id"])
        there = [j for j in range(4) if not np.isnan(p[j, i, 0])]
        if len(there) < 2:
            assert (row["difference"], row["most"]) == pytest.approx((np.nan, np.nan), nan_ok=True)
            continue
        pairs = [apart(p[a, i], p[b, i]) for a, b in itertools.combinations(there, 2)]
        assert row["n_personas"] == len(there)
        assert row["difference"] == pytest.approx(np.mean(pairs))
        label = voices.labels.index(row["label"])
        known = {voices.personas[j]: p[j, i, label] for j in there}
        assert row["most"] == pytest.approx(max(known.values()))
        assert known[row["most_persona"]] == max(known.values())
        assert known[row["least_persona"]] == pytest.approx(row["least"]) == pytest.approx(min(known.values()))
    assert table["item_id"].iloc[-1] == "i2", "an item with one persona has no difference"


def test_few_answers_do_not_add_to_distances() -> None:
    """Three answers an item stand in for the distribution; over many items both means come out as of it."""
    rng = np.random.default_rng(4)
    true = rng.beta(1, 2, (3, 6000))
    counts = rng.binomial(3, true) / 3
    exact, few = voices_of(np.stack([true, 1 - true], 2)), voices_of(np.stack([counts, 1 - counts], 2), draws=3.0)
    for read in (lambda v: departing_items(v, "p0")["departure"], lambda v: differing_items(v)["difference"]):
        assert read(few).mean() == pytest.approx(read(exact).mean(), abs=0.012)
    once = voices_of(np.stack([counts, 1 - counts], 2), draws=1.0)
    assert differing_items(once)["difference"].isna().all(), "one answer cannot tell noise from distance"


def test_nobody_and_nothing_stop_neither() -> None:
    empty = voices_of(np.zeros((2, 0, 2)))
    assert departing_items(empty, "p0").empty
    assert differing_items(empty).empty
    alone = departing_items(voices_of(np.full((1, 3, 2), 0.5)), "p0")
    assert alone["departure"].isna().all()
    assert differing_items(voices_of(np.zeros((0, 3, 2))))["difference"].isna().all()


def test_an_unknown_persona_is_refused() -> None:
    with pytest.raises(InputError, match="persona 'p9' is not among the 4"):
        departing_items(drawn(), "p9")
