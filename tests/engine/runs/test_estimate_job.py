"""Estimates as processes of their own: asked, answered, stopped, failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.runs import RunSpec
from engine.runs.estimate_job import ANSWER, SPEC, EstimateJob, _folder, read_estimate, start_estimate, stop_estimate
from tests.dashboard import worlds
from tests.engine.waiting import wait_for


@pytest.fixture
def spec(store: Path) -> RunSpec:
    worlds.store_corpus(worlds.small_corpus())
    worlds.store_personas()
    return RunSpec(corpus="small", persona_sets=("two",), model="m", backend="scripted")


def ended(spec: RunSpec) -> EstimateJob:
    wait_for(lambda: read_estimate(spec).state != "running", lambda: read_estimate(spec))
    return read_estimate(spec)


def test_an_estimate_is_asked_and_stays(spec: RunSpec) -> None:
    assert read_estimate(spec).state == "none"
    start_estimate(spec)
    assert read_estimate(spec).state in ("running", "done"), "the lock is handed over, so there is no gap"
    start_estimate(spec)  # nothing happens
    job = ended(spec)
    assert job.state == "done", job.problem
    assert job.estimate is not None
    assert job.estimate.requests == 120
    assert job.estimate.seconds[1] > 0


def test_what_cannot_be_asked_is_told(spec: RunSpec) -> None:
    with pytest.raises(InputError, match="no persona set"):
        start_estimate(spec.model_copy(update={"persona_sets": ("none",)}))
    bad = spec.model_copy(update={"engine": {"no-such": 1}})
    start_estimate(bad)
    job = ended(bad)
    assert job.state == "failed"
    assert "no-such" in job.problem


def test_an_estimate_can_be_stopped(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_estimate(spec)  # nothing is there: nothing happens
    slow = spec.model_copy(update={"engine": {"delay": 60.0}})
    start_estimate(slow)
    stop_estimate(slow)
    assert ended(slow).state in ("none", "failed")


def test_a_broken_answer_is_told(spec: RunSpec) -> None:
    folder = _folder(spec)
    folder.mkdir(parents=True)
    for text in ("{", "[]", '{"estimate": 1}'):
        (folder / ANSWER).write_text(text)
        assert read_estimate(spec).state == "failed"
    assert not (folder / SPEC).exists()
