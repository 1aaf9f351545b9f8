"""One run in full: what it says of the starts of processes on it."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.run_details import attempt_lines
from engine.runs.manifest import Attempt
from tests.dashboard import worlds


def test_an_attempt_that_goes_on_is_not_said_to_have_brought_nothing() -> None:
    worlds.store_personas()
    manifest = worlds.store_run(worlds.store_corpus(worlds.small_corpus())).manifest()
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    manifest.attempts = [
        Attempt(number=1, started=at, how="cancelled", responses=40, seconds=8.0, id="a", pid=1),
        Attempt(number=2, started=at, how="running", id="b", pid=2),
    ]
    first, second = attempt_lines(manifest, live=True)
    assert "cancelled" in first
    assert "40 responses" in first
    assert second.endswith("running"), "its responses are counted at its end"
    assert attempt_lines(manifest, live=False)[1].endswith("interrupted"), "killed, and none came after it"
