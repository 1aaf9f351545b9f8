"""The networks: a text layer, and what is known of the annotator beside it.

All take `text` (rows, dimensions), `annotator` (rows,) with the place after the last for an unknown one, and `features`
(rows, n_features), zeros for an unknown one; all return logits (rows, labels).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import ModelKind
from engine.annotators.training.settings import TrainingSettings

SPREAD = 0.3
"""Standard deviation that annotators' vectors start with: the model starts near text only."""
START_SPREAD = 0.6
"""The same of learned vectors that start from given ones: what is known before training weighs more than noise."""
TOKEN_GAIN = 4.0
"""What learned vectors are multiplied with, so that they move faster than the layers at the same learning rate.

Measured on dev splits (macro-F1, 3 seeds), gain 1 to gain 4: HS-Brexit .715 to .731, demo corpus .799 to .806,
simulated annotators who react to different things .863 to .872, in two thirds of the epochs. 10 gives no more.
"""


class TextLayer(nn.Module):
    """A text's embedding, brought to the width of the head."""

    def __init__(self, n_text: int, settings: TrainingSettings) -> None:
        super().__init__()
        self.linear = nn.Linear(n_text, settings.hidden)
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, text: Tensor) -> Tensor:
        """Return (rows, hidden)."""
        hidden: Tensor = self.dropout(torch.relu(self.linear(text)))
        return hidden


class TextOnly(nn.Module):
    """Text layer and head; says the same whoever annotates."""

    def __init__(self, n_text: int, n_labels: int, settings: TrainingSettings) -> None:
        super().__init__()
        self.text_layer = TextLayer(n_text, settings)
        self.head = nn.Linear(settings.hidden, n_labels)

    def forward(self, text: Tensor, annotator: Tensor, features: Tensor) -> Tensor:  # noqa: ARG002
        """Return logits (rows, labels)."""
        logits: Tensor = self.head(self.text_layer(text))
        return logits


class BesideText(nn.Module):
    """An annotator's vector beside the text: learned, made of given features, or the sum of both.

    The vector enters the head by itself (how readily an annotator gives a label) and multiplied with the text layer
    (which texts it gives it to); it starts small, so that the model starts near text only. Multiplied, because a
    vector only added to the text's says how often an annotator gives a label, never to which texts.
    """

    def __init__(
        self, n_text: int, n_labels: int, n_annotators: int, n_features: int, token: bool, settings: TrainingSettings
    ) -> None:
        super().__init__()
        self.text_layer = TextLayer(n_text, settings)
        self.token = nn.Embedding(n_annotators + 1, settings.hidden) if token else None
        self.features = nn.Linear(n_features, settings.hidden, bias=False) if n_features else None
        self.head = nn.Linear(settings.hidden, n_labels)
        self.own = nn.Linear(settings.hidden, n_labels, bias=False)
        if self.token is not None:
            nn.init.normal_(self.token.weight, std=SPREAD / TOKEN_GAIN)
            if not settings.unknown:  # nobody is hidden in training: the unknown annotator's vector would stay noise
                nn.init.zeros_(self.token.weight.data[-1])
        if self.features is not None:
            nn.init.normal_(self.features.weight, std=SPREAD * n_features**-0.5)

    def annotator_vector(self, annotator: Tensor, features: Tensor) -> Tensor:
        """Return (rows, hidden)."""
        vector = torch.zeros(len(annotator), self.head.in_features, device=annotator.device)
        if self.token is not None:
            vector = vector + TOKEN_GAIN * self.token(annotator)
        if self.features is not None:
            vector = vector + self.features(features)
        return vector

    def forward(self, text: Tensor, annotator: Tensor, features: Tensor) -> Tensor:
        """Return logits (rows, labels)."""
        hidden, vector = self.text_layer(text), self.annotator_vector(annotator, features)
        logits: Tensor = self.head(hidden * (1 + vector)) + self.own(vector)
        return logits


class MultiTask(nn.Module):
    """Shared text layer and one head an annotator: a common head plus what is the annotator's own.

    Davani et al. (TACL 2022), doi:10.1162/tacl_a_00449. The own parts start at 0 and are held small by weight decay,
    so an annotator with few labels stays near the common head, which also answers for unknown ones.
    """

    def __init__(self, n_text: int, n_labels: int, n_annotators: int, settings: TrainingSettings) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.text_layer = TextLayer(n_text, settings)
        self.head = nn.Linear(settings.hidden, n_labels)
        self.own = nn.Embedding(n_annotators + 1, n_labels * (settings.hidden + 1))
        nn.init.zeros_(self.own.weight)

    def forward(self, text: Tensor, annotator: Tensor, features: Tensor) -> Tensor:  # noqa: ARG002
        """Return logits (rows, labels)."""
        hidden = self.text_layer(text)
        unknown = (annotator == self.own.num_embeddings - 1)[:, None, None]
        own = self.own(annotator).view(len(annotator), self.n_labels, -1).masked_fill(unknown, 0.0)
        logits: Tensor = self.head(hidden) + (own[..., :-1] @ hidden[..., None]).squeeze(-1) + own[..., -1]
        return logits


def build_module(
    kind: ModelKind, n_text: int, n_labels: int, n_annotators: int, n_features: int, settings: TrainingSettings
) -> nn.Module:
    """Return the untrained network of a kind; weights come from torch's current generator."""
    if kind.heads:
        return MultiTask(n_text, n_labels, n_annotators, settings)
    if kind.token or kind.features:
        n_used = n_features if kind.features else 0
        return BesideText(n_text, n_labels, n_annotators, n_used, kind.token, settings)
    return TextOnly(n_text, n_labels, settings)


def start_tokens(module: nn.Module, vectors: Floats32) -> None:
    """Let the learned vectors of annotators start from given ones (annotators, numbers), in random directions.

    Random directions keep distances, about, and let every unit of the text layer take part in them: on simulated
    personas whose texts say what they react to, this gained where a start at principal components, which lie on a few
    units, gained nothing. The unknown annotator starts at 0. Directions come from torch's current generator. Networks
    without learned vectors stay as they are.

    Source: random projections, Johnson and Lindenstrauss (1984), doi:10.1090/conm/026/737400.
    """
    if not isinstance(module, BesideText) or module.token is None:
        return
    centred = torch.from_numpy(vectors - vectors.mean(axis=0))
    parts = centred @ torch.randn(centred.shape[1], module.token.embedding_dim)
    start = torch.zeros_like(module.token.weight)
    start[:-1] = parts * START_SPREAD / TOKEN_GAIN / parts.std().clamp(min=1e-8)
    with torch.no_grad():
        module.token.weight.copy_(start)
