"""Encodings on simulations: a text that decides helps where labels are few, groups that decide suffice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.annotators.annotations import Annotations
from engine.annotators.experiments.encodings import (
    ENCODINGS,
    FROM_TEXT,
    GROUP,
    GROUP_THEN_PERSON,
    PERSONA_TEXT,
    Encodings,
    compare_encodings,
    description_vectors,
    group_vectors,
)
from engine.annotators.experiments.thinning import with_labels_each
from engine.annotators.models.modules import START_SPREAD, TOKEN_GAIN, build_module, start_tokens
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import Splits, item_splits
from engine.errors import InputError
from tests.engine.annotators.simulated import SimulatedTrainer, World, personas_of, simulate, trainer

SETTINGS = TrainingSettings(learning_rate=3e-3, epochs=40)


def with_few_training_labels(annotations: Annotations, splits: Splits, n: int) -> Annotations:
    """All labels of test items, and n an annotator on the others."""
    test = np.isin(annotations.item, [annotations.item_place[name] for name in splits.test])
    few = with_labels_each(annotations.where(~test), n, 0)
    both = (np.concatenate([getattr(few, c), getattr(annotations, c)[test]]) for c in ("item", "annotator", "label"))
    return replace(annotations, **dict(zip(("item", "annotator", "label"), both, strict=True)))


@pytest.fixture(scope="module")
def personas() -> World:
    """Thirty personas that react to different directions of a text, which their descriptions give away."""
    return personas_of(simulate(0, n_items=200, n_annotators=30, direction=0.7, noise=0.1), 1)


@pytest.fixture(scope="module")
def quick(personas: World) -> SimulatedTrainer:
    return trainer(personas, settings=SETTINGS, store=None)


@pytest.fixture(scope="module")
def described(personas: World, quick: SimulatedTrainer) -> Encodings:
    splits = item_splits(personas.annotations)
    few = with_few_training_labels(personas.annotations, splits, 20)
    wanted = [PERSONA_TEXT, FROM_TEXT]
    return compare_encodings(few, wanted, 3, splits=splits, trainer=quick, resamples=200)


def test_descriptions_that_decide_help_where_labels_are_few(described: Encodings) -> None:
    value = described.gains.set_index(["model", "against"])["value"]
    assert value[PERSONA_TEXT, "text only"] > 0.05
    assert value[PERSONA_TEXT, "user token"] > 0.02
    assert value[FROM_TEXT, "user token"] > -0.02, "a start at the text helps, or does no harm"
    assert described.signature.verdict != "found"


def test_every_encoding_is_held_against_text_only_and_the_user_token(described: Encodings) -> None:
    pairs = list(zip(described.gains["model"], described.gains["against"], strict=True))
    over_text = [(name, "text only") for name in ("user token", FROM_TEXT, PERSONA_TEXT)]
    assert pairs == [*over_text, (FROM_TEXT, "user token"), (PERSONA_TEXT, "user token")]
    value = described.gains.set_index(["model", "against"])["value"]
    apart = value[FROM_TEXT, "text only"] - value["user token", "text only"]
    assert value[FROM_TEXT, "user token"] == pytest.approx(apart)
    assert described.comparison.predictions.models == ("text only", "user token", FROM_TEXT, PERSONA_TEXT)
    assert described.words[0] == described.signature.evidence
    assert len(described.words) > 1


def test_groups_suffice_where_they_decide_and_people_have_no_descriptions() -> None:
    world = simulate(1, n_items=150, n_annotators=9, bias=1.0, direction=0.5, noise=0.1, n_groups=3, by_group=True)
    found = compare_encodings(world.annotations, None, 2, trainer=trainer(world, settings=SETTINGS, store=None),
                              resamples=100)  # fmt: skip
    assert set(found.left_out) == {FROM_TEXT, PERSONA_TEXT}
    assert found.left_out[FROM_TEXT] == "9 of 9 annotators of simulated people have no description"
    value = found.gains.set_index(["model", "against"])["value"]
    for name in (GROUP, GROUP_THEN_PERSON, "attributes"):
        assert value[name, "text only"] > 0.05
        assert value[name, "user token"] > -0.05


def test_vectors_of_descriptions_are_centred_and_of_mean_square_one(personas: World, quick: SimulatedTrainer) -> None:
    vectors = description_vectors(personas.annotations, quick)
    assert vectors.shape == (30, 8)
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)
    assert (vectors**2).mean() == pytest.approx(1)
    raw = personas.weights.mean(axis=1)
    ratio = np.linalg.norm(vectors[0] - vectors[1]) / np.linalg.norm(vectors[2] - vectors[3])
    assert ratio == pytest.approx(np.linalg.norm(raw[0] - raw[1]) / np.linalg.norm(raw[2] - raw[3]), rel=1e-5)
    same = replace(personas.annotations, descriptions=("one",) * 30)
    with pytest.raises(InputError, match="the same description"):
        description_vectors(same, quick)


def test_tokens_start_as_far_apart_as_descriptions_are() -> None:
    given = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    given[1], given[2] = given[0], -given[0]
    tokens = []
    for _ in range(2):
        torch.manual_seed(3)
        module = build_module(ENCODINGS[FROM_TEXT], 8, 2, 5, 0, TrainingSettings(hidden=2048))
        start_tokens(module, given)
        tokens.append(module.token.weight.detach().numpy())
    np.testing.assert_array_equal(*tokens)
    start = tokens[0]
    assert (start[5] == 0).all(), "the unknown annotator"
    np.testing.assert_array_equal(start[0], start[1])
    far = [np.linalg.norm(of[0] - of[2]) / np.linalg.norm(of[3] - of[4]) for of in (given, start)]
    assert far[1] == pytest.approx(far[0], rel=0.15), "random directions keep distances, about"
    assert start[:5].std() == pytest.approx(START_SPREAD / TOKEN_GAIN, rel=1e-3)


def test_groups_are_one_column_each(personas: World) -> None:
    groups = ("b", "a", "", *("a",) * 27)
    vectors = group_vectors(replace(personas.annotations, groups=groups))
    np.testing.assert_array_equal(vectors[:4], [[0, 1], [1, 0], [0, 0], [1, 0]])
    for wrong in (("a",) * 30, tuple(map(str, range(30)))):
        with pytest.raises(InputError, match="say nothing beside the annotator"):
            group_vectors(replace(personas.annotations, groups=wrong))


def test_bad_calls_are_told(personas: World, quick: SimulatedTrainer) -> None:
    with pytest.raises(InputError, match=r"'horoscope' is no encoding.*'persona text'"):
        compare_encodings(personas.annotations, ["horoscope"], trainer=quick)
    bare = replace(personas.annotations, descriptions=("",) * 30)
    with pytest.raises(InputError, match="leaves no encoding to compare"):
        compare_encodings(bare, [FROM_TEXT], 1, trainer=quick)
    assert all(kind.knows_who == (name != "text only") for name, kind in ENCODINGS.items())
