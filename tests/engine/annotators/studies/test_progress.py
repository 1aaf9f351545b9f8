"""What a study tells of itself while it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.annotators.studies.progress import PROGRESS, CountingTrainer, StudyProgress, Tracker, read_progress
from tests.engine.annotators.simulated import simulate
from tests.engine.annotators.simulated import trainer as simulated_trainer


def now(tracker: Tracker, folder: Path) -> StudyProgress:
    """Return what the file says once the tracker has told all it knows."""
    tracker._tell(at_once=True)
    found = read_progress(folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("told", "phase", "message"),
    [
        (("people: text only, seed 0", 3, 9), "training", "people: text only, seed 0"),
        (("embedding texts", 64, 1200), "embedding", "64 of 1,200 texts"),
        (("people: embedding texts", 1, 2), "embedding", "1 of 2 texts"),
        (("map: clouds", 1, 5), "mapping", "clouds"),
        (("map: done", 5, 5), "mapping", "done"),
        (("alignment gaps: scoring", 2, 15), "scoring", "2 of 15"),
        (("people: done", 9, 9), "scoring", ""),
    ],
)
def test_what_experiments_tell_becomes_a_phase(
    tmp_path: Path, told: tuple[str, int, int], phase: str, message: str
) -> None:
    tracker = Tracker(tmp_path, "a")
    tracker.told(*told)
    found = now(tracker, tmp_path)
    assert (found.phase, found.message) == (phase, message)


def test_time_left_is_that_of_the_trainings_that_were_made(tmp_path: Path) -> None:
    tracker = Tracker(tmp_path, "a")
    tracker.begin(10)
    tracker.count(None)
    assert now(tracker, tmp_path).seconds_left is None, "what was found tells no pace"
    tracker.count(2.0)
    tracker.count(4.0)
    found = now(tracker, tmp_path)
    assert (found.done, found.planned, found.seconds_left) == (3, 10, pytest.approx(7 * 3.0))
    assert (tracker.trained, tracker.training_seconds) == (2, 6.0)


def test_a_file_that_cannot_be_written_or_read_is_no_reason_to_stop(tmp_path: Path) -> None:
    gone = Tracker(tmp_path / "gone", "a")
    gone.phase("training")
    assert read_progress(tmp_path) is None
    (tmp_path / PROGRESS).write_text('{"study_id": "a", "unknown": 1}')
    assert read_progress(tmp_path) is None


def test_trainings_are_counted_once_whether_made_or_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = simulate(n_items=40, n_annotators=3, own_splits=True)
    known = simulated_trainer(world)

    monkeypatch.setattr(CountingTrainer, "vectors_of", lambda _, texts: known.vectors_of(texts))
    tracker = Tracker(tmp_path, "a")
    tracker.begin(4)
    made = CountingTrainer(encoder=known.encoder, device="cpu", tracker=tracker)
    train, dev, test = (world.annotations.of_items([f"i{i}" for i in part]) for part in
                        (range(28), range(28, 32), range(32, 40)))  # fmt: skip
    for _ in range(2):
        for model in ("text only", "user token", "majority"):
            made.predict(model, train, dev, test, 0)
    assert (tracker.done, tracker.trained, tracker.device) == (4, 2, "cpu")
