"""Keeping fitted models: a trainer that saves every model it trains, a folder each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.annotators.annotations import Annotations
from engine.annotators.registry import MODELS, ModelKind
from engine.annotators.trainer import Trainer
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.annotators.fitted import FittedModel


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
