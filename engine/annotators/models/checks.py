"""Checks of the vectors that a model is given: one an item, one an annotator."""

from __future__ import annotations

import numpy as np

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.errors import InputError


def check_vectors(annotations: Annotations, embeddings: Floats32 | None, n_dimensions: int | None = None) -> None:
    """Raise InputError where not every item has a vector of finite numbers, of this many dimensions."""
    if embeddings is None:
        raise InputError(f"vectors of the items of {annotations.name} are missing. Embed their texts, and give them.")
    expected = (len(annotations.items), n_dimensions or embeddings.shape[-1])
    if embeddings.shape != expected:
        raise InputError(
            f"the items of {annotations.name} have vectors of the shape {embeddings.shape}; expected {expected}: one "
            "an item, from the encoder that the model was trained on. Embed the texts of these very items."
        )
    wrong = np.flatnonzero(~np.isfinite(embeddings).all(axis=1))
    if wrong.size:
        raise InputError(
            f"{annotations.name}: the vectors of {wrong.size:,} items hold numbers that are not finite, the first "
            f"that of {annotations.items[wrong[0]]!r}. Embed these texts anew, or leave the items out."
        )


def check_annotator_vectors(annotations: Annotations, vectors: Floats32, n_numbers: int | None = None) -> None:
    """Raise InputError where not every annotator has a vector of finite numbers, of this many."""
    expected = (len(annotations.annotators), n_numbers or vectors.shape[-1])
    if vectors.shape != expected or not np.isfinite(vectors).all():
        raise InputError(
            f"the annotators of {annotations.name} have vectors of the shape {vectors.shape}; expected {expected}: one "
            "an annotator, of finite numbers, as the model was trained on. Make them of these very annotators."
        )
