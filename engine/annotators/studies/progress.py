"""Progress of a study: which trainings are done, told to other processes through progress.json."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.trainer import Trainer
from engine.jobs.whole_files import write_whole

if TYPE_CHECKING:
    from engine.annotators.models.fitted import FittedModel

PROGRESS = "progress.json"
Phase = Literal["waiting", "reading", "embedding", "training", "scoring", "mapping", "ended"]
"""waiting: for another study's end. reading: labels. embedding: texts. training. scoring: intervals. mapping. ended."""
_EMBEDDING, _MAP, _SCORING = "embedding texts", "map: ", "scoring"
"""Words of what a Trainer tells."""
_MOMENT = 0.5
"""Seconds between two writings of the file."""


@dataclass(frozen=True)
class StudyProgress:
    """One look at a study."""

    study_id: str
    phase: Phase
    done: int = 0
    """Trainings made or found."""
    planned: int = 0
    """Trainings of all parts."""
    seconds_left: float | None = None
    """Of training, at the pace of the last ones; None where that is unknown."""
    message: str = ""
    """What is being done, in words."""
    updated: float = 0.0
    """When this was written, seconds since 1970."""


class Tracker:
    """Turns what a Trainer tells into progress; a file that cannot be written is no reason to stop."""

    def __init__(self, folder: Path, study_id: str) -> None:
        self._folder = folder
        self._now = StudyProgress(study_id, "reading")
        self._recent: deque[float] = deque(maxlen=64)
        self._written = -1.0
        self.trained = 0
        """Trainings made here; what an earlier one left is not counted."""
        self.training_seconds = 0.0
        self.device = ""

    @property
    def done(self) -> int:
        """Trainings made or found."""
        return self._now.done

    def begin(self, planned: int) -> None:
        """Say how many trainings there are."""
        self._now = replace(self._now, planned=planned, done=0)

    def phase(self, phase: Phase, message: str = "") -> None:
        """Tell what begins."""
        self._now = replace(self._now, phase=phase, message=message)
        self._tell(at_once=True)

    def told(self, what: str, done: int, total: int) -> None:
        """Take what a Trainer, an experiment or the map tells."""
        phase: Phase = "training"
        if what.endswith(_EMBEDDING):
            phase, what = "embedding", f"{done:,} of {total:,} texts"
        elif what.startswith(_MAP):
            phase, what = "mapping", what.removeprefix(_MAP)
        elif what.endswith(_SCORING):
            phase, what = "scoring", f"{done:,} of {total:,}"
        elif what == "done" or what.endswith(": done"):
            phase, what = "scoring", ""
        at_once = phase != self._now.phase
        self._now = replace(self._now, phase=phase, message=what)
        self._tell(at_once=at_once)

    def count(self, seconds: float | None) -> None:
        """Count one training: the seconds it took, None where it was there already."""
        if seconds is not None:
            self._recent.append(seconds)
            self.trained += 1
            self.training_seconds += seconds
        done = self._now.done + 1
        left = max(self._now.planned - done, 0)
        pace = sum(self._recent) / len(self._recent) if self._recent else None
        self._now = replace(self._now, done=done, seconds_left=None if pace is None else pace * left)
        self._tell(at_once=False)

    def _tell(self, *, at_once: bool) -> None:
        moment = time.monotonic()
        if at_once or moment - self._written >= _MOMENT:
            self._written = moment
            self._now = replace(self._now, updated=time.time())
            with contextlib.suppress(OSError):
                write_whole(self._folder / PROGRESS, json.dumps(asdict(self._now)))


def read_progress(folder: Path) -> StudyProgress | None:
    """Return the last progress written into a study's folder; None where there is none that can be read."""
    try:
        return StudyProgress(**json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@dataclass
class CountingTrainer(Trainer):
    """A Trainer that counts its trainings, those that it finds on disk too."""

    tracker: Tracker | None = None
    _fitted: list[None] = field(default_factory=list, repr=False)
    """One entry a training made; shared by copies of this trainer."""

    def predict(
        self, kind: ModelKind | str, train: Annotations, dev: Annotations, rows: Annotations, seed: int, **given: Any
    ) -> tuple[Floats32, TrainingRecord]:
        """Return what `Trainer.predict` does, and count it where it was found."""
        before = len(self._fitted)
        found = super().predict(kind, train, dev, rows, seed, **given)
        baseline = (MODELS[kind] if isinstance(kind, str) else kind).baseline
        if self.tracker is not None and not baseline and len(self._fitted) == before:
            self.tracker.count(None)
        return found

    def fit(self, kind: ModelKind | str, train: Annotations, dev: Annotations, seed: int, **given: Any) -> FittedModel:
        """Return what `Trainer.fit` does, and count it."""
        began = time.monotonic()
        fitted = super().fit(kind, train, dev, seed, **given)
        self._fitted.append(None)
        if self.tracker is not None:
            self.tracker.device = fitted.record.device
            self.tracker.count(time.monotonic() - began)
        return fitted
