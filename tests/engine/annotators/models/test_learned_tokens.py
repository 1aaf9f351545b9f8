"""Tokens learned of people and personas together: everybody's place, whose vectors are near whose, who has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotators.models.learned_tokens import learned_tokens, together
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.errors import InputError
from tests.engine.annotators.simulated import personas_of, simulate, trainer

WORLD = simulate(3, n_items=300, n_annotators=6, direction=0.9, own_splits=True)
FAITHFUL = personas_of(WORLD, fidelity=1.0)


def test_labels_of_all_sides_stand_side_by_side():
    both = together((WORLD.annotations, FAITHFUL.annotations))
    assert len(both) == len(WORLD.annotations) + len(FAITHFUL.annotations)
    assert both.annotators[0] == "people: a0"
    assert both.annotators[6] == "personas: strong-a0"
    assert both.people == WORLD.annotations.annotators * 2
    second = both.annotator >= 6
    np.testing.assert_array_equal(both.annotator[second] - 6, FAITHFUL.annotations.annotator)
    np.testing.assert_array_equal(both.label[second], FAITHFUL.annotations.label)


def test_people_and_personas_of_one_name_stay_apart():
    twin = replace(FAITHFUL.annotations, annotators=WORLD.annotations.annotators)
    assert len(set(together((WORLD.annotations, twin)).annotators)) == 12


def test_faithful_personas_learn_tokens_nearest_to_their_own_person():
    maker = trainer(WORLD, FAITHFUL, store=None, settings=TrainingSettings(epochs=60, hidden=16))
    (tokens,) = learned_tokens((WORLD.annotations, FAITHFUL.annotations), 1, maker)
    apart = np.linalg.norm(tokens[6:, None] - tokens[None, :6], axis=-1)
    assert (apart.argmin(axis=1) == np.arange(6)).mean() >= 5 / 6


def test_the_same_seed_gives_the_same_tokens_and_another_other_ones():
    told: list[str] = []
    quick = TrainingSettings(epochs=2, hidden=4)
    maker = trainer(WORLD, store=None, settings=quick, told=lambda what, done, total: told.append(what))
    first, again = (learned_tokens([WORLD.annotations], [1], maker) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    both = learned_tokens([WORLD.annotations], [1, 2], maker)
    assert both.shape == (2, 6, 4)
    np.testing.assert_array_equal(both[0], first[0])
    assert not np.allclose(both[1], first[0])
    assert told[-3:] == ["user token, seed 1", "user token, seed 2", "done"]


def test_annotators_without_a_training_label_have_no_token():
    splits = item_splits(WORLD.annotations)
    in_train = np.isin(WORLD.annotations.item, [WORLD.annotations.item_place[i] for i in splits.train])
    kept = WORLD.annotations.where(~((WORLD.annotations.annotator == 2) & in_train))
    maker = trainer(WORLD, store=None, settings=TrainingSettings(epochs=1, hidden=4))
    (tokens,) = learned_tokens([kept], 1, maker)
    assert np.isnan(tokens[2]).all()
    assert np.isfinite(np.delete(tokens, 2, axis=0)).all()


def test_sides_without_common_items_are_refused():
    other = simulate(5, n_items=20)
    apart = replace(other.annotations, items=tuple(f"x{i}" for i in range(20)))
    with pytest.raises(InputError, match="no item has labels in all"):
        learned_tokens((WORLD.annotations, apart), 1, trainer(WORLD, other, store=None))
