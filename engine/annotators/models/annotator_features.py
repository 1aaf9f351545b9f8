"""What a model is given of each annotator: composite embeddings of training rows, or attributes.

Every table answers for the place after the last annotator too, the unknown one, with zeros.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import CompositeSums, Floats32, composite_sums

FOLDS = 10
"""Parts of the items, one of which each composite embedding lacks while its items are learned."""


class NoFeatures(nn.Module):
    """For models that are given nothing of the annotator."""

    n_features = 0

    def forward(self, annotator: Tensor, learned: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return (rows, 0)."""
        return torch.zeros(len(annotator), 0, device=annotator.device)


class FixedFeatures(nn.Module):
    """One row of numbers an annotator."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.matrix: Tensor
        self.register_buffer("matrix", torch.cat([matrix, torch.zeros(1, matrix.shape[1])]))

    @property
    def n_features(self) -> int:
        """Numbers an annotator."""
        return int(self.matrix.shape[1])

    def forward(self, annotator: Tensor, learned: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return (rows, n_features)."""
        return self.matrix[annotator]


class CompositeFeatures(nn.Module):
    """The composite embedding of an annotator; while training, without the items that are learned beside it.

    With a row's own text in the mean, an annotator of few labels would carry the answer in its own embedding. Left out
    alone, the text would be the whole difference from the annotator's other rows, and tell the label as well. So the
    items are dealt into folds, and a row is learned with the mean over the other folds, which lacks a tenth of the
    items at once. Macro-F1 on dev splits (3 seeds), one row left out to one fold: HS-Brexit .727 to .727, demo corpus
    .789 to .793, simulated annotators who react to different things .837 to .844, with a third of the labels .743 to
    .752.
    """

    def __init__(self, whole: Tensor, without: Tensor | None = None, fold: Tensor | None = None) -> None:
        """Take tables of annotators.

        Args:
            whole: (annotators, n_features): of all training rows.
            without: (folds, annotators, n_features): of the training rows that are not in a fold; None: not to train.
            fold: (items,) the fold of each item.
        """
        super().__init__()
        self.whole: Tensor
        self.without: Tensor | None
        self.fold: Tensor | None
        self.register_buffer("whole", nn.functional.pad(whole, (0, 0, 0, 1)))
        # Needed while training only: not kept with the model.
        padded = None if without is None else nn.functional.pad(without, (0, 0, 0, 1))
        self.register_buffer("without", padded, persistent=False)
        self.register_buffer("fold", fold, persistent=False)

    @property
    def n_features(self) -> int:
        """Labels times dimensions."""
        return int(self.whole.shape[1])

    def forward(self, annotator: Tensor, learned: Tensor | None = None) -> Tensor:
        """Return (rows, n_features); without the folds of the items (rows,) that are being learned, where given."""
        if learned is None or self.without is None or self.fold is None:
            return self.whole[annotator]
        return self.without[self.fold[learned], annotator]


Features = NoFeatures | FixedFeatures | CompositeFeatures


def composite_features(train: Annotations, embeddings: Floats32, seed: int) -> CompositeFeatures:
    """Return composite embeddings of the training rows; `embeddings` (items, dimensions), scaled as the model's.

    The seed deals the items into folds.
    """
    fold = np.random.default_rng(seed).permutation(len(train.items)) % FOLDS
    n, k = len(train.annotators), len(train.labels)
    sums = np.empty((FOLDS, n, k, embeddings.shape[1]), dtype=np.float32)
    counts = np.empty((FOLDS, n, k), dtype=np.float32)
    for f in range(FOLDS):
        its = train.where(fold[train.item] == f)
        made = composite_sums(its.item, its.annotator, its.label, embeddings, n, k)
        sums[f], counts[f] = made.sums, made.counts
    whole = CompositeSums(sums.sum(axis=0), counts.sum(axis=0))
    without = [CompositeSums(whole.sums - sums[f], whole.counts - counts[f]).means() for f in range(FOLDS)]
    flat = torch.from_numpy(np.stack(without)).flatten(2)
    return CompositeFeatures(torch.from_numpy(whole.means()).flatten(1), flat, torch.from_numpy(fold))


def read_features(name: str, state: dict[str, torch.Tensor]) -> Features:
    """Return the features of a kept model, by the name of their class and what was kept of them."""
    if name == "CompositeFeatures":
        return CompositeFeatures(state["whole"][:-1])
    if name == "FixedFeatures":
        return FixedFeatures(state["matrix"][:-1])
    return NoFeatures()
