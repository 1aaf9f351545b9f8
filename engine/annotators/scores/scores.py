"""Scores of annotator models with their intervals, and differences between models on the same items and seeds.

Intervals hold both what other test items and what other seeds would change; engine.annotators.scores.draws says how,
and how often they cover the truth: 95 % intervals from five seeds do in 93 to 95 of 100 simulated experiments.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pandas as pd

from engine.annotators.models.registry import TEXT_ONLY
from engine.annotators.scores.draws import ScoreDraws, each_annotator, score_draws
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.terms import (
    ACCURACY,
    ANNOTATOR_MACRO_F1,
    CROSS_ENTROPY,
    ERRORS,
    MACRO_F1,
    SMALLEST,
    check_score,
    rows_by_annotator,
    scores_of,
)
from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.holm import holm
from engine.measures.resampling import check_resampling

SCORE_COLUMNS = (
    "model", "score", "value", "low", "high", "confidence", "seed_sd", "n_seeds", "n_items", "n_raters", "n_labels",
    "n_unseen", "dropped", "note",
)  # fmt: skip
"""Columns of `model_scores`."""
ANNOTATOR_SCORE_COLUMNS = (
    "annotator", "model", "score", "value", "low", "high", "confidence", "seed_sd", "n_seeds", "n_items", "n_labels",
    "seen", "note",
)  # fmt: skip
"""Columns of `annotator_scores`."""
DIFFERENCE_COLUMNS = (
    "model", "against", "score", "value", "low", "high", "confidence", "p_value", "p_holm", "verdict", "seed_sd",
    "n_seeds", "n_items", "n_raters", "n_labels", "dropped", "note",
)  # fmt: skip
"""Columns of `differences`."""
Verdict = Literal["beats", "ties", "loses", "not known"]
FEW_LABELS = 10
"""Test labels of an annotator below which the bootstrap is not to be trusted."""


def model_scores(
    predictions: Predictions, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Score every model on the test rows.

    Args:
        predictions: of one test set by all models, from all seeds.
        resamples: draws of items and seeds behind each interval; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a model and score, with `SCORE_COLUMNS`. score:
            macro_f1: of all rows pooled; mean of F1 over the labels that occur among truth or predictions, 0 to 1:
                scikit-learn's `f1_score(average="macro")`. A resample in which a label vanishes leaves it out too;
            accuracy: share of rows predicted right, 0 to 1;
            annotator_macro_f1: mean over annotators of the macro-F1 of each one's own rows, 0 to 1; where they have two
                or three labels each, its 95 % interval covers 91 to 93 %;
            cross_entropy: mean of -ln of the probability of the annotator's label, in nats, 0 and more, the lower the
                better;
            mean_absolute_error: mean distance of the predicted from the annotator's label, in places of ordinal labels
                and in the values' unit of others, the lower the better; absent for nominal labels;
        value: mean over finished seeds; NaN where none has finished;
        low, high, confidence: interval over items and seeds; over items only with one seed (in the note);
        seed_sd: standard deviation over seeds, on these items; NaN with one seed;
        n_seeds: finished; n_items, n_raters, n_labels: scored; n_unseen: labels of annotators without training labels;
        dropped: test labels that no model was asked for, reason to count;
        note.

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    found = score_draws(predictions, resamples, seed)
    n_items = len(np.unique(predictions.item))
    annotator_note = _one_label_annotators(predictions)
    facts = {
        "confidence": confidence, "n_items": n_items, "n_raters": len(np.unique(predictions.annotator)),
        "n_labels": len(predictions), "n_unseen": int((~predictions.seen).sum()),
    }  # fmt: skip
    rows = []
    for name in scores_of(predictions):
        draws = found[name]
        low, high = interval_of(draws, confidence, n_items, *_range(name))
        for m, model in enumerate(predictions.models):
            notes = [_seed_note(predictions, int(draws.n_seeds[m])), "one item: no interval" if n_items == 1 else ""]
            notes += [annotator_note] if name == ANNOTATOR_MACRO_F1 else []
            notes += [_zero_note(predictions, m)] if name == CROSS_ENTROPY else []
            numbers = {"value": draws.value[m], "low": low[m], "high": high[m], "seed_sd": _sd(draws)[m]}
            rows.append(
                {"model": model, "score": name, **numbers, "n_seeds": int(draws.n_seeds[m])}
                | facts
                | {"dropped": dict(predictions.dropped), "note": _joined([*notes, predictions.note])}
            )
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS)).sort_values(
        "model", key=lambda names: names.map(predictions.models.index), kind="stable", ignore_index=True
    )


def annotator_scores(
    predictions: Predictions, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Score every model on each annotator's own test rows.

    Args:
        predictions: of one test set by all models, from all seeds.
        resamples: draws of items and seeds behind each interval; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row an annotator, model and score (macro_f1, accuracy, as of `model_scores`), with
        `ANNOTATOR_SCORE_COLUMNS`. Draws that hold none of the annotator's items are left out (counted in the note).
        seen: whether the annotator has training labels. Annotators without test rows have rows with NaN. The note says
        where an annotator gave one label only, so that macro-F1 is 1 or at most 0.5, and where labels are few.

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    tables: dict[int, list[dict[str, object]]] = {}
    for place, rows, f1, accuracy in each_annotator(predictions, resamples, seed):
        n_items, given = len(np.unique(predictions.item[rows])), np.unique(predictions.label[rows])
        facts = {
            "annotator": predictions.annotators[place], "confidence": confidence, "n_items": n_items,
            "n_labels": len(rows), "seen": bool(predictions.seen[rows].all()),
        }  # fmt: skip
        shared = [f"{len(rows)} labels: too few to trust the interval" if 1 < len(rows) < FEW_LABELS else ""]
        shared += ["one item: no interval" if n_items == 1 else ""]
        table = tables.setdefault(place, [])
        for name, draws in ((MACRO_F1, f1), (ACCURACY, accuracy)):
            alone = len(given) == 1 and name == MACRO_F1
            low, high = interval_of(draws, confidence, n_items, *_range(name))
            empty = int(np.isnan(draws.item_part[:, draws.n_seeds > 0]).any(axis=1).sum())
            notes = [f"all labels are {predictions.labels[given[0]]!r}: 1, or at most 0.5" if alone else "", *shared]
            notes += [f"{empty} of {resamples} draws hold none of its items" if empty else ""]
            for m, model in enumerate(predictions.models):
                note = _joined([_seed_note(predictions, int(draws.n_seeds[m])), *notes])
                table.append(
                    facts
                    | {"model": model, "score": name, "value": draws.value[m], "low": low[m], "high": high[m]}
                    | {"seed_sd": _sd(draws)[m], "n_seeds": int(draws.n_seeds[m]), "note": note}
                )
    without = [a for a in range(len(predictions.annotators)) if a not in tables]
    tables |= {a: _without_rows(predictions, a, confidence) for a in without}
    flat = [row for place in sorted(tables) for row in tables[place]]
    return pd.DataFrame(flat, columns=list(ANNOTATOR_SCORE_COLUMNS))


def differences(
    predictions: Predictions, against: str = TEXT_ONLY, score: str = MACRO_F1, resamples: int = 1000,
    confidence: float = 0.95, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Subtract one model's score from every other's, paired: on the same draws of items, and from the same seeds.

    Args:
        predictions: of one test set by all models, from all seeds.
        against: the model to subtract.
        score: of `model_scores`.
        resamples: draws of items and seeds; 0: no intervals and no p-values.
        confidence: coverage of the intervals, each on its own.
        seed: decides the draws.

    Returns:
        One row a model but `against`, with `DIFFERENCE_COLUMNS`:
        value: score minus that of `against`, mean over the seeds that both have finished;
        p_value: twice the share of draws on the other side of 0, 1 added to both counts; p_holm: Holm's correction for
            the number of models;
        verdict: beats or loses where the interval is on one side of 0 (errors: the lower the better), ties where it
            holds 0, which is no proof of equality; not known without an interval. It is of this model alone: with many
            models, read p_holm or `id_model_signature`;
        seed_sd: standard deviation over seeds of the difference; the other columns as of `model_scores`.

    Raises:
        InputError: an unknown model or score, or settings out of range.
    """
    check_resampling(resamples, confidence)
    draws = paired_draws(predictions, against, score, resamples, seed)
    others = [m for m, name in enumerate(predictions.models) if name != against]
    n_items = len(np.unique(predictions.item))
    low, high = interval_of(draws, confidence, n_items)
    p_values = p_values_of(draws, n_items)[others]
    columns: dict[str, object] = {
        "model": [predictions.models[m] for m in others], "against": against, "score": score,
        "value": draws.value[others], "low": low[others], "high": high[others], "confidence": confidence,
        "p_value": p_values, "p_holm": holm(p_values),
        "verdict": [_verdict(low[m], high[m], score) for m in others], "seed_sd": _sd(draws)[others],
        "n_seeds": draws.n_seeds[others], "n_items": n_items, "n_raters": len(np.unique(predictions.annotator)),
        "n_labels": len(predictions), "dropped": [dict(predictions.dropped) for _ in others],
        "note": [_joined([_seed_note(predictions, int(draws.n_seeds[m])), predictions.note]) for m in others],
    }  # fmt: skip
    return pd.DataFrame(columns, columns=list(DIFFERENCE_COLUMNS))


