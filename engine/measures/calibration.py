"""Calibration: the personas' distributions beside the shares of people who gave each label.

Scores are means over items, computed for all personas pooled, for each persona, and with each annotator predicted by
the persona that stands for them. Beside each stands its floor: what the true distribution itself would score, because
shares of few people are noisy (engine.measures.calibration_floor).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.calibration_floor import perfect_scores
from engine.measures.calibration_terms import (
    SCORES,
    as_frequencies,
    confidence_gaps,
    likeliest,
    normalised_distances,
    score_terms,
)
from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.voices import People, Voices

POOLED = "(pooled)"
OWN = "(own persona)"
CALIBRATION_COLUMNS = (
    "who", "score", "value", "low", "high", "floor", "floor_low", "floor_high",
    "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of `calibration_scores`."""


def calibration_scores(
    voices: Voices,
    people: People,
    *,
    bins: int = 10,
    floors: int = 200,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Score the personas' label distributions against the people's.

    Args:
        voices: what personas say.
        people: what people said, of the same items in the same order (engine.measures.beside).
        bins: equal-width bins of confidence for the expected calibration error.
        floors: simulated corpora behind each floor; 0: none.
        resamples: bootstrap draws over items; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a predictor (`who`: pooled, each person by their own persona, each persona) and score. With q_k the
        share of people who gave label k, p_k what the predictor says, and y its likeliest label:
            cross_entropy: -sum_k q_k ln p_k in nats, 0 and more; its lowest possible value is the people's entropy;
            jensen_shannon: divergence of p and q in bits, 0 to 1;
            total_variation: half of sum_k |p_k - q_k|, 0 to 1;
            manhattan: sum_k |p_k - q_k|, 0 to 2: the average Manhattan distance of Le-Wi-Di 2025;
            wasserstein: the area between the cumulative distributions, in units of the labels' values (ordinal: in
                ranks): the average Wasserstein distance of Le-Wi-Di 2025; absent for nominal labels;
            error_rate: share of an item's people whose label is not y, 0 to 1: the error rate of Le-Wi-Di 2025;
            absolute_distance: |y - label| / s, mean over an item's people, s the number of labels (11 for -5 to 5):
                the average normalised absolute distance of Le-Wi-Di 2025; absent for nominal labels;
            calibration_error: sum over bins of confidence max_k p_k of |mean of confidence - mean share of people who
                gave y|, weighted by items, 0 to 1;
        low, high: interval from the bootstrap over items. calibration_error is a sum of sizes, so chance makes it too
            high, in resamples once more: its low end is the value less how far the gaps of all bins together move in
            the resamples, so that it reaches 0 where nothing but chance stands behind it;
        floor, floor_low, floor_high: what the true distribution would score with as many labels an item: mean and the
            range that holds `confidence` of simulated corpora; NaN for rows of each person's own persona;
        n_items, n_raters: items scored and personas behind the prediction;
        dropped: items without a label by people or by the predictor;
        note.

    Raises:
        InputError: voices and people are not of the same items or labels, or bins is below 1.

    Source: Leonardelli et al. (2025), arXiv:2510.08460; calibration error: Guo et al. (2017), arXiv:1706.04599;
        divergence: Lin (1991), doi:10.1109/18.61115.
    """
    check_resampling(resamples, confidence)
    _check(voices, people, bins)
    counts = as_frequencies(people.codes, len(people.labels))
    values = None if voices.level == "nominal" else np.asarray(voices.values)
    personas = voices.of_items()
    predictors = np.concatenate([pooled(personas)[None], personas])
    scored = ~np.isnan(predictors[..., 0]) & (counts.sum(axis=1) > 0)
    terms = score_terms(predictors, counts, values)
    gaps = confidence_gaps(predictors, counts, bins)
    table = _table(terms, gaps, scored, [POOLED, *voices.personas], resamples, confidence, seed)
    n_labelling = int((~np.isnan(personas[..., 0])).any(axis=1).sum())
    table["n_raters"] = np.where(table["who"] == POOLED, n_labelling, (table["n_items"] > 0).astype(int))
    zeros = ((predictors == 0) & (counts > 0)).any(axis=2).sum(axis=1)
    table["note"] = _notes(table, dict(zip([POOLED, *voices.personas], zeros.tolist(), strict=True)))
    if floors:
        table = table.merge(perfect_scores(counts, values, bins, floors, confidence, seed), on="score", how="left")
    else:
        table[["floor", "floor_low", "floor_high"]] = np.nan
    own = _by_own_persona(voices, people, values, resamples, confidence, seed)
    return pd.concat([table, own], ignore_index=True)[list(CALIBRATION_COLUMNS)]


def expected_calibration_error(
    predicted: npt.ArrayLike,
    counts: npt.ArrayLike,
    bins: int = 10,
) -> float:
    """Return how far confidence is from the share of people who agree, 0 to 1; NaN without items.

    Confidence is the probability of the likeliest label; bins are equally wide from 0 to 1 (a value on an edge falls
    into the lower bin), and each weighs as many items as it has.

    Args:
        predicted: (items, labels) distributions; NaN missing.
        counts: (items, labels) labels that people gave.
        bins: number of bins.

    Source: Guo et al. (2017), arXiv:1706.04599.
    """
    distributions, given = np.asarray(predicted, dtype=float), np.asarray(counts, dtype=float)
    if distributions.ndim != 2 or distributions.shape != given.shape or bins < 1:
        raise InputError(
            f"predicted has the shape {distributions.shape}, counts {given.shape}, bins is {bins!r}. Expected two "
            "arrays (items, labels) and at least one bin."
        )
    scored = ~np.isnan(distributions[:, 0]) & (given.sum(axis=1) > 0)
    if not scored.any():
        return float("nan")
    gaps = confidence_gaps(distributions[None], given, bins)[0]
    return float(np.abs(gaps.sum(axis=0)).sum() / scored.sum())


def _check(voices: Voices, people: People, bins: int) -> None:
    if voices.items != people.items or voices.labels != people.labels:
        raise InputError(
            f"voices have {len(voices.items)} items with the labels {list(voices.labels)}, people {len(people.items)} "
            f"with {list(people.labels)}. Expected the same items in the same order: use engine.measures.beside."
        )
    if bins < 1:
        raise InputError(f"bins {bins!r} is below 1. Use 10, or another number of bins.")


def pooled(personas: Floats) -> Floats:
    """Return (items, labels) of (personas, items, labels): the mean of the personas that have a label."""
    there = ~np.isnan(personas[..., 0])
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(there[..., None], personas, 0.0).sum(axis=0) / there.sum(axis=0)[:, None]
    return mean


def _table(
    terms: Mapping[str, Floats],
    gaps: Floats,
    scored: npt.NDArray[np.bool_],
    names: list[str],
    resamples: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Return value and interval of each score; terms (predictors, items), gaps (predictors, items, bins)."""
    n, n_items = scored.shape
    scores = list(terms)
    rows = np.stack([np.where(scored, terms[score], 0.0) for score in scores]).reshape(len(scores) * n, n_items)
    binned = gaps.transpose(0, 2, 1).reshape(n * gaps.shape[2], n_items)
    columns = np.ascontiguousarray(np.concatenate([rows, binned, scored.astype(float)]).T)

    def computed(sums: Floats) -> Floats:  # (draws, columns) -> (draws, scores + 1, predictors)
        base = len(rows)
        n_scored = sums[:, base + len(binned) :]
        errors = np.abs(sums[:, base : base + len(binned)].reshape(len(sums), n, -1)).sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = np.concatenate([sums[:, :base].reshape(len(sums), -1, n), errors[:, None]], axis=1)
            return found / n_scored[:, None]

    value = computed(columns.sum(axis=0, keepdims=True))[0]
    low = high = np.full(value.shape, np.nan)
    if resamples:
        sums = resampled_sums(columns, None, resamples, seed)
        ends = percentile_interval(computed(sums).reshape(resamples, value.size), confidence)
        low, high = (np.where(scored.sum(axis=1) > 1, end.reshape(value.shape), np.nan) for end in ends[:2])
        moved = _moved_gaps(sums[:, len(rows) :], columns[:, len(rows) :].sum(axis=0), n)
        low[-1] = np.minimum(low[-1], np.maximum(value[-1] - np.nanquantile(moved, 0.5 + confidence / 2, axis=0), 0.0))
    index = pd.MultiIndex.from_product([[*scores, "calibration_error"], names], names=["score", "who"])
    table = pd.DataFrame({"value": value.ravel(), "low": low.ravel(), "high": high.ravel()}, index).reset_index()
    per_name = dict(zip(names, scored.sum(axis=1), strict=True))
    table["n_items"] = table["who"].map(per_name)
    table["dropped"] = n_items - table["n_items"]
    order = {name: place for place, name in enumerate(names)}
    place = {score: number for number, score in enumerate((*SCORES, "calibration_error"))}
    ranked = table.assign(a=table["who"].map(order), b=table["score"].map(place)).sort_values(["a", "b"])
    return ranked.drop(columns=["a", "b"]).reset_index(drop=True)


