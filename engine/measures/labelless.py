"""Answers without a label: how often a run's answers hold none, from whom, in which wording, at which temperature.

An answer without a label is a refusal (declined), a hedge (several labels, or none chosen) or unparsable. Failed
requests are no answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling

if TYPE_CHECKING:
    import xarray as xr

CAUSES = ("refusal", "hedge", "unparsable")
"""Statuses of answers that came, but hold no label."""
ANY = "any"
"""The cause that stands for all of them."""
RATE_COLUMNS = ("by", "name", "cause", "rate", "low", "high", "n_answers", "n_items", "note")
"""Columns of `labelless_rates`, one row a part of the run and a cause.

by: all, persona, wording or temperature
name: which persona, wording or temperature; '' for all
cause: refusal, hedge, unparsable, or any of them; of an exact run 'outside the labels', the probability that the
    model's next token is no label
rate, low, high: share of the answers (exact: mean probability), 0 to 1, and its interval; NaN without answers
n_answers, n_items: answers (failed requests are none) and the items they are of
note: what to know of the interval
"""
AXES = ("persona", "item", "wording", "temperature", "repeat")
Bools = npt.NDArray[np.bool_]


def labelless_rates(labels: xr.Dataset, *, confidence: float = 0.95) -> pd.DataFrame:
    """How often answers hold no label: in all, by persona, by wording and by temperature.

    Answers to one item are alike, so the interval is Clopper and Pearson's with the effective number of answers that
    the spread between items leaves; where no answer (or every one) is labelless, with the number of items.

    Args:
        labels: of a sampled run, with `status`; or of an exact run, with `label_mass`.
        confidence: coverage of the intervals.

    Returns:
        Frame with `RATE_COLUMNS`.

    Raises:
        InputError: the arrays say neither why labels are missing nor what the labels hold together.

    Source: Korn and Graubard (1998), Survey Methodology 24:193-201.
    """
    check_resampling(0, confidence)
    causes, answered = causes_of(labels)
    axes = {"all": None, "persona": 0, "wording": 2}
    axes |= {"temperature": 3} if "temperature" in labels.dims else {}
    rows: list[pd.DataFrame] = []
    for by, axis in axes.items():
        others = tuple(i for i in range(5) if i not in (1, axis))
        names = [""] if axis is None else [_name(value) for value in labels[by].to_numpy()]
        n = _items_last(answered.sum(axis=others), axis)
        for cause, amount in causes.items():
            found = _rates(_items_last(amount.sum(axis=others), axis), n, confidence)
            rows.append(pd.DataFrame({"by": by, "name": names, "cause": cause} | found))
    return pd.concat(rows, ignore_index=True)[list(RATE_COLUMNS)]


def causes_of(labels: xr.Dataset) -> tuple[dict[str, Floats], Bools]:
    """Return by cause how much of each answer it is, and where there are answers; all (persona, ..., repeat)."""
    if "status" in labels:
        status = labels["status"].transpose(*AXES).to_numpy()
        names = list(labels.attrs["statuses"])
        by_cause = {cause: (status == names.index(cause)).astype(np.float64) for cause in CAUSES if cause in names}
        answered = (status >= 0) & (status != (names.index("failed") if "failed" in names else -2))
        return {ANY: np.sum(list(by_cause.values()), axis=0)} | by_cause, answered
    if "label_mass" not in labels:
        raise InputError(
            "the arrays have neither `status` nor `label_mass`, so nobody knows why labels are missing. Take those of "
            "engine.runs.sampled_labels or exact_labels."
        )
    mass = labels["label_mass"].transpose("persona", "item", "wording", "repeat").to_numpy()[:, :, :, None]
    answered = ~np.isnan(mass)
    return {"outside the labels": np.where(answered, np.clip(1 - mass, 0.0, 1.0), 0.0)}, answered


def _items_last(sums: Floats, axis: int | None) -> Floats:
    """Return sums as (parts, items); summing has kept the items and at most one other axis."""
    if axis is None:
        return sums[None].astype(np.float64)
    kept: Floats = (sums if axis < 1 else sums.T).astype(np.float64)
    return kept


def _rates(amount: Floats, n: Floats, confidence: float) -> dict[str, Any]:
    """Return rates of parts with Korn and Graubard's interval; amount and n are (parts, items)."""
    from scipy.stats import beta, t

    total, items = n.sum(axis=1), (n > 0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = amount.sum(axis=1) / total
        residual = np.where(n > 0, amount - rate[:, None] * n, 0.0)
        variance = items / (items - 1) * (residual**2).sum(axis=1) / total**2
        effective = rate * (1 - rate) / variance
    effective = np.where(np.isfinite(effective), np.minimum(effective, total), items)
    effective = np.where((rate <= 0) | (rate >= 1) | (items < 2), items, effective)
    tail = (1 - confidence) / 2
    few = (t.ppf(tail, np.maximum(total - 1, 1)) / t.ppf(tail, np.maximum(items - 1, 1))) ** 2
    effective = np.where((rate > 0) & (rate < 1), effective * few, effective)  # few items: their spread is uncertain
    hits = rate * effective
    with np.errstate(invalid="ignore"):
        low = np.where(rate <= 0, 0.0, beta.ppf(tail, hits, effective - hits + 1))
        high = np.where(rate >= 1, 1.0, beta.ppf(1 - tail, hits + 1, effective - hits))
    if (amount != np.round(amount)).any():  # probabilities, not counts: the mean of items with its t interval
        margin = t.ppf(1 - tail, np.maximum(items - 1, 1)) * np.sqrt(variance)
        low, high = np.maximum(rate - margin, 0.0), np.minimum(rate + margin, 1.0)
    known = total > 0
    notes = np.where(known, np.where((rate <= 0) | (rate >= 1), "interval from the number of items", ""), "no answers")
    return {
        "rate": rate,
        "low": np.where(known, low, np.nan),
        "high": np.where(known, high, np.nan),
        "n_answers": total.astype(np.int64),
        "n_items": items.astype(np.int64),
        "note": notes,
    }


def _name(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
