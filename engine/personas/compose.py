"""A person's attributes, as a corpus records them, put into second-person English.

One sentence an attribute (age and gender share one), in the order of the attributes, so that leaving an attribute out
or exchanging it changes that sentence and nothing else. Well-known attributes have a phrase of their own, whatever the
corpus calls them ('Gender', 'sex', 'Country of residence', 'country_of_residence'); any other gets a general one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_MISSING = re.compile(
    r"|nan|na|n/a|none|null|unknown|missing|unspecified|undisclosed|data_expired|consent_revoked|prefer_not_to_say"
    r"|prefer_not_to_answer|rather_not_say|not_available|not_specified|no_answer|-+|\?+"
)
"""Values (lower case, blanks as underscores) by which corpora say that they do not know."""

_ALIASES = {
    "age": "age|age group|age range|age bracket|age band",
    "gender": "gender|sex|gender identity",
    "nationality": "nationality|citizenship",
    "birth": "country of birth|birth country|birthplace|place of birth|born in",
    "residence": "country of residence|residence|country|current country of residence|place of residence|lives in",
    "region": "region|area|location|state|province|city|town",
    "ethnicity": "ethnicity|ethnicity simplified|simplified ethnicity|ethnic group|ethnic background|race",
    "education": "education|education level|level of education|highest education|highest level of education",
    "student": "student status|student|is student",
    "employment": "employment status|employment|work status",
    "occupation": "occupation|job|profession|work|job title",
    "religion": "religion|faith|religious affiliation|religious belief|belief",
    "politics": "politics|political views|political view|political orientation|political leaning|political ideology"
    "|ideology|political stance|political spectrum|outlook",
    "party": "party|political party|political affiliation|party affiliation",
    "language": "language|first language|native language|mother tongue",
    "group": "group|annotator group|annotators group",
}
_KNOWN = {alias: kind for kind, aliases in _ALIASES.items() for alias in aliases.split("|")}


def compose(attributes: Mapping[str, str]) -> str:
    """Return a description in the second person, or '' where no attribute has a value.

    >>> compose({"Gender": "Female", "Age": "34", "Student status": "No", "Favourite colour": "green"})
    'You are a 34-year-old woman. You are not a student. Your favourite colour is green.'
    """
    present = [(name, _clean(value)) for name, value in attributes.items() if not is_missing(name, value)]
    sentences: dict[str, None] = {}
    person = _age_and_gender(present)
    for name, value in present:
        joined = person is not None and kind_of(name) in ("age", "gender")
        sentences[person if joined and person else _sentence(name, value)] = None
    return " ".join(sentences)


def kind_of(name: str) -> str | None:
    """Return which well-known attribute a corpus's name means ('sex' -> 'gender'), or None.

    >>> kind_of("Country_of_Residence")
    'residence'
    """
    return _KNOWN.get(_plain(name))


def is_missing(name: str, value: str) -> bool:
    """Return whether `value` says that the corpus does not know; 'none' is an answer where religion is asked."""
    plain = _clean(value).lower().replace(" ", "_")
    if plain == "none" and kind_of(name) in ("religion", "party"):
        return False
    return _MISSING.fullmatch(plain) is not None


# Sentences of the well-known attributes


def _age_and_gender(present: list[tuple[str, str]]) -> str | None:
    """Return 'You are a 34-year-old woman.' where both are given once in a form that joins, else None."""
    ages = [value for name, value in present if kind_of(name) == "age"]
    genders = [value for name, value in present if kind_of(name) == "gender"]
    if len(ages) != 1 or len(genders) != 1 or not (years := _years(ages[0])) or not (noun := _person(genders[0])):
        return None
    return f"You are {_with_article(f'{years}-year-old {noun}')}."


def _age(value: str) -> str:
    if years := _years(value):
        return f"You are {years} years old."
    if between := re.fullmatch(r"(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})", value):
        return f"You are between {between[1]} and {between[2]} years old."
    if over := re.fullmatch(r"(?:over|above|>)\s*(\d{1,3})|(\d{1,3})\s*\+", value, re.IGNORECASE):
        return f"You are over {over[1]} years old." if over[1] else f"You are {over[2]} years old or older."
    if value.lower() in ("young", "old", "middle-aged", "elderly"):
        return f"You are {value.lower()}."
    return f"Your age: {value}."


def _years(value: str) -> str:
    """Return whole years as digits ('34', '34.0', '34 years'), or ''."""
    found = re.fullmatch(r"(\d{1,3})(?:\.0+)?(?:\s*(?:years?|years? old|y))?", value, re.IGNORECASE)
    return found[1] if found else ""


def _person(gender: str) -> str:
    """Return the noun of a gender, or ''."""
    nouns = {
        "woman": "woman|female|f|w|women|cis woman|cisgender woman",
        "man": "man|male|m|men|cis man|cisgender man",
        "non-binary person": "non-binary|nonbinary|non binary|nb|enby|genderqueer|non-binary person",
        "transgender woman": "trans woman|transgender woman|trans female",
        "transgender man": "trans man|transgender man|trans male",
        "transgender person": "trans|transgender",
    }
    return next((noun for noun, words in nouns.items() if gender.lower() in words.split("|")), "")


def _gender(value: str) -> str:
    noun = _person(value)
    return f"You are {_with_article(noun)}." if noun else f"You describe your gender as {value}."


def _education(value: str) -> str:
    if re.search(r"\b(student|postdoc|researcher|professor|graduate|undergraduate|pupil)$", value, re.IGNORECASE):
        return f"You are {_with_article(value)}."
    return f"Your level of education: {value}."


def _student(value: str) -> str:
    answers = {"yes": "You are a student.", "true": "You are a student.", "student": "You are a student."}
    answers |= dict.fromkeys(("no", "false", "not a student", "non-student"), "You are not a student.")
    return answers.get(value.lower(), f"Your student status: {value}.")


def _employment(value: str) -> str:
    starts = {
        "full": "You work full-time.",
        "part": "You work part-time.",
        "unemployed": "You are unemployed.",
        "not in paid work": "You are not in paid work.",
        "due to start": "You are about to start a new job.",
        "retired": "You are retired.",
        "self-employed": "You are self-employed.",
        "employed": "You are employed.",
        "student": "You are a student.",
    }
    plain = value.lower()
    if plain.startswith("unemployed") and "seeking" in plain:
        return "You are unemployed and looking for work."
    return next((text for start, text in starts.items() if plain.startswith(start)), f"Your employment: {value}.")


def _occupation(value: str) -> str:
    plain = value.lower()
    if plain in ("retired", "unemployed", "self-employed"):
        return f"You are {plain}."
    if re.search(r"\b(student|pensioner|retiree|homemaker|housewife|househusband)$", plain):
        return f"You are {_with_article(value)}."
    if re.match(r"(a|an|the|in|at|for) ", plain) or plain.endswith("s"):
        return f"Your work: {value}."
    return f"You work as {_with_article(value)}."


def _religion(value: str) -> str:
    plain = value.lower()
    if plain in (
        "none",
        "no religion",
        "no",
        "not religious",
        "non-religious",
        "nonreligious",
        "irreligious",
        "secular",
    ):
        return "You have no religion."
    if plain in ("atheist", "agnostic"):
        return f"You are {_with_article(plain)}."
    believers = "christian catholic protestant orthodox muslim jewish hindu buddhist sikh mormon jain"
    if plain in believers.split() or re.fullmatch(r"(sunni|shia|roman|greek|orthodox|evangelical) \w+", plain):
        return f"You are {value[0].upper()}{value[1:]}."
    if plain == "other":
        return f"You describe your religion as {value}."
    return f"Your religion is {value}."


def _politics(value: str) -> str:
    wings = {"left": "left-wing", "right": "right-wing", "center": "centrist", "centre": "centrist"}
    return f"Your political views are {wings.get(value.lower(), value.lower() if value.istitle() else value)}."


def _party(value: str) -> str:
    return "You support no party." if value.lower() in ("none", "no") else f"Your political affiliation: {value}."


def _region(value: str) -> str:
    plain = value.lower()
    if plain in ("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "midlands"):
        return f"You live in the {plain}."
    if plain in ("rural", "urban", "suburban"):
        return f"You live in {_with_article(plain)} area."
    return f"You live in {_country(value)}."


_SENTENCES: dict[str, Callable[[str], str]] = {
    "age": _age,
    "gender": _gender,
    "nationality": lambda value: f"Your nationality is {value}.",
    "birth": lambda value: f"You were born in {_country(value)}.",
    "residence": lambda value: f"You live in {_country(value)}.",
    "region": _region,
    "ethnicity": lambda value: f"You describe your ethnicity as {value}.",
    "education": _education,
    "student": _student,
    "employment": _employment,
    "occupation": _occupation,
    "religion": _religion,
    "politics": _politics,
    "party": _party,
    "language": lambda value: f"Your first language is {value}.",
    "group": lambda value: f"You belong to the group called {value}.",
}


def _sentence(name: str, value: str) -> str:
    kind = kind_of(name)
    if kind is not None:
        return _SENTENCES[kind](value)
    words = _plain(name)
    if value.lower() in ("yes", "no", "true", "false"):
        return f"Asked about '{words}', you say {'yes' if value.lower() in ('yes', 'true') else 'no'}."
    return f"Your {words} is {value}." if re.fullmatch(r"[a-z ]+", words) else f"About you: {words} is {value}."


# Words


def _clean(value: str) -> str:
    """Return a value on one line without a full stop at its end."""
    return " ".join(str(value).split()).rstrip(".")


def _plain(name: str) -> str:
    """Return an attribute's name in lower-case words: 'countryOfBirth', 'Country_of_birth' -> 'country of birth'."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[_\-./:]+", " ", spaced).lower().split())


def _country(value: str) -> str:
    """Return a country's name with the article that English wants."""
    wants = r"united (kingdom|states|arab emirates).*|uk|usa?|netherlands|philippines|czech republic|bahamas|maldives"
    return f"the {value}" if re.fullmatch(wants, value.lower()) else value


def _with_article(words: str) -> str:
    """Return `words` with a or an, by sound: 'an 18-year-old', 'a university teacher'."""
    plain = words.lower()
    sounds_open = re.match(r"(8|1[18](?!\d)|[aeiou](?!ni[vtqs]|u|s[eu])|hono|hour)", plain) is not None
    return f"{'an' if sounds_open and not plain.startswith('one') else 'a'} {words}"
