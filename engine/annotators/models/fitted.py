"""FittedModel: a trained annotator model that can be asked, kept and read again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from engine.annotators.annotations import Annotations
from engine.annotators.models.annotator_features import (
    Features,
    FixedFeatures,
    NoFeatures,
    composite_features,
    read_features,
)
from engine.annotators.models.attributes import AttributeCodes, telling_attributes
from engine.annotators.models.checks import check_annotator_vectors, check_vectors
from engine.annotators.models.composite import Floats32
from engine.annotators.models.modules import build_module, start_tokens
from engine.annotators.models.registry import ModelKind
from engine.annotators.texts.encoder_loading import out_of_memory, quiet
from engine.annotators.texts.text_vectors import FrozenTexts, Scale, Texts
from engine.annotators.training.loop import EVALUATION_ROWS, EpochDone, Rows, few_threads, logits_of, train_module
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.settings import TrainingSettings
from engine.errors import InputError, PolyvocalError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WEIGHTS, FACTS, ENCODER = "weights.safetensors", "model.json", "encoder"


@dataclass
class FittedModel:
    """A trained network with all that its predictions need: scale, annotators, what it knows of them."""

    kind: ModelKind
    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    """Those with training rows; any other is the unknown one."""
    encoder: str
    """Name or folder of the text encoder whose vectors it takes."""
    settings: TrainingSettings
    module: nn.Module
    scale: Scale
    features: Features
    codes: AttributeCodes
    """How attributes of annotators it has never seen become features; empty where it takes none."""
    record: TrainingRecord
    tuned: SentenceTransformer | None = None
    """The encoder as training left it, where it was fine-tuned."""
    identity: str = ""
    """sha256 of the encoder's files (`Embeddings.identity`); '' where nobody said."""

    def predict(
        self, rows: Annotations, embeddings: Floats32 | None, annotator_vectors: Floats32 | None = None
    ) -> Floats32:
        """Return (rows, labels): the probability of each label for the item and annotator of each row.

        Args:
            rows: annotators are known by name, new ones by their attributes; labels are not looked at.
            embeddings: (items, dimensions) of rows.items, from the encoder this model was trained on, frozen; not
                looked at where the model has an encoder of its own (`tuned`).
            annotator_vectors: (rows.annotators, numbers), where it was fitted with such: also those of new annotators.
                None: the training's, and new annotators are unknown ones.

        Raises:
            InputError: rows with other labels than it was trained on, or vectors that do not fit.
        """
        if rows.labels != self.labels:
            raise InputError(
                f"{rows.name} has the labels {list(rows.labels)}, and this model was trained on {list(self.labels)}. "
                "Ask it for labels of the same task."
            )
        if self.tuned is None:
            check_vectors(rows, embeddings, len(self.scale.mean))
        if not len(rows):
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        device = next(self.module.parameters()).device
        texts = self._texts(rows.texts, embeddings, device)
        place = {name: i for i, name in enumerate(self.annotators)}
        known = np.array([place.get(name, len(place)) for name in rows.annotators], dtype=np.int64)[rows.annotator]
        features, of_features = self.features, known
        if annotator_vectors is not None and isinstance(self.features, FixedFeatures):
            check_annotator_vectors(rows, annotator_vectors, self.features.n_features)
            features, of_features = FixedFeatures(torch.from_numpy(annotator_vectors)).to(device), rows.annotator
        elif self.codes.columns:
            features, of_features = FixedFeatures(torch.from_numpy(self.codes.matrix(rows))).to(device), rows.annotator
        asked = Rows(*(torch.from_numpy(c.copy()).to(device) for c in (rows.item, known, rows.label)))
        places = torch.from_numpy(of_features.copy()).to(device)
        size = self.record.batch if self.tuned is not None else EVALUATION_ROWS
        with few_threads(texts):
            logits = self._logits(texts, features, asked, places, min(size, len(asked)))
        probability: Floats32 = torch.softmax(logits, dim=1).cpu().numpy()
        return probability

    def _logits(self, texts: Texts, features: Features, asked: Rows, places: torch.Tensor, size: int) -> torch.Tensor:
        """Return logits; where the device's memory does not hold so many rows at a time, halve them and note it."""
        fits = size
        while True:
            try:
                logits = logits_of(self.module, texts, features, asked, fits, places)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                if fits == 1:
                    raise PolyvocalError(
                        f"device {places.device} has no memory to ask the model for one row at a time. Use 'cpu'."
                    ) from error
            fits //= 2
            if places.device.type == "cuda":
                torch.cuda.empty_cache()
        if fits < size:
            halving = f"asked, the device ran out of memory with {size:,} rows at a time; {fits:,} fit"
            if halving not in self.record.note:
                self.record.note = "; ".join(filter(None, [self.record.note, halving]))
        return logits

    def save(self, folder: Path) -> None:
        """Write weights (safetensors) and facts (JSON) into a folder, which is made; nothing of it is pickled.

        Facts come last, and those that lay there go first: a folder that a killed process left cannot be read as whole.

        Raises:
            InputError: the folder cannot be written.
        """
        from safetensors import SafetensorError

        try:
            self._write(folder)
        except (OSError, SafetensorError) as error:
            raise InputError(
                f"the model cannot be kept in {folder} ({error}). Name a folder that can be written."
            ) from error

    def _write(self, folder: Path) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        (folder / FACTS).unlink(missing_ok=True)
        parts = {"module": self.module, "scale": self.scale, "features": self.features}
        tensors = {f"{name}.{key}": value.cpu().contiguous() for name, part in parts.items()
                   for key, value in part.state_dict().items()}  # fmt: skip
        save_file(tensors, folder / WEIGHTS)
        if self.tuned is not None:
            with quiet():
                self.tuned.save(str(folder / ENCODER))
        facts = {
            "version": 1, "kind": asdict(self.kind), "labels": self.labels, "annotators": self.annotators,
            "encoder": self.encoder, "identity": self.identity, "tuned": self.tuned is not None,
            "settings": self.settings.model_dump(), "codes": self.codes.columns,
            "features": type(self.features).__name__, "record": asdict(self.record),
        }  # fmt: skip
        (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> FittedModel:
        """Read what `save` wrote.

        Raises:
            InputError: the folder holds no annotator model, or a broken one.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            facts = json.loads((folder / FACTS).read_text("utf-8"))
            tensors = load_file(folder / WEIGHTS)
            return cls._from(facts, tensors, folder, device)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise InputError(
                f"{folder} holds no annotator model that can be read ({type(error).__name__}: {error}). Expected "
                f"{FACTS} and {WEIGHTS}, as `polyvocal train --save` writes them."
            ) from error

    @classmethod
    def _from(cls, facts: dict, tensors: dict[str, torch.Tensor], folder: Path, device: str) -> FittedModel:
        parts: dict[str, dict[str, torch.Tensor]] = {"module": {}, "scale": {}, "features": {}}
        for name, value in tensors.items():
            part, _, key = name.partition(".")
            parts[part][key] = value
        kind, settings = ModelKind(**facts["kind"]), TrainingSettings.model_validate(facts["settings"])
        scale = Scale(parts["scale"]["mean"], parts["scale"]["deviation"])
        features = read_features(facts["features"], parts["features"])
        annotators, labels = tuple(facts["annotators"]), tuple(facts["labels"])
        module = build_module(kind, len(scale.mean), len(labels), len(annotators), features.n_features, settings)
        module.load_state_dict(parts["module"])
        tuned = None
        if facts["tuned"]:
            from engine.annotators.texts.encoders import load_encoder

            tuned = load_encoder(folder / ENCODER, device)
        record = TrainingRecord.of(facts["record"])
        codes = AttributeCodes(tuple((a, v) for a, v in facts["codes"]))
        return cls(
            kind, labels, annotators, facts["encoder"], settings, module.to(device), scale.to(device),
            features.to(device), codes, record, tuned, facts.get("identity", ""),
        )  # fmt: skip

    def _texts(self, texts: Sequence[str], embeddings: Floats32 | None, device: torch.device) -> Texts:
        if self.tuned is None:
            assert embeddings is not None
            return FrozenTexts(self.scale.scaled(torch.from_numpy(embeddings).to(device)))
        from engine.annotators.texts.fine_tuning import TunedTexts

        return TunedTexts(self.tuned, texts, self.scale)


def fit(
    kind: ModelKind,
    train: Annotations,
    dev: Annotations,
    embeddings: Floats32,
    settings: TrainingSettings,
    seed: int,
    device: torch.device,
    *,
    encoder: str = "",
    annotator_vectors: Floats32 | None = None,
    token_start: Floats32 | None = None,
    epoch_done: EpochDone | None = None,
) -> FittedModel:
    """Train one model of a kind.

    Args:
        train, dev: rows of the same items and annotators (engine.annotators.training.splits).
        embeddings: (items, dimensions) of train.items.
        settings, seed: of the training; the same seed gives the same model on the same machine.
        encoder: name or folder that the embeddings come from; loaded anew where the settings ask for fine-tuning.
        annotator_vectors: (annotators, numbers) to put beside the text in place of attributes: a persona's text
            embedding.
        token_start: (annotators, numbers) that learned vectors start from (see `start_tokens`).
        epoch_done: called after each epoch.

    Raises:
        InputError: a model of attributes where annotators have none that tell them apart; no dev label by an annotator
            with training labels; vectors that do not fit; no such encoder.
    """
    check_vectors(train, embeddings)
    for given in (annotator_vectors, token_start):
        if given is not None:
            check_annotator_vectors(train, given)
    places = np.unique(train.annotator)
    names = tuple(train.annotators[i] for i in places)
    train, dev = train.of_annotators(names), dev.of_annotators(names)
    if not len(dev):
        raise InputError(
            f"no annotator of {train.name} has labels in both train and dev, which stops the training. Choose splits "
            "in which some have."
        )
    scale = Scale.of(embeddings[np.unique(train.item)])
    scaled = scale.scaled(torch.from_numpy(embeddings))
    vectors = None if annotator_vectors is None else annotator_vectors[places]
    features, codes = _features_of(kind, train, scaled.numpy(), vectors, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = build_module(kind, embeddings.shape[1], len(train.labels), len(names), features.n_features, settings)
        if token_start is not None and kind.token:
            start_tokens(module, token_start[places])
    module, features, scale, scaled = module.to(device), features.to(device), scale.to(device), scaled.to(device)
    texts, tuned = _trainable(train, encoder, scale, device) if settings.fine_tune else (FrozenTexts(scaled), None)
    record = train_module(module, texts, features, train, dev, settings, seed, device, epoch_done)
    return FittedModel(kind, train.labels, names, encoder, settings, module, scale, features, codes, record, tuned)


def _features_of(
    kind: ModelKind, train: Annotations, scaled: Floats32, vectors: Floats32 | None, seed: int
) -> tuple[Features, AttributeCodes]:
    codes = AttributeCodes(())
    if kind.features == "composite":
        return composite_features(train, scaled, seed), codes
    if kind.features != "attributes":
        return NoFeatures(), codes
    if vectors is not None:
        return FixedFeatures(torch.from_numpy(vectors)), codes
    codes = telling_attributes(train)
    return FixedFeatures(torch.from_numpy(codes.matrix(train))), codes


def _trainable(
    train: Annotations, encoder: str, scale: Scale, device: torch.device
) -> tuple[Texts, SentenceTransformer]:
    from engine.annotators.texts.encoders import find_encoder, load_encoder
    from engine.annotators.texts.fine_tuning import TunedTexts

    tuned = load_encoder(find_encoder(encoder), str(device))
    return TunedTexts(tuned, train.texts, scale), tuned
