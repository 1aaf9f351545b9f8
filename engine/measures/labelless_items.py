"""The items behind answers without a label: on which texts a run's answers hold none most often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.labelless import CAUSES, causes_of

if TYPE_CHECKING:
    import xarray as xr

LABELLESS_ITEM_COLUMNS = ("item_id", "rate", "n_answers", *CAUSES)
"""Columns of `labelless_items`, one row an item.

rate: share of its answers that hold no label, 0 to 1; of an exact run the mean probability that the next token is no
    label; NaN without answers
n_answers: answers; failed requests are none
refusal, hedge, unparsable: how many of them are that; 0 of an exact run, which draws no answers
"""


def labelless_items(labels: xr.Dataset, wording: str = "", temperature: float | None = None) -> pd.DataFrame:
    """Return every item with how often its answers hold no label, the most often first.

    Args:
        labels: of a sampled or exact run, as of `labelless_rates`.
        wording: only answers in it; '': all.
        temperature: only answers at it; None: all.

    Returns:
        One row an item, with `LABELLESS_ITEM_COLUMNS`.

    Raises:
        InputError: a wording or temperature that the run does not have, or arrays that `labelless_rates` refuses.
    """
    for axis, asked in (("wording", wording or None), ("temperature", temperature)):
        if asked is None:
            continue
        known = labels[axis].to_numpy().tolist() if axis in labels.dims else []
        if asked not in known:
            raise InputError(f"the run has no {axis} {asked!r}. It has: {', '.join(map(str, known)) or 'none'}.")
        labels = labels.sel({axis: [asked]})
    causes, answered = causes_of(labels)
    besides = (0, 2, 3, 4)
    n = answered.sum(axis=besides)
    by_cause = {cause: amount.sum(axis=besides) for cause, amount in causes.items()}
    with np.errstate(invalid="ignore"):
        rate = next(iter(by_cause.values())) / np.where(n > 0, n, np.nan)
    table = pd.DataFrame({"item_id": labels["item"].to_numpy().astype(object), "rate": rate, "n_answers": n})
    table = table.assign(**{cause: by_cause.get(cause, np.zeros(len(n))).astype(int) for cause in CAUSES})
    return table.sort_values("rate", ascending=False, kind="stable", na_position="last", ignore_index=True)
