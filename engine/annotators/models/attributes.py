"""What is known of annotators as columns of 0 and 1: one a value of an attribute. Light: no torch here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.errors import InputError


@dataclass(frozen=True)
class AttributeCodes:
    """Which column stands for which value of which attribute; learned from training annotators."""

    columns: tuple[tuple[str, str], ...]
    """(attribute, value)."""

    def matrix(self, annotations: Annotations) -> Floats32:
        """Return (annotators, columns) of 0 and 1; a value that no training annotator has is 0 everywhere."""
        facts = [attributes_of(annotations, i) for i in range(len(annotations.annotators))]
        rows = [[known.get(name) == value for name, value in self.columns] for known in facts]
        return np.array(rows, dtype=np.float32).reshape(len(facts), len(self.columns))


def attributes_of(annotations: Annotations, place: int) -> dict[str, str]:
    """Return the attributes of one annotator; the group, where there is one, is an attribute too."""
    group = annotations.groups[place]
    return dict(annotations.attributes[place]) | ({"group": group} if group else {})


def attribute_codes(train: Annotations) -> AttributeCodes:
    """Return the attribute values of annotators with training rows that not all of them share."""
    known = [attributes_of(train, i) for i in np.unique(train.annotator).tolist()]
    pairs = sorted({pair for facts in known for pair in facts.items()})
    return AttributeCodes(tuple(p for p in pairs if sum(facts.get(p[0]) == p[1] for facts in known) < len(known)))


def telling_attributes(train: Annotations) -> AttributeCodes:
    """Return `attribute_codes`.

    Raises:
        InputError: no attribute tells two annotators apart.
    """
    codes = attribute_codes(train)
    if not codes.columns:
        raise InputError(
            f"the annotators of {train.name} have no attributes or groups that tell them apart, which a model of "
            "attributes needs. Leave it out, or choose a corpus whose annotators have some."
        )
    return codes
