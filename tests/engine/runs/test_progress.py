from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs import progress as progress_module
from engine.runs.progress import PROGRESS, Progress, Tracker, read_progress


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        return self.at

    def time(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress_module, "time", clock)
    return clock


def test_rates_and_time_left_follow_from_the_batches(tmp_path: Path, clock: Clock) -> None:
    seen: list[Progress] = []
    tracker = Tracker(tmp_path, "r", 1000, seen.append)
    tracker.begin({"ok": 100})
    for _ in range(10):
        clock.at += 2
        tracker.add({"ok": 18, "refusal": 2}, tokens=400)
    last = seen[-1]
    assert (last.done, last.total) == (300, 1000)
    assert last.by_status == {"ok": 280, "refusal": 20}
    assert last.responses_per_second == pytest.approx(10)
    assert last.tokens_per_second == pytest.approx(200)
    assert last.seconds_left == pytest.approx(70)


def test_the_rate_forgets_what_is_long_ago(tmp_path: Path, clock: Clock) -> None:
    seen: list[Progress] = []
    tracker = Tracker(tmp_path, "r", 10**6, seen.append)
    tracker.begin({})
    for seconds in [0.1] * 50 + [10.0] * 8:
        clock.at += seconds
        tracker.add({"ok": 10}, tokens=0)
    assert seen[-1].responses_per_second == pytest.approx(1, rel=0.2)


def test_files_and_calls_are_few(tmp_path: Path, clock: Clock) -> None:
    seen: list[Progress] = []
    written: list[float] = []
    tracker = Tracker(tmp_path, "r", 10**6, seen.append)
    real = progress_module.write_whole

    def counting(path: Path, text: str) -> None:
        written.append(clock.at)
        real(path, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress_module, "write_whole", counting)
        tracker.begin({})
        for _ in range(1000):
            clock.at += 0.01
            tracker.add({"ok": 1}, tokens=0)
    assert len(written) <= 12
    assert len(seen) <= 102
    assert read_progress(tmp_path) is not None


def test_a_progress_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    told: list[int] = []
    tracker = Tracker(tmp_path / "gone", "r", 10, lambda progress: told.append(progress.done))
    tracker.begin({})
    tracker.add({"ok": 1}, tokens=1)
    tracker.tell("ended", at_once=True)
    assert told[-1] == 1
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"unknown": 1}'])
def test_a_broken_progress_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / PROGRESS).write_text(text)
    assert read_progress(tmp_path) is None
