from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import paths
from engine.errors import InputError, PolyvocalError
from engine.inference.backend import Failure
from engine.runs.asking import RetryPolicy
from engine.runs.estimate import estimate
from engine.runs.execute import execute
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec


def test_what_a_run_costs_lies_within_its_estimate(tiny: Path) -> None:
    fill_store(n_items=100)
    backend = FakeBackend(seconds_each=0.002, batch_size=32)
    told = estimate(exact_spec(), backend=backend)
    run = execute(exact_spec(), backend=FakeBackend(seconds_each=0.002, batch_size=32), estimate=told)
    manifest = run.manifest()
    assert manifest.estimate == told
    low, high = told.seconds
    assert low <= manifest.actual.seconds <= high
    assert high < 6 * low
    assert told.requests == manifest.counts.planned == 300
    assert told.prompt_tokens[0] <= manifest.actual.prompt_tokens <= told.prompt_tokens[1]
    assert told.minutes[0] < told.minutes[1]


def test_the_pilot_asks_few_requests_from_all_over_the_run_and_stores_nothing(tiny: Path) -> None:
    backend = FakeBackend(batch_size=32)
    told = estimate(sampled_spec(repeats=10_000), backend=backend, pilot=20)
    assert len(backend.asked) == told.pilot_requests == 20
    assert {text.split("\n")[0] for text in backend.asked} == {f"system: You are person {i}." for i in range(3)}
    assert told.requests == 30 * 3 * 10_000
    assert not paths.runs_dir().exists()
    assert not backend.closed


def test_a_slow_model_is_asked_little(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By its name in sys.modules: as an attribute of engine.runs, `estimate` is the function.
    monkeypatch.setattr(sys.modules["engine.runs.estimate"], "_PATIENCE_SECONDS", 0.05)
    backend = FakeBackend(seconds_each=0.02, batch_size=256)
    estimate(exact_spec(), backend=backend)
    assert backend.calls == [4]


def test_a_pilot_without_any_answer_says_why(tiny: Path) -> None:
    backend = FakeBackend(fault=lambda text: Failure("server", "out of memory", retryable=True))
    with pytest.raises(PolyvocalError, match="out of memory"):
        estimate(exact_spec(), backend=backend)


def test_a_backend_that_cannot_do_it_is_told_by_the_estimate_too(tiny: Path) -> None:
    with pytest.raises(InputError, match="mode: sampled"):
        estimate(exact_spec(), backend=FakeBackend(exact_kind="none"))


def test_waits_before_retries_grow_to_a_bound() -> None:
    policy = RetryPolicy(first_seconds=1, longest_seconds=20)
    for retry, middle in enumerate((1, 2, 4, 8, 16, 20, 20)):
        waits = [policy.wait_before(retry) for _ in range(50)]
        assert middle * 0.5 <= min(waits) < max(waits) <= middle * 1.5
