"""Alignment: every persona beside every annotator or group, each cell with its interval, null and ceilings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.ceilings import group_ceiling, patchwork_null, persona_ceiling
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.similarity import Likeness, check_pair, pairs_of, targets_of
from engine.measures.voices import People, Voices

ALIGNMENT_COLUMNS = (
    "persona", "kind", "target", "target_group", "own", "value", "low", "high", "confidence", "null_mean", "null_low",
    "null_high", "null_p", "evidence", "persona_ceiling", "target_ceiling", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of `alignment`."""
COMPOSITE_COLUMNS = (
    "persona",
    "target",
    "value",
    "low",
    "high",
    "confidence",
    "n_items",
    "n_raters",
    "dropped",
    "note",
)
"""Columns of `composite_cosine`."""


def alignment(
    voices: Voices,
    people: People,
    likeness: Likeness = "cosine",
    by: str = "annotator",
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """How like each persona is to each annotator, or to each group, on the items that both have labels for.

    cosine: of label vectors, -1 to 1 (0 to 1 where labels are not negative numbers): a rater's vector holds its labels
    as numbers (two labels: 0 and 1), or a 0/1 coordinate a label for three or more nominal ones; a persona's holds its
    expected label. centred: the same after each vector's mean is taken off (for numbers: Pearson's correlation).
    kappa: 1 - E[D_o] / E[D_e] for one answer of the persona and the person's label, with nominal or squared distances
    (Cohen's kappa, quadratically weighted on ordered levels). Undefined (NaN, reason in the note) for constant vectors,
    a rater without labels, or one label in use.

    Args:
        voices: personas.
        people: on the same items.
        likeness: cosine, centred or kappa.
        by: annotator or group (its share of each label on each item).
        resamples: bootstrap draws over items, and shuffled personas of the null; 0: neither.
        confidence: coverage of the interval, and of the null's range.
        seed: decides the draws.

    Returns:
        One row a cell: persona, its kind, target (annotator or group) and the group it belongs to, own (the persona
        stands for it); value with low and high at confidence; null_mean, null_low, null_high of personas shuffled
        within items (strong and weak ones; any kind where there are fewer than two), null_p the share of them at least
        as like (never 0); evidence, whether value lies above null_high; persona_ceiling, the persona beside as many
        fresh answers of its own as the target has people; target_ceiling, the group beside itself (mean of random
        halves; NaN for annotators, who labelled once); n_items; n_raters, people behind the target; dropped, items
        left out for lack of a label; note.

    Raises:
        InputError: an unknown measure or target, settings out of range, or voices and people of different items.

    Source: Cohen (1968), Weighted kappa, doi:10.1037/h0026256.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    targets = targets_of(people, by)
    pairs = pairs_of(voices, targets, likeness)
    values, notes = pairs.now, pairs.why_undefined()
    low, high, missing = _intervals(pairs.draws(resamples, seed), confidence, pairs.n_items)
    null = patchwork_null(pairs, _pool(voices), resamples, seed)
    null_low, null_high, _ = _intervals(null, confidence, np.full(null.shape[1], 2))
    shape = values.shape
    own = [[_stands_for(voices, p, name, by) for name in targets.names] for p in range(shape[0])]
    ceiling = group_ceiling(people, targets, likeness, seed) if by == "group" else np.full(shape[1], np.nan)
    for p, a in np.argwhere((missing > 0) & ~np.isnan(values)):
        notes[p, a] = f"interval without {missing[p, a]} of {resamples} resamples, which had no value"
    by_target = {
        "target": np.array(targets.names, dtype=object), "target_group": np.array(targets.groups, dtype=object),
        "null_mean": _mean(null), "null_low": null_low, "null_high": null_high, "target_ceiling": ceiling,
        "n_raters": np.array(targets.n_people),
    }  # fmt: skip
    by_persona = {
        "persona": np.array(voices.personas, dtype=object),
        "kind": np.array(voices.kinds or [""] * shape[0], dtype=object),
    }
    by_cell = {
        "own": np.array(own, dtype=bool).reshape(shape), "value": values, "low": low, "high": high,
        "confidence": np.full(shape, confidence), "null_p": _share_at_least(null, values),
        "evidence": values > null_high, "persona_ceiling": persona_ceiling(voices, likeness, targets.n_people),
        "n_items": pairs.n_items, "dropped": len(voices.items) - pairs.n_items,
        "note": notes,
    }  # fmt: skip
    columns = {name: np.broadcast_to(array, shape) for name, array in by_target.items()}
    columns |= {name: np.broadcast_to(array[:, None], shape) for name, array in by_persona.items()} | by_cell
    return pd.DataFrame({name: columns[name].ravel() for name in ALIGNMENT_COLUMNS})


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

    Args:
        voices: personas.
        people: on the same items.
        embeddings: (items, dimensions) of the items' texts, in the order of `voices.items`.
        by: annotator or group.
        centre: take the mean embedding of all items off first; without it texts of one corpus are all alike and every
            cosine is near 1.
        resamples: bootstrap draws over items; 0: no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Returns:
        One row a cell, with `COMPOSITE_COLUMNS` as of `alignment`; n_items and dropped are of the items that both have
        labels for, though each rater's embedding takes all items it labelled.

    Raises:
        InputError: embeddings that are not finite numbers of this shape, or anything that `alignment` refuses.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    texts = np.asarray(embeddings, dtype=np.float64)
    if texts.ndim != 2 or len(texts) != len(voices.items) or not np.isfinite(texts).all():
        raise InputError(
            f"embeddings have the shape {texts.shape}, or numbers that are not finite. Expected one finite row for "
            f"each of the {len(voices.items)} items, in their order."
        )
    targets = targets_of(people, by)
    pairs = pairs_of(voices, targets, "cosine")
    texts = texts - texts.mean(axis=0) if centre and len(texts) else texts
    ours, theirs = np.nan_to_num(pairs.left), np.nan_to_num(pairs.right)
    whole = np.ones((1, len(texts)))
    size = float(np.linalg.norm(texts, axis=1).max(initial=0.0))
    values = _cosines(_composites(ours, texts, whole), _composites(theirs, texts, whole), 1e-9 * size)[0]
    drawn = np.full((resamples, *values.shape), np.nan)
    if resamples:
        weights = resampled_sums(np.eye(len(texts)), None, resamples, seed).astype(np.float32)
        small = texts.astype(np.float32)
        drawn = _cosines(_composites(ours, small, weights), _composites(theirs, small, weights), 1e-5 * size)
        drawn[:, np.isnan(values)] = np.nan
    low, high, _ = _intervals(drawn, confidence, pairs.n_items)
    shape, n_items = values.shape, pairs.n_items
    columns = {
        "persona": np.broadcast_to(np.array(voices.personas, dtype=object)[:, None], shape),
        "target": np.broadcast_to(np.array(targets.names, dtype=object), shape),
        "value": values, "low": low, "high": high, "confidence": np.full(shape, confidence), "n_items": n_items,
        "n_raters": np.broadcast_to(np.array(targets.n_people), shape), "dropped": len(texts) - n_items,
        "note": np.where(np.isnan(values), "a rater without labels, or one label for all texts", ""),
    }  # fmt: skip
    return pd.DataFrame({name: columns[name].ravel() for name in COMPOSITE_COLUMNS})


def _composites(shares: Floats, texts: npt.NDArray[np.floating], weights: npt.NDArray[np.floating]) -> Floats:
    """Composite embeddings of raters under each set of item weights, (sets, raters, labels x dimensions)."""
    n_raters, n_items, n_labels = shares.shape
    found = np.empty((len(weights), n_raters, n_labels, texts.shape[1]), dtype=texts.dtype)
    for rater in range(n_raters):  # one rater's rows at once: all raters' would not fit
        rows = (shares[rater][:, :, None] * texts[:, None, :]).reshape(n_items, -1).astype(texts.dtype, copy=False)
        size = weights @ shares[rater].astype(texts.dtype)
        found[:, rater] = (weights @ rows).reshape(len(weights), n_labels, -1) / np.maximum(size, 1e-9)[..., None]
    return found.reshape(len(weights), n_raters, -1)


def _cosines(left: Floats, right: Floats, nothing: float) -> Floats:
    """Cosines of every persona and target, (sets, personas, targets); vectors no longer than `nothing` have none."""

    def unit(x: Floats) -> Floats:
        length = np.linalg.norm(x, axis=2, keepdims=True)
        return np.where(length > nothing, x / np.maximum(length, np.finfo(np.float32).tiny), np.nan)

    return np.matmul(unit(left), unit(right).transpose(0, 2, 1)).astype(np.float64)


def _intervals(draws: Floats, confidence: float, n_items: Ints) -> tuple[Floats, Floats, Ints]:
    """Interval of every cell and its undefined draws; none from fewer than two items."""
    resamples, *shape = draws.shape
    if resamples == 0:
        return np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int64)
    ends = percentile_interval(draws.reshape(resamples, -1), confidence)
    low, high = (np.where(n_items < 2, np.nan, end.reshape(shape)) for end in ends[:2])
    return low, high, ends[2].reshape(shape)


def _pool(voices: Voices) -> Ints:
    """Places of the personas that the null shuffles: those that play somebody, where there are two."""
    playing = np.flatnonzero([kind in ("strong", "weak") for kind in voices.kinds])
    return playing if len(playing) > 1 else np.arange(len(voices.personas))


def _stands_for(voices: Voices, persona: int, target: str, by: str) -> bool:
    of = voices.annotators if by == "annotator" else voices.groups
    return bool(of) and of[persona] == target


def _mean(draws: Floats) -> Floats:
    known = ~np.isnan(draws)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, draws, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean


def _share_at_least(null: Floats, values: Floats) -> Floats:
    """(1 + shuffled personas at least as like) / (1 + shuffled personas), NaN where there is no value or no null."""
    known = ~np.isnan(null)
    ordered = np.sort(np.where(known, null, -np.inf), axis=0)
    below = np.stack([np.searchsorted(ordered[:, a], values[:, a] - TOLERANCE) for a in range(values.shape[1])], axis=1)
    share = (1 + len(null) - below) / (1 + known.sum(axis=0))
    return np.where(np.isnan(values) | ~known.any(axis=0), np.nan, share)


TOLERANCE = 1e-12
"""Similarities nearer than this are equal but for rounding."""
