"""Real processes: killed at any moment, and started twice at once; nothing may be lost or doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from engine import paths
from engine.runs import parts
from engine.runs.execute import execute
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec
from tests.engine.waiting import wait_for


def work(home: str, spec: RunSpec, seconds_each: float) -> None:
    """What a child does."""
    os.environ["POLYVOCAL_HOME"] = home
    execute(spec, backend=FakeBackend(seconds_each=seconds_each))


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """Children that start at once, because their server has loaded everything; each is a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def start(context: ForkServerContext, home: Path, spec: RunSpec, seconds_each: float = 0.001) -> BaseProcess:
    process = context.Process(target=work, args=(str(home), spec, seconds_each))
    process.start()
    return process


def wait_for_a_part_more(run: RunFolder) -> None:
    known = len(run.parts())
    wait_for(lambda: len(run.parts()) > known)


def check_whole(run: RunFolder, n: int) -> None:
    """Every request answered, once: also in the parts themselves, before any deduplication."""
    stored, problems = parts.read_parts(run.parts())
    assert not problems
    counts = Counter(stored["key"].to_pylist())
    assert len(counts) == n
    assert set(counts.values()) == {1}
    assert run.responses().num_rows == n
    manifest = run.manifest()
    assert (manifest.state, manifest.counts.done, manifest.counts.planned) == ("finished", n, n)


@pytest.mark.parametrize(("spec", "n"), [(exact_spec(), 1800), (sampled_spec(temperatures=(0.0, 1.0)), 10800)])
def test_killed_at_20_random_moments_and_resumed(
    context: ForkServerContext, store: Path, spec: RunSpec, n: int
) -> None:
    fill_store(n_items=600)
    run = RunFolder(paths.runs_dir() / spec.run_id())
    moments, before, kills = random.Random(20), 0, 0
    while kills < 20:
        process = start(context, store, spec, seconds_each=40.0 / n)  # too slow to be done within 20 lives
        if kills % 2:  # half of the moments lie anywhere, half of them after something was stored
            wait_for_a_part_more(run)
        time.sleep(moments.uniform(0.0, 0.3))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += 1
        if (run.path / "manifest.json").exists():
            wait_for(lambda: run.state() == "interrupted")  # the system lets go of the lock a moment after the end
        stored = run.responses(("key",)).num_rows
        assert run.unreadable == {}
        assert stored >= before, "a response was lost"
        before = stored
    assert 0 < before < n, "the kills did not come while responses were being stored"
    last = start(context, store, spec, seconds_each=0.0)
    last.join()
    assert last.exitcode == 0
    check_whole(run, n)
    assert not list(run.path.glob(".part*"))
    numbers = [a.number for a in run.manifest().attempts]
    assert len(set(numbers)) == len(numbers)


def test_two_processes_that_start_the_same_run_at_once(context: ForkServerContext, store: Path) -> None:
    fill_store(n_items=150)
    spec = exact_spec()
    both = [start(context, store, spec) for _ in range(2)]
    for process in both:
        process.join()
    assert [p.exitcode for p in both] == [0, 0]
    check_whole(RunFolder(paths.runs_dir() / spec.run_id()), 450)


def test_the_waiting_process_takes_over_when_the_first_is_killed(context: ForkServerContext, store: Path) -> None:
    fill_store(n_items=150)
    spec = exact_spec()
    run = RunFolder(paths.runs_dir() / spec.run_id())
    first = start(context, store, spec, seconds_each=0.2)  # a minute and a half, if nobody kills it
    wait_for(run.parts)
    second = start(context, store, spec)
    time.sleep(0.2)
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    second.join()
    assert second.exitcode == 0
    check_whole(run, 450)
    assert [a.how for a in run.manifest().attempts] == ["interrupted", "finished"]
