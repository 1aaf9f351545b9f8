"""Composite embeddings: an annotator as the mean text embedding of the items it gave each label.

Source: Sarumi et al. (NAACL 2024), https://aclanthology.org/2024.naacl-long.59. Made of training rows only: an item of
the dev or test split in the mean would tell the model how its annotator labelled it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Ints

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CompositeSums:
    """What means are made of, kept as sums so that one item can be taken out again."""

    sums: Floats32
    """(annotators, labels, dimensions): text embeddings added up."""
    counts: npt.NDArray[np.float32]
    """(annotators, labels): rows behind each sum."""

    def means(self) -> Floats32:
        """Return (annotators, labels, dimensions): the composite embeddings; 0 where a label was never given."""
        means: Floats32 = self.sums / np.maximum(self.counts, 1)[..., None]
        return means


def composite_sums(
    item: Ints, annotator: Ints, label: Ints, embeddings: Floats32, n_annotators: int, n_labels: int
) -> CompositeSums:
    """Add up the text embeddings of what each annotator gave each label.

    Args:
        item, annotator, label: (rows,) of the training rows; `item` indexes into embeddings.
        embeddings: (items, dimensions).
        n_annotators: size of the first axis of the result; annotators without a row have zeros.
        n_labels: size of the second.
    """
    from scipy.sparse import coo_array

    cell = annotator * n_labels + label
    weights = coo_array(
        (np.ones(len(cell), dtype=np.float32), (cell, item)), shape=(n_annotators * n_labels, len(embeddings))
    ).tocsr()
    sums = (weights @ embeddings).reshape(n_annotators, n_labels, embeddings.shape[1])
    counts = np.bincount(cell, minlength=n_annotators * n_labels).reshape(n_annotators, n_labels)
    return CompositeSums(sums.astype(np.float32), counts.astype(np.float32))


def composite_embeddings(
    item: Ints, annotator: Ints, label: Ints, embeddings: Floats32, n_annotators: int, n_labels: int
) -> Floats32:
    """Return (annotators, labels, dimensions): see `composite_sums`; 0 where an annotator never gave a label."""
    return composite_sums(item, annotator, label, embeddings, n_annotators, n_labels).means()
