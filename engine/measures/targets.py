"""Targets: whom personas are set beside, one annotator (its labels) or a group (its shares of labels)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.voices import People

By = Literal["annotator", "group"]


@dataclass(frozen=True)
class Targets:
    """Whom personas are set beside."""

    names: tuple[str, ...]
    shares: Floats
    """(targets, items, labels): an annotator's label as 0 and 1, or a group's shares; NaN where there is no label."""
    groups: tuple[str, ...]
    """The group of each annotator; of a group, its own name."""
    n_people: tuple[int, ...]
    """People with at least one label, a target."""


def targets_of(people: People, by: str) -> Targets:
    """Return the annotators of a corpus, or its groups, as targets.

    Raises:
        InputError: `by` is neither, or the corpus has no groups.
    """
    if by not in get_args(By):
        raise InputError(f"by {by!r} is unknown. Use one of {', '.join(get_args(By))}.")
    labelled = np.asarray((people.codes >= 0).any(axis=1))
    if by == "annotator":
        of_code = np.vstack([np.eye(len(people.labels)), np.full(len(people.labels), np.nan)])
        shares = of_code[np.where(people.codes < 0, -1, people.codes)]
        return Targets(people.annotators, shares, people.groups, tuple(int(n) for n in labelled))
    names = tuple(sorted({group for group in people.groups if group}))
    if not names:
        raise InputError("the corpus names no groups of annotators. Compare by annotator, or import it with groups.")
    member = np.array([[group == name for group in people.groups] for name in names])
    return Targets(
        names, np.stack([people.shares(name) for name in names]), names, tuple((member & labelled).sum(axis=1).tolist())
    )
