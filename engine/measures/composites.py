"""Composite embeddings: raters compared by the texts to which they give each label, not label by label.

A rater's composite embedding joins, for each label, the mean embedding of the items that it gave the label. Two raters
can be alike in it without having labelled the same items.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.ceilings import random_halves
from engine.measures.cells import CELL_COLUMNS, Cells, shuffled_personas
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, mirrored_interval, resampled_weights
from engine.measures.similarity import check_pair, pairs_of
from engine.measures.targets import targets_of
from engine.measures.voices import People, Voices

COMPOSITE_COLUMNS = CELL_COLUMNS
"""Columns of `composite_cosine`."""
Reals = npt.NDArray[np.floating]
REPLAYS = 20
"""Times that a persona's answers are drawn afresh for its ceiling."""
NO_WEIGHT = 1e-6
"""A label of less than this in a resample was not given in it; what is left of a sum is rounding."""
AT_ONCE = 12_000_000
"""Shares of labels held at once (96 MB)."""
DRAWS_AT_ONCE = 334
"""Draws of items: a rater's composites under them stay in a processor's cache, so their cosines cost little."""
UNDEFINED = "a rater without labels, or one label for all texts"


def composite_cosine(
    voices: Voices,
    people: People,
    embeddings: npt.ArrayLike,
    by: str = "annotator",
    *,
    centre: bool = True,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Cosine of composite embeddings: for each label the mean embedding of the items a rater gave it, joined.

    -1 to 1. A persona's item counts for each label by its probability. A label that a rater never gave has no mean: its
    block is 0. Undefined where a rater has no label, or gave all items the same.

    Means of few texts are noisy, which pulls cosines towards 0, in resamples once more; so the interval spans the
    percentile one and its mirror image about the value. The persona's ceiling has the same noise: read both together.

    Args:
        voices: personas.
        people: on the same items.
        embeddings: (items, dimensions) of the items' texts, in the order of `voices.items`.
        by: annotator or group.
        centre: take the mean embedding of all items off first; without it texts of one corpus are all alike and every
            cosine is near 1.
        resamples: bootstrap draws over items, and shuffled personas of the null; 0: neither.
        confidence: coverage of the interval, and of the null's range.
        seed: decides the draws.

    Returns:
        One row a cell, with `COMPOSITE_COLUMNS` as of `alignment`; n_items and dropped are of the items that both have
        labels for, though each rater's embedding takes all items it labelled. persona_ceiling is NaN where a sampled
        run asked every wording once.

    Raises:
        InputError: embeddings that are not finite numbers of this shape, or anything that `alignment` refuses.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    texts = _checked(embeddings, len(voices.items), centre)
    targets = targets_of(people, by)
    pairs = pairs_of(voices, targets, "cosine")
    ours, theirs = np.nan_to_num(pairs.left), np.nan_to_num(pairs.right)
    size = float(np.linalg.norm(texts, axis=1).max(initial=0.0))
    nothing = 1e-9 * size
    joined = composites(theirs, texts)
    values = _cosines(composites(ours, texts), joined, nothing)
    low = high = np.full(values.shape, np.nan)
    if resamples:
        drawn = _resampled(ours, theirs, texts, size, resamples, seed)
        ends = mirrored_interval(drawn.reshape(resamples, values.size), values.ravel(), confidence)
        undefined = np.isnan(values) | (pairs.n_items < 2)
        low, high = (np.where(undefined, np.nan, np.clip(end.reshape(values.shape), -1, 1)) for end in ends)
    patchworks = _patchworks(ours[shuffled_personas(voices)], texts, resamples, seed)
    cells = Cells(
        values,
        low,
        high,
        null=_cosines(patchworks, joined, nothing),
        persona_ceiling=_persona_ceiling(voices, texts, targets.n_people, size, seed),
        target_ceiling=_target_ceiling(people, targets.names, texts, nothing, seed)
        if by == "group"
        else np.full(len(targets.names), np.nan),
        n_items=pairs.n_items,
        notes=np.where(np.isnan(values), UNDEFINED, "").astype(object),
    )
    return cells.table(voices, targets, by, confidence)


def composites(shares: Floats, texts: Reals) -> Floats:
    """Return composite embeddings (raters, labels x dimensions); the texts' type decides how exactly they are summed.

    Args:
        shares: (raters, items, labels) how much of each label an item got; 0 where there is none.
        texts: (items, dimensions).
    """
    n_raters, n_items, n_labels = shares.shape
    found = np.empty((n_raters, n_labels, texts.shape[1]))
    step = max(1, AT_ONCE // max(1, n_items * n_labels))
    for start in range(0, n_raters, step):
        part = shares[start : start + step]
        total = np.maximum(part.sum(axis=1), 1e-9)
        sums = part.transpose(0, 2, 1).reshape(len(part) * n_labels, n_items).astype(texts.dtype, copy=False) @ texts
        found[start : start + step] = sums.reshape(len(part), n_labels, texts.shape[1]) / total[..., None]
    return found.reshape(n_raters, n_labels * texts.shape[1])


def _checked(embeddings: npt.ArrayLike, n_items: int, centre: bool) -> Floats:
    texts = np.asarray(embeddings, dtype=np.float64)
    if texts.ndim != 2 or len(texts) != n_items or not np.isfinite(texts).all():
        raise InputError(
            f"embeddings have the shape {texts.shape}, or numbers that are not finite. Expected one finite row for "
            f"each of the {n_items} items, in their order."
        )
    return texts - texts.mean(axis=0) if centre and n_items else texts


def _cosines(left: Floats, right: Floats, nothing: float) -> Floats:
    """Return cosines (..., left, right) of vectors; those no longer than `nothing` have none."""
    lengths = [np.linalg.norm(side, axis=-1, keepdims=True) for side in (left, right)]
    one, other = (
        np.where(length > nothing, side / np.maximum(length, np.finfo(np.float64).tiny), np.nan)
        for side, length in zip((left, right), lengths, strict=True)
    )
    return np.clip(np.matmul(one, np.swapaxes(other, -1, -2)), -1, 1)


def _resampled(ours: Floats, theirs: Floats, texts: Floats, size: float, resamples: int, seed: int) -> Floats:
    """Return the cosines of every resample of items, (resamples, personas, targets).

    In 32 bits, for intervals alone; one rater and a few hundred draws at once, so that they stay in a cache.
    """
    weights = np.ascontiguousarray(resampled_weights(len(texts), resamples, seed).T, dtype=np.float32)
    small, nothing = texts.astype(np.float32), 1e-5 * size
    room = np.empty_like(small)  # memory that is used again costs a third less time than memory that is new
    found = np.empty((resamples, len(ours), len(theirs)))
    for start in range(0, resamples, DRAWS_AT_ONCE):
        part = weights[start : start + DRAWS_AT_ONCE]
        whole = part @ small
        targets = [_weighted(shares, small, part, whole, room) for shares in theirs]
        longs = [_lengths(target, nothing) for target in targets]
        for persona, shares in enumerate(ours):
            one = _weighted(shares, small, part, whole, room)
            long = _lengths(one, nothing)
            for place, (target, other) in enumerate(zip(targets, longs, strict=True)):
                found[start : start + len(part), persona, place] = np.einsum("ksd,ksd->s", one, target) / (long * other)
    return np.clip(found, -1, 1)


def _weighted(shares: Floats, texts: Reals, weights: Reals, whole: Reals, room: Reals) -> Reals:
    """Return one rater's mean text of each label under each set of item weights, (labels, sets, dimensions).

    Of a rater who labelled all items the most frequent label has what the others leave of the sum of all texts: one
    product less, without loss, as no label is larger. `whole` is that sum, (sets, dimensions); `room` is as large as
    the texts, and overwritten.
    """
    n_labels = shares.shape[1]
    own = shares.astype(texts.dtype)
    total = (weights @ own).T
    complete = len(shares) > 0 and np.abs(shares.sum(axis=1) - 1).max() < 1e-9
    most = int(total.sum(axis=1).argmax()) if complete else -1
    others = [label for label in range(n_labels) if label != most]
    found = np.empty((n_labels, len(weights), texts.shape[1]), dtype=texts.dtype)
    for label in others:
        np.matmul(weights, np.multiply(own[:, [label]], texts, out=room), out=found[label])
    if complete:
        found[most] = whole
        for label in others:
            found[most] -= found[label]
        found[most][total[most] <= NO_WEIGHT] = 0
    found /= np.maximum(total, 1e-9)[..., None]
    return found


def _lengths(one: Reals, nothing: float) -> Reals:
    """Return the length of a composite embedding in each set, (sets,); NaN where it is no more than `nothing`."""
    length = np.sqrt(np.einsum("ksd,ksd->s", one, one))
    return np.where(length > nothing, length, np.nan)


def _patchworks(pool: Floats, texts: Floats, resamples: int, seed: int) -> Floats:
    """Return composites of personas that take each item's answer from a random one of the pool; NaN below two."""
    n_pool, n_items, n_labels = pool.shape
    if n_pool < 2:
        return np.full((resamples, n_labels * texts.shape[1]), np.nan)
    who = np.random.default_rng(seed).integers(0, n_pool, size=(resamples, n_items))
    found = np.empty((resamples, n_labels * texts.shape[1]))
    step = max(1, AT_ONCE // max(1, n_items * n_labels))
    for start in range(0, resamples, step):
        found[start : start + step] = composites(pool[who[start : start + step], np.arange(n_items)], texts)
    return found


def _persona_ceiling(voices: Voices, texts: Floats, answers: Sequence[int], size: float, seed: int) -> Floats:
    """Return the mean cosine of each persona and fresh answers of its own, as many as each target has people."""
    rng = np.random.default_rng((seed, 4))
    small = texts.astype(np.float32)  # a mean of 20 random replays needs no more
    exact = np.isinf(voices.draws).any()
    p, asked = np.nan_to_num(voices.of_items()), voices.draws.max(axis=2, keepdims=True, initial=0) > 0
    chances = p / np.maximum(p.sum(axis=2, keepdims=True), 1e-300)
    whole = composites(p, small)
    found = np.full((len(voices.personas), len(answers)), np.nan)
    for m in sorted({max(1, n) for n in answers}):
        replays = np.zeros(len(voices.personas))
        for _ in range(REPLAYS):
            if exact:
                fresh = rng.multinomial(m, chances) / m * asked
            else:
                rest, fresh = _replayed(voices, m, rng)
                whole = composites(rest, small)
            both = _cosines(whole[:, None], composites(fresh, small)[:, None], 1e-5 * size)
            replays += both[:, 0, 0] / REPLAYS
        found[:, [max(1, n) == m for n in answers]] = replays[:, None]
    return found


def _replayed(voices: Voices, m: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return a sampled persona's shares and those of m fresh answers to each item, both (personas, items, labels).

    Of the answers up to m, at most half of each wording's, are taken out as the fresh ones; items without two answers
    in a wording are left out of both. What is left weighs all wordings alike: in all answers together the wording of a
    fresh one would be too rare.
    """
    counts = np.rint(np.nan_to_num(voices.probability) * voices.draws[..., None]).astype(np.int64)
    room = voices.draws.astype(np.int64) // 2
    usable = room.sum(axis=2) > 0
    taken = _without_replacement(room, np.minimum(m, room.sum(axis=2)), rng)
    fresh = _without_replacement(counts, taken, rng)
    rest = _shares(counts - fresh).sum(axis=2) / np.maximum((voices.draws > 0).sum(axis=2), 1)[..., None]
    return rest * usable[..., None], _shares(fresh.sum(axis=2))


def _without_replacement(counts: Ints, n: Ints, rng: np.random.Generator) -> Ints:
    """Return n (...) of the things counted (..., kinds), drawn at random, by kind."""
    taken = np.zeros_like(counts)
    left, wanted = counts.sum(axis=-1), n
    for k in range(counts.shape[-1]):
        left = left - counts[..., k]
        taken[..., k] = rng.hypergeometric(counts[..., k], left, wanted)
        wanted = wanted - taken[..., k]
    return taken


def _shares(counts: Ints) -> Floats:
    shares: Floats = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    return shares


def _target_ceiling(people: People, groups: Sequence[str], texts: Floats, nothing: float, seed: int) -> Floats:
    """Return the mean cosine of two random halves of each group, (groups,); NaN below two members with labels."""
    rng = np.random.default_rng(seed)
    found = np.full(len(groups), np.nan)
    for place, name in enumerate(groups):
        if (halves := random_halves(people, name, rng)) is not None:
            left, right = (composites(np.nan_to_num(side), texts)[:, None] for side in halves)
            found[place] = _cosines(left, right, nothing).mean()
    return found
