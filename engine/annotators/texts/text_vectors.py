"""Text vectors as networks take them: scaled by the training items, and gathered by an item's place."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from engine.annotators.models.composite import Floats32


class Texts(Protocol):
    """Where the text vectors of items come from: a frozen matrix, or an encoder that learns too."""

    n_dimensions: int

    def rows(self, item: Tensor) -> Tensor:
        """Return (rows, n_dimensions) of items by place."""

    def parameters(self) -> list[nn.Parameter]:
        """Return what is trained of it."""

    def train(self, mode: bool) -> None:
        """Switch dropout of the encoder on or off."""


class FrozenTexts:
    """A matrix (items, dimensions) on the device."""

    def __init__(self, matrix: Tensor) -> None:
        self.matrix = matrix
        self.n_dimensions = int(matrix.shape[1])

    def rows(self, item: Tensor) -> Tensor:
        """Return (rows, n_dimensions) of items by place."""
        return self.matrix[item]

    def parameters(self) -> list[nn.Parameter]:
        """Return nothing: the encoder is not trained."""
        return []

    def train(self, mode: bool) -> None:
        """Do nothing."""


class Scale(nn.Module):
    """Brings each dimension of text vectors to mean 0 and standard deviation 1 over the training items."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    @classmethod
    def of(cls, vectors: Floats32) -> Scale:
        """Return the scale of the training items' vectors (items, dimensions)."""
        deviation = vectors.std(axis=0)
        deviation[deviation < 1e-6] = 1.0
        return cls(torch.from_numpy(vectors.mean(axis=0).astype(np.float32)), torch.from_numpy(deviation))

    def scaled(self, vectors: Tensor) -> Tensor:
        """Return scaled vectors."""
        return (vectors - self.mean) / self.deviation
