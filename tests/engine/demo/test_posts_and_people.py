"""Posts and persona texts: what is held out stays out, and every text says what it should."""

from __future__ import annotations

import random

import pytest

from engine.demo.people import ASSISTANTS, SENTENCES, describe, draw_subset, say, steady
from engine.demo.posts import HELD_OUT, PHRASES, draw_training_post, held_out_posts, reserved
from engine.demo.world import ATTRIBUTES, TARGET_BY_KEY, TARGETS, belongs


def test_training_never_sees_a_held_out_text_or_a_reserved_pair() -> None:
    held_out = {p.text for p in held_out_posts()}
    assert len(held_out) == HELD_OUT
    keys = [t.key for t in TARGETS]
    rng = random.Random(5)
    for _ in range(3000):
        p = draw_training_post(rng)
        assert p.text not in held_out
        assert not reserved(p.phrase, keys.index(p.target))


def test_half_of_the_held_out_posts_join_what_training_never_joined() -> None:
    keys = [t.key for t in TARGETS]
    assert sum(reserved(p.phrase, keys.index(p.target)) for p in held_out_posts()) == HELD_OUT // 2
    for phrase in range(sum(map(len, PHRASES))):
        assert sum(reserved(phrase, t) for t in range(len(TARGETS))) == len(TARGETS) // 6


def test_posts_are_short_and_name_their_group() -> None:
    for p in held_out_posts():
        assert any(name in p.text for name in TARGET_BY_KEY[p.target].names)
        assert 4 <= len(p.text.split()) <= 45
        assert "{" not in p.text


@pytest.mark.parametrize("name", list(ATTRIBUTES))
def test_every_wording_tells_the_values_of_an_attribute_apart(name) -> None:
    for form in SENTENCES[name]:
        texts = [say(name, value, form) for value in ATTRIBUTES[name]]
        assert len(set(texts)) == len(texts), form
        assert not any("{" in t or "  " in t or " ." in t for t in texts), texts


def test_the_held_out_wording_of_each_attribute_is_not_drawn_in_training() -> None:
    rng = random.Random(1)
    fixed = [form.split("{")[0] for forms in SENTENCES.values() for form in forms[-1:]]
    assert all(len(start) > 8 for start in fixed)
    for _ in range(2000):
        person = {n: rng.choice(v) for n, v in ATTRIBUTES.items()}
        text = describe(rng, person)
        assert not any(start in text for start in fixed), text
    assert any(start in describe(rng, person, held_out=True) for start in fixed)


def test_no_attributes_make_an_assistant() -> None:
    assert describe(random.Random(1), {}) in ASSISTANTS


def test_steady_texts_differ_only_where_the_attributes_do() -> None:
    before = {"age": "18-29", "gender": "woman", "politics": "left", "region": "north"}
    for draw in map(str, range(50)):
        one, other = (steady(draw, before | {"politics": value}) for value in ("left", "right"))
        different = [(a, b) for a, b in zip(one.split(), other.split(), strict=True) if a != b]
        assert len(different) == 1, (one, other)
        shorter = steady(draw, {k: v for k, v in before.items() if k != "region"})
        assert one.startswith(shorter)


def test_a_share_of_personas_is_made_members() -> None:
    rng = random.Random(2)
    drawn = []
    for _ in range(1500):
        p = draw_training_post(rng)
        drawn.append((p, draw_subset(rng, TARGET_BY_KEY[p.target], 1.0)))
    assert all(belongs(p, a) for p, a in drawn if TARGET_BY_KEY[p.target].attribute)
    assert {len(a) for _, a in drawn} == {1, 2, 3, 4, 5, 6}
