"""Label curves: how probable each label is for a persona and an item, at every temperature.

The line is the closed form of an exact run, p_T(k) proportional to p(k)^(1/T). The points are the shares of drawn
answers of a sampled run, which should lie around the line where answers begin with their label.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.resampling import check_resampling
from engine.measures.voices import voices

if TYPE_CHECKING:
    import xarray as xr

LABEL_CURVE_COLUMNS = (
    "source", "item", "persona", "label", "temperature", "probability", "low", "high", "n_draws", "note",
)  # fmt: skip
"""Columns of `label_curves`, one row a source, item, persona, label and temperature.

source: exact (read from the logits) or sampled (drawn)
probability: exact: of the label, 0 to 1, mean over wordings and readings; sampled: the label's share of the answers
    that hold a label, all wordings together; NaN where there is no label
low, high: sampled: Wilson interval of the share, NaN at temperature 0, where draws are copies of one; exact: NaN
n_draws: sampled: answers with a label; exact: 0
note: why a number or its interval is missing
"""


COPIES = "at temperature 0 every draw is the likeliest answer again: no interval"


def label_curves(
    exact: xr.Dataset | None,
    sampled: xr.Dataset | None = None,
    temperatures: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
    *,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How probable each label is for each persona and item, at each temperature.

    Args:
        exact: `probability` of an exact run; None: only drawn answers.
        sampled: `code` of a sampled run, at its own temperatures; None: only the closed form.
        temperatures: of the closed form, 0 to 2.
        confidence: coverage of the intervals.

    Returns:
        Frame with `LABEL_CURVE_COLUMNS`: the exact run's rows, then the sampled run's.

    Raises:
        InputError: neither run is given, or a temperature lies outside 0 to 2.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212,
    doi:10.1080/01621459.1927.10502953
    """
    check_resampling(0, confidence)
    if exact is None and sampled is None:
        raise InputError("label_curves got neither an exact nor a sampled run. Give at least one of them.")
    parts = [] if exact is None else [_rows("exact", exact, float(t), confidence) for t in temperatures]
    if sampled is not None:
        parts += [_rows("sampled", sampled, float(t), confidence) for t in sampled["temperature"].to_numpy()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(LABEL_CURVE_COLUMNS))


def wilson_interval(share: np.ndarray, n: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of Wilson's interval of shares of `n` draws; NaN where there are none."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    nothing = ~(n > 0)
    low, high = np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)
    return np.where(nothing, np.nan, low), np.where(nothing, np.nan, high)


def _rows(source: str, run: xr.Dataset, temperature: float, confidence: float) -> pd.DataFrame:
    """Return the rows of one temperature: items, then personas, then labels."""
    said = voices(run, temperature)
    if source == "exact":
        probability, draws = said.of_items(), np.zeros((len(said.personas), len(said.items)))
    else:
        counts = np.nan_to_num(said.probability) * said.draws[..., None]
        draws = said.draws.sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            probability = counts.sum(axis=2) / draws[..., None]
    personas, items, labels = (np.array(names, dtype=object) for names in (said.personas, said.items, said.labels))
    value = np.swapaxes(probability, 0, 1).ravel()
    n = np.repeat(draws.T.ravel(), len(labels))
    chance = source == "sampled" and temperature > 0
    low, high = wilson_interval(value, n, confidence) if chance else (np.full(value.size, np.nan),) * 2
    usual = COPIES if source == "sampled" and not chance else ""
    return pd.DataFrame(
        {
            "source": source,
            "item": np.repeat(items, len(personas) * len(labels)),
            "persona": np.tile(np.repeat(personas, len(labels)), len(items)),
            "label": np.tile(labels, len(items) * len(personas)),
            "temperature": temperature,
            "probability": value,
            "low": low,
            "high": high,
            "n_draws": n.astype(np.int64),
            "note": np.where(np.isnan(value), "no answer with a label", usual),
        },
        columns=list(LABEL_CURVE_COLUMNS),
    )
