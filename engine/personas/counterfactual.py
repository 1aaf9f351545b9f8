"""What if a persona were the same but for one attribute: variants with an attribute left out or exchanged.

Only personas whose text is composed from their attributes can be varied this way, because then the text differs in that
attribute's words alone. A variant keeps its persona's kind but stands for no annotator and no group: nobody labelled
as this person. Its id tells what it is: 'p1 -age' is p1 without the age, 'p1 age=old' is p1 made old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.errors import InputError
from engine.personas.compose import compose
from engine.personas.persona import Persona, PersonaSet
from engine.validation import nearest

Composer = Callable[[Mapping[str, str]], str]


def without(persona: Persona, attribute: str, composer: Composer = compose) -> Persona:
    """Return `persona` with one attribute left out; of kind 'empty' where it was the only one.

    Raises:
        InputError: the persona lacks the attribute, or its text is not what `composer` makes of its attributes.
    """
    _check(persona, attribute, composer)
    rest = {name: value for name, value in persona.attributes.items() if name != attribute}
    return _variant(persona, f"{persona.persona_id} -{attribute}", rest, composer)


def exchanged(persona: Persona, attribute: str, value: str, composer: Composer = compose) -> Persona:
    """Return `persona` with another value of one attribute, in its place among the attributes.

    Raises:
        InputError: the persona lacks the attribute, has that very value, or its text is not composed by `composer`.
    """
    _check(persona, attribute, composer)
    if persona.attributes[attribute] == value:
        raise InputError(f"persona {persona.persona_id!r} already has {attribute}={value!r}. Give another value.")
    return _variant(
        persona, f"{persona.persona_id} {attribute}={value}", persona.attributes | {attribute: value}, composer
    )


def counterfactual_set(
    persona_set: PersonaSet,
    attributes: Sequence[str] | None = None,
    values: Mapping[str, Sequence[str]] | None = None,
    composer: Composer = compose,
) -> PersonaSet:
    """Return the set's personas, each followed by its variants.

    Args:
        persona_set: Personas whose texts `composer` made from their attributes; those without attributes stay alone.
        attributes: What to vary; none: every attribute that a persona has.
        values: Attribute to the values it is exchanged for, besides being left out; none: it is only left out.
        composer: Makes a text from attributes.

    Raises:
        InputError: no persona has one of the attributes, or a persona's text is not composed from its attributes.
    """
    known = list(dict.fromkeys(name for persona in persona_set.personas for name in persona.attributes))
    chosen = known if attributes is None else list(attributes)
    for name in [*chosen, *(values or {})]:
        if name not in known:
            raise InputError(f"no persona of set {persona_set.name!r} has {_unknown(name, known)}")
    personas: list[Persona] = []
    for persona in persona_set.personas:
        personas.append(persona)
        for name in (name for name in persona.attributes if name in chosen):
            personas.append(without(persona, name, composer))
            others = [value for value in (values or {}).get(name, ()) if value != persona.attributes[name]]
            personas += [exchanged(persona, name, value, composer) for value in dict.fromkeys(others)]
    return PersonaSet(
        name=f"{persona_set.name}-counterfactual",
        description=f"The personas of {persona_set.name!r}, and each with one attribute left out or exchanged.",
        corpus=persona_set.corpus,
        personas=tuple(personas),
    )


def _variant(persona: Persona, persona_id: str, attributes: Mapping[str, str], composer: Composer) -> Persona:
    text = composer(attributes)
    return Persona(
        persona_id=persona_id, kind=persona.kind if text else "empty", text=text, attributes=dict(attributes)
    )


def _check(persona: Persona, attribute: str, composer: Composer) -> None:
    if attribute not in persona.attributes:
        raise InputError(f"persona {persona.persona_id!r} lacks {_unknown(attribute, list(persona.attributes))}")
    if persona.text.strip() != composer(persona.attributes):
        raise InputError(
            f"persona {persona.persona_id!r} has a text of its own, not one composed from its attributes, so one "
            "attribute cannot be changed alone. Make the set with `polyvocal persona from-corpus`."
        )


def _unknown(attribute: str, known: list[str]) -> str:
    near = nearest(attribute, known)
    guess = f" Did you mean {near!r}?" if near else ""
    return f"an attribute {attribute!r}; there are: {', '.join(known) or 'none'}.{guess}"
