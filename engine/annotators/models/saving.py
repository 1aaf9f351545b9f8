"""Keeping fitted models: a trainer that saves every model it trains, a folder each, and asking one of them later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.training.trainer import Trainer
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from engine.annotators.models.fitted import FittedModel


def model_folder(folder: Path, model: str, seed: int) -> Path:
    """Return where a model is kept: FOLDER/user-token/seed-0."""
    return folder / model.replace(" + ", "+").replace(" ", "-") / f"seed-{seed}"


@dataclass
class SavingTrainer(Trainer):
    """A Trainer that keeps what it trains (`FittedModel.load` reads it), over what lay there."""

    folder: Path = Path()
    saved: set[Path] = field(default_factory=set, repr=False)
    """Folders of the models kept so far; shared by copies of this trainer."""

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"models cannot be kept in {self.folder} ({error.strerror}). Name a folder that can be made there."
            ) from error

    def fit(self, kind: ModelKind | str, train: Annotations, dev: Annotations, seed: int, **given: Any) -> FittedModel:
        """Train one model, keep it, and return it."""
        fitted = super().fit(kind, train, dev, seed, **given)
        path = model_folder(self.folder, fitted.kind.name, seed)
        fitted.save(path)
        self.saved.add(path)
        return fitted

    def save_others(self, models: Sequence[str], train: Annotations, dev: Annotations, seeds: Sequence[int]) -> None:
        """Train and keep those of these models that are not kept yet.

        An earlier call may have left their predictions, so that no comparison trains them again, but not their weights.
        """
        wanted = [(name, seed) for seed in seeds for name in models if not MODELS[name].baseline]
        missing = [(name, seed) for name, seed in wanted if model_folder(self.folder, name, seed) not in self.saved]
        for done, (name, seed) in enumerate(missing):
            self.tell(f"{name}, seed {seed}, to be kept", done, len(missing))
            self.fit(name, train, dev, seed)


def predict_all(fitted: FittedModel, annotations: Annotations, embeddings: Floats32 | None) -> pd.DataFrame:
    """Return what a model expects every annotator to say of every item, whether they labelled it or not.

    Args:
        fitted: a model of the same labels.
        annotations: its items and annotators are asked about; its labels are not looked at.
        embeddings: (items, dimensions) from the encoder that the model was trained on; None where it was fine-tuned
            with the model.

    Returns:
        One row an item and annotator:
        item_id, annotator;
        known: whether the model was trained on labels of the annotator; others are predicted as unknown ones, by their
            attributes where the model takes such;
        predicted: the likeliest label; p_LABEL: probability of each, 0 to 1.

    Raises:
        InputError: other labels than the model's, or vectors that do not fit.
    """
    import pandas as pd

    n_items, n_annotators = len(annotations.items), len(annotations.annotators)
    item, annotator = np.repeat(np.arange(n_items), n_annotators), np.tile(np.arange(n_annotators), n_items)
    rows = replace(annotations, item=item, annotator=annotator, label=np.zeros(len(item), dtype=np.int64))
    probability = fitted.predict(rows, embeddings)
    names = np.array(annotations.annotators, dtype=object)
    known = np.isin(names, fitted.annotators)
    columns = {
        "item_id": np.array(annotations.items, dtype=object)[item],
        "annotator": names[annotator],
        "known": known[annotator],
        "predicted": np.array(fitted.labels, dtype=object)[probability.argmax(axis=1)],
    }
    return pd.DataFrame(columns | {f"p_{label}": probability[:, k] for k, label in enumerate(fitted.labels)})
