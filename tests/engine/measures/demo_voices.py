"""People and personas of the demo's rule, whose truth is known, as Voices and People."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from engine.demo.corpus import corpus_people, corpus_posts
from engine.demo.world import CHORUS_SHARE, Post, consensus, probability
from engine.measures import People, Voices, at_temperature, log_probability

LABELS = ("0", "1")


@cache
def rule(share: float = 1.0) -> np.ndarray:
    """Chance of label 1, (persons, posts): 1 follows the rule, `CHORUS_SHARE` is what demo-chorus is taught."""

    def chance(post: Post, attributes: Callable[[], object]) -> float:
        return probability(post, attributes) if share == 1 else consensus(post, attributes, share)  # type: ignore[arg-type]

    return np.array([[chance(post, person.attributes) for post in corpus_posts()] for person in corpus_people()])  # type: ignore[arg-type]


def chorus() -> np.ndarray:
    return rule(CHORUS_SHARE)


def voices_of(chance: np.ndarray, temperature: float = 1.0, kind: str = "strong", groups: bool = True) -> Voices:
    """Voices of chances of label 1, (personas, items)."""
    n_personas, n_items = chance.shape
    p = at_temperature(log_probability(np.stack([1 - chance, chance], axis=2)), temperature)
    names = (
        tuple(person.group or "" for person in corpus_people()) if groups and n_personas == 12 else ("",) * n_personas
    )
    return Voices(
        tuple(f"{kind}-{i}" for i in range(n_personas)), tuple(f"p{i}" for i in range(n_items)), ("plain",), LABELS,
        "nominal", (0.0, 1.0), temperature, p[:, :, None], np.full((n_personas, n_items, 1), np.inf),
        kinds=(kind,) * n_personas, groups=names,
    )  # fmt: skip


def people_of(codes: np.ndarray, n_labels: int = 2) -> People:
    n, n_items = codes.shape
    groups = tuple(person.group or "" for person in corpus_people()) if n == 12 else ("",) * n
    labels = LABELS if n_labels == 2 else tuple("abcdef"[:n_labels])
    names, items = tuple(f"a{i}" for i in range(n)), tuple(f"p{i}" for i in range(n_items))
    return People(names, items, labels, "nominal", tuple(map(float, range(n_labels))), codes, groups)


def drawn(chance: np.ndarray, seed: int, missing: float = 0.02) -> np.ndarray:
    """Codes drawn from chances, with gaps as the demo corpus has."""
    rng = np.random.default_rng(seed)
    codes = (rng.random(chance.shape) < chance).astype(np.int64)
    return np.where(rng.random(chance.shape) < missing, -1, codes)