def paired_draws(predictions: Predictions, against: str, score: str, resamples: int, seed: int) -> ScoreDraws:
    """Return the draws of every model's score minus that of one model, which itself is all 0.

    Raises:
        InputError: an unknown model or score.
    """
    check_score(predictions, score)
    if against not in predictions.models:
        raise InputError(
            f"{against!r} is not among the models that predicted: {', '.join(predictions.models)}. Train it too, or "
            "compare with one of these."
        )
    found = score_draws(predictions, resamples, seed, annotators=score == ANNOTATOR_MACRO_F1)
    return found[score].minus(predictions.models.index(against))


def interval_of(
    draws: ScoreDraws, confidence: float, n_items: int, least: float = -math.inf, most: float = math.inf
) -> tuple[Floats, Floats]:
    """Return low and high of every model, within the score's range; NaN where there are no draws or one item."""
    if len(draws.of_items) == 0 or n_items < 2:
        nothing = np.full(len(draws.value), math.nan)
        return nothing, nothing
    low, high, _ = draws.interval(confidence)
    return np.clip(low, least, most), np.clip(high, least, most)


def _range(score: str) -> tuple[float, float]:
    return (0.0, math.inf) if score in ERRORS else (0.0, 1.0)


def _sd(draws: ScoreDraws) -> Floats:
    return np.sqrt(draws.seed_variance)


