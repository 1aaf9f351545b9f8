from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.personas.compose import compose, is_missing, kind_of


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"Gender": "Female", "Age": "22"}, "You are a 22-year-old woman."),
        ({"sex": "M", "age": "18.0"}, "You are an 18-year-old man."),
        ({"Age": "56"}, "You are 56 years old."),
        ({"age_group": "25-34"}, "You are between 25 and 34 years old."),
        ({"age": "65+"}, "You are 65 years old or older."),
        ({"age": "over 60"}, "You are over 60 years old."),
        ({"age": "old", "gender": "woman"}, "You are old. You are a woman."),
        ({"gender": "non-binary", "age": "80"}, "You are an 80-year-old non-binary person."),
        ({"Gender": "agender"}, "You describe your gender as agender."),
        ({"NATIONALITY": "Chinese"}, "Your nationality is Chinese."),
        ({"Country of birth": "United Kingdom"}, "You were born in the United Kingdom."),
        ({"countryOfResidence": "Ireland"}, "You live in Ireland."),
        ({"Ethnicity simplified": "White"}, "You describe your ethnicity as White."),
        ({"Education": "master student"}, "You are a master student."),
        ({"Education": "Bachelor's degree"}, "Your level of education: Bachelor's degree."),
        ({"Student status": "Yes"}, "You are a student."),
        ({"student_status": "no"}, "You are not a student."),
        ({"Employment status": "Full-Time"}, "You work full-time."),
        ({"Employment status": "Unemployed (and job seeking)"}, "You are unemployed and looking for work."),
        ({"Employment status": "Other"}, "Your employment: Other."),
        ({"occupation": "engineer"}, "You work as an engineer."),
        ({"job": "university teacher"}, "You work as a university teacher."),
        ({"profession": "retired"}, "You are retired."),
        ({"religion": "muslim"}, "You are Muslim."),
        ({"religion": "None"}, "You have no religion."),
        ({"faith": "Islam"}, "Your religion is Islam."),
        ({"religion": "agnostic"}, "You are an agnostic."),
        ({"politics": "left"}, "Your political views are left-wing."),
        ({"Political orientation": "Conservative"}, "Your political views are conservative."),
        ({"party": "none"}, "You support no party."),
        ({"region": "north"}, "You live in the north."),
        ({"region": "rural"}, "You live in a rural area."),
        ({"mother tongue": "Arabic"}, "Your first language is Arabic."),
        ({"favourite_colour": "green"}, "Your favourite colour is green."),
        ({"has children": "yes"}, "Asked about 'has children', you say yes."),
        ({"Q7.2": "often"}, "About you: q7 2 is often."),
        ({"age": "nan", "gender": "DATA_EXPIRED", "nationality": "CONSENT_REVOKED"}, ""),
        ({"age": "prefer not to say", "gender": "", "education": "  "}, ""),
        ({"occupation": "  a\nnurse. "}, "Your work: a nurse."),
        ({}, ""),
    ],
)
def test_sentences(attributes: dict[str, str], text: str) -> None:
    assert compose(attributes) == text


def test_order_follows_the_attributes() -> None:
    assert compose({"religion": "Hindu", "gender": "man", "region": "the coast", "age": "30"}) == (
        "You are Hindu. You are a 30-year-old man. You live in the coast."
    )


@given(attributes=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=6))
def test_any_attributes_give_one_line_of_sentences_or_nothing(attributes: dict[str, str]) -> None:
    text = compose(attributes)
    assert text == text.strip()
    assert "\n" not in text
    assert bool(text) == any(not is_missing(name, value) for name, value in attributes.items())


@given(
    attributes=st.dictionaries(
        st.sampled_from(["religion", "politics", "region", "occupation", "nationality"]),
        st.sampled_from(["red", "blue", "green"]),
        min_size=2,
    )
)
def test_leaving_an_attribute_out_removes_its_sentence_alone(attributes: dict[str, str]) -> None:
    for name in attributes:
        rest = {other: value for other, value in attributes.items() if other != name}
        gone = compose({name: attributes[name]})
        assert compose(attributes).replace(gone, "").split() == compose(rest).split()


def test_kinds_of_names_and_unknown_ones() -> None:
    assert kind_of("COUNTRY-OF-RESIDENCE") == "residence"
    assert kind_of("Sex") == "gender"
    assert kind_of("shoe size") is None
