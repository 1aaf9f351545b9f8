"""The sides of a cross-evaluation: whose labels teach a model, and whose test it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import NONE, Annotations, Ints
from engine.annotators.training.splits import Splits
from engine.errors import InputError

Booleans = npt.NDArray[np.bool_]
PERSONA, ALL_PERSONAS, PERSON, GROUP = "persona", "all personas", "person", "group"
"""Kinds of sides."""


@dataclass(frozen=True)
class Side:
    """Somebody whose labels train a model; those of a person or group test models too."""

    name: str
    kind: str
    train: Annotations
    dev: Annotations
    test: Annotations

    @cached_property
    def taught_one(self) -> str:
        """The label that all training rows have; '' where they have several."""
        return only_label(self.train)


def people_and_groups(people: Annotations, splits: Splits) -> list[Side]:
    """Return everybody, then every group with the labels of all its members."""
    parts = splits.parts(people)
    sides = [Side(name, PERSON, *(part.of_annotators([name]) for part in parts)) for name in people.annotators]
    group = np.array(people.groups, dtype=object)
    for name in dict.fromkeys(filter(None, people.groups)):
        sides.append(Side(name, GROUP, *(part.where(group[part.annotator] == name) for part in parts)))
    return sides


def personas_and_all(personas: Annotations, splits: Splits) -> list[Side]:
    """Return every persona, then all together.

    Raises:
        InputError: a persona bears the name that all together have.
    """
    if ALL_PERSONAS in personas.annotators:
        raise InputError(f"a persona of {personas.name} is called {ALL_PERSONAS!r}, which stands for all. Rename it.")
    parts = splits.parts(personas)
    sides = [Side(name, PERSONA, *(part.of_annotators([name]) for part in parts)) for name in personas.annotators]
    return [*sides, Side(ALL_PERSONAS, ALL_PERSONAS, *parts)]


def with_enough(sides: Sequence[Side], least: int, dropped: dict[str, int]) -> list[Side]:
    """Return the sides with enough labels, and count the others in `dropped`, by kind and reason."""
    kept, least = [], max(least, 1)
    for side in sides:
        tests = side.kind in (PERSON, GROUP)
        if len(side.train) < least:
            reason = f"fewer than {least:,} training labels" if len(side.train) else "no training label"
        elif tests and len(side.test) < least:
            reason = f"fewer than {least:,} test labels" if len(side.test) else "no test label"
        elif not len(side.dev):
            reason = "no dev label"
        else:
            kept.append(side)
            continue
        key = f"{side.kind}: {reason}"
        dropped[key] = dropped.get(key, 0) + 1
    return kept


def check_sides(
    targets: Sequence[Side],
    teachers: Sequence[Side],
    people: Annotations,
    personas: Annotations,
    least: int,
    dropped: Mapping[str, int],
) -> None:
    """Raise InputError where nobody is left to test on, or to learn from."""
    for left, whose in ((targets, people), (teachers, personas)):
        if not left:
            why = ", ".join(f"{reason} ({n:,})" for reason, n in dropped.items())
            raise InputError(
                f"nobody of {whose.name} has the labels that cross-evaluation needs: {why}. Lower min_labels, now "
                f"{least}, or choose a corpus with more labels an annotator."
            )


def questions(annotations: Annotations, items: Ints) -> Annotations:
    """Return one row an item, of nobody: what a model that does not know who annotates is asked."""
    zeros = np.zeros(len(items), dtype=np.int64)
    return replace(
        annotations, annotators=("",), groups=("",), people=("",), attributes=({},), descriptions=("",), item=items,
        annotator=zeros, label=zeros,
    )  # fmt: skip


def stands_for(teachers: Sequence[Side], targets: Sequence[Side], personas: Annotations) -> Booleans:
    """Return (teachers, targets): whether the persona stands for the person or group; all together for nobody."""
    place = {name: i for i, name in enumerate(personas.annotators)}
    found = np.zeros((len(teachers), len(targets)), dtype=bool)
    for p, teacher in enumerate(teachers):
        if (i := place.get(teacher.name)) is not None:
            names = {PERSON: personas.people[i], GROUP: personas.groups[i]}
            found[p] = [bool(target.name) and names[target.kind] == target.name for target in targets]
    return found


def paired(own: Booleans, targets: Sequence[Side]) -> Ints:
    """Return (personas,) the place among the targets of the person each plays, -1 for none; the last teacher is all."""
    people = own[:-1] & np.array([target.kind == PERSON for target in targets])
    return np.where(people.any(axis=1), people.argmax(axis=1), NONE)


def only_label(part: Annotations) -> str:
    """Return the label that all rows have; '' where they have several."""
    codes = np.unique(part.label)
    return part.labels[int(codes[0])] if len(codes) == 1 else ""
