"""Baselines: what counting labels gives without reading a text, and the oracle that sees the other annotators."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Annotations

Floats32 = npt.NDArray[np.float32]


def majority(train: Annotations, rows: Annotations) -> Floats32:
    """Return (rows, labels): the share of each label in training, the same for every row."""
    counts = np.bincount(train.label, minlength=len(train.labels))
    return np.tile((counts / counts.sum()).astype(np.float32), (len(rows), 1))


def own_rate(train: Annotations, rows: Annotations) -> Floats32:
    """Return (rows, labels): the share of each label in the annotator's own training rows; of all for unseen ones."""
    n = len(train.labels)
    counts = np.zeros((len(train.annotators), n))
    np.add.at(counts, (train.annotator, train.label), 1)
    totals = counts.sum(axis=1, keepdims=True)
    everybody = counts.sum(axis=0) / counts.sum()
    rates = np.where(totals > 0, counts / np.maximum(totals, 1), everybody)
    place = {name: i for i, name in enumerate(train.annotators)}
    known = np.array([place.get(name, -1) for name in rows.annotators])[rows.annotator]
    return np.where((known >= 0)[:, None], rates[known], everybody).astype(np.float32)


def others_majority(rows: Annotations) -> Floats32:
    """Return (rows, labels): the share of each label among the item's other annotators: an oracle.

    It sees labels of the very items that are to be predicted, so it is an upper mark to read models by. Rows whose
    item has no other label get equal shares.
    """
    n = len(rows.labels)
    counts = np.zeros((len(rows.items), n))
    np.add.at(counts, (rows.item, rows.label), 1)
    others = counts[rows.item]
    others[np.arange(len(rows)), rows.label] -= 1
    total = others.sum(axis=1, keepdims=True)
    shares: Floats32 = np.where(total > 0, others / np.maximum(total, 1), 1 / n).astype(np.float32)
    return shares


def seen(train: Annotations, rows: Annotations) -> npt.NDArray[np.bool_]:
    """Return (rows,): whether the row's annotator has a training row."""
    trained = {train.annotators[i] for i in np.unique(train.annotator)}
    known = np.array([name in trained for name in rows.annotators], dtype=bool)
    return known[rows.annotator]
