"""Runs as processes of their own, carried out by the shipped scripted backend."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil
import pytest

from engine import paths
from engine.errors import InputError
from engine.jobs.lock import FolderLock, is_locked
from engine.jobs.processes import LOG
from engine.runs import worker
from engine.runs.execute import execute
from engine.runs.jobs import cancel_run, resume_run, run_log_tail, start_job
from engine.runs.run_folder import LIVE, RunFolder
from engine.runs.store import find_run, list_runs
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec
from tests.engine.waiting import wait_for

pytestmark = pytest.mark.usefixtures("tiny")
ENDLESS = sampled_spec(repeats=5_000, engine={"delay": 0.01})
"""Takes more than an hour: it does not end by itself."""


def ended(run_id: str) -> Callable[[], bool]:
    return lambda: find_run(run_id).state() not in LIVE


def test_a_job_runs_to_its_end_in_a_process_of_its_own() -> None:
    run_id = start_job(exact_spec())
    assert list_runs()[0].run_id == run_id
    wait_for(ended(run_id))
    run = find_run(run_id)
    manifest = run.manifest()
    assert (manifest.state, manifest.counts.done) == ("finished", 30)
    assert manifest.attempts[0].pid != os.getpid()
    wait_for(lambda: "ended: 30 of 30" in run_log_tail(run_id))
    progress = run.progress()
    assert progress is not None
    assert (progress.phase, progress.done) == ("ended", 30)
    wait_for(lambda: not psutil.pid_exists(manifest.attempts[0].pid))  # and it leaves no zombie


def test_a_job_is_cancelled_and_resumed() -> None:
    run_id = start_job(ENDLESS)
    run = find_run(run_id)
    wait_for(lambda: bool(run.parts()))
    assert run.state() == "running"
    assert start_job(ENDLESS) == run_id, "a second start joins the first"
    cancel_run(run_id)
    wait_for(ended(run_id))
    assert run.state() == "cancelled"
    assert 0 < run.manifest().counts.done < run.manifest().counts.planned == 450_000
    with pytest.raises(InputError, match="is cancelled"):
        cancel_run(run_id)
    resume_run(run_id)
    wait_for(lambda: run.state() == "running")
    cancel_run(run_id)
    wait_for(ended(run_id))
    assert len(run.manifest().attempts) == 2


def test_a_run_is_resumed_in_the_moment_before_its_process_lets_go() -> None:
    run = execute(exact_spec(), backend=FakeBackend(), on_progress=lambda _: cancel_run(exact_spec().run_id()))
    assert run.state() == "cancelled"
    with FolderLock(run.path) as ending:
        letting_go = threading.Timer(0.3, ending.release)
        letting_go.start()
        assert resume_run(run.run_id) == run.run_id
        letting_go.join()
    wait_for(lambda: run.state() == "finished")
    assert len(run.manifest().attempts) == 2


def test_two_starts_one_after_the_other_make_one_attempt() -> None:
    first = start_job(ENDLESS)
    assert find_run(first).state() in LIVE, "its process holds the lock from the first moment on"
    assert start_job(ENDLESS) == first
    run = find_run(first)
    wait_for(lambda: run.state() == "running")
    cancel_run(first)
    wait_for(ended(first))
    wait_for(lambda: not is_locked(run.path))
    assert (run.state(), len(run.manifest().attempts)) == ("cancelled", 1)


def test_a_process_that_died_before_it_began_is_seen_and_the_run_goes_on() -> None:
    run = execute(exact_spec(), backend=FakeBackend(), on_progress=lambda _: cancel_run(exact_spec().run_id()))
    manifest = run.manifest()
    manifest.state = "planned"
    run.write_manifest(manifest)
    assert run.state() == list_runs()[0].state == "interrupted", "nobody holds its lock"
    with FolderLock(run.path):
        assert run.state() == "planned"
    resume_run(run.run_id)
    wait_for(lambda: run.state() == "finished")


def test_a_job_outlives_the_process_that_started_it() -> None:
    fill_store(n_items=100)
    code = (
        "from tests.engine.runs.fakes import exact_spec\nfrom engine.runs import start_job\n"
        "print(start_job(exact_spec(engine={'delay': 0.005})))"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    run_id = started.stdout.strip()
    wait_for(ended(run_id))
    assert find_run(run_id).manifest().counts.done == 300


def test_a_spec_that_does_not_fit_starts_no_process() -> None:
    with pytest.raises(InputError):
        start_job(exact_spec(wordings=("none such",)))
    assert not paths.runs_dir().exists()


def test_a_job_that_cannot_open_its_model_ends_as_failed_with_the_reason() -> None:
    run_id = start_job(exact_spec(engine={"spred": 1.0}))
    wait_for(ended(run_id))
    manifest = find_run(run_id).manifest()
    assert manifest.state == "failed"
    assert "did you mean spread" in manifest.error
    wait_for(lambda: "did you mean spread" in run_log_tail(run_id))  # the log follows the manifest


def test_a_failure_before_the_run_is_taken_up_is_recorded() -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    manifest = run.manifest()
    manifest.state = "planned"
    run.write_manifest(manifest)
    fill_store(n_personas=2)  # what the run names has changed between planning and starting
    assert worker.main([str(run.path)]) == 2
    assert run.state() == "failed"
    assert "the personas read differently" in run.manifest().error


def test_a_renamed_run_is_not_resumed_into_another_folder() -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    run.path.rename(run.path.with_name("renamed"))
    with pytest.raises(InputError, match=f"its run is '{run.run_id}'"):
        resume_run("renamed")


def test_the_log_is_read_from_its_end() -> None:
    run = RunFolder(paths.runs_dir() / "a")
    run.path.mkdir(parents=True)
    (run.path / "manifest.json").write_text("{}")
    assert run_log_tail("a") == ""
    (run.path / LOG).write_text("\n".join(f"line {i} é" for i in range(10_000)))
    assert run_log_tail("a", lines=2) == "line 9998 é\nline 9999 é"


def test_nothing_is_started_where_a_process_works_already() -> None:
    spec = exact_spec()
    folder = paths.runs_dir() / spec.run_id()
    folder.mkdir(parents=True)
    with FolderLock(folder):
        assert start_job(spec) == spec.run_id()
    assert not (folder / LOG).exists()
