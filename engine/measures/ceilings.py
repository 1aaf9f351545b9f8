"""Ceilings and nulls of similarity: how alike a persona is to itself, a group to itself, and a patchwork of personas.

A similarity of 0.6 means little alone. Beside it stand what the best possible stand-in would reach, given that labels
are drawn by chance (the ceilings), and what a persona made of all personas' answers at random reaches (the null).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.measures.coincidence import Floats
from engine.measures.own_noise import noise_over_wordings
from engine.measures.similarity import CELLS_AT_ONCE, Pairs, label_distances, label_vectors
from engine.measures.targets import Targets
from engine.measures.voices import People, Voices

HALVES = 20
"""Random splits of a group."""


def persona_ceiling(voices: Voices, likeness: str, answers: Sequence[int]) -> Floats:
    """Return the similarity of each persona to the mean of fresh answers of its own, (personas, targets).

    That is what people would show who labelled exactly as the persona does. Closed form, no draws: on each item
    xy = |E x|^2 and, with m answers, yy = |E x|^2 + Var x / m for cosines; the chance that two answers differ for
    kappa. From answers instead of a distribution, both are estimated without bias by pairs of different answers; items
    without two answers in one wording stay out. Of several wordings each answer takes one at random.

    Args:
        voices: personas.
        likeness: cosine, centred or kappa.
        answers: m of each target: 1 for an annotator, the people of a group.
    """
    vectors = label_vectors(voices.level, voices.values)
    distances = label_distances(voices.level, voices.values)
    if likeness != "kappa":  # half of the squared distance of two answers is the variance of one
        distances = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    noise, _ = noise_over_wordings(voices.probability, voices.draws, distances)  # (personas, items)
    present = ~np.isnan(noise)
    noise, p = np.where(present, noise, 0.0), np.where(present[..., None], voices.of_items(), 0.0)
    n = present.sum(axis=1).astype(float)
    pairs = Pairs(likeness, voices.level, voices.values, p, p)
    shape = (len(p), len(answers))
    if likeness == "kappa":
        sums = np.concatenate([noise.sum(axis=1)[:, None], n[:, None], p.sum(axis=1), p.sum(axis=1)], axis=1)
        return np.broadcast_to(pairs.solve(sums)[:, None], shape)
    x = p @ vectors
    seen = (x**2).sum(axis=2)  # (personas, items)
    spread = noise.sum(axis=1) / 2  # of one answer, over all items
    product = (p @ (vectors**2).sum(axis=1)).sum(axis=1) - spread
    m = np.maximum(np.asarray(answers, dtype=float), 1.0)
    columns = [product[:, None], seen.sum(axis=1)[:, None], product[:, None] + spread[:, None] / m]
    columns += [n[:, None]] if likeness == "centred" else []
    sums = np.stack([np.broadcast_to(column, shape) for column in columns], axis=2)
    if likeness == "centred":
        marginals = np.broadcast_to(x.sum(axis=1)[:, None, :], (*shape, x.shape[2]))
        sums = np.concatenate([sums, marginals, marginals], axis=2)
    return pairs.solve(sums)


def group_ceiling(people: People, targets: Targets, likeness: str, seed: int) -> Floats:
    """Return the mean similarity of two random halves of each group, (groups,); NaN below two members with labels.

    Halves are smaller than the group, so their shares are noisier: a persona that stands for the group's mean can come
    out above it.
    """
    rng = np.random.default_rng(seed)
    found = np.full(len(targets.names), np.nan)
    for place, name in enumerate(targets.names):
        if (halves := random_halves(people, name, rng)) is not None:
            values = _each_with_its_own(likeness, people, *halves)
            found[place] = np.nanmean(values) if not np.isnan(values).all() else np.nan
    return found


def random_halves(people: People, group: str, rng: np.random.Generator) -> tuple[Floats, Floats] | None:
    """Return the label shares of random halves of a group, two arrays (splits, items, labels) with NaN where a half has
    no label; None below two members with labels."""
    labelled = (people.codes >= 0).any(axis=1)
    members = np.flatnonzero(np.array([name == group for name in people.groups]) & labelled)
    if len(members) < 2:
        return None
    order = np.argsort(rng.random((HALVES, len(members))), axis=1)
    half = (order < len(members) // 2).astype(float)
    counts = (people.codes[members][..., None] == np.arange(len(people.labels))).astype(float)
    left = np.tensordot(half, counts, axes=1)
    right = counts.sum(axis=0) - left
    with np.errstate(invalid="ignore", divide="ignore"):
        left, right = (c / c.sum(axis=2, keepdims=True) for c in (left, right))
    return left, right


def _each_with_its_own(likeness: str, people: People, left: Floats, right: Floats) -> Floats:
    """Similarity of left[s] and right[s], (splits,)."""
    return np.array([
        Pairs(likeness, people.level, people.values, one[None], other[None]).now[0, 0]
        for one, other in zip(left, right, strict=True)
    ])  # fmt: skip


def patchwork_null(pairs: Pairs, pool: np.ndarray, resamples: int, seed: int) -> Floats:
    """Return the similarity to each target of personas whose answers were shuffled within items, (resamples, targets).

    A shuffled persona takes, on every item, the answer of a random one of the pool: it is as like people as the
    personas are together, but nobody in particular. NaN where the pool has fewer than two personas.

    Args:
        pairs: all personas beside all targets.
        pool: (n,) places of the personas to shuffle.
        resamples: shuffled personas.
        seed: decides them.
    """
    n_items = pairs.left.shape[1]
    if len(pool) < 2 or resamples == 0 or n_items == 0:
        return np.full((resamples, len(pairs.right)), np.nan)
    rng = np.random.default_rng(seed)
    who = pool[rng.integers(0, len(pool), size=(resamples, n_items))]
    step = max(1, CELLS_AT_ONCE // (n_items * pairs.left.shape[2]))
    found = []
    for start in range(0, resamples, step):
        found.append(pairs.of_patchworks(who[start : start + step]))
    return np.concatenate(found)
