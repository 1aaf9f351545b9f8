"""Persona sets made from what a corpus records about its annotators: one persona a person, or one a group."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from engine.corpora.corpus import Annotator, Corpus
from engine.errors import InputError
from engine.personas.compose import compose, is_missing
from engine.personas.persona import Persona, PersonaSet


def personas_from_corpus(
    corpus: Corpus,
    kind: Literal["strong", "weak", "both"] = "both",
    min_annotations: int = 0,
    limit: int | None = None,
) -> PersonaSet:
    """Return personas whose texts say, in the second person, what the corpus records about its annotators.

    A strong persona tells an annotator's attributes, or the group where there are none. A weak persona tells a group's
    name and the attributes that all its members share. Nothing is invented; unknown values are left out.

    Args:
        corpus: A corpus whose annotators have attributes or groups.
        kind: strong: one persona an annotator; weak: one a group; both: the strong ones, then the weak ones if any.
        min_annotations: Annotators with fewer annotations are left out.
        limit: At most this many strong personas, those with the most annotations; they keep the corpus's order.

    Raises:
        InputError: the corpus records nothing of the kind asked for, or nobody is left.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit is {limit}; at least 1 persona is needed. Leave it out to take every annotator.")
    counts = Counter(corpus.annotations["annotator_id"].tolist())
    kept = [annotator for annotator in corpus.annotators if counts[annotator.annotator_id] >= min_annotations]
    if not kept:
        raise InputError(
            f"corpus {corpus.name!r}: none of {len(corpus.annotators)} annotators has {min_annotations} annotations "
            f"(the most is {max(counts.values(), default=0)}). Lower min_annotations."
        )
    described = [(annotator, told) for annotator in kept if (told := _told(annotator))]
    grouped = [annotator for annotator in kept if annotator.group]
    _check_recorded(corpus, kind, bool(described), bool(grouped))
    personas: list[Persona] = []
    if kind in ("strong", "both"):
        chosen = _busiest([annotator.annotator_id for annotator, _ in described], counts, limit)
        personas += [_strong(annotator, told) for annotator, told in described if annotator.annotator_id in chosen]
    if kind in ("weak", "both"):
        personas += _weak(grouped, {persona.persona_id for persona in personas})
    name = f"{corpus.name}-{'personas' if kind == 'both' else kind}"
    description = _description(corpus, len(kept), len(kept) - len(described), min_annotations, limit)
    return PersonaSet(name=name, description=description, corpus=corpus.name, personas=tuple(personas))


def _check_recorded(corpus: Corpus, kind: str, described: bool, grouped: bool) -> None:
    if described and (grouped or kind != "weak"):
        return
    found = "neither attributes nor groups" if not described else "attributes, but no groups"
    advice = "Write a persona set by hand (docs/personas.md)." if not described else "Ask for strong personas."
    raise InputError(
        f"corpus {corpus.name!r} records {found} of its annotators. "
        f"{'A weak persona needs a group' if described else 'Personas need one of them'}. {advice}"
    )


def _told(annotator: Annotator) -> dict[str, str]:
    """Return what an annotator's persona tells: the known attributes, or else the group."""
    known = {name: value for name, value in annotator.attributes.items() if not is_missing(name, value)}
    return known or ({"group": annotator.group} if annotator.group else {})


def _busiest(ids: list[str], counts: Counter[str], limit: int | None) -> set[str]:
    """Return the `limit` ids with the most annotations; among equals, the first in the corpus."""
    return set(sorted(ids, key=lambda annotator_id: -counts[annotator_id])[:limit])


def _strong(annotator: Annotator, told: dict[str, str]) -> Persona:
    return Persona(
        persona_id=annotator.annotator_id,
        kind="strong",
        text=compose(told),
        annotator=annotator.annotator_id,
        group=annotator.group,
        attributes=told,
    )


def _weak(annotators: list[Annotator], taken: set[str]) -> list[Persona]:
    """Return one persona a group, in order of appearance; its id is the group's name unless a person has that id."""
    members: dict[str, list[dict[str, str]]] = {}
    for annotator in annotators:
        members.setdefault(str(annotator.group), []).append(dict(annotator.attributes))
    personas = []
    for group, people in members.items():
        shared = {
            name: value
            for name, value in people[0].items()
            if not is_missing(name, value) and all(other.get(name) == value for other in people)
        }
        told = {"group": group} | {name: value for name, value in shared.items() if value != group}
        persona_id = f"group {group}" if group in taken else group
        personas.append(Persona(persona_id=persona_id, kind="weak", text=compose(told), group=group, attributes=told))
    return personas


def _description(corpus: Corpus, n_kept: int, n_unknown: int, min_annotations: int, limit: int | None) -> str:
    parts = [f"Made from what corpus {corpus.name!r} records about its annotators; nothing is invented."]
    if min_annotations:
        parts.append(f"Annotators with fewer than {min_annotations} annotations are left out ({n_kept} remain).")
    if limit is not None:
        parts.append(f"At most {limit} strong personas: the annotators with the most annotations.")
    if n_unknown:
        parts.append(f"Left out, because nothing is known of them: {n_unknown}.")
    if corpus.synthetic:
        parts.append("The corpus is synthetic, and so are its people.")
    return " ".join(parts)