def _moved_gaps(sums: Floats, total: Floats, n_predictors: int) -> Floats:
    """Return how far all bins' gaps together lie from those of all items, (draws, predictors).

    Calibration error is their summed size, so it cannot differ from its true value by more than this.

    Args:
        sums: (draws, predictors x bins, then predictors) gaps of resamples, and how many items are scored.
        total: the same of all items.
        n_predictors: how many there are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn, seen = (
            part[..., :-n_predictors].reshape(*part.shape[:-1], n_predictors, -1) / part[..., -n_predictors:, None]
            for part in (sums, total)
        )
    moved: Floats = np.abs(drawn - seen).sum(axis=-1)
    return np.where(np.isnan(moved).all(axis=0), 0.0, moved)


def _notes(table: pd.DataFrame, zeros: Mapping[str, int]) -> list[str]:
    """Say of each row why it has no value, or what to know of it; zeros: items with a 0 for a label given, by who."""
    notes = []
    for who, score, n_items in zip(table["who"], table["score"], table["n_items"], strict=True):
        note = ("no item with labels of both people and predictor", "one item: no interval", "")[min(n_items, 2)]
        if score == "cross_entropy" and zeros[who]:
            note = "; ".join(part for part in (note, f"probability 0 taken as 1e-12 on {zeros[who]} items") if part)
        notes.append(note)
    return notes


def _by_own_persona(
    voices: Voices, people: People, values: Floats | None, resamples: int, confidence: float, seed: int
) -> pd.DataFrame:
    """Score each person's labels against the likeliest label of the persona that stands for them."""
    pairs = [
        (i, people.annotators.index(name)) for i, name in enumerate(voices.annotators) if name in people.annotators
    ]
    if not pairs:
        return pd.DataFrame(columns=list(CALIBRATION_COLUMNS)).astype({"value": float})
    rows, columns = (np.array(side) for side in zip(*pairs, strict=True))
    firm = likeliest(voices.of_items()[rows])
    codes = people.codes[columns]
    there = (codes >= 0) & ~np.isnan(firm[..., 0])
    given = np.eye(len(people.labels))[np.maximum(codes, 0)]
    terms = _hard(firm, given, values)
    cells = there.sum(axis=0)
    scored = (cells > 0)[None]
    with np.errstate(invalid="ignore"):
        means = {k: (np.where(there, v, 0.0).sum(axis=0) / cells)[None] for k, v in terms.items()}
    table = _table(means, np.zeros((1, codes.shape[1], 1)), scored, [OWN], resamples, confidence, seed)
    table = table[table["score"] != "calibration_error"].reset_index(drop=True)
    table["n_raters"] = int(there.any(axis=1).sum())
    table["note"] = f"{int(there.sum()):,} labels of {len(set(columns[there.any(axis=1)]))} people"
    return table


def _hard(firm: Floats, given: Floats, values: Floats | None) -> dict[str, Floats]:
    """Return (personas, items) scores of likeliest labels against one person's label each."""
    terms = {"error_rate": 1 - (firm * given).sum(axis=-1)}
    if values is not None:
        terms["absolute_distance"] = np.einsum("pik,kl,pil->pi", firm, normalised_distances(values), given)
    return terms
