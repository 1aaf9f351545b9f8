"""Personas beside people of the demo world, made from its rule, for tests of who stands for whom."""

from __future__ import annotations

import functools

import numpy as np

from engine.demo.corpus import corpus_people
from engine.demo.posts import held_out_posts
from engine.demo.world import CHORUS_SHARE, consensus, probability
from engine.measures import People, Voices

LABELS = ("0", "1")


def voices_of(
    probability: np.ndarray, *, level: str = "nominal", values: tuple[float, ...] | None = None,
    draws: float = np.inf, **about: tuple[str, ...],
) -> Voices:  # fmt: skip
    """Voices from (personas, items, labels)."""
    n, n_items, k = probability.shape
    return Voices(
        tuple(f"p{i}" for i in range(n)), tuple(f"i{i}" for i in range(n_items)), ("w",), LABELS if k == 2 else
        tuple(f"l{i}" for i in range(k)), level, values or tuple(float(i) for i in range(k)), 1.0,
        probability[:, :, None], np.full((n, n_items, 1), draws), **about,
    )  # fmt: skip


def people_of(
    codes: np.ndarray, k: int = 2, *, level: str = "nominal", values: tuple[float, ...] | None = None,
    groups: tuple[str, ...] | None = None,
) -> People:  # fmt: skip
    """People from codes (annotators, items)."""
    n, n_items = codes.shape
    return People(
        tuple(f"a{i}" for i in range(n)), tuple(f"i{i}" for i in range(n_items)),
        LABELS if k == 2 else tuple(f"l{i}" for i in range(k)), level, values or tuple(float(i) for i in range(k)),
        codes, groups or ("",) * n,
    )  # fmt: skip


@functools.cache
def chances(share: float = 1.0, n_posts: int = 1200) -> np.ndarray:
    """Chance of label 1 by each person of the demo corpus for many posts, (people, posts)."""
    posts, persons = held_out_posts()[:n_posts], corpus_people()
    rule = probability if share == 1.0 else functools.partial(consensus, share=share)
    return np.array([[rule(post, person.attributes) for post in posts] for person in persons])


def both(one: np.ndarray) -> np.ndarray:
    """Distributions (..., labels) from the chance of label 1."""
    return np.stack([1 - one, one], axis=-1)


def demo(share: float = 1.0, seed: int = 0, n_items: int = 360, nobody: bool = True) -> tuple[Voices, People]:
    """The twelve personas by the rule (or its `share`) and people drawn from the whole rule; two blind controls."""
    rng = np.random.default_rng(seed)
    posts = held_out_posts()[:n_items]
    truth, said = chances()[:, :n_items], chances(share)[:, :n_items]
    codes = (rng.random(truth.shape) < truth).astype(np.int64)
    persons = corpus_people()
    blind = np.array([[probability(post, {}) for post in posts]] * 2)
    rows = np.vstack([said, blind]) if nobody else said
    extra = 2 if nobody else 0
    voices = voices_of(
        both(rows), kinds=("strong",) * 12 + ("control", "empty")[:extra],
        groups=tuple(p.group for p in persons) + ("",) * extra,
        annotators=tuple(f"a{i}" for i in range(12)) + ("",) * extra,
    )  # fmt: skip
    return voices, people_of(codes, groups=tuple(p.group for p in persons))


CHORUS = CHORUS_SHARE
