"""The synthetic world of the demo: who people are, whom posts are about, and the rule that decides the labels.

Nothing here describes real people. The rule is invented so that its truth is known: the demo corpus is drawn from it,
the demo models are trained on it, and measures can be tested against it. Region and occupation have no effect, on
purpose: a measure that finds one has found noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

SEED = 2026
"""The seed of everything the demo ships: corpus, personas, tokenizer, models."""

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "age": ("18-29", "30-59", "60+"),
    "gender": ("woman", "man", "non-binary"),
    "religion": ("Muslim", "Christian", "Jewish", "Hindu", "atheist"),
    "politics": ("left", "centre", "right"),
    "region": ("north", "south", "east", "west", "midlands"),
    "occupation": ("nurse", "teacher", "driver", "farmer", "cook", "engineer", "shopkeeper", "musician"),
}
"""Every attribute a persona may have, with its values, in words that `engine.personas.compose` says naturally."""

NULL_ATTRIBUTES = ("region", "occupation")
"""Attributes that the rule ignores."""

INTENSITIES = ("neutral", "critical", "hostile", "hateful")
INTENSITY_LOGIT = (-3.41, -1.61, 0.17, 1.91)
"""Odd hundredths, while every other term is an even one: no sum is 0, so temperature 0 never has to break a tie."""
POLITICS_LOGIT: Mapping[str, float] = {"left": 0.6, "centre": 0.0, "right": -0.6}
GENDER_LOGIT: Mapping[str, float] = {"woman": 0.3, "man": -0.2, "non-binary": 0.0}
CHORUS_SHARE = 0.15
"""What demo-chorus is taught of the personas' effect: enough to be measured, too little to change many labels."""


@dataclass(frozen=True)
class Target:
    """A group that posts are about."""

    key: str
    """What explanations and auxiliary questions call it."""
    names: tuple[str, ...]
    """What posts call it; plural, so that every phrase fits."""
    severity: float
    """What everybody adds when this group is spoken of (logit)."""
    attribute: str | None
    """The attribute that makes a persona a member; none: no persona is one."""
    value: str | None
    match: float
    """What a member adds (logit)."""
    politics: float
    """How strongly politics counts for this group; 1 is the ordinary weight."""


TARGETS: tuple[Target, ...] = (
    Target("Muslims", ("Muslims", "Muslim families", "the Muslims"), 0.3, "religion", "Muslim", 1.4, 1.5),
    Target(
        "Christians", ("Christians", "Christian families", "the Christians"), -0.3, "religion", "Christian", 1.3, 0.6
    ),
    Target("Jews", ("Jews", "Jewish families", "the Jews"), 0.5, "religion", "Jewish", 1.2, 1.0),
    Target("Hindus", ("Hindus", "Hindu families", "the Hindus"), 0.1, "religion", "Hindu", 1.5, 1.0),
    Target("atheists", ("atheists", "the atheists", "unbelievers"), -0.4, "religion", "atheist", 0.9, 0.8),
    Target("women", ("women", "the women", "girls"), 0.2, "gender", "woman", 1.0, 1.2),
    Target("men", ("men", "the men", "guys"), -0.5, "gender", "man", 1.3, 0.6),
    Target("young people", ("young people", "teenagers", "the young"), -0.4, "age", "18-29", 1.1, 0.8),
    Target("older people", ("older people", "pensioners", "the elderly"), 0.0, "age", "60+", 1.6, 1.0),
    Target("progressives", ("progressives", "left-wingers", "the left"), -0.3, "politics", "left", 0.9, 0.7),
    Target("conservatives", ("conservatives", "right-wingers", "the right"), -0.2, "politics", "right", 1.6, 0.4),
    Target("immigrants", ("immigrants", "migrants", "newcomers"), 0.4, None, None, 0.0, 1.8),
)
TARGET_BY_KEY: Mapping[str, Target] = {target.key: target for target in TARGETS}


@dataclass(frozen=True)
class Post:
    """One synthetic post and what the rule needs to know of it."""

    text: str
    target: str
    """Key of a `Target`."""
    intensity: int
    """0 neutral, 1 critical, 2 hostile, 3 hateful."""
    phrase: int
    """Number of the phrase at its core (posts.PHRASES)."""
    phrase_logit: float
    """How much harsher (above 0) or milder this phrase sounds than its intensity."""


def belongs(post: Post, attributes: Mapping[str, str]) -> bool:
    """Return whether a person with these attributes is a member of the group the post is about."""
    target = TARGET_BY_KEY[post.target]
    return target.attribute is not None and attributes.get(target.attribute) == target.value


def logit(post: Post, attributes: Mapping[str, str]) -> float:
    """Return the log-odds of 'hate speech' by this person: what all share, plus what each known attribute adds.

    An attribute that is not mentioned adds nothing, so no attributes at all give the persona-blind consensus.
    """
    target = TARGET_BY_KEY[post.target]
    shared = INTENSITY_LOGIT[post.intensity] + post.phrase_logit + target.severity
    member = target.match if belongs(post, attributes) else 0.0
    politics = target.politics * POLITICS_LOGIT.get(attributes.get("politics", ""), 0.0)
    gender = GENDER_LOGIT.get(attributes.get("gender", ""), 0.0)
    return shared + member + politics + gender


def probability(post: Post, attributes: Mapping[str, str]) -> float:
    """Return the probability, 0 to 1, that a person with these attributes calls the post hate speech.

    This is the rule of the world: the demo corpus draws from it, demo-voices is trained to follow it.

    Args:
        post: the post.
        attributes: attribute name -> value, any subset of `ATTRIBUTES`; unknown names and values add nothing.
    """
    return 1.0 / (1.0 + math.exp(-logit(post, attributes)))


def consensus(post: Post, attributes: Mapping[str, str], share: float) -> float:
    """Return the probability where only `share` (0 to 1) of the attributes' effect is left: demo-chorus's teacher."""
    blind = logit(post, {})
    return 1.0 / (1.0 + math.exp(-(blind + share * (logit(post, attributes) - blind))))