def p_values_of(draws: ScoreDraws, n_items: int) -> Floats:
    """Return two-sided p-values of 0, (models,); NaN where nothing could be drawn."""
    n = len(draws.of_items)
    if n == 0 or n_items < 2:
        return np.full(len(draws.value), math.nan)
    drawn = draws.value + draws.moved
    other_side = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    return np.where(np.isnan(draws.value), math.nan, np.minimum(2 * (other_side + 1) / (n + 1), 1))


def _verdict(low: float, high: float, score: str) -> Verdict:
    if math.isnan(low):
        return "not known"
    if low <= 0 <= high:
        return "ties"
    return "beats" if (low > 0) != (score in ERRORS) else "loses"


def _seed_note(predictions: Predictions, n: int) -> str:
    if len(predictions) == 0:
        return "no test rows"
    if n == 0:
        return "no seed has finished"
    finished = f"{n} of {len(predictions.seeds)} seeds have finished" if n < len(predictions.seeds) else ""
    return _joined([finished, "one seed: the interval holds items only" if n == 1 else ""])


def _one_label_annotators(predictions: Predictions) -> str:
    each = [len(np.unique(predictions.label[rows])) for _, rows in rows_by_annotator(predictions)]
    alone = sum(n == 1 for n in each)
    return f"{alone} of {len(each)} annotators have one label only: each scores 1 or at most 0.5" if alone else ""


def _zero_note(predictions: Predictions, model: int) -> str:
    rows = np.arange(len(predictions))
    given = predictions.probability[model][:, rows, predictions.label]
    n = int((given < SMALLEST).any(axis=0).sum())
    return f"probability 0 taken as {SMALLEST:g} ({n:,} labels)" if n else ""


def _without_rows(predictions: Predictions, place: int, confidence: float) -> list[dict[str, object]]:
    """Rows of an annotator without test labels."""
    nothing = dict.fromkeys(("value", "low", "high", "seed_sd"), math.nan)
    facts = {"annotator": predictions.annotators[place], "confidence": confidence, "n_seeds": 0, "n_items": 0,
             "n_labels": 0, "seen": None, "note": "no test labels"}  # fmt: skip
    return [nothing | facts | {"model": m, "score": s} for s in (MACRO_F1, ACCURACY) for m in predictions.models]


def _joined(parts: list[str]) -> str:
    return "; ".join(part for part in parts if part)
