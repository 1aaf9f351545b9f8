"""The demo world's rule as label distributions: truth that measures of personas can be tested against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.demo.corpus import corpus_posts
from engine.demo.world import Post, probability
from engine.measures.voices import People, Voices

LABELS = ("0", "1")


def chances(attributes: Sequence[Mapping[str, str]], posts: Sequence[Post] | None = None) -> np.ndarray:
    """(personas, items) chance of label 1 by the rule."""
    return np.array([[probability(post, own) for post in posts or corpus_posts()] for own in attributes])


def voices_of(
    positive: np.ndarray, names: Sequence[str] | None = None, annotators: Sequence[str] = (), draws: float = np.inf
) -> Voices:
    """Voices of two labels from the chance of label 1, (personas, items) or (personas, items, wordings)."""
    array = positive if positive.ndim == 3 else positive[:, :, None]
    return Voices(
        personas=tuple(names or (f"persona-{i}" for i in range(len(array)))),
        items=tuple(f"item-{i}" for i in range(array.shape[1])),
        wordings=tuple(f"wording-{i}" for i in range(array.shape[2])),
        labels=LABELS,
        level="nominal",
        values=(0.0, 1.0),
        temperature=1.0,
        probability=np.stack([1 - array, array], axis=-1),
        draws=np.full(array.shape, draws),
        annotators=tuple(annotators),
    )


def people_of(codes: np.ndarray, names: Sequence[str] | None = None) -> People:
    """People of two labels from codes (annotators, items)."""
    return People(
        annotators=tuple(names or (f"annotator-{i}" for i in range(len(codes)))),
        items=tuple(f"item-{i}" for i in range(codes.shape[1])),
        labels=LABELS,
        level="nominal",
        values=(0.0, 1.0),
        codes=codes,
        groups=("",) * len(codes),
    )
