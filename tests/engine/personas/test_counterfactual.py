from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.personas import Persona, PersonaSet, compose, counterfactual_set, exchanged, load_persona_set, without


def person(persona_id: str, **attributes: str) -> Persona:
    return Persona(
        persona_id=persona_id,
        kind="strong",
        text=compose(attributes),
        attributes=attributes,
        annotator=persona_id,
        group="g",
    )


P1 = person("p1", age="24", gender="woman", religion="Muslim")
P2 = person("p2", gender="man")
SET = PersonaSet(name="s", corpus="c", personas=(P1, P2, Persona(persona_id="none", kind="empty")))


def test_left_out() -> None:
    variant = without(P1, "age")
    assert (variant.persona_id, variant.text) == ("p1 -age", "You are a woman. You are Muslim.")
    assert variant.attributes == {"gender": "woman", "religion": "Muslim"}
    assert (variant.annotator, variant.group, variant.kind) == (None, None, "strong")


def test_exchanged_in_its_place() -> None:
    variant = exchanged(P1, "age", "old")
    assert (variant.persona_id, variant.text) == ("p1 age=old", "You are old. You are a woman. You are Muslim.")
    assert list(variant.attributes) == ["age", "gender", "religion"]


def test_the_only_attribute_left_out_leaves_the_empty_persona() -> None:
    assert (without(P2, "gender").kind, without(P2, "gender").text) == ("empty", "")


def test_set_holds_each_persona_and_its_variants() -> None:
    made = counterfactual_set(SET, values={"gender": ["man", "woman"]})
    assert [p.persona_id for p in made.personas] == [
        "p1",
        "p1 -age",
        "p1 -gender",
        "p1 gender=man",
        "p1 -religion",
        "p2",
        "p2 -gender",
        "p2 gender=woman",
        "none",
    ]
    assert made.personas[0] == P1
    assert (made.name, made.corpus) == ("s-counterfactual", "c")


def test_set_of_chosen_attributes() -> None:
    made = counterfactual_set(SET, attributes=["religion"])
    assert [p.persona_id for p in made.personas] == ["p1", "p1 -religion", "p2", "none"]


def test_another_composer() -> None:
    def shout(attributes: object) -> str:
        return " ".join(f"{n}={v}!" for n, v in dict(attributes).items())  # type: ignore[call-overload]

    loud = P1.model_copy(update={"text": shout(P1.attributes)})
    assert without(loud, "age", shout).text == "gender=woman! religion=Muslim!"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: without(P1, "Age"), "lacks an attribute 'Age'.*Did you mean 'age'"),
        (lambda: exchanged(P1, "shoe size", "44"), "there are: age, gender, religion"),
        (lambda: exchanged(P1, "age", "24"), "already has age='24'"),
        (lambda: without(load_persona_set("hs-brexit-strong").personas[0], "age"), "has a text of its own"),
        (lambda: counterfactual_set(SET, attributes=["politics"]), "no persona of set 's' has an attribute 'politics'"),
        (lambda: counterfactual_set(SET, values={"politics": ["left"]}), "no persona of set 's'"),
    ],
)
def test_what_cannot_be_varied_is_told(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]


def test_pairs_of_a_set_are_each_persona_with_and_without_an_attribute() -> None:
    from engine.personas import counterfactual_pairs, load_persona_set

    made = counterfactual_set(load_persona_set("demo-strong"), ["politics"], {"politics": ["left", "right"]})
    first = [pair for pair in counterfactual_pairs(made.personas) if pair.without.startswith("a02")]
    assert [(p.with_it, p.without, p.attribute, p.value) for p in first] == [
        ("a02-man-muslim", "a02-man-muslim -politics", "politics", "centre"),
        ("a02-man-muslim politics=left", "a02-man-muslim -politics", "politics", "left"),
        ("a02-man-muslim politics=right", "a02-man-muslim -politics", "politics", "right"),
    ]
    swapped = [tuple(p) for p in counterfactual_pairs(made.personas, exchanged=True) if p.without == "a02-man-muslim"]
    assert swapped == [
        ("a02-man-muslim politics=left", "a02-man-muslim", "politics", "left instead of centre"),
        ("a02-man-muslim politics=right", "a02-man-muslim", "politics", "right instead of centre"),
    ]


def test_controls_and_texts_without_attributes_are_in_no_pair_and_the_empty_persona_is() -> None:
    from engine.personas import Persona, counterfactual_pairs

    said = Persona(persona_id="g", kind="weak", text="You are Muslim.", attributes={"religion": "Muslim"})
    others = [
        Persona(persona_id="c", kind="control", text="You help."),
        Persona(persona_id="free", kind="strong", text="You like tea."),
        Persona(persona_id="none", kind="empty"),
    ]
    assert [tuple(p) for p in counterfactual_pairs([said, *others])] == [("g", "none", "religion", "Muslim")]
    assert counterfactual_pairs([said, *others[:2]]) == []
