"""Trainer: what every experiment asks for predictions; it embeds texts, trains what is not on disk, and keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.annotators.annotations import Annotations
from engine.annotators.models import baselines
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.store import TrainingStore, training_key
from engine.paths import trainings_dir

if TYPE_CHECKING:
    from engine.annotators.models.fitted import FittedModel
    from engine.annotators.texts.encoders import Embeddings

Told = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class NotTrained(Exception):
    """This training has not finished, and none was to be started."""


@dataclass
class Trainer:
    """Settings shared by all trainings of an experiment, and where their results lie."""

    encoder: str = DEFAULT_ENCODER
    settings: TrainingSettings = field(default_factory=TrainingSettings)
    device: str | None = None
    """'cpu', 'cuda', ...; None: a CUDA device where there is one."""
    store: TrainingStore | None = field(default_factory=lambda: TrainingStore(trainings_dir()))
    """None keeps nothing."""
    only_finished: bool = False
    """Read what earlier trainings left and start none."""
    told: Told | None = None
    _embedded: dict[tuple[str, ...], Embeddings] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def embeddings(self, annotations: Annotations) -> Embeddings:
        """Return the vectors of the items' texts."""
        return self.vectors_of(annotations.texts)

    def vectors_of(self, texts: tuple[str, ...]) -> Embeddings:
        """Return the vectors of texts, computed once and kept on disk by content."""
        from engine.annotators.texts.encoders import embed

        with self._lock:
            if texts not in self._embedded:

                def progress(done: int, total: int) -> None:
                    self.tell("embedding texts", done, total)

                self._embedded[texts] = embed(texts, self.encoder, device=self.device, progress=progress)
            return self._embedded[texts]

    def predict(
        self,
        kind: ModelKind | str,
        train: Annotations,
        dev: Annotations,
        rows: Annotations,
        seed: int,
        *,
        annotator_vectors: Floats32 | None = None,
        rows_vectors: Floats32 | None = None,
        token_start: Floats32 | None = None,
    ) -> tuple[Floats32, TrainingRecord]:
        """Return what one model says of rows, (rows, labels), and how its training went; trained where it must be.

        Args:
            kind: a model of the registry, or one made for the occasion. Baselines count; the oracle looks at the
                labels of `rows`.
            train, dev: with the same items and annotators.
            rows: to predict; other annotators than the training's are unknown ones.
            seed: of the training.
            annotator_vectors, token_start: see `engine.annotators.models.fitted.fit`.
            rows_vectors: (rows.annotators, numbers): annotator_vectors of the rows' annotators, where they are others.

        Raises:
            InputError: the model cannot be made of these annotators; no such encoder.
            NotTrained: `only_finished`, and it is not on disk.
        """
        kind = MODELS[kind] if isinstance(kind, str) else kind
        if kind.baseline:
            return _counted(kind, train, rows), TrainingRecord(note="counts labels; nothing is trained")
        facts = {
            "model": [kind.name, kind.token, kind.heads, kind.features], "seed": seed,
            "settings": self.settings.model_dump(),
            "encoder": self.embeddings(train).identity, "device": self._device().partition(":")[0],
        }  # fmt: skip
        key = training_key(facts, train, dev, rows, annotator_vectors, rows_vectors, token_start)
        if self.store and (kept := self.store.read(key)):
            return kept
        if self.only_finished:
            raise NotTrained(f"{kind.name}, seed {seed}")
        fitted = self.fit(kind, train, dev, seed, annotator_vectors=annotator_vectors, token_start=token_start)
        vectors = annotator_vectors if rows_vectors is None else rows_vectors
        probability = fitted.predict(rows, self.embeddings(rows).vectors, vectors)
        if self.store:
            self.store.write(key, probability, fitted.record)
        return probability, fitted.record

    def fit(
        self, kind: ModelKind | str, train: Annotations, dev: Annotations, seed: int, *,
        annotator_vectors: Floats32 | None = None, token_start: Floats32 | None = None,
    ) -> FittedModel:  # fmt: skip
        """Train one model and return it; nothing is read or kept."""
        import torch

        from engine.annotators.models.fitted import fit

        kind = MODELS[kind] if isinstance(kind, str) else kind
        embedded = self.embeddings(train)
        fitted = fit(
            kind, train, dev, embedded.vectors, self.settings, seed, torch.device(self._device()),
            encoder=self.encoder, annotator_vectors=annotator_vectors, token_start=token_start,
        )  # fmt: skip
        fitted.identity = embedded.identity
        return fitted

    def tell(self, what: str, done: int, total: int) -> None:
        """Pass progress on to whoever asked for it."""
        if self.told:
            self.told(what, done, total)

    def _device(self) -> str:
        from engine.annotators.texts.encoder_loading import check_device, default_device

        device = self.device or default_device()
        check_device(device)
        return device


def _counted(kind: ModelKind, train: Annotations, rows: Annotations) -> Floats32:
    if kind.oracle:
        return baselines.others_majority(rows)
    return baselines.own_rate(train, rows) if kind.knows_who else baselines.majority(train, rows)
