"""The rule of the synthetic world: what moves it, what does not, and in which direction."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from engine.demo.people import draw_attributes
from engine.demo.posts import held_out_posts
from engine.demo.world import (
    ATTRIBUTES,
    NULL_ATTRIBUTES,
    TARGET_BY_KEY,
    TARGETS,
    Post,
    belongs,
    consensus,
    probability,
)


def post(target: str = "women", intensity: int = 2, phrase_logit: float = 0.0) -> Post:
    return Post("text", target, intensity, 20, phrase_logit)


def test_null_attributes_never_change_a_probability() -> None:
    rng = random.Random(0)
    for p in held_out_posts()[:100]:
        person = draw_attributes(rng)
        for name in NULL_ATTRIBUTES:
            assert {probability(p, person | {name: value}) for value in ATTRIBUTES[name]} == {probability(p, person)}


@pytest.mark.parametrize("target", [t for t in TARGETS if t.attribute], ids=lambda t: t.key)
def test_members_find_a_post_about_their_own_group_worse(target) -> None:
    member = {target.attribute: target.value}
    p = post(target.key)
    assert belongs(p, member)
    assert not belongs(p, {})
    stance = {"left": 0.6, "right": -0.6}.get(target.value, 0.0) * target.politics
    gender = {"woman": 0.3, "man": -0.2}.get(target.value, 0.0)
    assert logit_of(probability(p, member)) - logit_of(probability(p, {})) == pytest.approx(
        target.match + stance + gender
    )


def logit_of(p: float) -> float:
    return math.log(p / (1 - p))


def test_politics_and_gender_move_everybody_in_the_same_direction() -> None:
    for p in held_out_posts()[:100]:
        target = TARGET_BY_KEY[p.target]
        if target.attribute != "politics":
            left, centre, right = (probability(p, {"politics": v}) for v in ATTRIBUTES["politics"])
            assert left > centre == probability(p, {}) > right
        if target.attribute != "gender":
            assert probability(p, {"gender": "woman"}) > probability(p, {}) > probability(p, {"gender": "man"})


def test_harsher_posts_are_likelier_hate_speech() -> None:
    for target, tone in itertools.product(TARGETS, (-0.5, 0.5)):
        chances = [probability(post(target.key, i, tone), {}) for i in range(4)]
        assert chances == sorted(chances)
        assert chances[0] < 0.1
        assert chances[3] > 0.5


def test_an_attribute_not_mentioned_adds_nothing() -> None:
    assert probability(post(), {"shoe size": "44"}) == probability(post(), {})
    assert probability(post(), {"politics": "unheard of"}) == probability(post(), {})


def test_consensus_keeps_the_given_share_of_the_personas_effect() -> None:
    person = {"gender": "woman", "politics": "left"}
    blind, own = logit_of(probability(post(), {})), logit_of(probability(post(), person))
    assert consensus(post(), person, 1.0) == pytest.approx(probability(post(), person))
    assert consensus(post(), person, 0.0) == pytest.approx(probability(post(), {}))
    assert logit_of(consensus(post(), person, 0.25)) == pytest.approx(blind + 0.25 * (own - blind))
