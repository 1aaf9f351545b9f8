"""A text encoder that learns with the layers above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from engine.annotators.texts.text_vectors import Scale

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TunedTexts:
    """Texts read by a sentence encoder whose weights are trained; scaled as the frozen ones were at the start.

    Each text of a batch is read once, however many annotators labelled it. Composite embeddings stay those of the
    encoder before training.
    """

    def __init__(self, encoder: SentenceTransformer, texts: Sequence[str], scale: Scale) -> None:
        self.encoder = encoder
        self.texts = list(texts)
        self.scale = scale
        self.n_dimensions = len(scale.mean)

    def rows(self, item: Tensor) -> Tensor:
        """Return (rows, n_dimensions) of items by place, from the encoder as it is now."""
        places, back = torch.unique(item, return_inverse=True)
        tokens = self.encoder.preprocess([self.texts[i] for i in places.tolist()])
        moved = {name: value.to(item.device) for name, value in tokens.items() if isinstance(value, Tensor)}
        vectors: Tensor = self.encoder({**tokens, **moved})["sentence_embedding"]
        return self.scale.scaled(vectors)[back]

    def parameters(self) -> list[nn.Parameter]:
        """Return the encoder's weights."""
        return [p for p in self.encoder.parameters() if p.requires_grad]

    def train(self, mode: bool) -> None:
        """Switch the encoder's dropout on or off."""
        self.encoder.train(mode)
