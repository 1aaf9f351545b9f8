"""Splits go by item, and every way in which they can fail is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.training.splits import Splits, item_splits
from engine.errors import InputError
from tests.engine.annotators.simulated import simulate


def with_splits(*names: str, n_items: int = 40) -> Annotations:
    its = simulate(n_items=n_items, n_annotators=2).annotations
    return replace(its, splits=tuple(names[i % len(names)] for i in range(n_items)))


def test_the_corpus_s_own_splits_count_however_they_are_spelled() -> None:
    found = item_splits(with_splits("Train", "train", "VALIDATION", "test"))
    assert [len(part) for part in (found.train, found.dev, found.test)] == [20, 10, 10]
    assert found.origin == "of the corpus"
    assert "i2" in found.dev
    for n_seed in (1, 2):
        assert item_splits(with_splits("train", "dev", "test"), seed=n_seed) == item_splits(
            with_splits("train", "dev", "test")
        )


def test_items_of_other_splits_are_left_out_and_counted() -> None:
    found = item_splits(with_splits("train", "dev", "test", "spare"))
    assert found.origin == "of the corpus, 10 items of other splits left out"
    assert not (found.train | found.dev | found.test) & {"i3", "i7"}


def test_without_a_dev_split_an_eighth_of_train_is_drawn() -> None:
    its = with_splits("train", "train", "train", "test")
    found = item_splits(its, seed=3)
    assert [len(part) for part in (found.train, found.dev, found.test)] == [26, 4, 10]
    assert found.origin == "of the corpus, dev drawn from train, seed 3"
    assert found == item_splits(its, seed=3)
    assert found.dev != item_splits(its, seed=4).dev
    assert found.test == item_splits(its, seed=4).test


@pytest.mark.parametrize("names", [("",), ("train",), ("train", "dev"), ("dev", "test")])
def test_without_train_and_test_splits_all_is_drawn(names: tuple[str, ...]) -> None:
    found = item_splits(with_splits(*names), seed=1)
    assert [len(part) for part in (found.train, found.dev, found.test)] == [28, 4, 8]
    assert found.origin == "drawn, seed 1"
    assert item_splits(with_splits("train", "dev", "test"), own=False).origin == "drawn, seed 0"


def test_only_labelled_items_are_split() -> None:
    its = simulate(n_items=40, n_annotators=3).annotations
    its = its.where(its.item < 10)
    found = item_splits(its)
    assert found.train | found.dev | found.test == {f"i{i}" for i in range(10)}
    parts = found.parts(its)
    assert sum(map(len, parts)) == len(its)
    assert all(part.items == its.items for part in parts)


def test_five_items_can_be_split_and_four_cannot() -> None:
    its = simulate(n_items=5, n_annotators=2).annotations
    assert all(len(part) for part in item_splits(its).parts(its))
    with pytest.raises(InputError, match="4 labelled items, too few"):
        item_splits(its.where(its.item < 4))


def test_an_item_in_two_splits_and_an_empty_split_are_told() -> None:
    with pytest.raises(InputError, match="'i1' is in two splits"):
        Splits(frozenset({"i1"}), frozenset(), frozenset({"i1"}), "mine")
    its = simulate(n_items=6, n_annotators=2).annotations
    with pytest.raises(InputError, match=r"no label on an item of the dev split \(mine\): 1 items are in train"):
        Splits(frozenset({"i1"}), frozenset({"elsewhere"}), frozenset({"i2"}), "mine").parts(its)
