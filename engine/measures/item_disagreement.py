"""Item disagreement: how people split on each item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import label_counts
from engine.measures.samples import check_codes

COUNT_PREFIX = "n_of_"
"""Column of a label's count: this and the label."""


def item_disagreement(
    codes: npt.ArrayLike,
    item_ids: Sequence[str],
    labels: Sequence[str],
    *,
    positive: str | None = None,
) -> pd.DataFrame:
    """Count the labels of each item and measure how far they split.

    Args:
        codes: (annotators, items) indices into the labels, -1 missing.
        item_ids: (items,) their ids.
        labels: the label set, in order.
        positive: the label that means 'yes', where the task is binary.

    Returns:
        One row an item, in the order given:
            item_id;
            n_labels: labels it has;
            n_of_<label>: how often each label was given;
            share_positive: share of the positive label, 0 to 1; NaN without labels or without a positive label;
            entropy: of the label shares in bits, 0 (all agree) to log2(labels); NaN without labels. With few
                annotators it is below that of the people they stand for;
            disagreement: chance that two of its labels, drawn without replacement, differ, 0 to 1; NaN below two
                labels. Unlike entropy it does not depend on the number of annotators;
            majority: the most frequent label; missing where labels tie for it, or there are none.

    Raises:
        InputError: codes, ids and labels that do not fit together.
    """
    grid = check_codes(codes, len(labels))
    if len(item_ids) != grid.shape[1]:
        raise InputError(f"{len(item_ids)} item ids for codes of shape {grid.shape}. Expected one id a column.")
    if positive is not None and positive not in labels:
        raise InputError(f"positive {positive!r} is not a label. The labels are {', '.join(map(repr, labels))}.")
    counts = label_counts(grid, len(labels))
    n = counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / n[:, None]
        entropy = -np.where(share > 0, share * np.log2(share), 0.0).sum(axis=1) + 0.0  # + 0.0: no minus zero
        same = (counts * (counts - 1)).sum(axis=1) / (n * (n - 1))
    best = counts.argmax(axis=1)
    single = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    columns: dict[str, object] = {"item_id": list(item_ids), "n_labels": n}
    columns |= {f"{COUNT_PREFIX}{label}": counts[:, k] for k, label in enumerate(labels)}
    columns |= {
        "share_positive": np.full(len(n), np.nan) if positive is None else share[:, list(labels).index(positive)],
        "entropy": np.where(n > 0, entropy, np.nan),
        "disagreement": np.where(n > 1, 1 - same, np.nan),
        "majority": pd.array([labels[k] if sure else None for k, sure in zip(best, single, strict=True)], dtype="str"),
    }
    return pd.DataFrame(columns)
