"""What if a persona were the same but for one attribute: variants with an attribute left out or exchanged.

Only personas whose text is composed from their attributes can be varied this way, because then the text differs in that
attribute's words alone. A variant keeps its persona's kind but stands for no annotator and no group: nobody labelled
as this person. Its id tells what it is: 'p1 -age' is p1 without the age, 'p1 age=old' is p1 made old.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from engine.errors import InputError
from engine.personas.compose import compose
from engine.personas.persona import Persona, PersonaSet
from engine.validation import nearest

Composer = Callable[[Mapping[str, str]], str]


class Pair(NamedTuple):
    """Two personas that differ in one attribute alone."""

    with_it: str
    """Id of the persona that has the value."""
    without: str
    """Id of the persona that lacks the attribute, or has another value of it."""
    attribute: str
    value: str
    """The value of `with_it`; 'right instead of left' where the other has one too."""


def counterfactual_pairs(personas: Sequence[Persona], *, exchanged: bool = False) -> list[Pair]:
    """Return the personas that differ in one attribute alone, paired by their attributes.

    Args:
        personas: Of one run, in any order. Controls, and texts without attributes, have no part in it.
        exchanged: False: each persona with the one that has all its attributes but one, a variant of the same persona
            where there is one (its id begins with the same), else the first such persona. True: each persona whose
            value was exchanged with the one it is a variant of.
    """
    own = [p for p in personas if p.kind != "control" and (p.attributes or p.kind == "empty")]
    by_id = {p.persona_id: p for p in own}
    by_attributes: dict[frozenset[tuple[str, str]], list[Persona]] = {}
    for persona in own:
        by_attributes.setdefault(frozenset(persona.attributes.items()), []).append(persona)
    pairs = []
    for persona in own:
        base, changed = _base(persona, by_id)
        if exchanged:
            if changed:
                value = f"{persona.attributes[changed]} instead of {base.attributes[changed]}"
                pairs.append(Pair(persona.persona_id, base.persona_id, changed, value))
            continue
        for name, value in persona.attributes.items():
            lacking = by_attributes.get(frozenset(persona.attributes.items()) - {(name, value)}, [])
            related = [p for p in lacking if p.persona_id == f"{base.persona_id} -{name}"]
            if found := (related or lacking):
                pairs.append(Pair(persona.persona_id, found[0].persona_id, name, value))
    return pairs


def _base(persona: Persona, by_id: Mapping[str, Persona]) -> tuple[Persona, str]:
    """Return the persona of which this one is a variant with another value, and its attribute; else itself and ''."""
    for name, value in persona.attributes.items():
        suffix = f" {name}={value}"
        base = by_id.get(persona.persona_id.removesuffix(suffix)) if persona.persona_id.endswith(suffix) else None
        if base and name in base.attributes and base.attributes | {name: value} == persona.attributes:
            return base, name
    return persona, ""


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
