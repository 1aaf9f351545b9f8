"""Gains of conditions and their contrasts: how much more knowing the annotator pays in one condition than another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.annotators.models.registry import TEXT_ONLY
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import DIFFERENCE_COLUMNS, differences, interval_of, p_values_of, paired_draws
from engine.annotators.scores.terms import MACRO_F1
from engine.errors import InputError
from engine.measures.holm import holm

GAIN_COLUMNS = ("condition", "labels", *DIFFERENCE_COLUMNS)
"""Columns of `gains_of`."""
CONTRAST_COLUMNS = (
    "model", "condition", "reference", "against", "score", "value", "low", "high", "confidence", "p_value", "p_holm",
    "verdict", "seed_sd", "n_seeds", "n_items", "note",
)  # fmt: skip
"""Columns of `contrasts_of`."""
AS_GIVEN, SHUFFLED = "as given", "names shuffled"
"""Kinds of labels: as they are, and with annotators' names exchanged at random within each item."""


def gains_of(predictions: Mapping[tuple[str, str], Predictions], **draws: Any) -> pd.DataFrame:
    """Return what each model gains in every condition, one row a condition, kind of labels and model.

    Args:
        predictions: (condition, 'as given' or 'names shuffled') -> what its models say of its test labels.
        draws: against, score, resamples, confidence, seed, as of `engine.annotators.scores.scores.differences`.

    Returns:
        `GAIN_COLUMNS`; p_holm corrects within a condition.
    """
    tables = [
        differences(its, **draws).assign(condition=name, labels=labels) for (name, labels), its in predictions.items()
    ]
    return pd.concat(tables, ignore_index=True)[list(GAIN_COLUMNS)]


def contrasts_of(
    predictions: Mapping[str, Predictions], reference: str, *, against: str = TEXT_ONLY, score: str = MACRO_F1,
    resamples: int = 1000, confidence: float = 0.95, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Subtract each model's gain in one condition from its gain in every other, paired by test item and seed.

    Args:
        predictions: condition -> what its models say of its test labels, from the same seeds, of the same test items.
        reference: the condition whose gains are subtracted.
        against: the model over which a gain is counted.
        score: of `engine.annotators.scores.scores.model_scores`; of errors, a difference below 0 is the larger gain.
        resamples, confidence, seed: of the draws of items and seeds.

    Returns:
        One row a condition but the reference and a model that both trained, with `CONTRAST_COLUMNS`:
        value: the model's gain in the condition minus its gain in the reference, over seeds that both have finished;
        p_value: as of `engine.annotators.scores.scores.differences`; p_holm: corrected for the number of rows;
        verdict: higher or lower where the interval excludes 0, 'not told apart' where it holds 0, 'not known' without
            one; seed_sd: standard deviation of value over seeds.

    Raises:
        InputError: test items or seeds that differ between conditions; an unknown model or score.
    """
    rows: list[dict[str, object]] = []
    base = predictions[reference]
    n_items = len(np.unique(base.item))
    for name, its in predictions.items():
        if name == reference:
            continue
        if (its.items, its.seeds) != (base.items, base.seeds) or set(its.item) != set(base.item):
            raise InputError(
                f"{name!r} and {reference!r} were tested on different items or trained from different seeds, so their "
                "gains cannot be paired. Train both on the items, splits and seeds that they share, as "
                "compare_conditions does."
            )
        both = [model for model in its.models if model in base.models]
        one, other = (paired_draws(p.of_models(both), against, score, resamples, seed) for p in (its, base))
        apart = one.less(other)
        low, high = interval_of(apart, confidence, n_items)
        p_values = p_values_of(apart, n_items)
        spread = np.sqrt(apart.seed_variance)
        for m, model in enumerate(both):
            if model == against:
                continue
            n_seeds = int(apart.n_seeds[m])
            rows.append({
                "model": model, "condition": name, "reference": reference, "against": against, "score": score,
                "value": apart.value[m], "low": low[m], "high": high[m], "confidence": confidence,
                "p_value": p_values[m], "verdict": _verdict(low[m], high[m]), "seed_sd": spread[m],
                "n_seeds": n_seeds, "n_items": n_items, "note": _seed_note(n_seeds, len(its.seeds)),
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=list(CONTRAST_COLUMNS))
    return table.assign(p_holm=holm(table["p_value"].to_numpy(float)))


def _verdict(low: float, high: float) -> str:
    if np.isnan(low):
        return "not known"
    return "not told apart" if low <= 0 <= high else ("higher" if low > 0 else "lower")


def _seed_note(n: int, of: int) -> str:
    if n == 0:
        return "no seed that both conditions have finished"
    finished = f"{n} of {of} seeds have finished in both conditions" if n < of else ""
    return "; ".join(filter(None, [finished, "one seed: the interval holds items only" if n == 1 else ""]))
