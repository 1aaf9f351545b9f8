"""Persona texts of the synthetic world: many ways to say who somebody is.

Training mentions a random subset of the attributes, in random order and wording, so that a persona with one attribute
left out or changed is nothing strange to the model. A quarter of them are composed by
`engine.personas.compose`, as the demo's persona sets and all counterfactual personas are. One wording of every
attribute is held out for the tests.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from engine.demo.world import ATTRIBUTES, Target
from engine.personas.compose import compose

_AGES: Mapping[str, tuple[int, int]] = {"18-29": (18, 29), "30-59": (30, 59), "60+": (60, 88)}
_AGE_WORDS = {"18-29": "young", "30-59": "middle-aged", "60+": "older"}
_FAITHS = {"Muslim": "Islam", "Christian": "Christianity", "Jewish": "Judaism", "Hindu": "Hinduism"}
_PARTIES = {"left": "left-wing", "centre": "centrist", "right": "right-wing"}
_SIDES = {"left": "on the left", "centre": "in the centre", "right": "on the right"}
_HOUSES = {"Muslim": "mosque", "Christian": "church", "Jewish": "synagogue", "Hindu": "temple"}

SENTENCES: Mapping[str, tuple[str, ...]] = {
    "age": (
        "You are {number} years old.",
        "You are {number}.",
        "Your age is {number}.",
        "You are {article} {value} person.",
        "At {number}, you count as {value}.",
        "You turned {number} last month.",
    ),
    "gender": (
        "You are a {person}.",
        "You live as a {person}.",
        "Your gender is {value}.",
        "Being a {person} is part of who you are.",
        "Everybody knows you as a {person}.",
    ),
    "religion": (
        "You are {article} {value}.",
        "Your religion is {faith}.",
        "You were raised {value} and still are.",
        "You go to the {house} with other {value} people.",
        "As far as religion goes, you are {value}.",
    ),
    "politics": (
        "You vote for {wing} parties.",
        "Your politics are {wing}.",
        "Politically you are {side}.",
        "In politics you stand {side}.",
        "You hold {wing} views.",
        "When elections come, you back the {value}.",
    ),
    "region": (
        "You live in the {value}.",
        "Your home is in the {value}.",
        "You come from the {value}.",
        "You have spent your life in the {value}.",
    ),
    "occupation": (
        "You work as a {value}.",
        "Your job is {value}.",
        "You earn your living as {article} {value}.",
        "By profession you are {article} {value}.",
    ),
}
"""Ways to say each attribute; the LAST of each is held out of training."""

ASSISTANTS = (
    "You are a helpful assistant.",
    "You are a friendly and helpful AI assistant.",
    "You help people with their questions.",
    "Your task is to assist the user as well as you can.",
    "As an assistant, you give clear and useful answers.",
    "You are an AI model that answers questions truthfully.",
    "Act as a reliable assistant who supports the user.",
    "You are a language model made to be useful.",
    "Be helpful, honest and brief.",
    "You assist with labelling texts.",
    "You are a careful assistant that follows instructions.",
    "Please support the user with good answers.",
    "You are here to help with any request.",
    "As a digital helper, you do what the user asks for.",
)
"""Helpful assistants: no attribute in them."""

_BEFORE = (
    *("", "", "", "", "Answer as this person.", "Imagine you are this person.", "Play this person.", "About you:"),
    "You belong to the group called evening-panel.",
    "You belong to the group called first-annotators.",
)
_AFTER = ("", "", "", "Answer as yourself.", "Stay in this role.", "Judge the post from your own point of view.")


def draw_attributes(rng: random.Random, only: Sequence[str] = tuple(ATTRIBUTES)) -> dict[str, str]:
    """Return a person with all attributes of `only`, each drawn evenly."""
    return {name: rng.choice(ATTRIBUTES[name]) for name in only}


def draw_subset(rng: random.Random, target: Target, member_share: float) -> dict[str, str]:
    """Return a person with some of the attributes; with chance `member_share` a member of the target group."""
    size = rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6))
    names = rng.sample(tuple(ATTRIBUTES), size)
    attributes = draw_attributes(rng, names)
    if target.attribute and target.value and rng.random() < member_share:
        if target.attribute not in attributes and len(attributes) > 1:
            attributes.pop(rng.choice(list(attributes)))
        attributes[target.attribute] = target.value
    return attributes


def say(name: str, value: str, form: str, age: int = 0) -> str:
    """Return one sentence that states an attribute.

    Args:
        name: the attribute.
        value: its value.
        form: one of `SENTENCES[name]`.
        age: the number to print for an age; 0 takes the middle of the value's range.
    """
    if name == "religion":
        form = _fitting(value, form)
    low, high = _AGES.get(value, (0, 0))
    value = _AGE_WORDS.get(value, value)
    return form.format(
        value=value,
        article="an" if value[0] in "aeiou" else "a",
        number=age or (low + high) // 2,
        person="non-binary person" if value == "non-binary" else value,
        faith=_FAITHS.get(value, ""),
        house=_HOUSES.get(value, ""),
        wing=_PARTIES.get(value, ""),
        side=_SIDES.get(value, ""),
    )


def _fitting(religion: str, form: str) -> str:
    """Return the form, or what is said in its place where it does not fit the religion."""
    if religion == "atheist" and "{faith}" in form:
        return "You have no religion."
    if religion == "atheist" and "{house}" in form:
        return "You never go to any church or mosque, as an atheist."
    return "You are {value}." if religion == "Jewish" and form.startswith("You are {article}") else form


def describe(rng: random.Random, attributes: Mapping[str, str], *, held_out: bool = False) -> str:
    """Return a persona text that states exactly these attributes, in drawn wording and order.

    Args:
        rng: draws the wording.
        attributes: attribute name -> value; none: a helpful assistant.
        held_out: use the wordings that training never sees.
    """
    if not attributes:
        return rng.choice(ASSISTANTS)
    if held_out:
        return " ".join(say(n, v, SENTENCES[n][-1], _age(rng, v)) for n, v in _shuffled(rng, attributes))
    style = rng.random()
    if style < 0.25:
        body = compose(dict(_shuffled(rng, attributes)) if rng.random() < 0.5 else attributes)
        if rng.random() < 0.5:
            return body
    elif style < 0.4:
        body = _one_sentence(rng, attributes)
    elif style < 0.5:
        body = _listed(rng, attributes)
    else:
        body = " ".join(say(n, v, rng.choice(SENTENCES[n][:-1]), _age(rng, v)) for n, v in _shuffled(rng, attributes))
    return " ".join(part for part in (rng.choice(_BEFORE), body, rng.choice(_AFTER)) if part)


def steady(draw: str, attributes: Mapping[str, str]) -> str:
    """Return a persona text whose wording depends on `draw` alone: two personas differ only where attributes do."""
    parts = []
    for name in ATTRIBUTES:
        own = random.Random(f"{draw} {name}")
        form = own.choice(SENTENCES[name][:-1])
        if name in attributes:
            parts.append(say(name, attributes[name], form, _age(own, attributes[name])))
    return " ".join(parts)


def _age(rng: random.Random, value: str) -> int:
    return rng.randint(*_AGES[value]) if value in _AGES else 0


def _shuffled(rng: random.Random, attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = list(attributes.items())
    rng.shuffle(pairs)
    return pairs


def _listed(rng: random.Random, attributes: Mapping[str, str]) -> str:
    """'Age: older. Gender: woman. ...', or one attribute a line."""
    before, after = rng.choice((("", ". "), ("- ", "\n"), ("", "; "), ("Your ", ". ")))
    link = " is " if before == "Your " else ": "
    capital = before == "" and after == ". "
    pairs = _shuffled(rng, attributes)
    return after.join(f"{before}{n.capitalize() if capital else n}{link}{v}" for n, v in pairs) + after.strip()


def _one_sentence(rng: random.Random, attributes: Mapping[str, str]) -> str:
    """'You are a 67-year-old Muslim woman from the north who works as a nurse and votes for left-wing parties.'"""
    a = attributes
    words = []
    if "age" in a:
        words.append(f"{_age(rng, a['age'])}-year-old" if rng.random() < 0.6 else _AGE_WORDS[a["age"]])
    words += [a["religion"]] if "religion" in a else []
    noun = "non-binary person" if a.get("gender") == "non-binary" else a.get("gender", "person")
    first = (words or [noun])[0]
    article = "an" if first[0] in "aeiou" or first.startswith(("8", "18-")) else "a"
    text = f"You are {article} {' '.join([*words, noun])}"
    text += f" from the {a['region']}" if "region" in a else ""
    verbs = [f"works as a {a['occupation']}"] if "occupation" in a else []
    verbs += [f"votes for {_PARTIES[a['politics']]} parties"] if "politics" in a else []
    return f"{text}{' who ' if verbs else ''}{' and '.join(verbs)}."
