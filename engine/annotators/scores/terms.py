"""What scores are sums of: counts of labels and predictions, so that a thousand resamples are one matrix product.

With h_k the rows that were predicted k and are k, p_k the rows predicted k and t_k the rows that are k:

    F1_k = 2 h_k / (p_k + t_k)      macro-F1 = mean of F1_k over the labels with p_k + t_k > 0
    accuracy = sum_k h_k / sum_k t_k

Every item adds its rows to h, p and t, and to two more sums: -ln of the probability of the true label, and the distance
of the predicted from the true label.

Source: Opitz and Burst, Macro F1 and Macro F1 (2019), arXiv:1911.03347; this is their averaged F1, and that of
scikit-learn's `f1_score(average="macro")`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from engine.annotators.scores.predictions import NONE, Predictions
from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints

SMALLEST = 1e-12
"""What the cross-entropy takes a probability of 0 for."""
MACRO_F1, ACCURACY, ANNOTATOR_MACRO_F1 = "macro_f1", "accuracy", "annotator_macro_f1"
CROSS_ENTROPY, ABSOLUTE_ERROR = "cross_entropy", "mean_absolute_error"
WORDS = {
    MACRO_F1: "macro-F1", ACCURACY: "accuracy", ANNOTATOR_MACRO_F1: "annotators' mean macro-F1",
    CROSS_ENTROPY: "cross-entropy", ABSOLUTE_ERROR: "mean absolute error",
}  # fmt: skip
"""Scores as sentences name them."""
ERRORS = (CROSS_ENTROPY, ABSOLUTE_ERROR)
"""Scores that are better the lower they are; they have no upper end."""
Counts = npt.NDArray[np.floating]


def scores_of(predictions: Predictions) -> tuple[str, ...]:
    """Return the scores that the level of measurement allows."""
    ordered = () if predictions.numbers is None else (ABSOLUTE_ERROR,)
    return (MACRO_F1, ACCURACY, ANNOTATOR_MACRO_F1, CROSS_ENTROPY, *ordered)


def check_score(predictions: Predictions, score: str) -> None:
    """Raise InputError unless the predictions have this score."""
    if score not in (known := scores_of(predictions)):
        raise InputError(f"score {score!r} is unknown for {predictions.level} labels. Use one of {', '.join(known)}.")


def macro_f1(hits: Counts, predicted: Counts, truth: Counts) -> Counts:
    """Return the mean of F1 over the labels that occur among truth or predictions; NaN where none does.

    Args:
        hits: (..., labels) rows predicted k that are k.
        predicted: (..., labels) rows predicted k.
        truth: (..., labels) rows that are k.
    """
    summed = n_labels = np.zeros(np.broadcast_shapes(hits.shape, truth.shape)[:-1], dtype=hits.dtype)
    for k in range(hits.shape[-1]):  # labels are few: sums along their axis are ten times slower
        total = predicted[..., k] + truth[..., k]
        summed = summed + 2 * hits[..., k] / np.maximum(total, 1)
        n_labels = n_labels + (total > 0)
    return summed / np.where(n_labels > 0, n_labels, hits.dtype.type(np.nan))


def item_terms(predictions: Predictions) -> Floats:
    """Return what each test item adds, (items with rows, columns), for `pooled_scores`.

    Columns: t_k of the labels; then for every model and seed h_k, p_k, and the sums of -ln probability and of distance.
    """
    items, item = np.unique(predictions.item, return_inverse=True)
    n, k = len(items), len(predictions.labels)
    width = 2 * k + 2
    terms = np.zeros((n, len(predictions.models), len(predictions.seeds), width))
    truth = predictions.label
    for m, s in np.argwhere(predictions.finished):
        said = predictions.predicted[m, s]
        hit = said == truth
        terms[:, m, s, :k] = _count(item[hit], n, truth[hit], k)
        terms[:, m, s, k : 2 * k] = _count(item, n, said, k)
        given = predictions.probability[m, s, np.arange(len(truth)), truth].astype(float)
        terms[:, m, s, 2 * k] = np.bincount(item, -np.log(np.maximum(given, SMALLEST)), n)
        if (numbers := predictions.numbers) is not None:
            terms[:, m, s, 2 * k + 1] = np.bincount(item, np.abs(numbers[said] - numbers[truth]), n)
    return np.concatenate([_count(item, n, truth, k), terms.reshape(n, predictions.finished.size * width)], axis=1)


def pooled_scores(sums: Floats, predictions: Predictions) -> dict[str, Floats]:
    """Return every score of the pooled rows, (..., models, seeds), from summed terms (..., columns); NaN: no rows."""
    k = len(predictions.labels)
    truth = sums[..., None, None, :k]
    each = sums[..., k:].reshape(*sums.shape[:-1], len(predictions.models), len(predictions.seeds), 2 * k + 2)
    hits, predicted = each[..., :k], each[..., k : 2 * k]
    with np.errstate(invalid="ignore", divide="ignore"):
        n = truth.sum(axis=-1)
        found = {
            MACRO_F1: np.asarray(macro_f1(hits, predicted, truth), dtype=float),
            ACCURACY: hits.sum(axis=-1) / n,
            CROSS_ENTROPY: each[..., 2 * k] / n,
            ABSOLUTE_ERROR: each[..., 2 * k + 1] / n,
        }
    return {
        name: np.where(predictions.finished, found[name], np.nan) for name in scores_of(predictions) if name in found
    }


def rows_by_annotator(predictions: Predictions) -> Iterator[tuple[int, Ints]]:
    """Yield the place of every annotator with test rows, and its rows."""
    order = np.argsort(predictions.annotator, kind="stable")
    places, starts = np.unique(predictions.annotator[order], return_index=True)
    for place, rows in zip(places, np.split(order, starts[1:]), strict=False):
        yield int(place), rows


def scores_of_rows(predictions: Predictions, rows: Ints, weights: npt.NDArray[np.floating]) -> tuple[Counts, Counts]:
    """Return macro-F1 and accuracy of some rows, (draws, models, seeds), for weights (rows, draws); NaN: no weight."""
    k = len(predictions.labels)
    truth = predictions.label[rows]
    said = predictions.predicted[:, :, rows].transpose(2, 0, 1)  # (rows, models, seeds)
    places = np.arange(k)
    counted = (said[..., None] == places).astype(weights.dtype)  # (rows, models, seeds, labels)
    is_k = (truth[:, None] == places).astype(weights.dtype)
    rows_terms = np.concatenate([counted, counted * is_k[:, None, None, :]], axis=-1)
    sums = (weights.T @ rows_terms.reshape(len(rows), -1)).reshape(-1, *rows_terms.shape[1:])
    t = (weights.T @ is_k)[:, None, None, :]
    predicted, hits = sums[..., :k], sums[..., k:]
    n_rows = t.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = sum(hits[..., place] for place in range(k)) / n_rows
    unknown = np.where(predictions.finished & (n_rows > 0), 0, np.nan).astype(weights.dtype)
    return macro_f1(hits, predicted, t) + unknown, accuracy + unknown


def _count(key: Ints, n_keys: int, code: Ints, n_codes: int) -> Floats:
    """Return how often each code goes with each key, (keys, codes)."""
    assert not (code == NONE).any()
    return np.bincount(key * n_codes + code, minlength=n_keys * n_codes).reshape(n_keys, n_codes).astype(float)
