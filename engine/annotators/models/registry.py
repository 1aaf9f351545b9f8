"""The annotator models by name: what each knows, and what it is made of. Light: no torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import InputError


@dataclass(frozen=True)
class ModelKind:
    """One kind of annotator model."""

    name: str
    knows_who: bool
    """Whether its prediction depends on the annotator."""
    description: str
    baseline: bool = False
    """Whether it counts labels instead of reading texts."""
    oracle: bool = False
    """Whether it sees labels of the test items: an upper mark to read others by, never a model to choose."""
    token: bool = False
    """Whether it learns a vector an annotator."""
    heads: bool = False
    """Whether it learns an output layer an annotator."""
    features: Literal["", "composite", "attributes"] = ""
    """What it is given of the annotator."""


_KINDS = (
    ModelKind("text only", False, "The text's embedding and a head; the annotator is unknown."),
    ModelKind("user token", True, "A learned vector an annotator beside the text.", token=True),
    ModelKind(
        "composite", True, "The annotator's mean training-text embedding a label beside the text.",
        features="composite",
    ),
    ModelKind(
        "composite + user token", True, "Composite embedding and learned vector beside the text.",
        token=True, features="composite",
    ),
    ModelKind("multi-task", True, "Shared text layers, one head an annotator.", heads=True),
    ModelKind(
        "attributes", True, "The annotator's attributes (or the persona's text) beside the text: also for unseen ones.",
        features="attributes",
    ),
    ModelKind("majority", False, "Always the commonest label of training.", baseline=True),
    ModelKind("own rate", True, "Always the annotator's own commonest training label.", baseline=True),
    ModelKind(
        "others' majority", False, "The majority of the item's other annotators: an oracle, which sees test labels.",
        baseline=True, oracle=True,
    ),
)  # fmt: skip
MODELS: dict[str, ModelKind] = {kind.name: kind for kind in _KINDS}
TEXT_ONLY = "text only"
KNOWS_WHO = tuple(kind.name for kind in _KINDS if kind.knows_who and not kind.baseline)
"""The models behind the question whether it pays to know who annotates."""


def model_kinds(names: Sequence[str] | None = None) -> list[ModelKind]:
    """Return the kinds of these names in this order, all for None.

    Raises:
        InputError: a name that is no model, or one given twice.
    """
    if names is None:
        return list(MODELS.values())
    if unknown := [name for name in names if name not in MODELS]:
        raise InputError(f"{unknown[0]!r} is no annotator model. The models are {', '.join(map(repr, MODELS))}.")
    if len(set(names)) != len(names):
        raise InputError(f"the models {', '.join(map(repr, names))} name one twice. Name each once.")
    return [MODELS[name] for name in names]
