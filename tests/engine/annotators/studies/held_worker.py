"""The process of a study that trains no more than a test allows, so that it is surely not over yet.

Everything else is that of engine.annotators.studies.worker.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from engine import paths
from engine.annotators.models.fitted import FittedModel
from engine.annotators.studies import worker
from engine.annotators.studies.progress import CountingTrainer
from engine.jobs.processes import start_process


def allow(trainings: int | None) -> None:
    """Let so many trainings be finished in the store of POLYVOCAL_HOME; any number where None."""
    if trainings is None:
        _file().unlink(missing_ok=True)
    else:
        _file().write_text(str(trainings))


def start_held(module: str, *given: Any, **more: Any) -> None:
    """Stand in for `start_process` where studies are started (engine.annotators.studies.jobs)."""
    assert module == worker.__name__
    start_process(__name__, *given, **more)


def _file() -> Path:
    return paths.trainings_dir().with_name("allowed-trainings")


def _held() -> bool:
    try:
        return len(list(paths.trainings_dir().rglob("*.npz"))) >= int(_file().read_text() or 0)
    except FileNotFoundError:
        return False


class HeldTrainer(CountingTrainer):
    """Waits before a training that is not allowed yet, and tells how many there are."""

    def fit(self, *given: Any, **more: Any) -> FittedModel:
        """Return what `CountingTrainer.fit` does."""
        if _held() and self.tracker is not None:
            self.tracker.phase("training", "held")
        while _held():
            time.sleep(0.02)
        return super().fit(*given, **more)


if __name__ == "__main__":
    from engine.annotators.studies import carry_out

    carry_out.CountingTrainer = HeldTrainer  # type: ignore[misc]
    raise SystemExit(worker.main())
