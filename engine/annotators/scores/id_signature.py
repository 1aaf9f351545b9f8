"""The failure signature of labels without voices: models that know who annotates do not beat one that does not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.annotators.models.registry import KNOWS_WHO, TEXT_ONLY
from engine.annotators.scores.draws import ScoreDraws
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import paired_draws
from engine.annotators.scores.terms import ERRORS, MACRO_F1, WORDS
from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling
from engine.measures.result import Estimate
from engine.measures.signatures import Signature

NAME = "the ID model does not beat text only on these labels"
FEWEST_ITEMS = 10
"""Test items below which nothing is decided: resamples of so few are too much alike, and their interval too narrow."""


def id_model_signature(
    predictions: Predictions,
    knows_who: Sequence[str] | None = None,
    *,
    against: str = TEXT_ONLY,
    score: str = MACRO_F1,
    least_gain: float = 0.02,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Signature:
    """Decide whether knowing the annotator pays on these labels, for the best of several models that know.

    The best of many models looks good by chance. The interval is therefore simultaneous: from the draws' distribution
    of the largest standardised deviation of any of the models, so that it holds the gain of the truly best one in
    `confidence` of experiments, whichever looked best in this one.

    Args:
        predictions: of one test set by all models, from all seeds.
        knows_who: models that know who annotates; None: those that predicted.
        against: the model that does not know.
        score: of `model_scores`; of errors, the gain is the fall.
        least_gain: a gain below this is none worth having: a convention, in units of the score. Change it with reason.
        resamples: draws of items and seeds; 0: the value decides.
        confidence: coverage of the simultaneous interval.
        seed: decides the draws.

    Returns:
        A Signature. Not found: the whole interval of the best gain is above 0. Found: it is below `least_gain`, and
        not above 0. Undecided: neither, or fewer than `FEWEST_ITEMS` test items: the test set is too small to tell. Not
        known: a score is undefined. value: the largest gain seen, with the interval.

    Raises:
        InputError: unknown models or score, or settings out of range.

    Source: simultaneous intervals by the bootstrap of the largest deviation: Romano and Wolf (2005),
        doi:10.1198/016214504000000539.
    """
    check_resampling(resamples, confidence)
    if least_gain < 0:
        raise InputError(f"least_gain {least_gain!r} is below 0. Use 0 or more, in units of the score.")
    names = tuple(m for m in predictions.models if m in KNOWS_WHO) if knows_who is None else tuple(knows_who)
    if not names or against in names:
        raise InputError(
            f"models that know who annotates: {', '.join(map(repr, names)) or 'none'}, against {against!r}. Expected "
            "one or more others than it. Train some of them too, or name them in knows_who."
        )
    chosen = predictions.of_models([*names, *([against] if against in predictions.models else [])])
    draws = paired_draws(chosen, against, score, resamples, seed)
    sign = -1.0 if score in ERRORS else 1.0
    gain = sign * draws.value[:-1]
    n_items = len(np.unique(predictions.item))
    facts = {"confidence": confidence, "n_items": n_items, "n_raters": len(np.unique(predictions.annotator)),
             "dropped": dict(predictions.dropped)}  # fmt: skip
    if np.isnan(gain).any():
        missing = [name for name, value in zip(names, gain, strict=True) if np.isnan(value)]
        note = f"no seed that both have finished: {', '.join(missing)}"
        nothing = Estimate(math.nan, math.nan, math.nan, note=note, **facts)  # type: ignore[arg-type]
        return Signature(NAME, "not known", nothing, least_gain, f"The difference is undefined: {note}.")
    low, high = _simultaneous(draws, sign, confidence) if resamples and n_items > 1 else (math.nan, math.nan)
    best = int(np.argmax(gain))
    note = "one seed: the interval holds items only" if draws.n_seeds[:-1].min() == 1 else ""
    value = Estimate(float(gain[best]), low, high, note=note, **facts)  # type: ignore[arg-type]
    return _decided(value, names, best, against, score, least_gain)


def _simultaneous(draws: ScoreDraws, sign: float, confidence: float) -> tuple[float, float]:
    """Return the interval of the largest gain among all models but the last, which is the one compared with."""
    gain, spread, moved = sign * draws.value[:-1], draws.spread[:-1], draws.moved[:, :-1]
    standardised: Floats = np.divide(moved, spread, out=np.zeros_like(moved), where=spread > 0)
    reach = float(np.quantile(np.abs(standardised).max(axis=1), confidence))
    return float((gain - reach * spread).max()), float((gain + reach * spread).max())


def _decided(
    value: Estimate, names: Sequence[str], best: int, against: str, score: str, least_gain: float
) -> Signature:
    """Return the signature with its sentence."""
    low, high = (value.value,) * 2 if math.isnan(value.low) else (value.low, value.high)
    interval = "" if math.isnan(value.low) else f" [{value.low:.3f}, {value.high:.3f}]"
    among = (
        f"the best of {len(names)} models that know who annotates" if len(names) > 1 else "which knows who annotates"
    )
    seen = f"{names[best]!r}, {among}, gains {value.value:.3f}{interval} in {WORDS[score]} over {against!r}"
    if value.n_items < FEWEST_ITEMS:
        few = f"{value.n_items} test items are too few to tell; at least {FEWEST_ITEMS} are needed"
        return Signature(NAME, "undecided", value, least_gain, f"{seen[0].upper()}{seen[1:]}; {few}.")
    if low > 0:
        small = f", though less than {least_gain:g}" if high < least_gain else ""
        return Signature(NAME, "not found", value, least_gain, f"Knowing who annotates pays{small}: {seen}.")
    if high < least_gain:
        return Signature(NAME, "found", value, least_gain, f"Nothing is gained by {least_gain:g} or more: {seen}.")
    too_wide = f"the interval holds both no gain and one of {least_gain:g}, so the test set is too small to tell"
    return Signature(NAME, "undecided", value, least_gain, f"{seen[0].upper()}{seen[1:]}; {too_wide}.")
