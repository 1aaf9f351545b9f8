"""Conditions of equal size: as many labels of each item, a persona's own person first, and nothing else about them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.annotators.annotations import Annotations, _drawn
from engine.annotators.experiments.equal_size import THINNED, sizes_of, thinned_to_smallest
from engine.annotators.training.splits import item_splits
from tests.engine.annotators.map.simulated import annotations


def random_codes(n: int, n_items: int, missing: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2, (n, n_items))
    codes[1:][rng.random((n - 1, n_items)) < missing] = -1  # the first labels everything
    return codes


@pytest.fixture
def both() -> dict[str, Annotations]:
    people = annotations(random_codes(6, 80, 0.5, 1))
    personas = annotations(random_codes(6, 80, 0.0, 2), "personas", people=people.annotators)
    return {"people": people, "personas": personas}


def cells(side: Annotations) -> set[tuple[int, str]]:
    return {(int(i), side.people[a]) for i, a in zip(side.item, side.annotator, strict=True)}


def test_a_persona_keeps_the_items_that_its_own_person_labelled(both: dict[str, Annotations]) -> None:
    thinned = thinned_to_smallest(both)
    assert cells(thinned["personas"]) == cells(both["people"])
    assert len(thinned["people"]) == len(both["people"])
    assert thinned["people"].dropped == {}
    assert thinned["personas"].dropped == {THINNED: len(both["personas"]) - len(both["people"])}
    kept = {
        (i, a): k
        for i, a, k in zip(*(getattr(both["personas"], c) for c in ("item", "annotator", "label")), strict=True)
    }
    its = thinned["personas"]
    assert all(kept[i, a] == k for i, a, k in zip(its.item, its.annotator, its.label, strict=True))
    assert its.annotators == both["personas"].annotators


def test_each_item_keeps_as_many_labels_as_the_smallest_condition_has(both: dict[str, Annotations]) -> None:
    weak = annotations(random_codes(3, 80, 0.3, 3), "personas")
    three = both | {"weak": weak}
    counts = [np.bincount(side.item, minlength=80) for side in three.values()]
    for side in thinned_to_smallest(three, seed=4).values():
        np.testing.assert_array_equal(np.bincount(side.item, minlength=80), np.min(counts, axis=0))


def test_the_draw_repeats_with_its_seed() -> None:
    pair = {"few": annotations(random_codes(1, 80, 0, 5)), "many": annotations(random_codes(6, 80, 0, 6), "personas")}
    once, again, other = (thinned_to_smallest(pair, seed)["many"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(once.annotator, again.annotator)
    assert (once.annotator != other.annotator).any()


def test_labels_drawn_with_a_seed_are_neither_sorted_nor_chosen_by_the_same_seed() -> None:
    drawn = annotations(_drawn(np.full((6, 400, 2), 0.5), 0), "personas")
    shuffled = drawn.shuffled_annotators(0)
    means = [shuffled.label[shuffled.annotator == a].mean() for a in range(6)]
    assert np.abs(np.array(means) - 0.5).max() < 0.1, "5 standard errors are .125"
    alone = annotations(np.zeros((1, 400), dtype=int))
    kept = thinned_to_smallest({"one": alone, "drawn": drawn}, 0)["drawn"]
    assert abs(kept.label.mean() - 0.5) < 0.1


def test_sizes_are_counted_by_split(both: dict[str, Annotations]) -> None:
    splits = item_splits(both["people"])
    table = sizes_of(both, splits).set_index(["condition", "split"])
    test = both["people"].of_items(splits.test)
    row = table.loc["people", "test"]
    assert (row["n_labels"], row["n_items"], row["n_raters"]) == (len(test), 16, 6)
    assert row["labels_an_item"] == len(test) / 16
    assert row["labels_a_rater"] == len(test) / 6
    assert row["commonest"] == max(np.bincount(test.label)) / len(test)
    assert table.loc["personas"]["n_labels"].sum() == 480
