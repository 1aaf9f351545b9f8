from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from engine import paths
from engine.errors import InputError, PolyvocalError
from engine.inference.backend import Failure, SampleAnswer, SampleRequest
from engine.inference.scripted import ScriptedBackend
from engine.jobs.stopping import Stop, ask_to_stop
from engine.runs.asking import Asker, RetryPolicy
from engine.runs.estimate import PILOT, ask_pilot, estimate, extrapolate
from engine.runs.execute import execute
from engine.runs.manifest import CostEstimate
from engine.runs.plan import Plan, make_plan
from engine.runs.spec import RunSpec
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, part_names, sampled_spec


@dataclass
class WorkClock:
    """Time that passes only while a backend works, so that a busy machine spoils no test."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WorkClock:
    """The clock of runs and pilots."""
    clock = WorkClock()
    for module in ("engine.runs.estimate", "engine.runs.attempt"):  # `engine.runs.estimate` itself is the function
        monkeypatch.setattr(sys.modules[module], "time", clock)
    return clock


@dataclass
class TimedBackend(FakeBackend):
    """Takes a fixed time a batch and some for each request."""

    clock: WorkClock = field(default_factory=WorkClock)
    fixed: float = 0.0
    each: float = 0.0

    def _take(self, requests: Sequence) -> Sequence:
        self.clock.seconds += self.fixed + self.each * len(requests)
        return super()._take(requests)


def test_what_a_run_costs_lies_within_its_estimate(tiny: Path, clock: WorkClock) -> None:
    fill_store(n_items=100)
    told = estimate(exact_spec(), backend=TimedBackend(clock=clock, each=0.002, batch_size=32))
    run = execute(exact_spec(), backend=TimedBackend(clock=clock, each=0.002, batch_size=32), estimate=told)
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


# The ranges, over many pilots

MIXED = RunSpec(
    corpus="demo", persona_sets=("demo-strong", "demo-weak", "control", "empty"), model="m", backend="scripted"
)
"""28 personas whose texts, from none to several sentences, differ more than the items do."""


def told_by(plan: Plan, backend: FakeBackend | ScriptedBackend, seed: int, stored: bool) -> CostEstimate:
    """What the pilot with this seed says."""
    info, plan = backend.info(), replace(plan, spec=plan.spec.model_copy(update={"seed": seed}))
    asker = Asker(backend, info, plan, "pilot", Stop(), RetryPolicy(retries=0))
    timed = ask_pilot(asker.ask, plan.draw(PILOT, backend.prepare, info), info.batch_size)
    told = extrapolate(plan.n_requests, timed, longest_answer=plan.longest_answer, stored=stored)
    assert told is not None
    return told


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("n_items", [360, 15])
def test_the_tokens_of_a_run_lie_within_19_of_20_ranges(n_items: int, stored: bool) -> None:
    plan, backend = make_plan(MIXED.model_copy(update={"max_items": n_items})), ScriptedBackend()
    assert len(plan.personas) == 28
    prompts = [request.prompt.text for request in plan.requests(backend.prepare, backend.info()) if request.prompt]
    actual = sum(len(text) // 4 for text in prompts)  # as this backend counts tokens
    ranges = [told_by(plan, backend, seed, stored).prompt_tokens for seed in range(300)]
    assert sum(low <= actual <= high for low, high in ranges) >= 0.95 * len(ranges)
    assert sum(high - low for low, high in ranges) / len(ranges) < 0.2 * actual  # and they are of some use


def test_answers_all_alike_in_the_pilot_are_not_taken_for_all_alike(tiny: Path) -> None:
    class RarelyLong(FakeBackend):
        def _sample(self, request: SampleRequest) -> SampleAnswer:
            answer = super()._sample(request)
            return replace(answer, output_tokens=8 if (request.seed or 0) % 64 == 0 else 1)

    plan, backend = make_plan(sampled_spec(repeats=40)), RarelyLong()
    seeds = [request.seed for request in plan.requests(backend.prepare, backend.info())]
    actual = sum(8 if seed % 64 == 0 else 1 for seed in seeds)
    assert actual > len(seeds)
    ranges = [told_by(plan, backend, seed, stored=False).output_tokens for seed in range(100)]
    assert sum(low <= actual <= high for low, high in ranges) >= 95


def test_a_pilot_that_is_the_whole_run_knows_its_tokens(tiny: Path) -> None:
    told = told_by(make_plan(exact_spec()), FakeBackend(), seed=0, stored=True)
    assert told.prompt_tokens == (600, 600)
    assert told.output_tokens == (0, 0)


@pytest.mark.parametrize(
    ("fixed", "each"), [(0.03, 0.0002), (0.03, 0.00001), (0.004, 0.0), (0.05, 0.002), (0.0, 0.004), (1.0, 4.0)]
)
def test_the_time_of_a_run_lies_within_its_range_however_much_larger_batches_gain(
    tiny: Path, clock: WorkClock, fixed: float, each: float
) -> None:
    fill_store(n_items=1000)
    backend = TimedBackend(clock=clock, fixed=fixed, each=each, batch_size=512)
    manifest = execute(exact_spec(), backend=backend).manifest()
    assert manifest.estimate is not None
    low, high = manifest.estimate.seconds
    assert low <= manifest.actual.seconds <= high
    assert manifest.actual.seconds == pytest.approx(clock.seconds)


# The pilot of a run that was started without an estimate


def test_a_run_begins_with_a_pilot_from_all_over_it_and_asks_nothing_twice(tiny: Path) -> None:
    fill_store(n_items=200)
    backend = FakeBackend(batch_size=64)
    run = execute(exact_spec(), backend=backend)
    manifest = run.manifest()
    assert backend.calls[:3] == [4, 16, 28]
    assert len(backend.asked) == len(set(backend.asked)) == run.responses().num_rows == 600
    firsts = [text.split("\n")[0] for text in backend.asked]
    assert len(set(firsts[:PILOT])) == 3
    assert firsts[PILOT:] == sorted(firsts[PILOT:])  # the rest keeps the plan's order
    assert manifest.estimate is not None
    assert (manifest.estimate.requests, manifest.estimate.pilot_requests) == (600, PILOT)
    assert "drawn from all over" in manifest.estimate.basis
    assert manifest.estimate.prompt_tokens[0] <= manifest.actual.prompt_tokens <= manifest.estimate.prompt_tokens[1]


def test_a_run_with_an_estimate_asks_no_pilot(tiny: Path) -> None:
    fill_store(n_items=200)
    told = estimate(exact_spec(), backend=FakeBackend())
    backend = FakeBackend(batch_size=64)
    assert execute(exact_spec(), backend=backend, estimate=told).manifest().estimate == told
    assert backend.calls[0] == 64


def test_a_run_stopped_within_its_pilot_keeps_those_answers_and_goes_on(tiny: Path) -> None:
    fill_store(n_items=200)
    folder = paths.runs_dir() / exact_spec().run_id()
    first = FakeBackend(batch_size=64)
    first.fault = lambda text: ask_to_stop(folder) if len(first.calls) == 2 else None
    run = execute(exact_spec(), backend=first)
    assert first.calls == [4, 16]
    assert (run.state(), run.responses().num_rows, len(part_names(run.path))) == ("cancelled", 20, 2)
    second = FakeBackend(batch_size=64)
    run = execute(exact_spec(), backend=second)
    assert (run.state(), run.responses().num_rows) == ("finished", 600)
    assert not set(first.asked) & set(second.asked)


def test_a_pilot_in_which_all_fails_tells_nothing_and_the_run_goes_on(tiny: Path) -> None:
    fill_store(n_items=200)
    backend = FakeBackend(batch_size=64)
    backend.fault = lambda text: Failure("rejected", "not yet") if len(backend.asked) <= PILOT else None
    manifest = execute(exact_spec(), backend=backend).manifest()
    assert manifest.counts.by_status == {"ok": 600 - PILOT, "failed": PILOT}
    assert manifest.estimate is None
    assert len(backend.asked) == 600


def test_a_run_that_is_nearly_done_needs_no_pilot_from_all_over(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_store(n_items=200)
    execute(exact_spec(), backend=FakeBackend(fault=lambda text: Failure("rejected", "no")))
    monkeypatch.setattr(Plan, "draw", lambda *_: [])
    manifest = execute(exact_spec(), backend=FakeBackend(batch_size=64)).manifest()
    assert manifest.counts.by_status == {"ok": 600}
    assert manifest.estimate is not None
    assert "its first" in manifest.estimate.basis
