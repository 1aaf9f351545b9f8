"""What a model is given of each annotator: composite embeddings of training rows, or attributes.

Every table answers for the place after the last annotator too, the unknown one, with zeros.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.annotators.annotations import Annotations
from engine.annotators.composite import Floats32, composite_sums


class NoFeatures(nn.Module):
    """For models that are given nothing of the annotator."""

    n_features = 0

    def forward(self, annotator: Tensor, text: Tensor | None = None, label: Tensor | None = None) -> Tensor:  # noqa: ARG002
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

    def forward(self, annotator: Tensor, text: Tensor | None = None, label: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return (rows, n_features)."""
        return self.matrix[annotator]


class CompositeFeatures(nn.Module):
    """The composite embedding of an annotator; while training, without the row that is being learned.

    With the row itself in the mean, an annotator of few labels would carry the answer in its own embedding: what is
    learned from that does not hold on items that are not in the mean.
    """

    def __init__(self, sums: Tensor, counts: Tensor) -> None:
        super().__init__()
        self.sums: Tensor
        self.counts: Tensor
        self.register_buffer("sums", torch.cat([sums, torch.zeros(1, *sums.shape[1:])]))
        self.register_buffer("counts", torch.cat([counts, torch.zeros(1, counts.shape[1])]))

    @property
    def n_features(self) -> int:
        """Labels times dimensions."""
        return int(self.sums.shape[1] * self.sums.shape[2])

    def forward(self, annotator: Tensor, text: Tensor | None = None, label: Tensor | None = None) -> Tensor:
        """Return (rows, n_features), without the row's own text where it is given with its label."""
        sums, counts = self.sums[annotator], self.counts[annotator]
        if text is not None and label is not None:
            own = nn.functional.one_hot(label, counts.shape[1]).to(sums.dtype)
            own = own * (annotator < len(self.counts) - 1)[:, None]  # the unknown one has no rows to leave out
            sums, counts = sums - own[..., None] * text[:, None, :], counts - own
        return (sums / counts.clamp(min=1)[..., None]).flatten(1)


Features = NoFeatures | FixedFeatures | CompositeFeatures


def composite_features(train: Annotations, embeddings: Floats32) -> CompositeFeatures:
    """Return composite embeddings of the training rows; `embeddings` (items, dimensions), scaled as the model's."""
    made = composite_sums(
        train.item, train.annotator, train.label, embeddings, len(train.annotators), len(train.labels)
    )
    return CompositeFeatures(torch.from_numpy(made.sums), torch.from_numpy(made.counts))
